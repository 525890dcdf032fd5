"""The kernel's rows put in order: by case, then by end."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from zaizao.simulation.compiled import compiled


@compiled
def places(case: NDArray[np.int32], offsets: NDArray[np.int64]) -> NDArray[np.int32]:
    """Where each row, in order of its end, goes in the order by case and end."""
    following = offsets.copy()
    out = np.empty(len(case), dtype=np.int32)
    for row in range(len(case)):
        out[row] = following[case[row]]
        following[case[row]] += 1
    return out


@compiled
def placed(values: NDArray[Any], place: NDArray[np.int32]) -> NDArray[Any]:
    """The values, each at its place."""
    out = np.empty(len(place), dtype=values.dtype)
    for row in range(len(place)):
        out[place[row]] = values[row]
    return out


@compiled
def ties(case: NDArray[np.int32], start: NDArray[np.int64], end: NDArray[np.int64]) -> bool:
    """Do rows of one case that end together stand out of the order of their start?"""
    found = 0
    for row in range(1, len(case)):
        found += case[row] == case[row - 1] and end[row] == end[row - 1] and start[row] < start[row - 1]
    return found > 0
