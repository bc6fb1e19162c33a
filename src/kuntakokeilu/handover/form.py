"""The checker's form: for each file what it is, of whom, how many, by which rules, what deviates.

Questions are those of output checkers: kind of statistic, population, counts, rules, deviations
(Welpton and others, Handbook on Statistical Disclosure Control for Outputs, SDAP 2019; Findata's
guide for anonymous results).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape

import pandas as pd

from kuntakokeilu.contracts import RELEASED_TABLES
from kuntakokeilu.handover.hidden import PERSONS, hidden_rows, rounded_to
from kuntakokeilu.report.pages.html_page import whole_page
from kuntakokeilu.report.tables.leading import html_table
from kuntakokeilu.report.words.attribution import day_text
from kuntakokeilu.report.words.language import Language
from kuntakokeilu.report.words.release import Release
from kuntakokeilu.study import DisclosureProfile
from kuntakokeilu.study.limits import DisclosureLimit

LEAST_FREEDOM = 10  # degrees of freedom that checkers ask of a model (SACRO guide, 2023)
COLUMNS = ("file", "what", "kind", "population", "rows", "hidden", "least", "deviations")
_STYLE = "main table { font-size: .8rem; } dt { font-weight: 600; } dd { margin: 0 0 .5rem; }"


@dataclass(frozen=True)
class TableFacts:
    """What a checker is told of a released table.

    Attributes
    ----------
    kind : str
        Of statistic: estimates, tests, counts, means or facts.
    populations : tuple of str
        Names of the populations whose rows it has; none where it names none.
    rows, hidden : int
        Rows, and rows with a number hidden.
    least : int or None
        The smallest number of persons that a shown row states, as released; None: it states none.
    few_freedom : int
        Shown rows with fewer degrees of freedom than `LEAST_FREEDOM`.
    rounded : dict of str to int
        Columns of counts, to what they are rounded to; 0: they are not.
    """

    kind: str
    populations: tuple[str, ...]
    rows: int
    hidden: int
    least: int | None
    few_freedom: int
    rounded: dict[str, int]


def table_facts(name: str, table: pd.DataFrame, profile: DisclosureProfile) -> TableFacts:
    """Gather what a checker is told of a released table, from the table alone.

    Parameters
    ----------
    name : str
        Of the table, as in RELEASED_TABLES.
    table : DataFrame
        The table.
    profile : DisclosureProfile
        The rules.
    """
    hidden = hidden_rows(name, table)
    shown = table[~hidden]
    least = shown[[column for column in PERSONS if column in shown]].min().min()
    freedom = (
        shown["degrees_of_freedom"] if "degrees_of_freedom" in shown else pd.Series(dtype=float)
    )
    named = table["population"].dropna() if "population" in table else pd.Series(dtype=str)
    return TableFacts(
        kind=kind_of(list(RELEASED_TABLES[name].contract.columns)),
        populations=tuple(dict.fromkeys(map(str, named))),
        rows=len(table),
        hidden=int(hidden.sum()),
        least=None if pd.isna(least) else int(least),
        few_freedom=int((freedom < LEAST_FREEDOM).sum()),
        rounded=rounded_to(shown, profile),
    )


def kind_of(columns: Sequence[str]) -> str:
    """Tell the kind of statistic of a table by its columns.

    Examples
    --------
    >>> kind_of(["estimand", "estimate", "std_error"]), kind_of(["unit", "arm"])
    ('estimates', 'facts')
    """
    for kind, marks in {
        "estimates": {"estimate", "rmse"},
        "tests": {"statistic", "p_value", "power", "draws"},
        "counts": {"n_persons", "n_asked"},
        "means": {"mean", "mean_trial", "distance"},
    }.items():
        if marks & set(columns):
            return kind
    return "facts"


@dataclass(frozen=True)
class About:
    """What a form says of a package beside its tables.

    Attributes
    ----------
    key : str
        Fingerprint of the public key.
    permit : str or None
        The data owner's number of the permit.
    limits : tuple of DisclosureLimit
        What the owners of the study's registers demand.
    pages : tuple of int
        How many pages are joined in one file, and how many figures they show.
    left_out : tuple of str
        Files of the run that are not in the package.
    payers_unknown : dict of str to int
        By table: shown rows of euros whose payers no register names, where a rule asks for payers.
    """

    key: str
    permit: str | None = None
    limits: tuple[DisclosureLimit, ...] = ()
    pages: tuple[int, int] = (0, 0)
    left_out: tuple[str, ...] = ()
    payers_unknown: Mapping[str, int] = field(default_factory=dict)


def form_page(
    release: Release,
    contents: Mapping[str, bytes],
    profile: DisclosureProfile,
    about: About,
    language: Language,
) -> str:
    """Fill in the checker's form.

    Parameters
    ----------
    release : Release
        What leaves.
    contents : mapping of str to bytes
        Files of the package that the form tells of.
    profile : DisclosureProfile
        The rules.
    about : About
        What else is told.
    language : Language
        Of the page.

    Returns
    -------
    str
        A page that loads nothing. What only the applicant knows is taken from study.yaml, since
        the page is signed with the rest.
    """
    say = language.say
    facts = {name: table_facts(name, getattr(release, name), profile) for name in RELEASED_TABLES}
    rows = [_row(name, facts, release, about, language) for name in sorted(contents)]
    heads = [say(f"handover.column.{name}") for name in COLUMNS]
    files = html_table(pd.DataFrame(rows, columns=heads), say("handover.files"))
    title = f"{say('handover.title')}: {language.pick(release.study['title'])}"
    verify = [say(f"handover.verify.{name}") for name in ("what", "how", "key")]
    rules = _list(_rules(release, profile, facts, language))
    body = (
        f"<h1>{escape(title)}</h1>\n<p>{escape(say('handover.lead'))}</p>\n"
        f"{_pairs(_about(release, profile, facts, about, language))}\n"
        f"<h2>{escape(say('handover.rules'))}</h2>\n{rules}\n{_limits(about.limits, language)}\n"
        f"<h2>{escape(say('handover.checks'))}</h2>\n{_list(_checks(contents, about, language))}\n"
        f"{files}\n<h2>{escape(say('handover.verify'))}</h2>\n{_list(verify)}"
    )
    return whole_page(title, body, {}, release, language, _STYLE)


def _about(
    release: Release,
    profile: DisclosureProfile,
    facts: Mapping[str, TableFacts],
    about: About,
    language: Language,
) -> list[tuple[str, str]]:
    """Say what the package is, in pairs of a question and its answer."""
    study, say = release.study, language.say
    empty = say("handover.not_given")
    hidden = sum(each.hidden for each in facts.values())
    populations = [language.pick(each) for each in study["populations"].values()]
    answers = {
        "study": study["study"],
        "date": day_text(release.manifest["date"], language),
        "permit": about.permit or (say("handover.no_permit") if study["simulated"] else empty),
        "applicant": ", ".join(study["authors"]) or empty,
        "contact": study["contact"] or empty,
        "data": "; ".join(language.pick(dict(each)) for each in study["attribution"]),
        "population": "; ".join(populations) or say("handover.public_units"),
        "period": "–".join(language.period(study[f"{end}_period"]) for end in ("first", "last")),
        "purpose": say("handover.purpose_text"),
        "profile": f"{profile.profile}: {profile.note}"
        if language.code == "en"
        else profile.profile,
        "hidden": language.number(hidden, 0),
        "key": about.key,
    }
    return [(say(f"handover.about.{name}"), text) for name, text in answers.items()]


def _rules(
    release: Release,
    profile: DisclosureProfile,
    facts: Mapping[str, TableFacts],
    language: Language,
) -> list[str]:
    """Say by which rules numbers were hidden and rounded; the latter as the tables show it."""
    say = language.say
    blind = [say("study.blinded")] if release.study["blinded"] else []
    if not profile.min_persons:
        return [*blind, say("handover.rule.public")]
    places: dict[tuple[str, int], list[str]] = {}
    for name, told in facts.items():
        for column, base in told.rounded.items():
            if base:
                places.setdefault((column, base), []).append(f"{name}.csv")
    rounded = [
        say(
            "handover.rule.rounded",
            column=column,
            base=language.number(base, 0),
            files=", ".join(files),
        )
        for (column, base), files in places.items()
    ]
    first = [say("handover.rule.least", n=profile.min_persons), say("handover.rule.secondary")]
    rules = [*first, *rounded, say("handover.rule.precision"), say("handover.rule.no_extremes")]
    rules += [say("handover.rule.synthetic")] if release.study["simulated"] else []
    return [*blind, *rules]


def _limits(limits: Sequence[DisclosureLimit], language: Language) -> str:
    """Tabulate what each data owner demands; nothing for a study without registers."""
    if not limits:
        return ""
    say = language.say
    rows = [
        [
            say("handover.limits.any") if each.source == "any" else each.source,
            say(f"handover.limit.{each.rule}"),
            language.significant(each.value),
            say(f"handover.limits.{each.confirm}"),
            each.reference[language.code],
        ]
        for each in limits
    ]
    heads = [
        say(f"handover.limits.{name}")
        for name in ("source", "rule", "value", "confirm", "reference")
    ]
    return html_table(pd.DataFrame(rows, columns=heads), say("handover.limits"))


def _checks(contents: Collection[str], about: About, language: Language) -> list[str]:
    names = ["leaks", "hashes", "log"]
    names += ["behind"] if "persons_behind.csv" in contents else []
    names += ["left_out"] if about.left_out else []
    return [language.say(f"handover.check.{name}") for name in names]


def _row(
    name: str,
    facts: Mapping[str, TableFacts],
    release: Release,
    about: About,
    language: Language,
) -> list[str]:
    """Describe a file: a table by its rows, another by what it repeats."""
    say = language.say
    folder, _, file = name.partition("/")
    table = file.removesuffix(".csv")
    if folder != "release" or table not in facts:
        kind = _kind_of_file(name)
        return [name, _what(kind, about, language), say(f"handover.kind.{kind}"), *_DASHES]
    told = facts[table]
    words = release.study["populations"]
    people = [language.pick(words.get(each), each) for each in told.populations if each in words]
    least = say("handover.no_count") if told.least is None else language.number(told.least, 0)
    return [
        name,
        say(f"package.table.{table}"),
        say(f"handover.kind.{told.kind}"),
        "; ".join(people) or say(f"handover.{_of_whom(told, public=not words)}"),
        language.number(told.rows, 0),
        language.number(told.hidden, 0),
        least,
        _deviations(told, about.payers_unknown.get(table, 0), language),
    ]


def _of_whom(told: TableFacts, *, public: bool) -> str:
    """Say of whom a table is that names no population."""
    if public:  # a study of published statistics has no populations of persons
        return "public_units"
    return {"facts": "no_persons", "counts": "of_registers"}.get(told.kind, "as_estimates")


def _deviations(told: TableFacts, payers_unknown: int, language: Language) -> str:
    """Say where a table does not follow what checkers commonly ask."""
    say, said = language.say, []
    if told.few_freedom:
        few = language.number(told.few_freedom, 0)
        said.append(say("handover.few_freedom", n=few, least=LEAST_FREEDOM))
    if payers_unknown:
        said.append(say("handover.payers_unknown", n=language.number(payers_unknown, 0)))
    if plain := [column for column, base in told.rounded.items() if not base]:
        said.append(say("handover.unrounded", columns=", ".join(plain)))
    return " ".join(f"{each.rstrip('.')}." for each in said) or say("handover.none")


_DASHES = ["–"] * (len(COLUMNS) - 3)


def _kind_of_file(name: str) -> str:
    kinds = {
        ".xlsx": "workbook",
        ".pdf": "brief",
        "pages.html": "pages",
        "log.csv": "log",
        "behind.csv": "behind",
        "datapackage.json": "columns",
    }
    if name.startswith("report/trace_"):
        return "trace"
    found = (kind for end, kind in kinds.items() if name.endswith(end))
    return next(found, "description")


def _what(kind: str, about: About, language: Language) -> str:
    if kind != "pages":
        return language.say(f"handover.what.{kind}")
    pages, figures = (language.number(each, 0) for each in about.pages)
    return language.say("handover.what.pages", pages=pages, figures=figures)


def _pairs(pairs: Sequence[tuple[str, str]]) -> str:
    listed = "".join(f"<dt>{escape(k)}</dt><dd>{escape(v)}</dd>\n" for k, v in pairs)
    return f"<dl>\n{listed}</dl>"


def _list(texts: Sequence[str]) -> str:
    return "<ul>" + "".join(f"<li>{escape(text)}</li>\n" for text in texts) + "</ul>"
