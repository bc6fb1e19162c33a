from pathlib import Path

from kuntakokeilu.disclosure.ids import ids_of_tables
from kuntakokeilu.disclosure.leaks import not_looked_for, refuse, scan, wanted
from kuntakokeilu.io import write_json
from kuntakokeilu.job import job

with job(snakemake.log[0]) as log:
    spec = snakemake.params.spec
    ids = ids_of_tables({Path(path): names for path, names in spec["ids"].items()})
    look_for = wanted(ids, spec["columns"])
    notes = refuse(scan(map(Path, spec["folders"]), look_for))
    found = {"ids": len(ids.hashes), "not_looked_for": not_looked_for(look_for), "notes": notes}
    log.info("no leak found; looked for %d ids of the extract", found["ids"])
    write_json(found, Path(snakemake.output[0]))
