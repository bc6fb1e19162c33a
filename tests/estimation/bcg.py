"""Thirteen trials of the BCG vaccine against tuberculosis: log risk ratios and their variances.

Counts: Colditz et al. (1994, Journal of the American Medical Association 271(9)), as in Viechtbauer
(2010, Journal of Statistical Software 36(3)): cases and others, vaccinated and not; latitude.
"""

import numpy as np

_COUNTS = np.array(
    [
        (4, 119, 11, 128, 44),
        (6, 300, 29, 274, 55),
        (3, 228, 11, 209, 42),
        (62, 13536, 248, 12619, 52),
        (33, 5036, 47, 5761, 13),
        (180, 1361, 372, 1079, 44),
        (8, 2537, 10, 619, 19),
        (505, 87886, 499, 87892, 13),
        (29, 7470, 45, 7232, 27),
        (17, 1699, 65, 1600, 42),
        (186, 50448, 141, 27197, 18),
        (5, 2493, 3, 2338, 33),
        (27, 16886, 29, 17825, 33),
    ],
    float,
)
_A, _B, _C, _D, LATITUDE = _COUNTS.T
ESTIMATES = np.log(_A / (_A + _B)) - np.log(_C / (_C + _D))
VARIANCES = 1 / _A - 1 / (_A + _B) + 1 / _C - 1 / (_C + _D)
