"""Built-in functions of dates and times (DMN 1.5, 10.3.4.7, 10.3.4.8 and 10.3.4.12)."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from .. import calendar
from ..session import STATE, bounded, null, spend
from ..values import Date, DateTime, Time, Value
from .registry import built_in

_DAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS: Final = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)


def _day(date: Date | DateTime) -> Date:
    return date.date if isinstance(date, DateTime) else date


@built_in("day of year(date: date|date and time)")
def day_of_year(date: Date | DateTime) -> Decimal:
    """1 to 366."""
    return Decimal(calendar.day_of_year(_day(date)))


@built_in("day of week(date: date|date and time)")
def day_of_week(date: Date | DateTime) -> str:
    """The English name of the day."""
    return _DAYS[calendar.weekday(_day(date)) - 1]


@built_in("month of year(date: date|date and time)")
def month_of_year(date: Date | DateTime) -> str:
    """The English name of the month."""
    return _MONTHS[_day(date).month - 1]


@built_in("week of year(date: date|date and time)")
def week_of_year(date: Date | DateTime) -> Decimal:
    """The week by ISO 8601."""
    return Decimal(calendar.week_of_year(_day(date)))


@built_in("now()", constant=False)
def now() -> DateTime | None:
    """The time that the clock of the evaluation shows."""
    if STATE.clock is None:
        return null("clock", "未提供时钟", "the evaluation was given no clock")
    return STATE.clock()


@built_in("today()", constant=False)
def today() -> Date | None:
    """The date that the clock of the evaluation shows."""
    moment = now()
    return None if moment is None else moment.date


@built_in("is(value1: Any, value2: Any)")
def is_same(value1: Value, value2: Value) -> bool | None:
    """Whether both are the same value in the same domain: zones count, 10:00Z is not 11:00+01:00."""
    same: bool | None = bounded(_same, value1, value2)
    return same


def _same(value1: Value, value2: Value) -> bool:
    return _identity(value1) == _identity(value2)


def _identity(value: Value) -> tuple[object, ...]:
    if type(value) is list or type(value) is dict:
        spend(len(value))
    if type(value) is list:
        return (list, *(_identity(item) for item in value))
    if type(value) is dict:
        return (dict, *sorted((key, _identity(item)) for key, item in value.items()))
    return (type(value).__name__, type(getattr(value, "zone", None)) if isinstance(value, Time) else None, value)
