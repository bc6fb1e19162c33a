"""What readers are told of the plan: when it was locked, and what differs from it."""

from __future__ import annotations

from kuntakokeilu.report.words.attribution import day_text
from kuntakokeilu.report.words.language import Language
from kuntakokeilu.report.words.release import Release


def plan_sentences(release: Release, language: Language) -> list[str]:
    """Say when the plan was locked, how often, when effects were shown, and how much has changed.

    Parameters
    ----------
    release : Release
        A released study.
    language : Language
        Of the reader.

    Returns
    -------
    list of str
        Sentences; one alone of a study whose plan never was locked.
    """
    plan = release.manifest["plan"]
    if plan is None:
        return [language.say("plan.not_locked")]
    first = day_text(plan["first_locked"], language)
    said = [language.say("plan.locked", date=first, sha=plan["plan_sha256"][:12])]
    if plan["times"] > 1:
        last = day_text(plan["locked"], language)
        said.append(language.say("plan.again", date=last, n=plan["times"]))
    seen = plan["unblinded"]
    if seen is not None:
        day = day_text(seen["date"], language)
        said.append(language.say("plan.unblinded", date=day, file=seen["checked"]))
        if plan["locked"] > seen["date"]:
            said.append(language.say("plan.locked_after"))
    rows = release.plan
    counts = {state: int(rows["plan"].eq(state).sum()) for state in ("changed", "added", "dropped")}
    key = "plan.differs" if any(counts.values()) else "plan.as_locked"
    said.append(language.say(key, **counts))
    without = rows["plan"].ne("locked") & rows["reason_en"].isna()
    if without.any():
        said.append(language.say("plan.without_reason", n=int(without.sum())))
    return said
