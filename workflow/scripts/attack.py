from pathlib import Path

from kuntakokeilu.attack import attack, stop_at, tried
from kuntakokeilu.io import write_json
from kuntakokeilu.job import job

with job(snakemake.log[0]) as log:
    spec = snakemake.params.spec
    reports = [Path(folder) for folder in spec["reports"]]
    stop_at(attack(Path(spec["release"]), reports, least=spec["least"]))
    log.info("nothing follows; tried %s", ", ".join(tried(spec["least"])))
    write_json({"tried": tried(spec["least"]), "least": spec["least"]}, Path(snakemake.output[0]))
