"""How far two logs are from each other, in five measures of the simulation literature.

Definitions are those of the PyPI package ``log-distance-measures`` (Chapela-Campa, Benchekroun, Baron, Dumas, Krass,
Senderovich: "A framework for measuring the quality of business process simulation models", 2025), with Wasserstein-1 on
hours; results agree with it to 1e-9. A start that is not known counts as the end.
"""

from __future__ import annotations

from dataclasses import astuple, dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from zaizao.eventlog import MISSING_TIME, EventLog

Int64 = NDArray[np.int64]
_HOUR = 3_600_000_000
_ONE_SIDED = 23.0
"""The circadian distance of a weekday on which only one log has events: the largest there is."""


@dataclass(frozen=True, slots=True)
class Distances:
    """``ngram`` is a share from 0 to 1; the others are hours. Smaller is closer."""

    ngram: float
    absolute: float
    circadian: float
    relative: float
    cycle_time: float


def distances(log: EventLog, other: EventLog, *, n: int = 3) -> Distances:
    """The distances between two logs; ``n`` is the length of the n-grams."""
    mine, theirs = _times(log), _times(other)
    return Distances(
        ngram=_ngram(log, mine[0], other, theirs[0], n),
        absolute=_absolute(mine, theirs),
        circadian=_circadian(_clock(log, mine), _clock(other, theirs)),
        relative=_moved(_relative(log, mine), _relative(other, theirs)),
        cycle_time=_cycle_time(_cycles(log, mine), _cycles(other, theirs)),
    )


def mean_distances(many: list[Distances]) -> Distances:
    """The mean of each measure."""
    return Distances(*np.mean([astuple(one) for one in many], axis=0).tolist())


Times = tuple[Int64, Int64]


def _times(log: EventLog) -> Times:
    return np.where(log.start == MISSING_TIME, log.end, log.start), log.end


def _moved(mine: Int64, theirs: Int64) -> float:
    """Wasserstein-1 between two samples of whole numbers."""
    low = int(min(mine.min(), theirs.min()))
    size = int(max(mine.max(), theirs.max())) - low + 1
    shares = np.bincount(mine - low, minlength=size) / len(mine)
    shares -= np.bincount(theirs - low, minlength=size) / len(theirs)
    return float(np.abs(np.cumsum(shares)).sum())


def _absolute(mine: Times, theirs: Times) -> float:
    first = min(mine[0].min(), theirs[0].min()) // _HOUR * _HOUR
    return _moved((np.concatenate(mine) - first) // _HOUR, (np.concatenate(theirs) - first) // _HOUR)


def _clock(log: EventLog, times: Times) -> Times:
    """Weekday and hour of every start and end, in the log's zone."""
    local = pl.Series(np.concatenate(times)).cast(pl.Datetime("us", "UTC")).dt.convert_time_zone(log.zone)
    return (local.dt.weekday().cast(pl.Int64) - 1).to_numpy(), local.dt.hour().cast(pl.Int64).to_numpy()


def _circadian(mine: Times, theirs: Times) -> float:
    days = []
    for day in range(7):
        left, right = mine[1][mine[0] == day], theirs[1][theirs[0] == day]
        if len(left) and len(right):
            days.append(_moved(left, right))
        else:
            days.append(_ONE_SIDED if len(left) or len(right) else 0.0)
    return float(np.mean(days))


def _begins(log: EventLog, times: Times) -> Int64:
    """The first start of each case that has events."""
    return np.minimum.reduceat(times[0], log.offsets[:-1][np.diff(log.offsets) > 0])


def _relative(log: EventLog, times: Times) -> Int64:
    sizes = np.diff(log.offsets)
    begin = np.repeat(_begins(log, times), sizes[sizes > 0])
    return np.concatenate([(side - begin) // _HOUR for side in times])


def _cycles(log: EventLog, times: Times) -> Int64:
    return np.maximum.reduceat(times[1], log.offsets[:-1][np.diff(log.offsets) > 0]) - _begins(log, times)


def _cycle_time(mine: Int64, theirs: Int64) -> float:
    shortest = min(mine.min(), theirs.min())
    return _moved((mine - shortest) // _HOUR, (theirs - shortest) // _HOUR)


def _ngram(log: EventLog, starts: Int64, other: EventLog, other_starts: Int64, n: int) -> float:
    names = {name: code + 1 for code, name in enumerate(dict.fromkeys(log.activity_names + other.activity_names))}
    mine, theirs = _grams(log, starts, names, n), _grams(other, other_starts, names, n)
    both, code = np.unique(_packed(np.concatenate((mine, theirs)), len(names) + 1), return_inverse=True)
    difference = np.bincount(code[: len(mine)], minlength=len(both)) - np.bincount(
        code[len(mine) :], minlength=len(both)
    )
    return float(np.abs(difference).sum() / (len(mine) + len(theirs)))


def _packed(grams: Int64, base: int) -> Int64:
    """One number for each gram, in rounds of renumbering so that none grows too large."""
    code = grams[:, 0].astype(np.int64)
    for column in range(1, grams.shape[1]):
        if int(code.max(initial=0)) >= np.iinfo(np.int64).max // base - 1:
            code = np.unique(code, return_inverse=True)[1]
        code = code * base + grams[:, column]
    return code


def _grams(log: EventLog, starts: Int64, names: dict[str, int], n: int) -> Int64:
    """Every window of ``n`` activities, each case padded with 0 on both sides; in order of start, then end."""
    order = np.lexsort((log.end, starts, log.case))
    codes = np.array([names[name] for name in log.activity_names] or [0], dtype=np.int64)[log.activity[order]]
    sizes = np.diff(log.offsets)
    used = np.flatnonzero(sizes)
    padded = np.zeros(int((sizes[used] + n - 1).sum()) + n - 1, dtype=np.int64)
    place = np.repeat(np.cumsum(np.concatenate(([n - 1], sizes[used][:-1] + n - 1))), sizes[used])
    within = np.arange(log.events) - np.repeat(log.offsets[:-1][used], sizes[used])
    padded[place + within] = codes
    return np.lib.stride_tricks.sliding_window_view(padded, n)
