"""Paths, filters and iteration over values (DMN 1.5, 10.3.2.5, 10.3.2.6, 10.3.2.14 and tables 55 to 57).

The rule: a single value stands for the list of itself where a list is wanted; null stands for nothing.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from typing import Any, Final

from . import calendar
from .calendar import NANOS
from .decimal128 import EXACT
from .session import bounded, null, spend
from .values import Date, DateTime, DaysTime, Range, Time, Value, YearsMonths

_MISSING: Final = object()


def path(value: Value, name: str) -> Value:
    """``value.name``: an entry, a property, or the list of them."""
    if type(value) is dict:
        found = value.get(name, _MISSING)
        return (
            null("entry", f"上下文没有“{name}”", f"the context has no entry '{name}'") if found is _MISSING else found
        )
    if type(value) is list:
        return bounded(_paths, value, name)
    rule = _PROPERTIES.get((type(value), name))
    if rule is None:
        return null("property", f"该值没有属性“{name}”", f"the value has no property '{name}'")
    return rule(value)


def _paths(values: list[Value], name: str) -> list[Value]:
    spend(len(values))
    return [path(value, name) for value in values]


def _offset(time: Time, second_offset: Callable[[], int]) -> DaysTime | None:
    return None if time.zone is None else DaysTime(second_offset() * NANOS)


def _moment_offset(value: DateTime) -> DaysTime | None:
    days, second = calendar.ordinal(value.date), calendar.second_of_day(value.time)
    return _offset(value.time, lambda: calendar.local_offset(days, second, value.time.zone))


def _sign(whole: int) -> int:
    return -1 if whole < 0 else 1


def _part(value: DaysTime, per: int, modulus: int) -> Decimal:
    seconds = abs(value.nanoseconds) // NANOS
    count = seconds // per % modulus if modulus else seconds // per
    return Decimal(_sign(value.nanoseconds) * count)


def _seconds(value: DaysTime) -> Decimal:
    nanos = abs(value.nanoseconds) % (60 * NANOS)
    exact = Decimal(nanos // NANOS) if nanos % NANOS == 0 else Decimal(nanos) / NANOS
    return _sign(value.nanoseconds) * exact


_PROPERTIES: Final[dict[tuple[type, str], Callable[[Any], Value]]] = {
    (Date, "year"): lambda v: Decimal(v.year),
    (Date, "month"): lambda v: Decimal(v.month),
    (Date, "day"): lambda v: Decimal(v.day),
    (Date, "weekday"): lambda v: Decimal(calendar.weekday(v)),
    (DateTime, "year"): lambda v: Decimal(v.date.year),
    (DateTime, "month"): lambda v: Decimal(v.date.month),
    (DateTime, "day"): lambda v: Decimal(v.date.day),
    (DateTime, "weekday"): lambda v: Decimal(calendar.weekday(v.date)),
    (DateTime, "hour"): lambda v: Decimal(v.time.hour),
    (DateTime, "minute"): lambda v: Decimal(v.time.minute),
    (DateTime, "second"): lambda v: Decimal(v.time.second),
    (DateTime, "time offset"): _moment_offset,
    (DateTime, "timezone"): lambda v: v.time.zone if isinstance(v.time.zone, str) else None,
    (Time, "hour"): lambda v: Decimal(v.hour),
    (Time, "minute"): lambda v: Decimal(v.minute),
    (Time, "second"): lambda v: Decimal(v.second),
    (Time, "time offset"): lambda v: _offset(v, lambda: calendar.time_offset(v)),
    (Time, "timezone"): lambda v: v.zone if isinstance(v.zone, str) else None,
    (DaysTime, "days"): lambda v: _part(v, calendar.DAY, 0),
    (DaysTime, "hours"): lambda v: _part(v, 3600, 24),
    (DaysTime, "minutes"): lambda v: _part(v, 60, 60),
    (DaysTime, "seconds"): _seconds,
    (YearsMonths, "years"): lambda v: Decimal(_sign(v.months) * (abs(v.months) // 12)),
    (YearsMonths, "months"): lambda v: Decimal(_sign(v.months) * (abs(v.months) % 12)),
    (Range, "start"): lambda v: None if v.operator == "!=" else v.start,
    (Range, "end"): lambda v: None if v.operator == "!=" else v.end,
    (Range, "start included"): lambda v: v.start_included,
    (Range, "end included"): lambda v: v.end_included,
}

#: Every property name with a space, for the parser.
PROPERTY_NAMES: Final = frozenset(name for _, name in _PROPERTIES)


def as_list(value: Value) -> list[Value]:
    """A list as it is, null as the empty list, another value as the list of itself."""
    if type(value) is list:
        return value
    return [] if value is None else [value]


def at(value: Value, position: Value) -> Value:
    """``value[position]`` with a number: 1 is the first, -1 the last."""
    items = as_list(value)
    if type(position) is not Decimal:
        return null("position", "位置不是数字", "the position is no number")
    place = int(position)
    if place == 0 or abs(place) > len(items):
        return null("position", "位置超出列表范围", "the position is outside the list")
    return items[place - 1 if place > 0 else place]


def select(value: Value, condition: Callable[[Value], Value]) -> list[Value] | None:
    """``value[condition]``: the items whose condition is true. A condition that is no boolean makes the whole null."""
    items = as_list(value)
    spend(len(items))
    chosen = []
    for item in items:
        verdict = condition(item)
        if verdict is True:
            chosen.append(item)
        elif verdict is not False and verdict is not None:
            return null("condition", "筛选条件不是布尔值", "the condition of the filter is no boolean")
    return chosen


def filtered(value: Value, condition: Callable[[Value], Value]) -> Value:
    """``value[e]`` where only evaluation tells whether ``e`` is a position or a condition."""
    items = as_list(value)
    first = condition(items[0] if items else None)
    if type(first) is Decimal:
        return at(items, first)
    return select(items, condition)


def domain(value: Value) -> Sequence[Value] | None:
    """What ``for``, ``some`` and ``every`` go through; null if they cannot."""
    if type(value) is Range:
        return _span(value)
    if value is None:
        return null("domain", "不能对空值循环", "there is nothing to go through: the list is null")
    items = as_list(value)
    spend(len(items))
    return items


def _span(interval: Range) -> Sequence[Value] | None:
    if interval.operator or interval.start is None or interval.end is None:
        return null("domain", "不能对无界区间循环", "a range without both ends cannot be gone through")
    found = steps(interval.start, interval.end)
    if found is None:
        return None
    if interval.start > interval.end:
        return null("domain", "区间起点大于终点", "the range starts after its end")
    first = 0 if interval.start_included else 1
    last = len(found) if interval.end_included or not found or found[-1] != interval.end else len(found) - 1
    return found[first:last]


def steps(start: Value, end: Value) -> list[Value] | None:
    """``start..end`` of a ``for``: numbers or dates one by one, up or down."""
    if type(start) is Decimal and type(end) is Decimal:
        sign = 1 if end >= start else -1
        count = int(EXACT.subtract(end, start)) * sign + 1
        spend(count)
        return [start + sign * turn for turn in range(count)]
    if type(start) is Date and type(end) is Date:
        first, last = calendar.ordinal(start), calendar.ordinal(end)
        spend(abs(last - first) + 1)
        days = range(first, last + 1) if last >= first else range(first, last - 1, -1)
        return [calendar.from_ordinal(day) for day in days]
    return null("domain", "只能对整数或日期区间循环", "only ranges of whole numbers or dates can be gone through")


def product(domains: Sequence[Callable[..., Sequence[Value] | None]]) -> Iterable[tuple[Value, ...]] | None:
    """The combinations of several domains; a later one may look at the items of the earlier ones."""
    rows: list[tuple[Value, ...]] = [()]
    for following in domains:
        longer: list[tuple[Value, ...]] = []
        for row in rows:
            items = following(*row)
            if items is None:
                return None
            longer.extend((*row, item) for item in items)
        spend(len(longer))
        rows = longer
    return rows


def loop(domains: Sequence[Callable[..., Sequence[Value] | None]], turn: Callable[..., Value]) -> list[Value] | None:
    """``for``; ``turn`` takes the variables."""
    rows = product(domains)
    return None if rows is None else list(itertools.starmap(turn, rows))


def loop_partial(
    domains: Sequence[Callable[..., Sequence[Value] | None]], turn: Callable[..., Value], kept: bool
) -> list[Value] | None:
    """``for`` whose body looks at ``partial``, the results so far; ``turn`` takes it last. If the body may keep it, it
    gets a copy each turn, for a value never changes and never holds itself."""
    rows = product(domains)
    if rows is None:
        return None
    results: list[Value] = []
    for row in rows:
        spend(len(results) // 16 + 1 if kept else 1)
        results.append(turn(*row, results.copy() if kept else results))
    return results


def some(domains: Sequence[Callable[..., Sequence[Value] | None]], condition: Callable[..., Value]) -> bool | None:
    """``some … satisfies``."""
    return _quantified(domains, condition, True)


def every(domains: Sequence[Callable[..., Sequence[Value] | None]], condition: Callable[..., Value]) -> bool | None:
    """``every … satisfies``."""
    return _quantified(domains, condition, False)


def _quantified(
    domains: Sequence[Callable[..., Sequence[Value] | None]], condition: Callable[..., Value], decisive: bool
) -> bool | None:
    rows = product(domains)
    if rows is None:
        return None
    unknown = False
    for row in rows:
        verdict = condition(*row)
        decided = verdict is decisive
        if decided:
            return decisive
        if verdict is None:
            unknown = True
        elif type(verdict) is not bool:
            null("condition", "条件不是布尔值", "the condition is no boolean")
            return None
    return None if unknown else not decisive
