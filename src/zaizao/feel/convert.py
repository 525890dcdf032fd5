"""Values in and out: Python and JSON on one side, FEEL on the other.

The rule: nothing is guessed. Text stays text, also when it looks like a date; what FEEL has no value for is refused
on the way in (``TypeError``), and keeps its exact figure on the way out.
"""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import Any, Final

from zaizao.problems import Problem, Text

from . import calendar, decimal128
from .calendar import DAY, NANOS
from .errors import FeelError
from .session import StepsSpent, evaluation, spend
from .texts import written
from .values import Date, DateTime, DaysTime, Function, Range, Time, Value, YearsMonths, Zone

_MOST_PARTS = 2_000_000
_FEEL: Final = (Date, Time, DateTime, DaysTime, YearsMonths, Range, Function)


def to_feel(value: Any) -> Value:
    """A Python object as a FEEL value. Floats become the decimal that they print as; NaN and infinity become null."""
    if value is None or isinstance(value, str | bool):
        return value
    if isinstance(value, int | Decimal):
        return decimal128.rounded(Decimal(value))
    if isinstance(value, float):
        return decimal128.rounded(Decimal(repr(value)))
    if isinstance(value, list | tuple):
        return [to_feel(item) for item in value]
    if isinstance(value, dict):
        return {str(key): to_feel(item) for key, item in value.items()}
    if isinstance(value, _FEEL):
        return value
    return _temporal(value)


def _temporal(value: Any) -> Value:
    if isinstance(value, datetime.datetime):
        return DateTime(Date(value.year, value.month, value.day), _time(value, value.utcoffset()))
    if isinstance(value, datetime.date):
        return Date(value.year, value.month, value.day)
    if isinstance(value, datetime.time):
        return _time(value, value.utcoffset())
    if isinstance(value, datetime.timedelta):
        return DaysTime((value.days * DAY + value.seconds) * NANOS + value.microseconds * 1000)
    raise TypeError(f"FEEL has no value for {type(value).__name__}")


def _time(value: datetime.datetime | datetime.time, offset: datetime.timedelta | None) -> Time:
    key = getattr(value.tzinfo, "key", None)
    zone: Zone = key if isinstance(key, str) and calendar.zone(key) is not None else None
    if zone is None and offset is not None:
        zone = offset.days * DAY + offset.seconds
    return Time(value.hour, value.minute, value.second, value.microsecond * 1000, zone)


def from_feel(value: Value) -> Any:
    """A FEEL value as JSON has it: whole numbers ``int``, others ``float`` where that prints the same figure, else
    ``Decimal``; dates, times, durations, ranges and functions as their FEEL text. Raises ``FeelError`` for a value
    that unfolds to more than two million parts."""
    with evaluation(steps=_MOST_PARTS):
        try:
            return _json(value)
        except (StepsSpent, RecursionError):
            too_much = Text("值过大或嵌套过深", "the value is too large or nested too deeply")
            remedy = Text("缩小结果", "return less")
            raise FeelError(Problem("FEEL", too_much, remedy, "feel.value-size")) from None


def _json(value: Value) -> Any:
    if value is None or isinstance(value, str | bool):
        return value
    if isinstance(value, Decimal):
        return _number(value)
    if isinstance(value, list):
        spend(len(value))
        return [_json(item) for item in value]
    if isinstance(value, dict):
        spend(len(value))
        return {key: _json(item) for key, item in value.items()}
    return written(value)


def _number(value: Decimal) -> int | float | Decimal:
    if value == value.to_integral_value() and value.adjusted() < 34:
        return int(value)
    near = float(value)
    return near if Decimal(repr(near)) == value else value
