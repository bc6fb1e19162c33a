from pathlib import Path

from kuntakokeilu import contracts
from kuntakokeilu.diagnostics import balance_table, compared_table, design_tables, overlap_table
from kuntakokeilu.disclosure import guarded_design, provenance, released_balance_and_overlap
from kuntakokeilu.io import read_table, write_csv, write_text
from kuntakokeilu.job import job
from kuntakokeilu.report.pages.design_plan import as_release, design_plan_page
from kuntakokeilu.report.words.language import LANGUAGES, read_language
from kuntakokeilu.study import DisclosureProfile, Estimand, common_start

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
    balance, overlap = released_balance_and_overlap(
        balance_table(*asked), overlap_table(*asked), compared_table(*asked), profile
    )
    main = [one for one in estimands if one.estimand in spec["main"]]
    made = design_tables(cells, units, counts, main, overlap)
    numbers = guarded_design(made.numbers, profile)
    tables = {"design": numbers, "limits": made.limits, "balance": balance, "overlap": overlap}
    for name, table in tables.items():
        write_csv(table, output[name])
    told = spec["study"] | {"start": common_start(units, spec["study"]["start"])}
    manifest = provenance({}, spec["settings"], [], spec["seed"], spec["lock"])
    release = as_release(told, manifest, balance, overlap)
    for code in LANGUAGES:
        language = read_language(code, Path(source.labels[0]).parent).about(told)
        write_text(design_plan_page(release, numbers, made.limits, language), output[code])
