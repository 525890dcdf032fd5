"""Arrivals in more detail: cases that could not have ended yet, the shape of the gaps, and drift."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from zaizao.calendars import WorkCalendar
from zaizao.eventlog import EventLog, subset
from zaizao.simulation.calibration.fitting import empirical
from zaizao.simulation.calibration.intake import first_times
from zaizao.simulation.people import hours_of_week
from zaizao.simulation.population import cumulative_rate
from zaizao.simulation.scenario import Arrivals, Distribution, Family, Scenario

Int64 = NDArray[np.int64]
Float64 = NDArray[np.float64]
_HOUR = 3_600_000_000
_WEEK = 168 * _HOUR
LEAST_SHARE = 0.35
"""Of the cases at least so many must be left by ``settled``."""
CLOCKWORK = 0.2
"""Gaps that vary less than this (interquartile range over median, in open time) are like clockwork."""
CHANCE = (0.8, 1.25)
"""Gaps whose coefficient of variation lies here are taken as independent arrivals."""
LEAST_WEEKS = 6
MOST_UNSEEN = 5.0
"""A case seen stands for at most so many."""


def settled(log: EventLog) -> EventLog:
    """The cases that began early enough for nine in ten (or eight, … five) such cases to have ended by the log's end.

    A log of ended cases holds, of the late beginners, only the quick ones. How long cases really take is estimated from
    what could be seen (Lynden-Bell 1971, for data cut on the right).
    """
    begins, ends = first_times(log), np.maximum.reduceat(log.end, log.offsets[:-1])
    took, room = ends - begins, int(ends.max()) - begins
    for share in (0.9, 0.8, 0.7, 0.6, 0.5):
        early = room >= quantile_when_cut(took, room, share)
        if early.mean() >= LEAST_SHARE:
            return subset(log, np.flatnonzero(early[log.case])) if not early.all() else log
    return log


def with_unseen(arrivals: Arrivals, log: EventLog) -> Arrivals:
    """Rates that count, for each case seen, how many like it began as late and had not ended by the log's end."""
    begins, ends = first_times(log), np.maximum.reduceat(log.end, log.offsets[:-1])
    room = int(ends.max()) - begins
    lengths, below = below_when_cut(ends - begins, room)
    chance = below[np.clip(np.searchsorted(lengths, room, side="right") - 1, 0, len(below) - 1)]
    factor = float(np.mean(1.0 / np.maximum(chance, 1.0 / MOST_UNSEEN)))
    return replace(arrivals, hourly=tuple(round(rate * factor, 6) for rate in arrivals.hourly))


def below_when_cut(took: Int64, room: Int64) -> tuple[Int64, Float64]:
    """Durations ascending and the share of all durations that is no longer than each, where each was only seen because it
    was no longer than its ``room`` (the product-limit estimator of Lynden-Bell)."""
    lengths = np.sort(took)
    at_risk = np.searchsorted(lengths, lengths, side="right") - np.searchsorted(np.sort(room), lengths, side="left")
    steps = np.where(at_risk > 1, 1.0 - 1.0 / np.maximum(at_risk, 1), 1.0)
    after = np.cumprod(steps[::-1])[::-1]
    return lengths, np.asarray(np.append(after[1:], 1.0))


def quantile_when_cut(took: Int64, room: Int64, share: float) -> int:
    """A quantile of durations of which the longer ones were cut."""
    lengths, below = below_when_cut(took, room)
    reached = int(np.searchsorted(below, share))
    return int(lengths[min(reached, len(lengths) - 1)])


def shaped(
    arrivals: Arrivals, calendars: Mapping[str, WorkCalendar], times: Int64, zone: str, *, gaps: bool, drift: bool
) -> Arrivals:
    """Arrivals with what was asked for, where the log shows it."""
    if drift:
        arrivals = replace(arrivals, drift=_drift(times))
    if not gaps or len(times) < 30:
        return arrivals
    came = np.sort(times)
    shell = Scenario("", int(came[0]), arrivals, {}, calendars=calendars, zone=zone)
    edges, passed = cumulative_rate(shell, np.asarray(arrivals.hourly), int((came[-1] - came[0]) // 3_600_000_000) + 2)
    at = np.interp(came.astype(np.float64), edges.astype(np.float64), passed)
    between = np.diff(at)
    mean = float(between.mean())
    if mean <= 0:
        return arrivals
    quarters = np.quantile(between, [0.25, 0.5, 0.75])
    if quarters[2] - quarters[0] < CLOCKWORK * max(quarters[1], 1e-12):
        return replace(arrivals, hourly=_usual(came, zone), gap=Distribution(Family.FIXED, (1.0,)))
    if CHANCE[0] <= float(between.std()) / mean <= CHANCE[1]:
        return arrivals
    return replace(arrivals, gap=empirical(np.sort(between / mean)))


def _usual(times: Int64, zone: str) -> tuple[float, ...]:
    """The count that each hour of the week has in most weeks: what clockwork strikes."""
    hours = np.arange(int(times[0]) // _HOUR, int(times[-1]) // _HOUR + 1, dtype=np.int64) * _HOUR
    counts = np.bincount((times - hours[0]) // _HOUR, minlength=len(hours))
    slot = hours_of_week(hours, zone)
    return tuple(float(np.median(counts[slot == at])) if (slot == at).any() else 0.0 for at in range(168))


def _drift(times: Int64) -> float:
    """Relative change of arrivals per week: the median slope of the logarithm, 0 where it may be chance."""
    week = (times - times.min()) // _WEEK
    counts = np.bincount(week)[:-1]
    if len(counts) < LEAST_WEEKS or not counts.all():
        return 0.0
    logs = np.log(counts)
    left, right = np.triu_indices(len(logs), 1)
    score = abs(float(np.sign(logs[right] - logs[left]).sum()))
    spread = float(np.sqrt(len(logs) * (len(logs) - 1) * (2 * len(logs) + 5) / 18.0))
    if (score - 1.0) / spread < 1.959963984540054:
        return 0.0
    return round(float(np.expm1(np.median((logs[right] - logs[left]) / (right - left)))), 6)
