from kuntakokeilu.io import write_csv
from kuntakokeilu.job import job
from kuntakokeilu.statfin import read_statfin_table

with job(snakemake.log[0]) as logger:
    spec, output = snakemake.params.spec, snakemake.output
    table, changes = read_statfin_table(spec, snakemake.input.answers)
    write_csv(changes, output.changes)
    write_csv(table, output.table)
    if len(changes):
        text = (
            f"{spec['name']}: values changed between downloads: {len(changes)}, listed in "
            f"{output.changes}; the newest are used"
        )
        logger.warning(text)
        print(f"kuntakokeilu: note: {text}", flush=True)
