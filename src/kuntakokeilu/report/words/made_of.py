"""What is made of several estimates: totals, ratios, shifted costs; and programme costs."""

from __future__ import annotations

import pandas as pd

from kuntakokeilu.report.words import cautions
from kuntakokeilu.report.words import labels as lb
from kuntakokeilu.report.words.grouping import effects
from kuntakokeilu.report.words.kinds import Row, Study
from kuntakokeilu.report.words.language import DASH, Language
from kuntakokeilu.report.words.outcomes import ledger_outcomes
from kuntakokeilu.report.words.release import Release
from kuntakokeilu.report.words.rows import is_shown
from kuntakokeilu.report.words.side_by_side import number_text

WHOLE_EUROS = "euros"


def places(unit: str, *, each: bool) -> int:
    """Decimals of an amount: whole numbers, but of small amounts of each client two."""
    return 2 if each and unit != WHOLE_EUROS else 0


def made_label(kind: str, row: Row, study: Study, language: Language) -> str:
    """Name a ratio, total or combination as the study does."""
    name = row[kind.removesuffix("s")]
    return language.pick((study.get(kind) or {}).get(name), lb.humanise(name))


def estimand_text(estimand: str, study: Study, language: Language) -> str:
    """Name an estimand: its outcome, how it was estimated, and its identifier."""
    about = study["estimands"].get(estimand)
    if about is None:
        return estimand
    outcome = lb.outcome_label(about["outcome"], study, language)
    return f"{outcome} ({lb.detail(estimand, study, language)}) [{estimand}]"


def ratio_sentence(row: Row, study: Study, language: Language) -> str:
    """Say what a ratio is and what its interval leaves possible, in words.

    Fieller's interval has three kinds, and only one of them is a stretch between two numbers.
    """
    if not is_shown(row):
        return _why_not(row, language)
    decimals = places(row["unit"], each=True)
    unit = lb.unit_label(row["unit"], language)
    said = [language.say("ratio.estimate", estimate=_signed(row["estimate"], decimals, language),
                         unit=unit)]  # fmt: skip
    said.append(interval_sentence(row, language))
    if row["status"] == "failed_diagnostic":
        said.append(language.say("ratio.failed"))
    care = cautions.care_text(row, study, language, within=True)
    if care:
        said.append(lb.sentence_case(f"{language.say('effect.needs_care', checks=care)}."))
    return " ".join(said)


def interval_sentence(row: Row, language: Language) -> str:
    """Say which values a Fieller interval leaves possible."""
    if not isinstance(row["interval"], str):
        return language.say("ratio.no_interval")
    decimals = places(row["unit"], each=True)
    ends = {name: _signed(row[f"ci_{name}"], decimals, language) for name in ("low", "high")}
    return language.say(f"ratio.{row['interval']}", unit=lb.unit_label(row["unit"], language),
                        **ends)  # fmt: skip


def ratios_view(release: Release, language: Language) -> pd.DataFrame:
    """Show ratios: what, in words, and the two estimates that are divided."""
    study = release.study
    lines = [
        [
            lb.sentence_case(made_label("ratios", row, study, language)),
            ratio_sentence(row, study, language),
            *(_effect_of(row[part], release, language) for part in ("numerator", "denominator")),
        ]
        for _, row in release.ratios.iterrows()
    ]
    names = ("ratio", "in_words", "numerator", "denominator")
    return _table(lines, names, language)


def totals_view(release: Release, language: Language) -> pd.DataFrame:
    """Show totals: what, the amount with its interval, and what it was multiplied from."""
    study, lines = release.study, []
    for _, row in release.totals.iterrows():
        decimals = places(row["unit"], each=row["quantity"] == "per_person")
        programme = language.number(row["programme_euros"], 0)
        lines.append(
            [
                lb.sentence_case(made_label("totals", row, study, language)),
                language.say(f"total.{row['quantity']}"),
                number_text(row, decimals, language),
                lb.unit_label(row["unit"], language),
                language.number(row["multiplier"], 0),
                programme,
                lb.sentence_case(estimand_text(row["estimand"], study, language)),
            ]
        )
    names = ("total", "quantity", "effect", "unit", "multiplier", "programme", "estimand")
    return _table(lines, names, language)


def combinations_view(release: Release, language: Language) -> pd.DataFrame:
    """Show combinations: what, the number with its interval, and what was taken off what."""
    study, lines = release.study, []
    for _, row in release.combinations.iterrows():
        about = study["estimands"].get(row["first"])
        decimals = study["outcomes"][about["outcome"]]["decimals"] if about else 2
        lines.append(
            [
                lb.sentence_case(made_label("combinations", row, study, language)),
                number_text(row, decimals, language),
                lb.unit_label(row["unit"], language),
                language.p_number(row["p_value"]),
                lb.sentence_case(estimand_text(row["first"], study, language)),
                language.significant(row["factor"]),
                lb.sentence_case(estimand_text(row["second"], study, language)),
            ]
        )
    names = ("combination", "effect", "unit", "p", "first", "factor", "second")
    return _table(lines, names, language)


