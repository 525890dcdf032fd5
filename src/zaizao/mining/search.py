"""The compiled search for cheapest alignments: A* over (place in the trace, state of the model).

Rule kept: a synchronous move costs nothing, a step of the log alone or of the model alone costs one (Adriansyah, 2014).
The estimate of what is left counts labels of the rest of the trace that the model can no longer do, and labels that the
model must still do and the trace no longer has; both are exact lower bounds and never meet in one move, so the search is
exact. Open nodes stand in buckets by estimate; all figures are small integers.
"""

from __future__ import annotations

import numba
import numpy as np

from zaizao.mining.spread import Bool, Int32, Int64


@numba.njit(cache=True, error_model="numpy")
def cheapest(
    trace: Int32,
    step: Int32,
    final: Bool,
    unreachable: Bool,
    mandatory: Bool,
    best: Int64,
    parent: Int32,
    epoch: int,
    most: int,
) -> tuple[int, int, int]:
    """Align one ``trace`` of label codes (-1: unknown to the model).

    ``best`` and ``parent`` are scratch of (length + 1) × states entries; ``best`` holds epoch · 2²⁰ + cost. Returns
    (cost, lower bound, goal node); cost is -1 where ``most`` nodes were not enough.
    """
    length, states, size = len(trace), step.shape[0], step.shape[1]
    rest = np.zeros((length + 1, size + 1), dtype=np.int32)
    for place in range(length - 1, -1, -1):
        rest[place] = rest[place + 1]
        rest[place, trace[place]] += 1
    base = np.int64(epoch) << 20
    buckets = 2 * length + states + size + 8
    head = np.full(buckets, -1, dtype=np.int32)
    capacity = 1024
    node = np.empty(capacity, dtype=np.int32)
    cost = np.empty(capacity, dtype=np.int32)
    after = np.empty(capacity, dtype=np.int32)
    used, opened = 0, 0
    estimate = _left(rest[0], unreachable[0], mandatory[0], size)
    node[0], cost[0], after[0] = 0, 0, -1
    head[estimate], used = 0, 1
    best[0], parent[0] = base, -1
    bound = estimate
    while bound < buckets:
        top = head[bound]
        if top < 0:
            bound += 1
            continue
        head[bound] = after[top]
        here, paid = node[top], cost[top]
        if best[here] != base + paid:
            continue
        place, state = here // states, here % states
        if place == length and final[state]:
            return paid, paid, here
        opened += 1
        if opened > most:
            return -1, bound, -1
        for move in range(-2, size):
            there = _after(move, place, state, trace, step)
            price = 0 if move == -2 else 1
            total = base + paid + price
            if there < 0 or (best[there] >= base and best[there] <= total):
                continue
            best[there], parent[there] = total, here
            goal = there % states
            estimate = paid + price + _left(rest[there // states], unreachable[goal], mandatory[goal], size)
            if used == capacity:
                capacity *= 2
                node, cost, after = _grown(node, capacity), _grown(cost, capacity), _grown(after, capacity)
            node[used], cost[used], after[used] = there, paid + price, head[estimate]
            head[estimate] = used
            used += 1
    return -1, bound, -1


@numba.njit(cache=True, error_model="numpy")
def _after(move: int, place: int, state: int, trace: Int32, step: Int32) -> int:
    """The node after a synchronous move (-2), a step of the log (-1) or of the model (its label); -1 where none is."""
    there: int = state
    ahead = place
    if move >= 0:
        there = step[state, move]
    elif place == len(trace) or (move == -2 and trace[place] < 0):
        there = -1
    else:
        ahead = place + 1
        there = step[state, trace[place]] if move == -2 else state
    return ahead * step.shape[0] + int(there) if there >= 0 else -1


@numba.njit(cache=True, error_model="numpy")
def _left(rest: Int32, unreachable: Bool, mandatory: Bool, size: int) -> int:
    """Fewest paid moves still to come."""
    total = np.int64(rest[size])
    for label in range(size):
        if rest[label] > 0:
            if unreachable[label]:
                total += rest[label]
        elif mandatory[label]:
            total += 1
    return int(total)


@numba.njit(cache=True, error_model="numpy")
def _grown(values: Int32, capacity: int) -> Int32:
    larger = np.empty(capacity, dtype=np.int32)
    larger[: len(values)] = values
    return larger
