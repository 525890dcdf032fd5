"""The distribution that describes observed durations: the best of the families, or the observed quantiles themselves.

A family is kept when its Wasserstein-1 distance from the data stays below a share of the mean, for a person can edit it;
otherwise the quantiles are, for they are the data. Fits are by moments or maximum likelihood in closed form.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from zaizao.simulation.population import quantiles
from zaizao.simulation.scenario import Distribution, Family

Float64 = NDArray[np.float64]
CLOSE = 0.04
"""How far from the data, as a share of the mean, a family may be."""
_SAME_MEAN = 0.02
_POINTS = 201
_FEW = 8


def fit(values: Float64, *, close: float = CLOSE) -> Distribution:
    """The distribution of ``values`` (seconds or amounts, none below 0)."""
    if not len(values):
        return Distribution(Family.FIXED, (0.0,))
    low, high = float(values.min()), float(values.max())
    if high - low <= 1e-9 * max(high, 1.0):
        return Distribution(Family.FIXED, (low,))
    observed = np.sort(values)
    if len(values) >= _FEW:
        grid = (np.arange(_POINTS) + 0.5) / _POINTS
        at = np.quantile(observed, grid)
        mean = float(values.mean())
        ranked = [
            (float(np.abs(quantiles(family, grid) - at).mean()), order, family)
            for order, family in enumerate(_families(values))
        ]
        distance, _, best = min(ranked)
        if distance <= close * mean and abs(float(quantiles(best, grid).mean()) - mean) <= _SAME_MEAN * mean:
            return best
    return empirical(observed)


def empirical(values: Float64, points: int = _POINTS) -> Distribution:
    """The quantiles of ``values`` at equal steps of probability; the last is set so that the mean is kept.

    Between quantiles the kernel interpolates: left at the maximum, one outlier would stand for the whole last step.
    """
    steps = np.linspace(0.0, 1.0, min(points, max(2, len(values))))
    at = np.quantile(values, steps)
    if len(at) > 2:
        last = 2 * (float(values.mean()) * (len(at) - 1) - float(at[1:-1].sum())) - float(at[0])
        at[-1] = min(max(last, float(at[-2])), float(at[-1]))
    return Distribution(Family.EMPIRICAL, tuple(round(float(x), 3) for x in at))


def _families(values: Float64) -> Iterator[Distribution]:
    """Candidates, simplest first."""
    mean, sd = float(values.mean()), float(values.std())
    low, high = float(values.min()), float(values.max())
    yield Distribution(Family.EXPONENTIAL, (mean,))
    yield Distribution(Family.UNIFORM, (low, high))
    mode = min(max(3 * mean - low - high, low), high)
    yield Distribution(Family.TRIANGULAR, (low, mode, high))
    if mean > 2 * sd:
        yield Distribution(Family.NORMAL, (mean, sd))
    if low > 0:
        logs = np.log(values)
        yield Distribution(Family.LOGNORMAL, (float(logs.mean()), float(logs.std())))
        # Maximum likelihood of the gamma shape (Minka 2002, first approximation) from the gap of the means.
        gap = math.log(mean) - float(logs.mean())
        if gap > 1e-9:
            shape = (3 - gap + math.sqrt((gap - 3) ** 2 + 24 * gap)) / (12 * gap)
            yield Distribution(Family.GAMMA, (shape, mean / shape))
        spread = float(logs.std())
        if spread > 1e-9:
            # The logarithm of a Weibull variate has standard deviation pi / (shape * sqrt 6).
            shape = math.pi / (spread * math.sqrt(6))
            scale = math.exp(float(logs.mean()) + 0.5772156649015329 / shape)
            yield Distribution(Family.WEIBULL, (shape, scale))
