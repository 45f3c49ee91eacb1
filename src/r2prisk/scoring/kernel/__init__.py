"""The sums, on plain arrays: NumPy and nothing else.

Shapes: ``n`` rows, ``i`` risk indicators, ``j`` resilience indicators, ``k`` risk factors, ``r``
resilience factors, ``v`` views (the country and the crimes). Ratings are NaN where nothing is
rated. Rows never look at each other, so the work goes block by block and cost grows with ``n``.
"""

from r2prisk.scoring.kernel.blocks import score_arrays
from r2prisk.scoring.kernel.means import bounds, left_open, meet, power_means, run, settle
from r2prisk.scoring.kernel.shapes import Bools, Floats, Form, Rule, Sheet, Side, Sums
from r2prisk.scoring.kernel.views import view_means

__all__ = [
    "Bools",
    "Floats",
    "Form",
    "Rule",
    "Sheet",
    "Side",
    "Sums",
    "bounds",
    "left_open",
    "meet",
    "power_means",
    "run",
    "score_arrays",
    "settle",
    "view_means",
]
