"""Two populations in one regression: eligible relative to non-eligible.

DiD_e is the effect on the eligible plus whatever else moved the trial areas; DiD_o is the same
for the others. If a share s of DiD_o is an effect of the trial on the others and the rest is
something else that moved both alike, the effect on the eligible is

    DiD_e - (1 - s) DiD_o.

s = 0 is the plain triple difference (Gruber 1994, American Economic Review 84(3); Olden & Moen
2022, Econometrics Journal 25(3)), s = 1 the difference of the eligible alone. Nothing in the data
tells s, so that it is assumed and the effect is shown over several.

The rows of both populations are stacked, and each keeps unit effects, period effects and controls
of its own. With D the column of a term, the columns D 1[eligible] and
D (1[other] + (1 - s) 1[eligible]) span those of the two regressions, and the coefficient of the
first is the number above. It is an ordinary coefficient, so that every kind of inference applies;
clusters stay areas, over both populations.
"""

from __future__ import annotations

import pandas as pd

from kuntakokeilu.estimation.designs import Design
from kuntakokeilu.estimation.registry import Plain, right_hand_side
from kuntakokeilu.estimation.remember import remembered
from kuntakokeilu.estimation.sample import Sample


def design_of(sample: Sample) -> Design:
    """Put an estimand's right-hand side beside its sample; see `stacked`."""
    return stacked(sample)


def stacked(sample: Sample, plain: Plain | None = None) -> Design:
    """Stack the designs of both populations, or take the one there is.

    Parameters
    ----------
    sample : Sample
        Its estimand says, with a contrast, which share of spillover is assumed.
    plain : callable, optional
        Makes the design of one population; by default that of the estimator.

    Returns
    -------
    Design
        Terms that only one population has are not reported.
    """
    parts = [right_hand_side(part.frame, part.estimand, plain) for part in sample.populations]
    if len(parts) == 1:
        return parts[0]
    return _stacked(*parts, 1.0 - (sample.estimand.spillover_share or 0.0))


@remembered
def _stacked(own: Design, other: Design, taken_off: float) -> Design:
    terms = [term for term in own.terms if term in other.terms]
    columns = [term.column for term in terms]
    shared = pd.concat([taken_off * own.regressors[columns], other.regressors[columns]])
    rows = None
    if own.rows is not None and other.rows is not None:
        rows = pd.concat([own.rows, other.rows])
    regressors = [
        own.regressors[columns],
        shared.add_prefix("shared|"),
        own.regressors.drop(columns=columns).add_prefix("own|"),
        other.regressors.drop(columns=columns).add_prefix("other|"),
    ]
    effects = None
    if own.effects is not None and other.effects is not None:
        effects = pd.concat([own.effects, other.effects + own.effects.max() + 1])
    labels = own.regressors.index.append(other.regressors.index)
    return Design(
        regressors=pd.concat(regressors, axis=1).reindex(labels).fillna(0.0),
        terms=terms,
        effects=effects,
        parts=((1.0, own), (-taken_off, other)),
        rows=rows,
    )
