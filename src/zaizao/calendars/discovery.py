"""The weekly pattern that observed activity shows: which hours of which weekdays a person or pool works.

An hour is working time if, on enough of the weeks observed, something happened in it (confidence); hours are added in
order of activity until the pattern covers enough of all activity (support). Sparse observation gives no calendar rather
than a wrong one.
"""

from __future__ import annotations

from zoneinfo import available_timezones

import numpy as np
import polars as pl
from numpy.typing import NDArray

from zaizao.calendars.calendar import Holidays, WorkCalendar
from zaizao.calendars.errors import CalendarError
from zaizao.problems import Problem, Text

Int64 = NDArray[np.int64]
_DAYS = 7


def discover(
    times_us: Int64,
    zone: str,
    *,
    name: str = "discovered",
    granule: int = 60,
    confidence: float = 0.2,
    support: float = 0.9,
    least: int = 20,
    holidays: Holidays = Holidays.NONE,
) -> WorkCalendar | None:
    """The working week shown by instants of activity (starts and ends), read on the clock of ``zone``.

    ``granule`` is the resolution in minutes (a divisor of 1440); ``confidence`` the share of observed weeks in which a
    granule must be active; ``support`` the share of all activity that the pattern must cover. None for fewer than
    ``least`` instants. Raises ``CalendarError`` for an unknown zone.
    """
    if zone not in available_timezones():
        what = Text("时区数据库里没有这个时区", "the time-zone database does not know this zone")
        remedy = Text("请用如 Asia/Shanghai 的名称", "use a name such as Asia/Shanghai")
        raise CalendarError(Problem(f"zone {zone}", what, remedy, "calendar.unknown-zone"))
    if len(times_us) < least:
        return None
    week_slot, week = _slots(times_us, zone, granule)
    slots = _DAYS * 1440 // granule
    activity = np.bincount(week_slot, minlength=slots)
    seen = np.unique(week_slot + slots * (week - week.min()))
    weeks_active = np.bincount(seen % slots, minlength=slots)
    weeks = int(week.max() - week.min()) + 1
    works = (weeks_active >= confidence * weeks) & (activity > 0)
    for slot in np.argsort(-activity, kind="stable"):
        if activity[works].sum() >= support * len(times_us):
            break
        works[slot] = True
    return WorkCalendar(name, _week(works, granule), zone, holidays)


def _slots(times_us: Int64, zone: str, granule: int) -> tuple[Int64, Int64]:
    """Per instant: the granule of the week on the wall clock, and the number of the week."""
    clock = pl.Series(times_us).cast(pl.Datetime("us")).dt.replace_time_zone("UTC").dt.convert_time_zone(zone)
    local = clock.dt.replace_time_zone(None).to_physical().to_numpy()
    minutes = local // 60_000_000 + 3 * 1440  # 1970-01-01 was a Thursday: count from Monday
    return minutes % (_DAYS * 1440) // granule, minutes // (_DAYS * 1440)


def _week(works: NDArray[np.bool_], granule: int) -> tuple[tuple[tuple[int, int], ...], ...]:
    """Granules to sorted, merged intervals of each day."""
    days = []
    for day in works.reshape(_DAYS, -1):
        edges = np.flatnonzero(np.diff(np.concatenate(([0], day.astype(np.int8), [0]))))
        days.append(tuple((int(a) * granule, int(b) * granule) for a, b in edges.reshape(-1, 2)))
    return tuple(days)
