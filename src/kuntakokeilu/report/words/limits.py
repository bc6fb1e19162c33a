"""What a study cannot tell, what its answers rest on, and whom they are about."""

from __future__ import annotations

from collections.abc import Sequence

from kuntakokeilu.report.words import labels as lb
from kuntakokeilu.report.words.headlines import told
from kuntakokeilu.report.words.language import Language
from kuntakokeilu.report.words.outcomes import SERVICE_USE, column_of
from kuntakokeilu.report.words.release import Release
from kuntakokeilu.report.words.rows import covers_zero, is_shown, lead_rows
from kuntakokeilu.report.words.whom_and_when import whom_and_when


def cannot_tell(release: Release, language: Language) -> list[str]:
    """List what the study cannot tell, what weighs most first.

    Parameters
    ----------
    release : Release
        A released study.
    language : Language
        Of the reader.

    Returns
    -------
    list of str
        Incomplete coverage, units without a counterpart, what the study itself declares, tests
        that could not be made, costs that are left out, and what holds for every average.
    """
    study = release.study
    declared = [language.pick(limit) for limit in study["brief"]["limits"]]
    said = [_coverage(release, language), beyond_limit(release, language), *declared]
    said += [_untested(release, language), _programme(release, language), _use(release, language)]
    said.append(language.say(_of_kind("limits.average", study["units"], language)))
    return [text for text in said if text]


def rests_on(release: Release, language: Language) -> list[str]:
    """Say what the answers rest on, what their checks say, what of service models, and the rule."""
    rows = told(release)
    shown = rows[[is_shown(row) for _, row in rows.iterrows()]] if len(rows) else rows
    said = []
    if len(shown):
        first = shown.iloc[0]
        counts = {"trial": first["n_trial_clusters"], "control": first["n_control_clusters"]}
        said.append(language.say("brief.sure.compared", **counts))
        said.append(language.say("brief.sure.interval"))
        said.append(_checks(release, list(shown["estimand"]), language))
    locked = "locked" if release.manifest["plan"] is not None else "not_locked"
    rule = f"{language.say('brief.sure.rule')} {language.say(f'brief.sure.{locked}')}"
    return [*said, *filter(None, [_models(release, language)]), rule]


def compared(release: Release, language: Language) -> list[str]:
    """Say who is compared, when and with which weights, once for all headlines alike."""
    said = []
    for _, row in told(release).iterrows():
        if is_shown(row):
            whom = whom_and_when(row, release.study, language)
            weights = lb.weights_label(row["weights"], release.study, language)
            said.append(language.say("brief.weights", whom=whom, weights=weights))
    return list(dict.fromkeys(said))


def _coverage(release: Release, language: Language) -> str:
    coverage = release.study["coverage"]
    if not coverage or coverage["listed"] >= coverage["total"]:
        return ""
    counts = {name: coverage[name] for name in ("listed", "total")}
    return language.say("brief.limit.coverage", **counts)


def beyond_limit(release: Release, language: Language) -> str:
    """Name the units whose effect is not identified, and their weight in the first answer.

    Nothing in a study without such units.
    """
    units = release.beyond_reach["unit"].unique()
    if not len(units):
        return ""
    names = release.units.set_index("unit")[f"name_{language.code}"].reindex(units)
    named = sorted(map(str, names), key=lb.alphabetical)
    share = _share_beyond_reach(release)
    key = "brief.limit.beyond" if share is None else "brief.limit.beyond.share"
    values = {} if share is None else {"share": language.number(100 * share, 0)}
    return language.say(key, names=language.listed(named), **values)


def _share_beyond_reach(release: Release) -> float | None:
    """Give the share of the trial group's weight that they have in the first answer that tells."""
    rows = release.diagnostics[release.diagnostics["check"].eq("overlap")]
    shares = rows.dropna(subset="value").drop_duplicates("estimand").set_index("estimand")["value"]
    if shares.empty:  # before there are estimates there is no first answer either
        return None
    found = [float(shares[name]) for name in told(release)["estimand"] if name in shares]
    return found[0] if found else None


def _untested(release: Release, language: Language) -> str:
    warned = release.diagnostics
    warned = warned[warned["check"].eq("pre_trend_untested") & warned["verdict"].ne("pass")]
    rows = told(release)
    mine = rows[rows["estimand"].isin(warned["estimand"])]
    names = [lb.domain_label(domain, language).lower() for domain in mine["domain"]]
    return language.say("brief.limit.untested", names=language.listed(names)) if names else ""


def _programme(release: Release, language: Language) -> str:
    costs = told(release)["domain"].eq("cost").any()
    left_out = costs and len(release.programme_costs)
    return language.say("brief.limit.programme") if left_out else ""


def _use(release: Release, language: Language) -> str:
    study = release.study
    columns = {column_of(name, study) for name in told(release)["outcome"]}
    return language.say("limits.use") if columns & set(SERVICE_USE) else ""


def _checks(release: Release, estimands: Sequence[str], language: Language) -> str:
    rows = release.diagnostics[release.diagnostics["estimand"].isin(estimands)]
    counts = rows["verdict"].value_counts()
    able = language.number(int(rows["check"].isin(release.study["fails_on"]).sum()), 0)
    parts = {name: _counted(f"brief.sure.{name}", int(counts.get(verdict, 0)), language, able)
             for name, verdict in (("failed", "fail"), ("warned", "warn"))}  # fmt: skip
    return f"{language.say('brief.sure.checks', n=len(rows), **parts)} {_all(release, language)}"


def _all(release: Release, language: Language) -> str:
    """Count all main effects of the study, and those that fail a check."""
    rows = lead_rows(release)
    failed = int(rows["status"].eq("failed_diagnostic").sum())
    said = _counted("brief.sure.others", failed, language)
    return language.say("brief.sure.all", n=len(rows), failed=said)


def _counted(key: str, n: int, language: Language, able: str = "") -> str:
    """Say how many, with the words for none, one and more, and of how many that could fail."""
    kind = {0: "none", 1: "one"}.get(n, "many")
    return language.say(f"{key}.{kind}", n=language.number(n, 0), able=able)


def _models(release: Release, language: Language) -> str:
    """Say what the effects by area tell of service models; empty in a study without them."""
    rows = release.meta_regression
    rows = rows[rows["feature"].notna() & rows["estimand"].isin(told(release)["estimand"])]
    if rows.empty:
        return ""
    known = rows[rows["status"].eq("ok") & rows["estimate"].notna()]
    clear = known[[not covers_zero(row) for _, row in known.iterrows()]] if len(known) else known
    counts = {"n": rows["feature"].nunique(), "known": known["feature"].nunique()}
    key = "brief.models.compared" if counts["known"] else "brief.models.unknown"
    return language.say(key, clear=clear["feature"].nunique(), **counts)


def _of_kind(key: str, units: str, language: Language) -> str:
    return key if language.has(key) else f"{key}.{units}"
