from datetime import date

from kuntakokeilu.errors import InputError
from kuntakokeilu.job import job
from kuntakokeilu.statfin import download_folder, fetch_download
from kuntakokeilu.study import Download

with job(snakemake.log[0]) as logger:
    spec = snakemake.params.spec

    def tell(text):
        """Say one line in the log and on the screen, where `run.py` passes it on."""
        logger.info(text)
        print(f"kuntakokeilu: note: {text}", flush=True)

    if not spec["downloads"]:
        raise InputError(f"{spec['study']}: the study declares no downloads in source.downloads")
    for name, declared in spec["downloads"].items():
        manifest, new = fetch_download(
            spec["url"],
            Download(**declared),
            download_folder(spec["study"], name),
            retrieved=date.today().isoformat(),
            progress=lambda done, total, text, name=name: tell(f"{name}: {text}"),
        )
        state = "downloaded" if new else "not changed since"
        tell(f"{name}: {state} {manifest.as_posix()}")
