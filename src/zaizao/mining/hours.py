"""When people work: calendars discovered per resource, and the days on which hardly anybody did.

Rule kept: a weekly pattern comes from a resource's own activity (see ``zaizao.calendars.discover``); holidays are days that
the pattern of everybody calls working and on which the log shows next to nothing although work was to be expected. Where
these days are those of the State Council's notice, the calendars say so and know make-up working days too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np
import polars as pl

from zaizao.calendars import CalendarError, Holidays, WorkCalendar, always, discover, working
from zaizao.eventlog import MISSING_TIME, EventLog
from zaizao.mining.availability import resources
from zaizao.mining.spread import Bool, Int64

_DAY = 86_400_000_000
_EPOCH = date(1970, 1, 1)
_QUIET = 0.1
_EXPECTED = 8.0
_AGREE = 0.7


@dataclass(frozen=True, slots=True)
class WorkingHours:
    """Calendars by resource; ``everybody``'s; ``holidays`` (local days nobody worked); whether they are the official ones."""

    calendars: Mapping[str, WorkCalendar]
    everybody: WorkCalendar
    holidays: tuple[date, ...]
    official: Holidays


def working_hours(log: EventLog) -> WorkingHours:
    """The working hours that ``log`` shows."""
    begun = log.start[log.start != MISSING_TIME]
    times = np.concatenate((begun, log.end))
    everybody = discover(times, log.zone, name="everybody") or always("everybody", log.zone)
    days = _local_days(times, log.zone)
    holidays = _holidays(days, everybody)
    official = _official(days, holidays, everybody)
    own = {name: replace(calendar, holidays=official) for name, calendar, _ in resources(log)}
    return WorkingHours(
        own, replace(everybody, holidays=official), tuple(_date(day) for day in holidays.tolist()), official
    )


def _local_days(times: Int64, zone: str) -> Int64:
    local = pl.Series(times).cast(pl.Datetime("us", "UTC")).dt.convert_time_zone(zone).dt.replace_time_zone(None)
    return local.to_physical().to_numpy() // _DAY


def _date(day: int) -> date:
    return _EPOCH + timedelta(days=day)


def _holidays(days: Int64, everybody: WorkCalendar) -> Int64:
    """Days of the log's span that should have been busy and were not."""
    if not len(days):
        return np.zeros(0, dtype=np.int64)
    first, last = int(days.min()), int(days.max())
    counts = np.bincount(days - first, minlength=last - first + 1)
    weekday = (np.arange(first, last + 1) + 3) % 7
    works: Bool = np.array([bool(everybody.week[d]) for d in range(7)])[weekday]
    typical = np.array([np.median(counts[weekday == d]) if (weekday == d).any() else 0.0 for d in range(7)])[weekday]
    # The level of work changes over a log: what is typical is scaled by the four weeks around.
    window = np.ones(min(29, len(counts)))
    level = np.convolve(counts, window, mode="same") / np.maximum(np.convolve(typical, window, mode="same"), 1e-9)
    expected = typical * level
    quiet = works & (expected >= _EXPECTED) & (counts <= _QUIET * expected)
    return (np.flatnonzero(quiet) + first).astype(np.int64)


def _official(days: Int64, holidays: Int64, everybody: WorkCalendar) -> Holidays:
    """Are the holidays found those of the State Council's notice, and most of that notice's days among them?"""
    if len(holidays) < 3:
        return Holidays.NONE
    # Two days more on both sides: who works with these calendars looks a little beyond the log.
    span = np.arange(int(days.min()) - 2, int(days.max()) + 3)
    weekday = (span + 3) % 7
    plain = np.array([bool(everybody.week[d]) for d in range(7)])[weekday]
    begin = _midnights(span, everybody.zone)
    whole = WorkCalendar(
        "days", tuple(((0, 1440),) if hours else () for hours in everybody.week), everybody.zone, Holidays.CN
    )
    try:
        open_time = working(whole, begin, begin + _DAY)
    except CalendarError:  # a year that nobody has published yet, or no longer
        return Holidays.NONE
    notice = span[plain & (open_time == 0)]
    notice = notice[(notice >= days.min()) & (notice <= days.max())]
    both = len(np.intersect1d(notice, holidays))
    fits = len(notice) and both >= _AGREE * len(notice) and both >= _AGREE * len(holidays)
    return Holidays.CN if fits else Holidays.NONE


def _midnights(days: Int64, zone: str) -> Int64:
    """The first moment of each local day, µs UTC."""
    local = pl.Series(days * _DAY).cast(pl.Datetime("us"))
    zoned = local.dt.replace_time_zone(zone, ambiguous="earliest", non_existent="null")
    return zoned.to_physical().fill_null(strategy="forward").to_numpy().astype(np.int64)
