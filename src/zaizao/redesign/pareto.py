"""Pareto arithmetic: non-dominated fronts, crowding, hypervolume. All objectives are better when smaller.

After Deb et al. (2002), NSGA-II: rank by front, break ties by crowding distance. The hypervolume is exact (up to
three objectives, by slicing along the last one).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]


def ranks(values: Values) -> NDArray[np.int64]:
    """Front number of each row of ``values`` (rows × objectives): 0 where no other row dominates it."""
    left = np.arange(len(values))
    found = np.full(len(values), -1, dtype=np.int64)
    front = 0
    while len(left):
        these = values[left]
        no_worse = (these[:, None, :] <= these[None, :, :]).all(axis=2)
        better = (these[:, None, :] < these[None, :, :]).any(axis=2)
        dominated = (no_worse & better).any(axis=0)
        found[left[~dominated]] = front
        left = left[dominated]
        front += 1
    return found


def crowding(values: Values) -> Values:
    """Distance of each row to its neighbours, summed over scaled objectives; infinite at the ends."""
    distance = np.zeros(len(values))
    for column in values.T:
        order = np.argsort(column, kind="stable")
        width = column[order[-1]] - column[order[0]]
        distance[order[[0, -1]]] = np.inf
        if width > 0 and len(order) > 2:
            distance[order[1:-1]] += (column[order[2:]] - column[order[:-2]]) / width
    return distance


def hypervolume(values: Values, reference: Values) -> float:
    """Volume between the rows and ``reference`` (rows beyond it count nothing); up to three objectives."""
    inside = values[(values < reference).all(axis=1)]
    if not len(inside):
        return 0.0
    if inside.shape[1] == 1:
        return float(reference[0] - inside[:, 0].min())
    order = np.argsort(inside[:, -1], kind="stable")
    inside = inside[order]
    volume = 0.0
    for position in range(len(inside)):
        above = inside[position + 1, -1] if position + 1 < len(inside) else reference[-1]
        depth = float(above - inside[position, -1])
        if depth > 0:
            volume += depth * hypervolume(inside[: position + 1, :-1], reference[:-1])
    return volume


def spread_out(values: Values, count: int) -> list[int]:
    """Indices of at most ``count`` rows that keep the most room between them, in rising order."""
    kept = list(range(len(values)))
    while len(kept) > count:
        kept.pop(int(np.argmin(crowding(values[kept]))))
    return kept
