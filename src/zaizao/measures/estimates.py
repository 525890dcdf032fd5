"""A figure with its uncertainty: value, 95 % interval, and on how many observations it rests.

Means by bootstrap over cases (normal theory for very many), quantiles by order statistics, shares of cases by Wilson's
interval, shares of executions by bootstrap over cases, because executions of one case are not independent.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, floor, sqrt

import numpy as np
from numpy.typing import NDArray

Float = NDArray[np.float64]

Z = 1.959963984540054
"""The standard normal quantile of a two-sided 95 % interval."""
RESAMPLES = 1_000
_MOST_DRAWS = 20_000_000
"""Above this many draws the bootstrap gives way to normal theory, which is then exact enough."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """``value`` with its 95 % interval ``[low, high]`` from ``n`` observations, in the measure's unit."""

    value: float
    low: float
    high: float
    n: int


def mean(values: Float, rng: np.random.Generator) -> Estimate:
    """The mean of independent observations. ``values`` must not be empty."""
    return ratio(values, np.ones(len(values)), rng)


def ratio(parts: Float, wholes: Float, rng: np.random.Generator) -> Estimate:
    """Sum of ``parts`` over sum of ``wholes``, one pair per independent case; the wholes must not sum to zero."""
    n = len(parts)
    value = float(parts.sum() / wholes.sum())
    if n == 1:
        return Estimate(value, value, value, 1)
    if n * RESAMPLES > _MOST_DRAWS:
        residual = parts - value * wholes
        error = Z * float(np.sqrt((residual**2).sum() * n / (n - 1))) / float(wholes.sum())
        return Estimate(value, value - error, value + error, n)
    drawn = np.empty(RESAMPLES)
    for k in range(RESAMPLES):
        rows = rng.integers(0, n, n)
        whole = wholes[rows].sum()
        drawn[k] = parts[rows].sum() / whole if whole else value
    low, high = np.quantile(drawn, (0.025, 0.975))
    return Estimate(value, min(float(low), value), max(float(high), value), n)


def quantile(values: Float, p: float) -> Estimate:
    """The ``p`` quantile with the interval between two order statistics. ``values`` must not be empty."""
    ordered = np.sort(values)
    n = len(ordered)
    spread = Z * sqrt(n * p * (1 - p))
    low = max(floor(n * p - spread) - 1, 0)
    high = min(ceil(n * p + spread), n - 1)
    return Estimate(float(np.quantile(ordered, p)), float(ordered[low]), float(ordered[high]), n)


def share(hits: int, n: int) -> Estimate:
    """A share of independent cases, by Wilson's interval; ``n`` must be positive."""
    p = hits / n
    middle = (p + Z * Z / (2 * n)) / (1 + Z * Z / n)
    half = Z * sqrt(p * (1 - p) / n + Z * Z / (4 * n * n)) / (1 + Z * Z / n)
    return Estimate(p, max(0.0, min(middle - half, p)), min(1.0, max(middle + half, p)), n)


def rate(count: int, length: float) -> Estimate:
    """Events per unit of ``length`` (positive), as a Poisson count."""
    error = Z * sqrt(count) / length
    return Estimate(count / length, max(0.0, count / length - error), count / length + error, count)
