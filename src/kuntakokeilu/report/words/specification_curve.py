"""What the joint test of the specifications of one question says, in a sentence."""

from __future__ import annotations

from kuntakokeilu.report.words.language import Language
from kuntakokeilu.report.words.release import Release


def joint_sentence(release: Release, outcome: str, language: Language) -> str:
    """Say how large, significant and alike in sign the estimates are, and how often by chance.

    Parameters
    ----------
    release : Release
        A released study.
    outcome : str
        Whose specifications they are.
    language : Language
        Of the reader.

    Returns
    -------
    str
        Empty where a study has no such test; why there are no numbers where it has none.
    """
    tests = release.specification_curve_test
    mine = tests[tests["outcome"] == outcome].set_index("statistic")
    if mine.empty:
        return ""
    first = mine.iloc[0]
    if first["status"] == "suppressed":
        return language.say("curve.suppressed")
    if first["identified"] != "ok":
        return language.say(f"curve.{first['identified']}", n=int(first["n_specifications"]))
    decimals = release.study["outcomes"][outcome]["decimals"]
    values, p_values = mine["value"], mine["p_value"]
    said = language.say(
        "curve.joint",
        n=int(first["n_specifications"]),
        draws=language.number(first["n_draws"], 0),
        areas=int(first["n_areas"]),
        median=language.number(values["median_effect"], decimals, sign=True),
        p_median=language.p_text(p_values["median_effect"]),
        significant=language.number(100 * values["share_significant"], 0),
        p_significant=language.p_text(p_values["share_significant"]),
        sign=language.number(100 * values["share_of_sign"], 0),
        p_sign=language.p_text(p_values["share_of_sign"]),
    )
    if not first["n_left_out"]:
        return said
    return f"{said} {language.say('curve.left_out', n=int(first['n_left_out']))}"
