from kuntakokeilu import contracts
from kuntakokeilu.cells import build_cells, read_source, source_files
from kuntakokeilu.facts import read_classification
from kuntakokeilu.io import read_table, write_table
from kuntakokeilu.job import job
from kuntakokeilu.study import DataSettings, OutcomeData

with job(snakemake.log[0]):
    spec = snakemake.params.spec
    settings, outcome = DataSettings(**spec["settings"]), OutcomeData(**spec["outcome"])
    files = source_files(settings, outcome)
    raw = {
        name: read_source(settings.source, path, columns, name)
        for (name, columns), path in zip(files.items(), snakemake.input.sources, strict=True)
    }
    units = read_table(snakemake.input.units, contracts.UNITS)
    year = settings.classification
    classification = read_classification("config", year) if year else None
    cells = build_cells(settings, outcome, tuple(spec["span"]), raw, units, classification)
    write_table(cells, snakemake.output.cells, contracts.CELLS)
