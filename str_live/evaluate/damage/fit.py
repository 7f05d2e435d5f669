"""What the simulation of a condition is to report. In: its normal errors and those of damages, out: both.

The damages' errors come on top of the normal ones and have nothing to do with them: variances and shares add
up. A condition has each of its damages as often as any other.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from str_live.evaluate.damage.errors import Errors, Run


def expected_errors(normal: Errors, damages: Sequence[Errors]) -> Errors:
    """Errors against the truth of a condition with these damages, which were measured without any truth.

    What does not follow from the parts is NaN: the distances' distribution, and how it changes in time.
    """
    return Errors(
        frames=sum(damage.frames for damage in damages),
        median=float("nan"),
        percentile_90=float("nan"),
        bias=_hypot(normal.bias, [damage.bias for damage in damages]),
        slow=_hypot(normal.slow, [damage.slow for damage in damages]),
        memory=float("nan"),
        white=_hypot(normal.white, [damage.white for damage in damages]),
        unsteady=float("nan"),
        outlier=_sum(normal.outlier, [damage.outlier for damage in damages]),
        outlier_size=_size(damages),
        limb=_sum(normal.limb, [damage.limb for damage in damages]),
        swapped=_sum(normal.swapped, [damage.swapped for damage in damages]),
        lost=_sum(normal.lost, [damage.lost for damage in damages]),
    )


def _hypot(normal: float, damages: list[float]) -> float:
    """Root of the normal variance plus the damages' mean variance."""
    return float(np.sqrt(normal**2 + np.mean(np.square(damages))))


def _size(damages: Sequence[Errors]) -> float:
    """Root mean square of the sizes, weighted by how many outliers there are."""
    shares = [damage.outlier.share for damage in damages]
    squares = [damage.outlier_size**2 for damage in damages]
    return float(np.sqrt(_weighted(squares, shares)))


def _sum(normal: Run, damages: list[Run]) -> Run:
    """Shares added up, of the damages their mean; lengths of the damages' runs, weighted by their frames."""
    shares = [run.share for run in damages]
    return Run(normal.share + float(np.mean(shares)), _weighted([run.frames for run in damages], shares))


def _weighted(values: list[float], weights: list[float]) -> float:
    """Mean of the values that are known; NaN where none is."""
    known = np.isfinite(values) & (np.array(weights) > 0)
    if not known.any():
        return float("nan")
    return float(np.average(np.array(values)[known], weights=np.array(weights)[known]))
