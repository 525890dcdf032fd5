"""The arithmetic operators (DMN 1.5, 10.3.2.9 tables 50 to 52; 10.3.2.3 for dates and durations).

The rule: operands of kinds that the tables do not pair give null; so does a result that no value can hold. Nothing
is converted. One function per operator, with the numbers first, for they are the common case.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any, Final

from . import calendar
from .calendar import DAY, NANOS
from .decimal128 import ONE
from .session import LONGEST_TEXT, null, spend_text
from .values import Date, DateTime, DaysTime, Time, Value, YearsMonths

_Pair = dict[tuple[type, type], Callable[[Any, Any], Value]]


def _undefined(operator: str, left: Value, right: Value) -> Value:
    if left is None or right is None:
        return null("operand-null", f"“{operator}”的操作数为空", f"an operand of '{operator}' is null")
    return null(
        "operand-type", f"“{operator}”不适用于这些类型", f"'{operator}' does not apply to operands of these types"
    )


def _overflow(operator: str) -> Value:
    return null(
        "arithmetic",
        f"“{operator}”无结果：除以零或超出范围",
        f"'{operator}' has no result: division by zero or out of range",
    )


def add(left: Value, right: Value) -> Value:
    """``left + right``."""
    if type(left) is Decimal and type(right) is Decimal:
        try:
            return left + right
        except ArithmeticError:
            return _overflow("+")
    if type(left) is str and type(right) is str:
        if len(left) + len(right) > LONGEST_TEXT:
            return null("text-length", "文本过长", "the text becomes too long")
        spend_text(len(left) + len(right))
        return left + right
    rule = _ADD.get((type(left), type(right)))
    return _undefined("+", left, right) if rule is None else rule(left, right)


def subtract(left: Value, right: Value) -> Value:
    """``left - right``."""
    if type(left) is Decimal and type(right) is Decimal:
        try:
            return left - right
        except ArithmeticError:
            return _overflow("-")
    rule = _SUBTRACT.get((type(left), type(right)))
    return _undefined("-", left, right) if rule is None else rule(left, right)


def multiply(left: Value, right: Value) -> Value:
    """``left * right``."""
    try:
        if type(left) is Decimal and type(right) is Decimal:
            return left * right
        rule = _MULTIPLY.get((type(left), type(right)))
        return _undefined("*", left, right) if rule is None else rule(left, right)
    except ArithmeticError:
        return _overflow("*")


def divide(left: Value, right: Value) -> Value:
    """``left / right``; null when the divisor is zero."""
    try:
        if type(left) is Decimal and type(right) is Decimal:
            return left / right
        rule = _DIVIDE.get((type(left), type(right)))
        return _undefined("/", left, right) if rule is None else rule(left, right)
    except ArithmeticError:
        return _overflow("/")


def power(left: Value, right: Value) -> Value:
    """``left ** right``."""
    if type(left) is not Decimal or type(right) is not Decimal:
        return _undefined("**", left, right)
    try:
        raised = left**right if right else ONE
    except ArithmeticError:
        return _overflow("**")
    return raised if raised.is_finite() else _overflow("**")


def negate(value: Value) -> Value:
    """``-value``."""
    if type(value) is Decimal:
        return -value
    if type(value) is DaysTime:
        return DaysTime(-value.nanoseconds)
    if type(value) is YearsMonths:
        return YearsMonths(-value.months)
    return _undefined("-", value, value)


def midnight_utc(day: Date) -> DateTime:
    """A date where a date and time is wanted (10.3.2.9.4)."""
    return DateTime(day, Time(0, 0, 0, 0, 0))


def _moment_plus_months(moment: DateTime, months: int) -> DateTime | None:
    day = calendar.plus_months(moment.date, months)
    return _beyond("+") if day is None else DateTime(day, moment.time)


def _moment_plus_nanos(moment: DateTime, nanos: int) -> DateTime | None:
    return calendar.from_instant(calendar.instant_nanos(moment) + nanos, moment.time.zone) or _beyond("+")


def _date_plus_months(day: Date, months: int) -> Date | None:
    return calendar.plus_months(day, months) or _beyond("+")


def _date_plus_nanos(day: Date, nanos: int) -> Date | None:
    return calendar.from_ordinal(calendar.ordinal(day) + nanos // (DAY * NANOS)) or _beyond("+")


def _beyond(operator: str) -> Value:
    return null(
        "date-range",
        f"“{operator}”的结果超出日期范围",
        f"the result of '{operator}' is beyond the years that FEEL knows",
    )


def _time_plus_nanos(time: Time, nanos: int) -> Time:
    seconds, nano = divmod(calendar.second_of_day(time) * NANOS + time.nanosecond + nanos, NANOS)
    return calendar.clock_time(seconds % DAY, nano, time.zone)


def _between_moments(left: DateTime, right: DateTime) -> DaysTime | None:
    if (left.time.zone is None) != (right.time.zone is None):
        return null("zone", "一个时间有时区而另一个没有", "one time has a zone and the other has none")
    return DaysTime(calendar.instant_nanos(left) - calendar.instant_nanos(right))


def _between_times(left: Time, right: Time) -> DaysTime | None:
    if (left.zone is None) != (right.zone is None):
        return null("zone", "一个时间有时区而另一个没有", "one time has a zone and the other has none")
    seconds = calendar.second_of_day(left) - calendar.second_of_day(right)
    if left.zone != right.zone:
        seconds -= calendar.time_offset(left) - calendar.time_offset(right)
    return DaysTime(seconds * NANOS + left.nanosecond - right.nanosecond)


#: Far beyond the years that FEEL knows; keeps durations from growing without end.
_LONGEST: Final = 10**36


def _days_time(nanos: int) -> DaysTime | None:
    return DaysTime(nanos) if abs(nanos) < _LONGEST else _beyond("*")


def _years_months(months: int) -> YearsMonths | None:
    return YearsMonths(months) if abs(months) < _LONGEST else _beyond("*")


_ADD: Final[_Pair] = {
    (Date, YearsMonths): lambda a, b: _date_plus_months(a, b.months),
    (YearsMonths, Date): lambda a, b: _date_plus_months(b, a.months),
    (Date, DaysTime): lambda a, b: _date_plus_nanos(a, b.nanoseconds),
    (DaysTime, Date): lambda a, b: _date_plus_nanos(b, a.nanoseconds),
    (DateTime, YearsMonths): lambda a, b: _moment_plus_months(a, b.months),
    (YearsMonths, DateTime): lambda a, b: _moment_plus_months(b, a.months),
    (DateTime, DaysTime): lambda a, b: _moment_plus_nanos(a, b.nanoseconds),
    (DaysTime, DateTime): lambda a, b: _moment_plus_nanos(b, a.nanoseconds),
    (Time, DaysTime): lambda a, b: _time_plus_nanos(a, b.nanoseconds),
    (DaysTime, Time): lambda a, b: _time_plus_nanos(b, a.nanoseconds),
    (DaysTime, DaysTime): lambda a, b: _days_time(a.nanoseconds + b.nanoseconds),
    (YearsMonths, YearsMonths): lambda a, b: _years_months(a.months + b.months),
}

_SUBTRACT: Final[_Pair] = {
    (Date, Date): lambda a, b: DaysTime((calendar.ordinal(a) - calendar.ordinal(b)) * DAY * NANOS),
    (Date, DateTime): lambda a, b: _between_moments(midnight_utc(a), b),
    (DateTime, Date): lambda a, b: _between_moments(a, midnight_utc(b)),
    (DateTime, DateTime): _between_moments,
    (Time, Time): _between_times,
    (Date, YearsMonths): lambda a, b: _date_plus_months(a, -b.months),
    (Date, DaysTime): lambda a, b: _date_plus_nanos(a, -b.nanoseconds),
    (DateTime, YearsMonths): lambda a, b: _moment_plus_months(a, -b.months),
    (DateTime, DaysTime): lambda a, b: _moment_plus_nanos(a, -b.nanoseconds),
    (Time, DaysTime): lambda a, b: _time_plus_nanos(a, -b.nanoseconds),
    (DaysTime, DaysTime): lambda a, b: _days_time(a.nanoseconds - b.nanoseconds),
    (YearsMonths, YearsMonths): lambda a, b: _years_months(a.months - b.months),
}

_MULTIPLY: Final[_Pair] = {
    (Decimal, DaysTime): lambda a, b: _days_time(int(a * b.nanoseconds)),
    (DaysTime, Decimal): lambda a, b: _days_time(int(b * a.nanoseconds)),
    (Decimal, YearsMonths): lambda a, b: _years_months(int(a * b.months)),
    (YearsMonths, Decimal): lambda a, b: _years_months(int(b * a.months)),
}

_DIVIDE: Final[_Pair] = {
    (DaysTime, Decimal): lambda a, b: _days_time(int(a.nanoseconds / b)),
    (YearsMonths, Decimal): lambda a, b: _years_months(int(a.months / b)),
    (DaysTime, DaysTime): lambda a, b: Decimal(a.nanoseconds) / Decimal(b.nanoseconds),
    (YearsMonths, YearsMonths): lambda a, b: Decimal(a.months) / Decimal(b.months),
}
