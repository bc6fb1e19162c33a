from pathlib import Path

from kuntakokeilu.disclosure.ids import ids_of_tables
from kuntakokeilu.disclosure.leaks import not_looked_for, refuse, scan, wanted
from kuntakokeilu.io import write_json
from kuntakokeilu.job import job

with job(snakemake.log[0]) as log:
    spec = snakemake.params.spec
    ids = ids_of_tables({Path(path): names for path, names in spec["ids"].items()})
    look_for = wanted(ids, spec["columns"])
    refuse(scan(map(Path, spec["folders"]), look_for))
    passed_over = not_looked_for(look_for)
    log.info("ids of the extract: %d; no leak found", len(ids.hashes))
    write_json({"ids": len(ids.hashes), "not_looked_for": passed_over}, Path(snakemake.output[0]))
