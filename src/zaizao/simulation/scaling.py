"""Arithmetic on a scenario's distributions that needs no draw: the mean, and a multiple."""

from __future__ import annotations

import math
from collections.abc import Callable

from zaizao.simulation.scenario import Distribution, Family


def mean(distribution: Distribution) -> float:
    """Expected value. The normal family's cut at 0 is left out (small for work times)."""
    return _MEAN[distribution.family](distribution.parameters)


def scaled(distribution: Distribution, factor: float) -> Distribution:
    """The distribution of ``factor`` times the value; ``factor`` > 0."""
    family, parameters = distribution.family, distribution.parameters
    if family is Family.LOGNORMAL:
        return Distribution(family, (parameters[0] + math.log(factor), parameters[1]))
    if family in (Family.GAMMA, Family.WEIBULL):
        return Distribution(family, (parameters[0], parameters[1] * factor))
    return Distribution(family, tuple(parameter * factor for parameter in parameters))


def _of_quantiles(quantiles: tuple[float, ...]) -> float:
    """Straight lines between quantiles at equal steps of probability."""
    if len(quantiles) == 1:
        return quantiles[0]
    return (sum(quantiles[1:-1]) + (quantiles[0] + quantiles[-1]) / 2) / (len(quantiles) - 1)


_MEAN: dict[Family, Callable[[tuple[float, ...]], float]] = {
    Family.FIXED: lambda p: p[0],
    Family.UNIFORM: lambda p: (p[0] + p[1]) / 2,
    Family.TRIANGULAR: lambda p: sum(p) / 3,
    Family.NORMAL: lambda p: p[0],
    Family.EXPONENTIAL: lambda p: p[0],
    Family.LOGNORMAL: lambda p: math.exp(p[0] + p[1] ** 2 / 2),
    Family.GAMMA: lambda p: p[0] * p[1],
    Family.WEIBULL: lambda p: p[1] * math.gamma(1 + 1 / p[0]),
    Family.EMPIRICAL: _of_quantiles,
}
