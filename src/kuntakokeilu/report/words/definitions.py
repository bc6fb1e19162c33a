"""What outcomes are and who belongs to a population: one record, config/labels/definitions.csv."""

from __future__ import annotations

import pandas as pd

from kuntakokeilu.report.words import labels as lb
from kuntakokeilu.report.words.kinds import Study
from kuntakokeilu.report.words.language import Language
from kuntakokeilu.report.words.outcomes import column_of, ledger_outcomes


def definitions(study: Study, language: Language) -> list[tuple[str, str]]:
    """Define what a study's numbers are about.

    Parameters
    ----------
    study : mapping
        Content of study.json.
    language : Language
        Of the reader.

    Returns
    -------
    list of (str, str)
        Each outcome with its definition, those of one definition and all columns of the ledger
        together, then the populations
        that the study defines.
    """
    ledger = ledger_outcomes(study)
    said = _of_outcomes([name for name in study["outcomes"] if name not in ledger], study, language)
    if ledger:
        said.append((lb.domain_label("cost", language), language.say("definition.ledger")))
    for name, text in study["definitions"].items():
        who = lb.sentence_case(lb.population_label(name, study, language))
        said.append((who, language.pick(text)))
    return said


def _of_outcomes(names: list[str], study: Study, language: Language) -> list[tuple[str, str]]:
    """Define outcomes; those made of one column are defined once, under all their names."""
    by_text: dict[str, list[str]] = {}
    for name in names:
        data = study["outcomes"][name]["data"]
        column = column_of(name, study)
        text = definition(column, study, language) if data != "none" else ""
        label = lb.outcome_label(name, study, language)
        by_text.setdefault(text or language.say("definition.no_data"), []).append(label)
    return [(" · ".join(labels), text) for text, labels in by_text.items()]


def definition(column: str, study: Study, language: Language) -> str:
    """Define what an outcome's column holds; of a study's own data, say which column it is."""
    key = f"definition.{column}"
    if not language.has(key):
        return language.say("definition.own", column=column)
    return language.say(key, threshold=language.number(study["employed_above"], 0))


def definitions_view(study: Study, language: Language) -> pd.DataFrame:
    """Show the definitions as a table."""
    heads = [language.say(f"workbook.text.{name}") for name in ("topic", "text")]
    return pd.DataFrame(definitions(study, language), columns=heads)
