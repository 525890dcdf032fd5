"""The proleptic Gregorian calendar and the zones, for years ±999,999,999 (DMN 1.5, 10.3.2.3.4 to 10.3.2.3.6).

The rule: days are counted by ordinal, day 1 being 0001-01-01, a Monday. The calendar and the zone rules repeat every
400 years, so a year that ``datetime`` cannot hold borrows its zone offset from one that it can.
"""

from __future__ import annotations

import datetime
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from .values import YEAR_LIMIT, Date, DateTime, Time, Zone

DAY: Final = 86_400
NANOS: Final = 1_000_000_000
_ERA_YEARS: Final = 400
_ERA_DAYS: Final = 146_097
_LENGTHS: Final = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_UTC: Final = datetime.UTC


def leap(year: int) -> bool:
    """Whether ``year`` has a 29 February."""
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def month_length(year: int, month: int) -> int:
    """Days of the month."""
    return 29 if month == 2 and leap(year) else _LENGTHS[month - 1]


def date(year: int, month: int, day: int) -> Date | None:
    """The date, or None when there is no such day."""
    if abs(year) > YEAR_LIMIT or not 1 <= month <= 12 or not 1 <= day <= month_length(year, month):
        return None
    return Date(year, month, day)


def ordinal(day: Date) -> int:
    """The count of days up to ``day``; 0001-01-01 is 1."""
    if 1 <= day.year <= 9999:
        return datetime.date(day.year, day.month, day.day).toordinal()
    eras, year = divmod(day.year - 2000, _ERA_YEARS)
    return datetime.date(2000 + year, day.month, day.day).toordinal() + eras * _ERA_DAYS


def from_ordinal(days: int) -> Date | None:
    """The date with that ordinal, None beyond the years that FEEL knows."""
    if 1 <= days <= 3_652_059:
        found = datetime.date.fromordinal(days)
        return Date(found.year, found.month, found.day)
    eras, rest = divmod(days - 730_120, _ERA_DAYS)
    found = datetime.date.fromordinal(730_120 + rest)
    year = found.year + eras * _ERA_YEARS
    return Date(year, found.month, found.day) if abs(year) <= YEAR_LIMIT else None


def weekday(day: Date) -> int:
    """1 is Monday, 7 is Sunday."""
    return (ordinal(day) - 1) % 7 + 1


def day_of_year(day: Date) -> int:
    """1 January is 1."""
    return ordinal(day) - ordinal(Date(day.year, 1, 1)) + 1


def week_of_year(day: Date) -> int:
    """The ISO 8601 week."""
    same = Date(2000 + (day.year - 2000) % _ERA_YEARS, day.month, day.day)
    return datetime.date(same.year, same.month, same.day).isocalendar().week


def plus_months(day: Date, months: int) -> Date | None:
    """``day`` moved by months; a day that the month lacks becomes its last."""
    years, month = divmod(day.month - 1 + months, 12)
    year = day.year + years
    if abs(year) > YEAR_LIMIT:
        return None
    return Date(year, month + 1, min(day.day, month_length(year, month + 1)))


def months_between(start: Date, end: Date) -> int:
    """Whole months from ``start`` to ``end``, towards zero."""
    months = (end.year - start.year) * 12 + end.month - start.month
    if months > 0 and end.day < start.day:
        return months - 1
    if months < 0 and end.day > start.day:
        return months + 1
    return months


@lru_cache(maxsize=1024)
def zone(name: str) -> ZoneInfo | None:
    """The zone of the tz database, or None."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return None


def _borrowed(days: int) -> tuple[int, int]:
    """The ordinal, and how many days it was moved by whole eras so that ``datetime`` can hold it and its neighbours."""
    if 366 < days < 3_651_000:
        return days, 0
    first = 146_097 if days <= 366 else 3_433_282
    rest = (days - first) % _ERA_DAYS
    return first + rest, days - first - rest


def _offset_of(moment: datetime.datetime) -> int:
    offset = moment.utcoffset()
    return 0 if offset is None else round(offset.total_seconds())


def local_offset(days: int, second: int, where: Zone) -> int:
    """Seconds east of UTC at the local time ``second`` of day ``days``; 0 for local time."""
    if where is None:
        return 0
    if isinstance(where, int):
        return where
    info = zone(where)
    near = datetime.datetime.fromordinal(_borrowed(days)[0]).replace(tzinfo=info)
    return _offset_of(near + datetime.timedelta(seconds=second))


def _utc_offset(days: int, second: int, where: Zone) -> int:
    if where is None or isinstance(where, int):
        return where or 0
    info = zone(where)
    near = datetime.datetime.fromordinal(_borrowed(days)[0]).replace(tzinfo=_UTC)
    return _offset_of((near + datetime.timedelta(seconds=second)).astimezone(info))


def second_of_day(time: Time) -> int:
    """Whole seconds since midnight, by the clock on the wall."""
    return time.hour * 3600 + time.minute * 60 + time.second


def instant(moment: DateTime) -> int:
    """Seconds since the start of 0001-01-01, in UTC; by the wall clock for local time."""
    days, second = ordinal(moment.date), second_of_day(moment.time)
    return days * DAY + second - local_offset(days, second, moment.time.zone)


def instant_nanos(moment: DateTime) -> int:
    """``instant`` with the nanoseconds."""
    return instant(moment) * NANOS + moment.time.nanosecond


def from_instant(nanos: int, where: Zone) -> DateTime | None:
    """The moment on the wall clock of ``where``."""
    seconds, nano = divmod(nanos, NANOS)
    seconds += _utc_offset(*divmod(seconds, DAY), where)
    days, second = divmod(seconds, DAY)
    day = from_ordinal(days)
    return None if day is None else DateTime(day, clock_time(second, nano, where))


def clock_time(second: int, nano: int, where: Zone) -> Time:
    """The time of day, ``second`` seconds after midnight."""
    return Time(second // 3600, second // 60 % 60, second % 60, nano, where)


def time_offset(time: Time) -> int:
    """Seconds east of UTC of a time without date: a named zone counts with its offset on 2000-01-01."""
    return local_offset(730_120, second_of_day(time), time.zone)
