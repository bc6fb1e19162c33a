from pathlib import Path

from kuntakokeilu import contracts
from kuntakokeilu.diagnostics import (
    balance_table,
    beyond_reach_table,
    compared_table,
    design_tables,
    overlap_table,
)
from kuntakokeilu.disclosure import (
    guarded_design,
    provenance,
    released_before_estimates,
    write_design_record,
)
from kuntakokeilu.io import read_table, write_csv, write_text
from kuntakokeilu.job import job
from kuntakokeilu.report.pages.design_plan import as_release, design_plan_page
from kuntakokeilu.report.words.language import LANGUAGES, read_language
from kuntakokeilu.study import DisclosureProfile, Estimand, Overlap, common_start

with job(snakemake.log[0]):
    spec, source, output = snakemake.params.spec, snakemake.input, snakemake.output
    units = read_table(source.units, contracts.UNITS)
    counts = read_table(source.counts, contracts.COUNTS)
    cells = {
        name: read_table(path, contracts.CELLS)
        for name, path in zip(spec["outcomes"], source.cells, strict=True)
    }
    profile = DisclosureProfile(**spec["profile"])
    estimands = [Estimand(**row) for row in spec["estimands"]]
    asked = (units, estimands, spec["covariates"])
    rule = None if spec["overlap"] is None else Overlap(**spec["overlap"]["rule"])
    declared = None if rule is None else (spec["overlap"]["comparison"], rule)
    known = {
        "balance": balance_table(*asked),
        "overlap": overlap_table(*asked, rule),
        "compared": compared_table(*asked),
        "beyond_reach": beyond_reach_table(units, estimands, declared),
    }
    main = [one for one in estimands if one.estimand in spec["main"]]
    shown = released_before_estimates(units, (main or estimands)[0].comparison_rule, known, profile)
    made = design_tables(cells, units, counts, main, shown["overlap"])
    numbers = guarded_design(made.numbers, profile)
    tables = {"design": numbers, "limits": made.limits}
    tables |= {name: shown[name] for name in ("balance", "overlap")}
    for name, table in tables.items():
        write_csv(table, output[name])
    # the areas are the real ones, and there is no effect to hide
    told = spec["study"] | {"start": common_start(units, spec["study"]["start"]), "blinded": False}
    manifest = provenance({}, spec["settings"], [], spec["seed"], spec["lock"])
    release = as_release(told, manifest, shown)
    for code in LANGUAGES:
        language = read_language(code, Path(source.labels[0]).parent).about(told)
        write_text(design_plan_page(release, numbers, made.limits, language), output[code])
    shown_files = [Path(output[name]) for name in (*LANGUAGES, *tables)]
    write_design_record(
        spec["study"]["study"], spec["plan_sha256"], shown_files, Path(output.record)
    )
