from pathlib import Path

import pandas as pd

from kuntakokeilu.job import job
from kuntakokeilu.registers import read_adapter, read_contract
from kuntakokeilu.study import Effect, TwinSettings
from kuntakokeilu.twin import make_world, simulate_pair, write_pair

with job(snakemake.log[0]) as log:
    config, spec = Path("config"), snakemake.params.spec
    adapter = read_adapter(Path(spec["adapter"]), read_contract(config))
    own = spec["effects"]
    effects = None if own is None else [Effect(**row) for row in own]
    world = make_world(TwinSettings(**spec["twin"]), config, pd.DataFrame(spec["areas"]), effects)
    roots = Path(snakemake.output.untreated), Path(snakemake.output.observed)
    pair = simulate_pair(world)
    written = write_pair(world, pair, config, adapter, roots, snakemake.threads)
    for root, files in zip(roots, written, strict=True):
        log.info("%s: %d files", root.name, len(files))
