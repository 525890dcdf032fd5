"""The small statistics that findings rest on: intervals and tests, each by its published formula.

Rule kept: intervals are 95 %; a test's p-value is two-sided; many tests are corrected together. No random numbers.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from zaizao.mining.spread import Float64

Z95 = 1.959963984540054


@dataclass(frozen=True, slots=True)
class Interval:
    """A figure with its 95 % interval."""

    value: float
    low: float
    high: float


def wilson(hits: int, trials: int) -> Interval:
    """A share with Wilson's score interval (1927)."""
    if trials == 0:
        return Interval(math.nan, 0.0, 1.0)
    share, z2 = hits / trials, Z95 * Z95
    centre = (share + z2 / (2 * trials)) / (1 + z2 / trials)
    half = Z95 * math.sqrt(share * (1 - share) / trials + z2 / (4 * trials * trials)) / (1 + z2 / trials)
    return Interval(share, max(0.0, centre - half), min(1.0, centre + half))


def share_difference(hits_a: int, trials_a: int, hits_b: int, trials_b: int) -> Interval:
    """Share a minus share b, with Newcombe's hybrid score interval (1998, method 10)."""
    a, b = wilson(hits_a, trials_a), wilson(hits_b, trials_b)
    value = a.value - b.value
    return Interval(
        value,
        value - math.hypot(a.value - a.low, b.high - b.value),
        value + math.hypot(a.high - a.value, b.value - b.low),
    )


def share_test(hits_a: int, trials_a: int, hits_b: int, trials_b: int) -> float:
    """p-value that two shares are the same (pooled z test)."""
    if not trials_a or not trials_b:
        return 1.0
    pooled = (hits_a + hits_b) / (trials_a + trials_b)
    spread = math.sqrt(pooled * (1 - pooled) * (1 / trials_a + 1 / trials_b))
    return tail((hits_a / trials_a - hits_b / trials_b) / spread) if spread > 0 else 1.0


def mean_difference(a: Float64, b: Float64) -> Interval:
    """Mean of ``a`` minus mean of ``b`` with the large-sample interval of Welch."""
    value = float(a.mean() - b.mean())
    error = math.sqrt(float(a.var(ddof=1)) / len(a) + float(b.var(ddof=1)) / len(b))
    return Interval(value, value - Z95 * error, value + Z95 * error)


def superiority(a: Float64, b: Float64) -> tuple[Interval, float]:
    """Cliff's delta of ``a`` over ``b`` (P(a > b) − P(a < b)) with its interval, and the rank test's p-value.

    The interval takes the standard error of Hanley and McNeil (1982); the test is Mann and Whitney's with the
    normal approximation corrected for ties.
    """
    n, m = len(a), len(b)
    ranks = mid_ranks(np.concatenate((a, b)))
    wins = float(ranks[:n].sum()) - n * (n + 1) / 2
    area = wins / (n * m)
    q1, q2 = area / (2 - area), 2 * area * area / (1 + area)
    error = math.sqrt(max(area * (1 - area) + (n - 1) * (q1 - area * area) + (m - 1) * (q2 - area * area), 0) / (n * m))
    delta = 2 * area - 1
    interval = Interval(delta, max(-1.0, delta - 2 * Z95 * error), min(1.0, delta + 2 * Z95 * error))
    variance = n * m / (n + m) * float(ranks.var(ddof=1)) if n + m > 1 else 0.0
    return interval, tail((wins - n * m / 2) / math.sqrt(variance)) if variance > 0 else 1.0


def mid_ranks(values: Float64) -> Float64:
    """Ranks from 1, equal values sharing the mean of theirs."""
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    ranks: Float64 = (np.cumsum(counts) - (counts - 1) / 2)[inverse]
    return ranks


def median_difference(a: Float64, b: Float64) -> Interval:
    """Median of ``a`` minus median of ``b``; each standard error from order statistics (Price and Bonett, 2001)."""
    value = float(np.median(a) - np.median(b))
    error = math.hypot(_median_error(a), _median_error(b))
    return Interval(value, value - Z95 * error, value + Z95 * error)


def _median_error(values: Float64) -> float:
    ordered = np.sort(values)
    low = max(int((len(ordered) + 1) / 2 - math.sqrt(len(ordered)) * Z95 / 2), 1)
    high = len(ordered) - low + 1
    return float(ordered[high - 1] - ordered[low - 1]) / (2 * Z95)


def tail(z: float) -> float:
    """Two-sided p-value of a standard normal score."""
    return math.erfc(abs(z) / math.sqrt(2))


def chi_square_tail(statistic: float, freedom: int) -> float:
    """Upper tail of the chi-square distribution by Wilson and Hilferty's cube-root approximation (1931)."""
    if freedom <= 0 or statistic <= 0:
        return 1.0
    spread = 2 / (9 * freedom)
    z = ((statistic / freedom) ** (1 / 3) - (1 - spread)) / math.sqrt(spread)
    return 0.5 * math.erfc(z / math.sqrt(2))


def corrected(p_values: list[float]) -> list[float]:
    """p-values adjusted for many tests (Benjamini and Hochberg, 1995), in the given order."""
    order = sorted(range(len(p_values)), key=lambda k: p_values[k])
    adjusted = [1.0] * len(p_values)
    lowest = 1.0
    for rank in range(len(order), 0, -1):
        lowest = min(lowest, p_values[order[rank - 1]] * len(order) / rank)
        adjusted[order[rank - 1]] = lowest
    return adjusted
