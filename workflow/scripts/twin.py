from pathlib import Path

import pandas as pd

from kuntakokeilu.job import job
from kuntakokeilu.registers import read_adapter, read_contract
from kuntakokeilu.study import TwinSettings
from kuntakokeilu.twin import make_world, simulate_pair, write_extract

with job(snakemake.log[0]) as log:
    config, spec = Path("config"), snakemake.params.spec
    adapter = read_adapter(Path(spec["adapter"]), read_contract(config))
    world = make_world(TwinSettings(**spec["twin"]), config, pd.DataFrame(spec["areas"]))
    untreated, observed = simulate_pair(world)
    for paths, root in ((observed, "observed"), (untreated, "untreated")):
        files = write_extract(world, paths, config, adapter, Path(snakemake.output[root]))
        log.info("%s: %d files", root, len(files))
