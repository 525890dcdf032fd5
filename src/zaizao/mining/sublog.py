"""Traces with multiplicities, and the ways the inductive miner splits them.

Rule kept: a sublog holds distinct non-empty traces as flat arrays (steps cut at offsets, a count each) and the number
of empty traces beside them; every split is a few array passes, never a loop over traces. With noise, a split keeps each
trace's cheapest reading and drops the steps that do not fit it (Leemans, Fahland, van der Aalst, 2013).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from zaizao.mining.spread import Bool, Int32, Int64
from zaizao.mining.variants import Variants, distinct, take


@dataclass(frozen=True, slots=True, eq=False)
class Sublog:
    """Distinct traces ``steps[offsets[t]:offsets[t + 1]]``, each seen ``count[t]`` times, and ``empty`` empty ones."""

    steps: Int32
    offsets: Int64
    count: Int64
    empty: int

    @property
    def total(self) -> int:
        """Number of traces, empty ones included."""
        return int(self.count.sum()) + self.empty

    @property
    def lengths(self) -> Int64:
        """Steps per distinct trace."""
        return np.diff(self.offsets)

    def alphabet(self) -> Int32:
        """The activity codes that occur, ascending."""
        return np.unique(self.steps)


@dataclass(frozen=True, slots=True, eq=False)
class Relations:
    """Weighted directly-follows relations of a sublog over its own alphabet (local indexes)."""

    codes: Int32
    follows: Int64
    starts: Int64
    ends: Int64

    def without_noise(self, share: float) -> Relations:
        """Only relations at least ``share`` as strong as the strongest leaving the same activity."""
        strongest = np.maximum(self.follows.max(axis=1, initial=0), self.ends)
        follows = np.where(self.follows >= share * strongest[:, None], self.follows, 0)
        ends = np.where(self.ends >= share * strongest, self.ends, 0)
        starts = np.where(self.starts >= share * self.starts.max(initial=0), self.starts, 0)
        if not ends.any():
            ends = np.where(self.ends >= share * self.ends.max(initial=0), self.ends, 0)
        return Relations(self.codes, follows, starts, ends)


def from_variants(found: Variants) -> Sublog:
    """The traces of a log."""
    return gathered(found.steps, found.offsets, found.count, 0)


def gathered(steps: Int32, offsets: Int64, count: Int64, empty: int) -> Sublog:
    """A sublog of possibly repeated and possibly empty traces."""
    blank = np.diff(offsets) == 0
    empty += int(count[blank].sum())
    if blank.any():
        steps, offsets = take(steps, offsets, np.flatnonzero(~blank))
        count = count[~blank]
    if not len(count):
        return Sublog(np.zeros(0, np.int32), np.zeros(1, np.int64), np.zeros(0, np.int64), empty)
    first, sums, _ = distinct(steps, offsets, count)
    steps, offsets = take(steps, offsets, first)
    return Sublog(steps, offsets, sums, empty)


def relations(log: Sublog) -> Relations:
    """Directly-follows counts, starts and ends."""
    codes = log.alphabet()
    local = np.searchsorted(codes, log.steps)
    size = len(codes)
    per_step = np.repeat(log.count, log.lengths)
    inner = np.ones(len(local), dtype=np.bool_)
    inner[log.offsets[1:] - 1] = False
    places = np.flatnonzero(inner)
    pairs = local[places] * size + local[places + 1]
    return Relations(
        codes,
        _sums(pairs, per_step[places], size * size).reshape(size, size),
        _sums(local[log.offsets[:-1]], log.count, size),
        _sums(local[log.offsets[1:] - 1], log.count, size),
    )


def _sums(group: NDArray[np.integer], weight: Int64, size: int) -> Int64:
    return np.bincount(group, weights=weight, minlength=size).astype(np.int64)


def projected(log: Sublog, keep: Bool) -> Sublog:
    """The traces with only the steps marked in ``keep`` (one flag per step)."""
    running = np.concatenate(([0], np.cumsum(keep)))
    return gathered(log.steps[keep], running[log.offsets].astype(np.int64), log.count, log.empty)


def _part_of_step(log: Sublog, parts: Sequence[Int32]) -> Int32:
    lookup = np.full(int(log.steps.max(initial=0)) + 1, -1, dtype=np.int32)
    for number, part in enumerate(parts):
        lookup[part] = number
    return lookup[log.steps]


def split_parallel(log: Sublog, parts: Sequence[Int32]) -> list[Sublog]:
    """Each part sees its own steps of every trace."""
    part = _part_of_step(log, parts)
    return [projected(log, part == number) for number in range(len(parts))]


def split_choice(log: Sublog, parts: Sequence[Int32]) -> list[Sublog]:
    """Each trace goes to the part that most of its steps belong to; its other steps are dropped."""
    part = _part_of_step(log, parts)
    trace = np.repeat(np.arange(len(log.count)), log.lengths)
    votes = np.bincount(trace * len(parts) + part, minlength=len(log.count) * len(parts))
    chosen = votes.reshape(len(log.count), len(parts)).argmax(axis=1)
    result = []
    for number in range(len(parts)):
        mine = np.flatnonzero(chosen == number)
        steps, offsets = take(log.steps, log.offsets, mine)
        own, _ = take(part, log.offsets, mine)
        result.append(projected(Sublog(steps, offsets, log.count[mine], 0), own == number))
    return result


def split_sequence(log: Sublog, parts: Sequence[Int32]) -> list[Sublog]:
    """Cut every trace into consecutive pieces, one a part, so that the fewest steps are out of place."""
    part = _part_of_step(log, parts)
    steps, offsets = log.steps, log.offsets
    result = []
    for number in range(len(parts) - 1):
        # A step of this part is kept before the cut, a step of a later part after it; earlier parts' are lost anyway.
        cost = np.where(part == number, -1, np.where(part > number, 1, 0))
        running = np.concatenate(([0], np.cumsum(cost)))
        cut = offsets[:-1] + _first_minimum(running, offsets)
        trace_cut = np.repeat(cut, np.diff(offsets))
        before = np.arange(len(steps)) < trace_cut
        mine = before & (part == number)
        kept = np.concatenate(([0], np.cumsum(mine)))[offsets].astype(np.int64)
        result.append(gathered(steps[mine], kept, log.count, log.empty))
        offsets = np.concatenate(([0], np.cumsum(~before)))[offsets].astype(np.int64)
        steps, part = steps[~before], part[~before]
    last = part == len(parts) - 1
    kept = np.concatenate(([0], np.cumsum(last)))[offsets].astype(np.int64)
    result.append(gathered(steps[last], kept, log.count, log.empty))
    return result


def _first_minimum(running: Int64, offsets: Int64) -> Int64:
    """Per trace: how many steps stand before the first minimum of its running cost (0 … length)."""
    lengths = np.diff(offsets)
    ends = offsets + np.arange(len(offsets))
    # One entry per cut place: each trace has length + 1 of them.
    places = np.arange(int(ends[-1])) - np.repeat(np.arange(len(lengths)), lengths + 1)
    values = running[places]
    lowest = np.minimum.reduceat(values, ends[:-1])
    at_lowest = np.flatnonzero(values == np.repeat(lowest, lengths + 1))
    first = at_lowest[np.searchsorted(at_lowest, ends[:-1])]
    result: Int64 = (first - ends[:-1]).astype(np.int64)
    return result


def split_loop(log: Sublog, parts: Sequence[Int32]) -> list[Sublog]:
    """Cut every trace where it changes parts: runs of the first part are bodies, runs of the others redos.

    A trace that begins or ends with a redo, or goes from redo to redo, has an empty body there.
    """
    part = _part_of_step(log, parts)
    change = np.ones(len(part), dtype=np.bool_)
    change[1:] = part[1:] != part[:-1]
    change[log.offsets[:-1]] = True
    run_start = np.flatnonzero(change)
    run_bounds = np.concatenate((run_start, [len(part)])).astype(np.int64)
    run_part = part[run_start]
    trace = np.searchsorted(log.offsets, run_start, side="right") - 1
    count = log.count[trace]
    first = np.concatenate(([True], trace[1:] != trace[:-1]))
    last = np.concatenate((trace[1:] != trace[:-1], [True]))
    redo = run_part != 0
    after_redo = np.concatenate(([False], redo[:-1])) & ~first
    blanks = int(count[redo & (first | after_redo)].sum() + count[redo & last].sum())
    result = []
    for number in range(len(parts)):
        mine = np.flatnonzero(run_part == number)
        steps, offsets = take(log.steps, run_bounds, mine)
        result.append(gathered(steps, offsets, count[mine], blanks + log.empty if number == 0 else 0))
    return result


def split_at(log: Sublog, cut: Bool) -> Sublog:
    """Cut every trace before the steps marked in ``cut`` (one flag per step)."""
    begins = cut.copy()
    begins[log.offsets[:-1]] = True
    bounds = np.concatenate((np.flatnonzero(begins), [len(log.steps)])).astype(np.int64)
    trace = np.searchsorted(log.offsets, bounds[:-1], side="right") - 1
    return gathered(log.steps, bounds, log.count[trace], log.empty)
