"""What a run's own attacker reads, and within how few persons nobody may be known."""

from __future__ import annotations

from typing import Any

from kuntakokeilu.attack import LEAST
from kuntakokeilu.plan.run import Plan


def attack_spec(plan: Plan) -> dict[str, Any]:
    """Say what of a run of a study is attacked.

    Returns
    -------
    dict
        `release` and `reports`: what would leave. `least`: fewest persons that may be told; 0 of a
        study of published statistics, in which nobody is looked for.
    """
    of_persons = plan.study.profile.min_persons > 0
    return {
        "release": plan.release,
        "reports": [plan.report],
        "least": LEAST if of_persons else 0,
    }
