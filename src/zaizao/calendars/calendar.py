"""Working time: when people and institutions work, week by week, holiday by holiday.

Rule kept: an unknown holiday year fails closed (``CalendarError``), never guesses. Times are microseconds UTC; weekly
hours are read in the calendar's IANA zone, across daylight saving.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Holidays(StrEnum):
    """Which days the weekly pattern does not describe."""

    NONE = "none"
    CN = "cn"  # the yearly notice of the State Council: holidays and make-up working days


@dataclass(frozen=True, slots=True)
class WorkCalendar:
    """A weekly pattern: ``week[d]`` holds half-open intervals in minutes of day ``d`` (0 = Monday), sorted."""

    name: str
    week: tuple[tuple[tuple[int, int], ...], ...]
    zone: str = "Asia/Shanghai"
    holidays: Holidays = Holidays.NONE


def always(name: str = "always", zone: str = "Asia/Shanghai") -> WorkCalendar:
    """Round the clock, every day."""
    return WorkCalendar(name, (((0, 1440),),) * 7, zone)


def office(name: str = "office", zone: str = "Asia/Shanghai", holidays: Holidays = Holidays.NONE) -> WorkCalendar:
    """Monday to Friday, 09:00-12:00 and 13:00-17:30."""
    day = ((540, 720), (780, 1050))
    return WorkCalendar(name, (day,) * 5 + ((), ()), zone, holidays)
