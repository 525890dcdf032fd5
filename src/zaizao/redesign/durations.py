"""Arithmetic on the scenario's distributions: mean, variance, scaling, sums, draws. Seconds in, seconds out."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache

import numpy as np

from zaizao.simulation import Distribution, Family, mean as mean, scaled as scaled

DRAWS = 4000
"""Seeded draws behind a quantile that has no formula."""

NOTHING = Distribution(Family.FIXED, (0.0,))


def variance(distribution: Distribution) -> float:
    """Variance in seconds²."""
    return _VARIANCE[distribution.family](distribution.parameters)


def total(first: Distribution, second: Distribution) -> Distribution:
    """A gamma distribution with the mean and variance of the sum of two independent durations."""
    centre = mean(first) + mean(second)
    spread = variance(first) + variance(second)
    if spread <= 0.0 or centre <= 0.0:
        return Distribution(Family.FIXED, (centre,))
    return Distribution(Family.GAMMA, (centre * centre / spread, spread / centre))


def draw(distribution: Distribution, rng: np.random.Generator) -> float:
    """One value in seconds, never negative."""
    return max(0.0, _DRAW[distribution.family](distribution.parameters, rng))


@lru_cache(maxsize=256)
def quantile(distribution: Distribution, level: float) -> float:
    """The value below which a share ``level`` of all draws lies; by 4,000 seeded draws where no formula is at hand."""
    if distribution.family is Family.EMPIRICAL:
        points = distribution.parameters
        return float(np.interp(level, np.linspace(0.0, 1.0, len(points)), points)) if len(points) > 1 else points[0]
    rng = np.random.default_rng(0)
    return float(np.quantile([draw(distribution, rng) for _ in range(DRAWS)], level))


def _quantile_moments(quantiles: tuple[float, ...]) -> tuple[float, float]:
    """Mean and variance of a piecewise linear quantile function with equal probability steps."""
    if len(quantiles) == 1:
        return quantiles[0], 0.0
    points = np.asarray(quantiles)
    low, high = points[:-1], points[1:]
    centre = float(np.mean((low + high) / 2))
    second = float(np.mean((low * low + low * high + high * high) / 3))
    return centre, max(0.0, second - centre * centre)


def _weibull_mean(p: tuple[float, ...]) -> float:
    return p[1] * math.gamma(1 + 1 / p[0])


_VARIANCE: dict[Family, Callable[[tuple[float, ...]], float]] = {
    Family.FIXED: lambda _: 0.0,
    Family.UNIFORM: lambda p: (p[1] - p[0]) ** 2 / 12,
    Family.TRIANGULAR: lambda p: (p[0] ** 2 + p[1] ** 2 + p[2] ** 2 - p[0] * p[1] - p[0] * p[2] - p[1] * p[2]) / 18,
    Family.NORMAL: lambda p: p[1] ** 2,
    Family.EXPONENTIAL: lambda p: p[0] ** 2,
    Family.LOGNORMAL: lambda p: math.expm1(p[1] ** 2) * math.exp(2 * p[0] + p[1] ** 2),
    Family.GAMMA: lambda p: p[0] * p[1] ** 2,
    Family.WEIBULL: lambda p: p[1] ** 2 * math.gamma(1 + 2 / p[0]) - _weibull_mean(p) ** 2,
    Family.EMPIRICAL: lambda p: _quantile_moments(p)[1],
}


def _empirical(p: tuple[float, ...], rng: np.random.Generator) -> float:
    return float(np.interp(rng.random(), np.linspace(0.0, 1.0, len(p)), p)) if len(p) > 1 else p[0]


def _triangular(p: tuple[float, ...], rng: np.random.Generator) -> float:
    return float(rng.triangular(p[0], p[1], p[2])) if p[2] > p[0] else p[0]


_DRAW: dict[Family, Callable[[tuple[float, ...], np.random.Generator], float]] = {
    Family.FIXED: lambda p, _: p[0],
    Family.UNIFORM: lambda p, rng: float(rng.uniform(p[0], p[1])),
    Family.TRIANGULAR: _triangular,
    Family.NORMAL: lambda p, rng: float(rng.normal(p[0], p[1])),
    Family.EXPONENTIAL: lambda p, rng: float(rng.exponential(p[0])),
    Family.LOGNORMAL: lambda p, rng: float(rng.lognormal(p[0], p[1])),
    Family.GAMMA: lambda p, rng: float(rng.gamma(p[0], p[1])),
    Family.WEIBULL: lambda p, rng: float(p[1] * rng.weibull(p[0])),
    Family.EMPIRICAL: _empirical,
}
