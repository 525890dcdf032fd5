"""Spread of a duration over groups: count, mean, median and 90th percentile, never a mean alone.

Rule kept: one sort by group (radix, where the codes fit 16 bits) and one selection per group; quantiles interpolate
linearly between order statistics (type 7 of Hyndman and Fan, 1996). Durations are seconds; not-a-number where a group
has no value.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Int32 = NDArray[np.int32]
Int64 = NDArray[np.int64]
Float64 = NDArray[np.float64]
Bool = NDArray[np.bool_]

MICROSECONDS = 1_000_000


@dataclass(frozen=True, slots=True, eq=False)
class Spread:
    """One entry a group: how many values, and where they lie (seconds)."""

    count: Int64
    mean: Float64
    median: Float64
    p90: Float64
    total: Float64


def by_group(group: NDArray[np.integer], microseconds: Int64, groups: int) -> Spread:
    """The spread of ``microseconds`` within each of ``groups`` codes; negative codes are left out."""
    codes = narrow(group, groups)
    if len(codes) and codes.min() < 0:
        microseconds, codes = microseconds[codes >= 0], codes[codes >= 0]
    order = np.argsort(codes, kind="stable")
    return of_sorted(microseconds[order], np.bincount(codes, minlength=groups).astype(np.int64))


def narrow(codes: NDArray[np.integer], groups: int) -> NDArray[np.integer]:
    """``codes`` in 16 bits where they fit, so that they are sorted by radix."""
    return codes.astype(np.int16 if groups < np.iinfo(np.int16).max else np.int32, copy=False)


def of_sorted(microseconds: Int64, counts: Int64) -> Spread:
    """The spread of each group of ``microseconds``, which lie together, the first ``counts[0]`` being group 0."""
    groups = len(counts)
    bounds = np.concatenate(([0], np.cumsum(counts)))
    mean, median, p90, total = (np.full(groups, np.nan) for _ in range(4))
    for code in np.flatnonzero(counts):
        values = microseconds[bounds[code] : bounds[code + 1]]
        total[code] = values.sum(dtype=np.float64)
        mean[code] = total[code] / len(values)
        median[code], p90[code] = _quantiles(values, (0.5, 0.9))
    scale = 1.0 / MICROSECONDS
    return Spread(counts, mean * scale, median * scale, p90 * scale, total * scale)


def _quantiles(values: Int64, shares: tuple[float, ...]) -> list[float]:
    places = [share * (len(values) - 1) for share in shares]
    ranks = sorted({rank for place in places for rank in (int(place), min(int(place) + 1, len(values) - 1))})
    chosen = np.partition(values, ranks)
    return [
        float(chosen[int(p)]) + (p - int(p)) * float(chosen[min(int(p) + 1, len(values) - 1)] - chosen[int(p)])
        for p in places
    ]
