from pathlib import Path

from kuntakokeilu.io import write_csv
from kuntakokeilu.job import job
from kuntakokeilu.report.canvas import save_figure
from kuntakokeilu.report.figures import event_study_alt, event_study_data, event_study_figure
from kuntakokeilu.report.release import read_release

with job(snakemake.log[0]):
    release = read_release(Path(snakemake.input.release[0]).parent)
    estimand, output = snakemake.wildcards.estimand, snakemake.output
    figure = event_study_figure(release, estimand)
    save_figure(figure, output.svg, output.png, event_study_alt(release, estimand))
    write_csv(event_study_data(release, estimand), output.data)