def programme_view(release: Release, language: Language) -> pd.DataFrame:
    """Show what the trial itself cost, line by line with payer, months, mark and source."""
    lines = [
        [
            language.pick(dict(row)),
            programme_payer(row["payer"], language),
            language.number(row["euros"], 0),
            lb.span(row["first"], row["last"], language),
            language.say(f"design.mark.{row['mark']}"),
            lb.source_text(row["source"], language),
        ]
        for _, row in release.programme_costs.iterrows()
    ]
    return _table(lines, ("line", "payer", "euros", "months", "mark", "source"), language)


def parameters_note(release: Release, language: Language) -> str:
    """Say how many parameters of the ledger were not checked in their source, by table."""
    rows = release.parameters
    if rows.empty:
        return ""
    counts = rows.loc[rows["mark"] == "unverified", "table"].value_counts()
    named = [f"{table} {language.number(counts[table], 0)}" for table in sorted(counts.index)]
    return language.say(
        "costs.parameters",
        n=language.number(len(rows), 0),
        unchecked=language.number(int(counts.sum()), 0),
        tables="; ".join(named) or DASH,
    )


def programme_note(release: Release, language: Language) -> str:
    """Say what the lines of programme costs add up to, what they cover, and what is not checked.

    These euros are real also where the persons of a study are synthetic.
    """
    rows = release.programme_costs
    if rows.empty:
        return ""
    total = language.number(float(rows["euros"].sum()), 0)
    unchecked = int(rows["mark"].ne("verified").sum())
    said = [language.say("costs.programme", total=total, n=len(rows))]
    if unchecked:
        said.append(language.say("costs.programme.unchecked", n=unchecked))
    else:
        said.append(language.say("costs.programme.checked"))
    first, last, start = rows["first"].min(), rows["last"].max(), release.study["start"]
    said.append(language.say("costs.programme.months", span=lb.span(first, last, language)))
    if start and start < first:
        before = lb.span(start, str(pd.Period(first, "M") - 1), language)
        said.append(language.say("costs.programme.before", span=before))
    if release.study["simulated"]:
        said.append(language.say("costs.programme.real"))
    return " ".join(said)


def programme_payer(payer: str, language: Language) -> str:
    """Name who pays a line of programme costs."""
    key = f"programme.payer.{payer}"
    return language.say(key) if language.has(key) else lb.humanise(payer)


def shifting_view(release: Release, language: Language) -> pd.DataFrame:
    """Show the effects on costs shifted between payers: subsidy on days of service."""
    study, columns = release.study, ledger_outcomes(release.study)
    rows = effects(release)
    shifted = rows["outcome"].map(columns).eq("shifted_cents")
    lines = [
        [
            lb.outcome_label(row["outcome"], study, language),
            lb.sentence_case(lb.detail(row["estimand"], study, language)),
            number_text(row, study["outcomes"][row["outcome"]]["decimals"], language),
            lb.unit_label(row["unit"], language),
            language.p_number(row["p_value"]),
            row["estimand"],
        ]
        for _, row in rows[shifted].iterrows()
    ]
    names = ("outcome", "specification", "effect", "unit", "p", "identifier")
    return _table(lines, names, language)


def opposite_signs(release: Release, language: Language) -> str:
    """Say why shifted subsidy and the change beyond the municipal share differ in sign.

    Empty unless a study has both.
    """
    columns, declared = ledger_outcomes(release.study), release.study["estimands"]
    taken_from = {
        columns.get(declared[name]["outcome"])
        for name in release.combinations["first"]
        if name in declared
    }
    both = "shifted_cents" in columns.values() and "municipal_subsidy_cents" in taken_from
    return language.say("costs.opposite_signs") if both else ""


def _effect_of(estimand: str, release: Release, language: Language) -> str:
    """Write the effect behind a ratio, or its name where it cannot be seen."""
    study, rows = release.study, effects(release)
    rows = rows[rows["estimand"] == estimand]
    name = lb.sentence_case(estimand_text(estimand, study, language))
    if rows.empty:
        return name
    row = rows.iloc[0]
    decimals = study["outcomes"][row["outcome"]]["decimals"]
    unit = lb.unit_label(row["unit"], language)
    return f"{name}: {number_text(row, decimals, language, unit)}"


def _why_not(row: Row, language: Language) -> str:
    if row["status"] == "not_identified" and row["identified"] != "ok":
        return language.say("ratio.because", why=lb.reason_label(row["identified"], language))
    status = lb.status_label(row["status"], language) if row["status"] != "ok" else DASH
    return lb.sentence_case(status)


def _signed(value: float, decimals: int, language: Language) -> str:
    return language.number(value, decimals, sign=True)


def _table(lines: list[list[str]], names: tuple[str, ...], language: Language) -> pd.DataFrame:
    return pd.DataFrame(lines, columns=[language.say(f"costs.column.{name}") for name in names])
