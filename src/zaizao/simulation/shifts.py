"""Working intervals over a horizon (interim: gives way to ``zaizao.calendars.intervals``)."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import chinese_calendar
import numpy as np
from numpy.typing import NDArray

from zaizao.calendars import Holidays, WorkCalendar


def intervals(calendar: WorkCalendar, from_us: int, until_us: int) -> NDArray[np.int64]:
    """Working intervals in µs UTC, merged and clipped, as rows (from, until)."""
    zone = ZoneInfo(calendar.zone)
    day = datetime.fromtimestamp(from_us // 1_000_000, UTC).astimezone(zone).date()
    last = datetime.fromtimestamp(-(-until_us // 1_000_000), UTC).astimezone(zone).date()
    rows: list[list[int]] = []
    while day <= last:
        for opens, closes in calendar.week[_weekday(calendar, day)]:
            low, high = _instant(day, opens, zone), _instant(day, closes, zone)
            low, high = max(low, from_us), min(high, until_us)
            if low < high and rows and rows[-1][1] >= low:
                rows[-1][1] = high
            elif low < high:
                rows.append([low, high])
        day += timedelta(days=1)
    return np.array(rows, dtype=np.int64).reshape(-1, 2)


def _weekday(calendar: WorkCalendar, day: date) -> int:
    if calendar.holidays is Holidays.NONE:
        return day.weekday()
    if chinese_calendar.is_workday(day):
        return min(day.weekday(), 4)
    return max(day.weekday(), 5) if day.weekday() >= 5 else 6


def _instant(day: date, minutes: int, zone: ZoneInfo) -> int:
    moment = datetime.combine(day, time(), zone) + timedelta(days=minutes // 1440, minutes=minutes % 1440)
    return round(moment.timestamp()) * 1_000_000
