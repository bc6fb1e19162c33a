"""A job that is a fork behaves as one in a process of its own, with a server and without."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from kuntakokeilu import warm

pytestmark = pytest.mark.skipif(not warm.can_fork(), reason="this system cannot fork")
SCRIPT = """\
import os, sys
print("out", sys.argv[1:], os.environ["SAID"], os.getcwd() == {folder!r}, __name__)
print("err", file=sys.stderr)
print("in", sys.stdin.read())
print(os.getppid() == int(os.environ.get("SERVER", "0")))
"""


@pytest.fixture
def server(tmp_path):
    """A server without libraries; the variables that name it to a job."""
    path = str(tmp_path / "jobs")
    code = f"from kuntakokeilu.warm import serve; serve({path!r}, ('json', 'no_such_module'))"
    command = [sys.executable, "-c", code]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, env=os.environ | source())
    until(Path(path).exists)
    yield {warm.SOCKET: path, "SERVER": str(process.pid)}
    process.stdin.close()
    assert process.wait(10) == 0


def source():
    return {"PYTHONPATH": os.pathsep.join(sys.path)}


def until(holds):
    for _ in range(200):
        if holds():
            return
        time.sleep(0.05)
    raise AssertionError


def job(*arguments, more=(), **options):
    """Run a job; the only variables are those of the tests and `more`."""
    environment = os.environ | source() | {"SAID": "so"} | dict(more)
    command = [*warm.command(sys.executable), *map(str, arguments)]
    return subprocess.run(
        command, env=environment, capture_output=True, text=True, check=False, **options
    )


@pytest.mark.parametrize("served", [True, False])
def test_streams_arguments_folder_and_variables_are_those_of_the_job(tmp_path, request, served):
    more = request.getfixturevalue("server") if served else {}
    path = tmp_path / "script.py"
    path.write_text(SCRIPT.format(folder=str(tmp_path)), encoding="utf-8")
    done = job(path, "a", "b c", more=more, input="given", cwd=tmp_path)
    expected = f"out ['a', 'b c'] so True __main__\nin given\n{served}\n"
    assert (done.stdout, done.stderr, done.returncode) == (expected, "err\n", 0)


@pytest.mark.parametrize(
    ("text", "code", "said"),
    [
        ("import sys; sys.exit(3)", 3, ""),
        ("import sys; sys.exit('no')", 1, "no\n"),
        ("raise ValueError('bad')", 1, "ValueError: bad\n"),
        (
            "import atexit; atexit.register(print, 'last', file=__import__('sys').stderr)",
            0,
            "last\n",
        ),
    ],
)
def test_the_end_of_a_job_is_told(server, tmp_path, text, code, said):
    path = tmp_path / "script.py"
    path.write_text(text, encoding="utf-8")
    done = job(path, more=server)
    assert done.returncode == code
    assert done.stderr.endswith(said)


def test_a_module_runs_as_one(server):
    done = job("-m", "json.tool", more=server, input='{"a": 1}')
    assert done.stdout.split() == ["{", '"a":', "1", "}"]


def test_code_runs_as_a_script(server):
    done = job("-c", "import sys; print(sys.argv, __name__)", "a", more=server)
    assert done.stdout == "['-c', 'a'] __main__\n"


def test_jobs_run_while_a_server_imports_and_after(tmp_path):
    """The first job comes while the second module sleeps; its fork outlives the change."""
    (tmp_path / "slow_module.py").write_text("import time; time.sleep(1)", encoding="utf-8")
    path, environment = str(tmp_path / "jobs"), os.environ | source()
    environment["PYTHONPATH"] += os.pathsep + str(tmp_path)
    code = f"from kuntakokeilu.warm import serve; serve({path!r}, (), ('slow_module',))"
    process = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, env=environment)
    until(Path(path).exists)
    asks = "import sys, time; print('slow_module' in sys.modules); time.sleep({})"
    first, later = (job("-c", asks.format(t), more={warm.SOCKET: path}) for t in (2, 0))
    assert (first.stdout, first.returncode) == ("False\n", 0)
    assert (later.stdout, later.returncode) == ("True\n", 0)
    process.stdin.close()
    assert process.wait(10) == 0


def test_a_server_that_is_gone_is_done_without(tmp_path):
    path = tmp_path / "script.py"
    path.write_text("print('alone')", encoding="utf-8")
    assert job(path, more={warm.SOCKET: str(tmp_path / "none")}).stdout == "alone\n"


def test_a_job_ends_with_its_client(server, tmp_path):
    path, sign = tmp_path / "script.py", tmp_path / "sign"
    text = f"import os, pathlib, time; pathlib.Path({str(sign)!r}).write_text(str(os.getpid()))"
    path.write_text(f"{text}; time.sleep(60)", encoding="utf-8")
    command = [*warm.command(sys.executable), str(path)]
    client = subprocess.Popen(command, env=os.environ | source() | server)
    until(lambda: sign.exists() and sign.read_text())
    client.send_signal(signal.SIGTERM)
    client.wait(10)
    until(lambda: not Path("/proc", sign.read_text()).exists())
