from pathlib import Path

from kuntakokeilu.io import write_csv
from kuntakokeilu.job import job
from kuntakokeilu.report.canvas import save_figure
from kuntakokeilu.report.forest import forest_alt, forest_data, forest_figure
from kuntakokeilu.report.release import read_release

with job(snakemake.log[0]):
    release = read_release(Path(snakemake.input.release[0]).parent)
    output, choice = snakemake.output, {"leave_one_out": snakemake.params.leave_one_out}
    alt = forest_alt(release, **choice)
    save_figure(forest_figure(release, **choice), output.svg, output.png, alt)
    write_csv(forest_data(release, **choice), output.data)
