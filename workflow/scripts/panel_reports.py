from kuntakokeilu import contracts
from kuntakokeilu.io import read_table, write_table
from kuntakokeilu.job import job
from kuntakokeilu.panel import PanelReports, put_together

SCHEMAS = {
    "flow": contracts.FLOW,
    "eligibility": contracts.ELIGIBILITY,
    "conservation": contracts.CONSERVATION,
    "survey_response": contracts.SURVEY_RESPONSE,
}


def read_reports(paths):
    """Read what is known of one part's person-months, in the order of `SCHEMAS`."""
    pairs = zip(paths, SCHEMAS.values(), strict=True)
    return PanelReports(*(read_table(path, schema) for path, schema in pairs))


with job(snakemake.log[0]):
    source = snakemake.input
    shards = zip(*(source[name] for name in SCHEMAS), strict=True)
    survey = [path for name in SCHEMAS for path in source.get(f"survey_{name}", [])]
    made = put_together(
        [read_reports(shard) for shard in shards], read_reports(survey) if survey else None
    )
    for name, schema in SCHEMAS.items():
        write_table(getattr(made, name), snakemake.output[name], schema)
