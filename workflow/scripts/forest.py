from pathlib import Path

from kuntakokeilu.io import write_csv
from kuntakokeilu.job import job
from kuntakokeilu.report.canvas import save_figure
from kuntakokeilu.report.forest import forest_alt, forest_data, forest_figure
from kuntakokeilu.report.release import read_release

with job(snakemake.log[0]):
    release = read_release(Path(snakemake.input.release[0]).parent)
    output = snakemake.output
    save_figure(forest_figure(release), output.svg, output.png, forest_alt(release))
    write_csv(forest_data(release), output.data)
