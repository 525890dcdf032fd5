"""Start times that nobody recorded: a band, never a fact.

From ends alone, an execution cannot have begun before the step of its case ended that it had to wait for (the last one
before it whose activity does not run beside its own), and likely not before its resource ended its previous work (if
people do one thing at a time); it may have begun any time after. On real logs the best guess is right for a part of the
events only, so what is computed from it must be shown with the band: once with the earliest starts, once with the latest.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np
import polars as pl
from numpy.typing import NDArray

from zaizao.eventlog.errors import finding
from zaizao.eventlog.log import MISSING, MISSING_TIME, EventLog, Int32, Int64


class Guess(StrEnum):
    """Which start to take from the band."""

    EARLIEST = "earliest"
    LIKELY = "likely"
    LATEST = "latest"


@dataclass(frozen=True, slots=True)
class StartBand:
    """Per event the bounds of its start and the likely one, µs UTC; where the log knows the start, all three are it."""

    log: EventLog
    earliest: Int64
    likely: Int64
    latest: Int64

    def with_starts(self, guess: Guess = Guess.LIKELY) -> EventLog:
        """The log with the unknown starts filled in; the event table tells them by ``start_estimated`` (Boolean)."""
        unknown = self.log.start == MISSING_TIME
        count = int(unknown.sum())
        if not count:
            return self.log
        chosen = {Guess.EARLIEST: self.earliest, Guess.LIKELY: self.likely, Guess.LATEST: self.latest}[guess]
        flag = pl.Series("start_estimated", unknown)
        table = self.log.event_table.with_columns(flag) if self.log.event_table.width else pl.DataFrame([flag])
        what = (
            f"{count} 个开始时间是估计的（{guess}），不是记录",
            f"{count} start times are estimated ({guess}), not recorded",
        )
        remedy = ("请同时给出最早与最晚两种结果", "show the results for the earliest and the latest beside them")
        note = finding(self.log.source, "log.estimated-starts", what, remedy)
        return replace(
            self.log, start=np.where(unknown, chosen, self.log.start), event_table=table,
            findings=(*self.log.findings, note),
        )  # fmt: skip


def estimate_starts(log: EventLog) -> StartBand:
    """The band of every start of an activity log (one row per execution)."""
    case_free = _enabled(log)
    person_free = _previous(log.resource, log.end)
    person_free = np.where(log.resource == MISSING, MISSING_TIME, person_free)
    known = log.start != MISSING_TIME
    first = case_free == MISSING_TIME
    earliest = np.where(first, np.where(person_free == MISSING_TIME, log.end, person_free), case_free)
    likely = np.maximum(earliest, person_free)
    return StartBand(
        log,
        np.where(known, log.start, earliest),
        np.where(known, log.start, likely),
        np.where(known, log.start, log.end),
    )


_BESIDE = 0.4
"""Two activities run beside each other if neither order of them is this much (of both) more frequent than the other."""


def _enabled(log: EventLog) -> Int64:
    """Per event the end of the last event before it in its case whose activity does not run beside its own."""
    beside = _concurrent(log)
    rows = np.arange(log.events)
    first = log.offsets[log.case]
    before = rows - 1
    while True:
        skip = (before >= first) & beside[log.activity[np.maximum(before, 0)], log.activity]
        if not skip.any():
            break
        before = before - skip
    return np.where(before >= first, log.end[np.maximum(before, 0)], MISSING_TIME)


def _concurrent(log: EventLog) -> NDArray[np.bool_]:
    """Which pairs of activities follow each other directly in both orders, about as often."""
    size = len(log.activity_names)
    same = log.case[1:] == log.case[:-1]
    pairs = log.activity[:-1][same].astype(np.int64) * size + log.activity[1:][same]
    follows = np.bincount(pairs, minlength=size * size).reshape(size, size)
    both = follows + follows.T
    beside = (follows > 0) & (follows.T > 0) & (np.abs(follows - follows.T) <= _BESIDE * both)
    np.fill_diagonal(beside, False)
    return np.asarray(beside)


def _previous(group: Int32, end: Int64) -> Int64:
    """Per event the end of the one before it in its group, by time; ``MISSING_TIME`` for a group's first."""
    order = np.lexsort((end, group))
    previous = np.full(len(end), MISSING_TIME, dtype=np.int64)
    same = group[order][1:] == group[order][:-1]
    previous[order[1:][same]] = end[order[:-1][same]]
    return previous
