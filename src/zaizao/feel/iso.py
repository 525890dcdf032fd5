"""Dates, times and durations as text: XML Schema lexical forms with ``@zone/id`` (DMN 1.5, 10.3.2.3.4 to 10.3.2.3.8).

The rule: a text is read whole or not at all; what is written reads back as the same value.
"""

from __future__ import annotations

import re
from typing import Final

from . import calendar
from .calendar import DAY, NANOS
from .values import Date, DateTime, DaysTime, Time, Value, YearsMonths, Zone

_DATE: Final = r"(-?(?:[1-9]\d{4,8}|\d{4}))-(\d\d)-(\d\d)"
_TIME: Final = r"(\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d(?::\d\d)?|@[A-Za-z0-9_+\-/]+)?"
_IS_DATE: Final = re.compile(_DATE, re.ASCII)
_IS_TIME: Final = re.compile(_TIME, re.ASCII)
_IS_MOMENT: Final = re.compile(f"{_DATE}T{_TIME}", re.ASCII)
_IS_MONTHS: Final = re.compile(r"(-?)P(?=\d)(?:(\d{1,18})Y)?(?:(\d{1,18})M)?", re.ASCII)
_IS_DAYS: Final = re.compile(
    r"(-?)P(?=[\dT])(?:(\d{1,18})D)?(?:T(?=\d)(?:(\d{1,18})H)?(?:(\d{1,18})M)?(?:(\d{1,18})(?:\.(\d{0,9}))?S)?)?",
    re.ASCII,
)
_FARTHEST_OFFSET: Final = 18 * 3600


def parse_date(text: str) -> Date | None:
    """``2026-11-21``, ``-0044-03-15``."""
    found = _IS_DATE.fullmatch(text)
    return None if found is None or text.startswith("-0000") else calendar.date(*map(int, found.groups()))


def parse_time(text: str) -> Time | None:
    """``10:15:00``, ``10:15:00.5+08:00``, ``10:15:00@Asia/Shanghai``; 24:00:00 is midnight."""
    found = _IS_TIME.fullmatch(text)
    if found is None:
        return None
    read = _time(*found.groups())
    return None if read is None else read[0]


def parse_date_time(text: str) -> DateTime | None:
    """A date, ``T`` and a time; a date alone means its midnight. 24:00:00 is the next midnight."""
    found = _IS_MOMENT.fullmatch(text)
    if found is None:
        alone = parse_date(text)
        return None if alone is None else DateTime(alone, Time(0, 0, 0))
    year, month, day, *rest = found.groups()
    date: Date | None = None if text.startswith("-0000") else calendar.date(int(year), int(month), int(day))
    read = _time(*rest)
    if date is None or read is None:
        return None
    time, next_day = read
    if next_day:
        date = calendar.from_ordinal(calendar.ordinal(date) + 1)
    return None if date is None else DateTime(date, time)


def _time(hour: str, minute: str, second: str, fraction: str | None, zone: str | None) -> tuple[Time, bool] | None:
    """The time, and whether it is the midnight that ends the day."""
    h, m, s, nano = int(hour), int(minute), int(second), int((fraction or "0").ljust(9, "0"))
    where = parse_zone(zone)
    midnight = h == 24 and m == s == nano == 0
    if (h > 23 and not midnight) or m > 59 or s > 59 or where is False:
        return None
    return Time(0 if midnight else h, m, s, nano, where), midnight


def parse_zone(text: str | None) -> Zone | bool:
    """An offset or zone id as it ends a time; False if it is none, None if there is none."""
    if text is None:
        return None
    if text == "Z":
        return 0
    if text.startswith("@"):
        return text[1:] if calendar.zone(text[1:]) is not None else False
    hours, minutes, seconds = (int(part) for part in (text[1:] + ":00").split(":")[:3])
    offset = hours * 3600 + minutes * 60 + seconds
    if minutes > 59 or seconds > 59 or offset > _FARTHEST_OFFSET:
        return False
    return -offset if text.startswith("-") else offset


def parse_duration(text: str) -> DaysTime | YearsMonths | None:
    """``P1Y6M`` or ``P1DT2H3M4.5S``; the two kinds do not mix."""
    found = _IS_MONTHS.fullmatch(text)
    if found is not None:
        sign, years, months = found.groups()
        total = int(years or 0) * 12 + int(months or 0)
        return YearsMonths(-total if sign else total)
    found = _IS_DAYS.fullmatch(text)
    if found is None:
        return None
    sign, days, hours, minutes, seconds, fraction = found.groups()
    whole = ((int(days or 0) * 24 + int(hours or 0)) * 60 + int(minutes or 0)) * 60 + int(seconds or 0)
    nanos = whole * NANOS + int((fraction or "0").ljust(9, "0"))
    return DaysTime(-nanos if sign else nanos)


def parse_literal(text: str) -> Value:
    """What ``@"text"`` means: the first that fits of date, time, duration, date and time; else None."""
    return parse_date(text) or parse_time(text) or parse_duration(text) or parse_date_time(text)


def date_text(value: Date) -> str:
    """As ``parse_date`` reads it."""
    return f"{'-' if value.year < 0 else ''}{abs(value.year):04d}-{value.month:02d}-{value.day:02d}"


def time_text(value: Time) -> str:
    """As ``parse_time`` reads it."""
    fraction = f".{value.nanosecond:09d}".rstrip("0") if value.nanosecond else ""
    return f"{value.hour:02d}:{value.minute:02d}:{value.second:02d}{fraction}{_zone_text(value.zone)}"


def _zone_text(zone: Zone) -> str:
    if zone is None:
        return ""
    if isinstance(zone, str):
        return f"@{zone}"
    if zone == 0:
        return "Z"
    hours, rest = divmod(abs(zone), 3600)
    seconds = f":{rest % 60:02d}" if rest % 60 else ""
    return f"{'-' if zone < 0 else '+'}{hours:02d}:{rest // 60:02d}{seconds}"


def date_time_text(value: DateTime) -> str:
    """As ``parse_date_time`` reads it."""
    return f"{date_text(value.date)}T{time_text(value.time)}"


def days_time_text(value: DaysTime) -> str:
    """Canonical: days, hours under 24, minutes and seconds under 60; zero is ``PT0S``."""
    seconds, nanos = divmod(abs(value.nanoseconds), NANOS)
    days, rest = divmod(seconds, DAY)
    hours, minutes, second = rest // 3600, rest // 60 % 60, rest % 60
    fraction = f".{nanos:09d}".rstrip("0") if nanos else ""
    clock = (f"{hours}H" if hours else "") + (f"{minutes}M" if minutes else "")
    clock += f"{second}{fraction}S" if second or nanos else ""
    body = (f"{days}D" if days else "") + (f"T{clock}" if clock else "")
    return f"{'-' if value.nanoseconds < 0 else ''}P{body or 'T0S'}"


def years_months_text(value: YearsMonths) -> str:
    """Canonical: years, months under 12; zero is ``P0M``."""
    years, months = divmod(abs(value.months), 12)
    body = (f"{years}Y" if years else "") + (f"{months}M" if months or not years else "")
    return f"{'-' if value.months < 0 else ''}P{body}"
