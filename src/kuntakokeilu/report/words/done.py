"""The plan against what was done with it, in words; also of a study whose plan was not locked."""

from __future__ import annotations

from kuntakokeilu.report.words import labels as lb
from kuntakokeilu.report.words.language import Language
from kuntakokeilu.report.words.planned import plan_sentences
from kuntakokeilu.report.words.release import Release
from kuntakokeilu.report.words.rows import area_rows


def done_sentences(release: Release, language: Language) -> list[str]:
    """Say how much of what the study declares was estimated, and why the rest was not.

    Parameters
    ----------
    release : Release
        A released study.
    language : Language
        Of the reader.

    Returns
    -------
    list of str
        How many estimands have a number, are suppressed or cannot be estimated, with every reason;
        then what `plan_sentences` says. An estimand counts as done if any of its numbers is there.
    """
    rows = area_rows(release)
    declared = list(release.study["estimands"])
    shown = set(rows.loc[rows["estimate"].notna(), "estimand"])
    rest = rows[~rows["estimand"].isin(shown)].drop_duplicates("estimand")
    suppressed = rest["status"].eq("suppressed")
    counts = {
        "all": len(declared),
        "done": sum(name in shown for name in declared),
        "suppressed": int(suppressed.sum()),
        "impossible": int((~suppressed).sum()),
    }
    said = [language.say("done.counts", **{k: language.number(n, 0)
                                                for k, n in counts.items()})]  # fmt: skip
    reasons = rest.loc[~suppressed, "identified"].value_counts(sort=False)
    if len(reasons):
        named = [f"{lb.reason_label(str(name), language)} ({language.number(n, 0)})"
                 for name, n in reasons.items()]  # fmt: skip
        said.append(language.say("done.reasons", reasons="; ".join(named)))
    return [*said, *plan_sentences(release, language)]
