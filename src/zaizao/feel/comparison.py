"""Equality, order, membership and three-valued logic (DMN 1.5, 10.3.2.8 and 10.3.2.13 to 10.3.2.15).

The rule: values of different kinds are neither equal nor unequal, they are null; only null compares with everything.
Times compare by the whole second, as 10.3.2.3.4 defines their value.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any, Final

from . import calendar
from .session import bounded, null, spend
from .values import Date, DateTime, DaysTime, Function, Range, Time, Value, YearsMonths


def equal(left: Value, right: Value) -> bool | None:
    """``left = right``."""
    kind = type(left)
    if kind is type(right):
        if kind in HASHED:
            return bool(left == right)
        if kind is list or kind is dict:
            found: bool | None = bounded(_EQUAL[kind], left, right)
            return found
        return _EQUAL[kind](left, right) if kind in _EQUAL else _same_function(left, right)
    if left is None or right is None:
        return False
    if isinstance(left, Function) and isinstance(right, Function):
        return left is right
    return null("compare-types", "不同类型的值不能比较", "values of different kinds do not compare")


def unequal(left: Value, right: Value) -> bool | None:
    """``left != right``."""
    same = equal(left, right)
    return None if same is None else not same


#: Kinds whose values are equal in FEEL when they are equal, and hash alike, in Python.
HASHED: Final = frozenset({Decimal, str, bool, type(None), Date, DaysTime, YearsMonths})


def _same_function(left: Value, right: Value) -> bool | None:
    return left is right if isinstance(left, Function) else None


def _equal_lists(left: list[Value], right: list[Value]) -> bool | None:
    if len(left) != len(right):
        return False
    spend(len(left))
    return conjunction(map(equal, left, right))


def _equal_contexts(left: dict[str, Value], right: dict[str, Value]) -> bool | None:
    if left.keys() != right.keys():
        return False
    spend(len(left))
    return conjunction(equal(value, right[key]) for key, value in left.items())


def _equal_ranges(left: Range, right: Range) -> bool | None:
    shape = (left.start_included, left.end_included, left.operator)
    if shape != (right.start_included, right.end_included, right.operator):
        return False
    return conjunction((equal(left.start, right.start), equal(left.end, right.end)))


def _equal_times(left: Time, right: Time) -> bool:
    if (left.zone is None) != (right.zone is None):
        return False
    return _time_key(left) == _time_key(right)


def _equal_moments(left: DateTime, right: DateTime) -> bool:
    if (left.time.zone is None) != (right.time.zone is None):
        return False
    return calendar.instant(left) == calendar.instant(right)


def _time_key(time: Time) -> int:
    return calendar.second_of_day(time) - (0 if time.zone is None else calendar.time_offset(time))


_EQUAL: Final[dict[type, Callable[[Any, Any], bool | None]]] = {
    list: _equal_lists,
    dict: _equal_contexts,
    Range: _equal_ranges,
    Time: _equal_times,
    DateTime: _equal_moments,
}


def order(left: Value, right: Value) -> int | None:
    """-1, 0 or 1 as ``left`` comes before, with or after ``right``; None if they have no order."""
    kind = type(left)
    if kind is not type(right):
        return _unordered(left, right)
    if kind in _ORDERED:
        return int(left > right) - int(left < right)
    if kind is Time or kind is DateTime:
        key: Callable[[Any], int] = _time_key if kind is Time else calendar.instant
        if (_zone(left) is None) != (_zone(right) is None):
            return null("zone", "一个时间有时区而另一个没有", "one time has a zone and the other has none")
        one, other = key(left), key(right)
        return (one > other) - (one < other)
    return _unordered(left, right)


_ORDERED: Final = frozenset({Decimal, str, Date, DaysTime, YearsMonths})


def _zone(value: Time | DateTime) -> int | str | None:
    return value.zone if isinstance(value, Time) else value.time.zone


def _unordered(left: Value, right: Value) -> int | None:
    if left is None or right is None:
        return null("compare-null", "空值没有大小", "null is neither smaller nor greater")
    return null("compare-types", "这些值没有大小之分", "these values have no order")


def less(left: Value, right: Value) -> bool | None:
    """``left < right``."""
    if type(left) is Decimal and type(right) is Decimal:
        return left < right
    found = order(left, right)
    return None if found is None else found < 0


def greater(left: Value, right: Value) -> bool | None:
    """``left > right``."""
    if type(left) is Decimal and type(right) is Decimal:
        return left > right
    found = order(left, right)
    return None if found is None else found > 0


def at_most(left: Value, right: Value) -> bool | None:
    """``left <= right``."""
    if type(left) is Decimal and type(right) is Decimal:
        return left <= right
    found = order(left, right)
    return None if found is None else found <= 0


def at_least(left: Value, right: Value) -> bool | None:
    """``left >= right``."""
    if type(left) is Decimal and type(right) is Decimal:
        return left >= right
    found = order(left, right)
    return None if found is None else found >= 0


def between(value: Value, low: Value, high: Value) -> bool | None:
    """``value between low and high``, both ends included."""
    return conjunction((at_least(value, low), at_most(value, high)))


def conjunction(values: Iterable[Value]) -> bool | None:
    """Three-valued and; what is no boolean counts as null. Stops at the first false."""
    known = True
    for value in values:
        if value is False:
            return False
        known = known and value is True
    return True if known else None


def disjunction(values: Iterable[Value]) -> bool | None:
    """Three-valued or; what is no boolean counts as null. Stops at the first true."""
    known = True
    for value in values:
        if value is True:
            return True
        known = known and value is False
    return False if known else None


def negation(value: Value) -> bool | None:
    """Three-valued not."""
    return (not value) if type(value) is bool else None


def in_range(value: Value, interval: Range) -> bool | None:
    """Whether the value lies in the interval."""
    if interval.operator:
        return COMPARE[interval.operator](value, interval.start if interval.operator in _FROM_START else interval.end)
    above = at_least(value, interval.start) if interval.start_included else greater(value, interval.start)
    if above is False:
        return False
    below = at_most(value, interval.end) if interval.end_included else less(value, interval.end)
    return conjunction((above, below))


_FROM_START: Final = frozenset({">", ">=", "=", "!="})

COMPARE: Final[dict[str, Callable[[Value, Value], bool | None]]] = {
    "=": equal,
    "!=": unequal,
    "<": less,
    "<=": at_most,
    ">": greater,
    ">=": at_least,
}


def comparison_range(operator: str, bound: Value) -> Range:
    """``(< bound)`` and its like, as a value."""
    if operator in ("<", "<="):
        return Range(None, bound, False, operator == "<=", operator)
    if operator in (">", ">="):
        return Range(bound, None, operator == ">=", False, operator)
    return Range(bound, bound, operator == "=", operator == "=", operator)


def interval(start: Value, end: Value, start_included: bool, end_included: bool) -> Range | None:
    """``[start..end]`` as a value; null if its ends have no common order."""
    if start is not None and end is not None and type(start) is not type(end):
        return null("range-types", "区间两端类型不同", "the ends of the range are of different kinds")
    bound = start if start is not None else end
    if bound is not None and type(bound) not in _ENDS:
        return null("range-types", "区间端点没有大小之分", "the ends of the range have no order")
    return Range(start, end, start_included, end_included)


_ENDS: Final = _ORDERED | {Time, DateTime}


def member(value: Value, test: Value) -> bool | None:
    """``value in test`` for an evaluated test: a range, a list of values and ranges, or one value."""
    if type(test) is Range:
        return equal(value, test) if type(value) is Range else in_range(value, test)
    if type(test) is not list:
        return equal(value, test)
    if type(value) is list and equal(value, test):
        return True
    unknown = False
    for item in test:
        found = in_range(value, item) if type(item) is Range and type(value) is not Range else equal(value, item)
        if found:
            return True
        unknown = unknown or (found is None and type(item) is type(value))
    return None if unknown else False


def satisfies(value: Value, test: Value) -> bool | None:
    """Whether an input satisfies a unary test that is an expression without ``?``: true, or the input is in it."""
    return True if test is True and type(value) is not bool else member(value, test)


def any_of(results: Iterable[Value]) -> bool | None:
    """Several tests joined by commas."""
    return disjunction(results)
