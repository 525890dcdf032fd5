"""Habits of people and of work: who is quick, who is away, what is gathered, what goes first."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import polars as pl
from numpy.typing import NDArray

from zaizao.calendars import intervals
from zaizao.eventlog import MISSING_TIME, EventLog
from zaizao.simulation.calibration.conditions import Split
from zaizao.simulation.calibration.people import Staff
from zaizao.simulation.scenario import Batch, Condition, Role

Int64 = NDArray[np.int64]
Bool = NDArray[np.bool_]
_DAY = 86_400_000_000
_TOGETHER = 1_000_000
"""Work that is begun within a second is begun together."""
LEAST = 30
SHRUNK = 20.0
TELLING = 0.08
"""Logarithm of a speed from which it is told apart from the usual."""
LEAST_ABSENCE, MOST_ABSENCE = 0.05, 0.9
LEAST_PAIRS = 200
LEAST_CHANCES = 15
OVERTAKES = 0.75
URGENT = 10
MANY = 30


def paces(log: EventLog, rows: Int64, seconds: NDArray[np.float64]) -> dict[str, float]:
    """How many times as long as others a person takes, activity by activity (geometric mean, leaning on 1).

    ``seconds`` are the working times of ``rows``, which people of known name did.
    """
    rows, seconds = rows[seconds > 0], seconds[seconds > 0]
    if not len(rows):
        return {}
    logs = np.log(seconds)
    activity = log.activity[rows]
    counts = np.maximum(np.bincount(activity), 1)
    rest = logs - (np.bincount(activity, weights=logs) / counts)[activity]
    size = np.bincount(log.resource[rows], minlength=len(log.resource_names))
    slow = np.bincount(log.resource[rows], weights=rest, minlength=len(log.resource_names)) / (size + SHRUNK)
    return {
        log.resource_names[code]: round(math.exp(float(slow[code])), 4)
        for code in np.flatnonzero((size >= LEAST) & (np.abs(slow) > TELLING)).tolist()
    }


def told_apart(people: Staff, log: EventLog, automatic: Bool, pace: Mapping[str, float], *, absence: bool) -> Staff:
    """The staff with each one's speed and probability of absence."""
    if not pace and not absence:
        return people
    away = _absences(people, log, automatic) if absence else {}
    roles = {
        name: Role(
            name,
            tuple(
                replace(
                    one,
                    speed=round(1.0 / pace.get(one.name.split(" #")[0], 1.0), 4),
                    absence=away.get(one.name.split(" #")[0], 0.0),
                )
                for one in role.resources
            ),
        )
        for name, role in people.roles.items()
    }
    return replace(people, roles=roles)


def without_queues(people: Staff) -> Staff:
    """The staff with so many hands that nothing ever waits for them (it may wait for their hours)."""
    roles = {
        name: Role(name, tuple(replace(one, hands=MANY) for one in role.resources))
        for name, role in people.roles.items()
    }
    return replace(people, roles=roles)


def _absences(people: Staff, log: EventLog, automatic: Bool) -> dict[str, float]:
    """The share of a person's working days without a trace that chance does not explain.

    On a day of work a person leaves a Poisson number of traces; days without any are days off, or such by chance.
    """
    local = pl.Series(log.end).cast(pl.Datetime("us", "UTC")).dt.convert_time_zone(log.zone)
    day = local.dt.date().cast(pl.Int64).to_numpy()
    found = {}
    for code, name in enumerate(log.resource_names):
        calendar = people.calendars.get(people.calendar_of.get(name, ""))
        rows = np.flatnonzero((log.resource == code) & ~automatic)
        if calendar is None or len(rows) < LEAST:
            continue
        spans = intervals(calendar, int(log.end[rows].min()) - _DAY, int(log.end[rows].max()) + 1)
        opens = pl.Series(spans[:, 0]).cast(pl.Datetime("us", "UTC")).dt.convert_time_zone(log.zone)
        days = np.unique(opens.dt.date().cast(pl.Int64).to_numpy())
        days = days[(days >= day[rows].min()) & (days <= day[rows].max())]
        if len(days) < 10:
            continue
        empty = 1.0 - len(np.intersect1d(days, day[rows])) / len(days)
        there = 1.0 - empty
        for _ in range(50):
            chance = math.exp(-min(len(rows) / len(days) / max(there, 1e-6), 50.0))
            there = min((1.0 - empty) / max(1.0 - chance, 1e-6), 1.0)
        if LEAST_ABSENCE < 1.0 - there < MOST_ABSENCE:
            found[name] = round(1.0 - there, 4)
    return found


def gathered(log: EventLog, enabled: Int64, rows: Int64) -> Batch | None:
    """The batch of an activity, where most of its work is begun together with other cases' that waited longer or less."""
    known = rows[(log.start[rows] != MISSING_TIME) & (log.resource[rows] >= 0)]
    if len(known) < LEAST:
        return None
    order = known[np.argsort(log.start[known], kind="stable")]
    apart = np.diff(log.start[order]) > _TOGETHER
    number = np.concatenate(([0], np.cumsum(apart)))
    sizes = np.bincount(number)
    first = np.full(len(sizes), np.iinfo(np.int64).max)
    last = np.full(len(sizes), np.iinfo(np.int64).min)
    np.minimum.at(first, number, enabled[order])
    np.maximum.at(last, number, enabled[order])
    together = (sizes > 1) & (last - first > _TOGETHER)
    if sizes[together].sum() < 0.6 * len(order):
        return None
    waits = (log.start[order] - enabled[order]) / 1e6
    return Batch(round(float(np.median(sizes[together]))), round(float(np.quantile(waits, 0.99)), 3))


def overtaking(log: EventLog, enabled: Int64, rows: Int64, cuts: list[Split]) -> tuple[tuple[Condition, int], ...]:
    """Who goes first in an activity's queue: a value whose cases overtake others nearly whenever they can.

    Looked at are neighbours in order of enabling whose waits overlap: did the later one begin first?
    """
    known = rows[log.start[rows] != MISSING_TIME]
    order = known[np.argsort(enabled[known], kind="stable")]
    if len(order) < LEAST_PAIRS:
        return ()
    one, two = order[:-1], order[1:]
    both = (enabled[two] < log.start[one]) & (log.start[one] != log.start[two])
    one, two = one[both], two[both]
    later_first = log.start[two] < log.start[one]
    for cut in cuts:
        left, right = cut.part[log.case[one]], cut.part[log.case[two]]
        for part, condition in enumerate(cut.conditions):
            up = (right == part) & (left != part)
            down = (left == part) & (right != part)
            if up.sum() < LEAST_CHANCES or down.sum() < LEAST_CHANCES:
                continue
            if later_first[up].mean() > OVERTAKES and later_first[down].mean() < 1.0 - OVERTAKES:
                return ((condition, URGENT),)
    return ()
