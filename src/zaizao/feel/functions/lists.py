"""Built-in functions of lists (DMN 1.5, 10.3.4.4 and 10.3.4.10). Positions count from 1, from the end below 0."""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable
from decimal import Decimal

from ..arithmetic import add
from ..comparison import HASHED, conjunction, disjunction, equal, order
from ..decimal128 import DECIMAL128, ZERO
from ..invocation import invoke
from ..session import null, spend
from ..values import Function, Value
from .registry import built_in


def _numbers(items: list[Value]) -> bool:
    spend(len(items) // 16)
    if items and all(type(item) is Decimal for item in items):
        return True
    return bool(null("list-type", "列表为空或含有非数字", "the list is empty or has other than numbers"))


def _reckoned(reckon: Callable[[], Value]) -> Value:
    """What ``reckon`` gives; null when a number cannot hold it."""
    try:
        return reckon()
    except ArithmeticError:
        return null("arithmetic", "结果超出数字范围", "the result is out of range")


@built_in("list contains(list: list, element: Any)")
def list_contains(list: list[Value], element: Value) -> bool:
    """Whether an item equals the element; null can be one."""
    return any(type(item) is type(element) and equal(item, element) is True for item in list)


@built_in("count(list: list)")
def count(list: list[Value]) -> Decimal:
    """How many items."""
    return Decimal(len(list))


def _extreme(items: list[Value], sign: int) -> Value:
    if not items:
        return null("list-empty", "列表为空", "the list is empty")
    best = items[0]
    if len(items) == 1 and order(best, best) is None:
        return None
    for item in items[1:]:
        found = order(item, best)
        if found is None:
            return None
        if found == sign:
            best = item
    return best


@built_in("min(list: list)", "min(list...)")
def minimum(list: list[Value]) -> Value:
    """The smallest item; null if some have no order."""
    return _extreme(list, -1)


@built_in("max(list: list)", "max(list...)")
def maximum(list: list[Value]) -> Value:
    """The greatest item; null if some have no order."""
    return _extreme(list, 1)


@built_in("sum(list: list)", "sum(list...)")
def total(list: list[Value]) -> Value:
    """The sum of the numbers, or of durations of one kind."""
    if not list:
        return null("list-empty", "列表为空", "the list is empty")
    if type(list[0]) is str:
        return null("list-type", "列表含有非数字", "the list has other than numbers")
    return (
        functools.reduce(add, list[1:], list[0])
        if len(list) > 1
        else (list[0] if add(list[0], list[0]) is not None else None)
    )


@built_in("mean(list: list)", "mean(list...)")
def mean(list: list[Value]) -> Value:
    """The arithmetic mean of the numbers."""
    return _reckoned(lambda: sum(list, ZERO) / len(list)) if _numbers(list) else None


@built_in("median(list: list)", "median(list...)")
def median(list: list[Value]) -> Value:
    """The middle number, or the mean of the two in the middle."""
    if not _numbers(list):
        return None
    ranked, half = sorted(list), len(list) // 2
    return ranked[half] if len(ranked) % 2 else _reckoned(lambda: (ranked[half - 1] + ranked[half]) / 2)


@built_in("stddev(list: list)", "stddev(list...)")
def stddev(list: list[Value]) -> Value:
    """The standard deviation of a sample; null for fewer than two numbers."""
    if not _numbers(list) or len(list) < 2:
        return null("list-short", "数字少于两个", "there are fewer than two numbers")
    return _reckoned(lambda: _deviation(list))


def _deviation(items: list[Decimal]) -> Decimal:
    middle = sum(items, ZERO) / len(items)
    spread = sum(((item - middle) ** 2 for item in items), ZERO)
    return DECIMAL128.sqrt(spread / (len(items) - 1))


@built_in("mode(list: list)", "mode(list...)")
def mode(list: list[Value]) -> Value:
    """The most frequent numbers, in ascending order."""
    if not list:
        return []
    if not _numbers(list):
        return None
    times: dict[Decimal, int] = {}
    for item in list:
        times[item] = times.get(item, 0) + 1
    most = max(times.values())
    return sorted(item for item, found in times.items() if found == most)


@built_in("product(list: list)", "product(list...)")
def product(list: list[Value]) -> Value:
    """The numbers multiplied."""
    if not _numbers(list):
        return None
    return _reckoned(lambda: functools.reduce(operator.mul, list))


def _booleans(items: list[Value]) -> bool:
    return all(item is None or type(item) is bool for item in items)


@built_in("all(list: list)", "all(list...)")
def every(list: list[Value]) -> bool | None:
    """Three-valued and of the items; true for none."""
    return conjunction(list) if _booleans(list) else (False if False in [i for i in list if type(i) is bool] else None)


@built_in("any(list: list)", "any(list...)")
def some(list: list[Value]) -> bool | None:
    """Three-valued or of the items; false for none."""
    return disjunction(list)


def _place(items: list[Value], position: Decimal) -> int | None:
    """The index that the position means; None outside the list."""
    place = int(position)
    if place == 0 or abs(place) > len(items):
        return null("position", "位置超出列表范围", "the position is outside the list")
    return place - 1 if place > 0 else len(items) + place


@built_in("sublist(list: list, start position: number, length?: number)")
def sublist(list: list[Value], start_position: Decimal, length: Decimal | None = None) -> Value:
    """``length`` items, or all, from a position."""
    first = _place(list, start_position)
    if first is None:
        return None
    if length is None:
        return list[first:]
    wanted = int(length)
    if wanted < 1 or first + wanted > len(list):
        return null("length", "长度超出列表范围", "the length is outside the list")
    return list[first : first + wanted]


@built_in("append(list: list, item...)")
def append(list: list[Value], item: list[Value]) -> list[Value]:
    """The list and the items after it."""
    spend(len(list) // 16)
    return list + item


@built_in("concatenate(list...)")
def concatenate(list: list[Value]) -> Value:
    """The lists one after the other."""
    if any(part is None for part in list):
        return null("operand-null", "参数为空", "an argument is null")
    spend(sum(len(part) for part in list if type(part) is builtin_list) // 16)
    return [item for part in list for item in (part if type(part) is builtin_list else [part])]


builtin_list = list


@built_in("insert before(list: list, position: number, newItem: Any)")
def insert_before(list: list[Value], position: Decimal, newitem: Value) -> Value:
    """The list with an item put in at a position."""
    place = _place(list, position)
    return None if place is None else [*list[:place], newitem, *list[place:]]


@built_in("remove(list: list, position: number)")
def remove(list: list[Value], position: Decimal) -> Value:
    """The list without the item at a position."""
    place = _place(list, position)
    return None if place is None else [*list[:place], *list[place + 1 :]]


@built_in("list replace(list: list, position: number, newItem: Any)")
def replace_at(list: list[Value], position: Decimal, newitem: Value) -> Value:
    """The list with another item at a position."""
    place = _place(list, position)
    return None if place is None else [*list[:place], newitem, *list[place + 1 :]]


@built_in("list replace(list: list, match: function, newItem: Any)")
def replace_matching(list: list[Value], match: Function, newitem: Value) -> Value:
    """The list with another item wherever ``match(item, newItem)`` is true."""
    if len(match.parameters) != 2:
        return null("arguments", "匹配函数须有两个参数", "the match function must take two arguments")
    verdicts = [invoke(match, (item, newitem)) for item in list]
    if any(type(verdict) is not bool for verdict in verdicts):
        return null("condition", "匹配函数的结果不是布尔值", "the match function gives other than a boolean")
    return [newitem if verdict else item for item, verdict in zip(list, verdicts, strict=True)]


@built_in("reverse(list: list)")
def reverse(list: list[Value]) -> list[Value]:
    """From the last to the first."""
    return list[::-1]


@built_in("index of(list: list, match: Any)")
def index_of(list: list[Value], match: Value) -> list[Decimal]:
    """The positions of the items that equal the match."""
    return [
        Decimal(place) for place, item in enumerate(list, 1) if type(item) is type(match) and equal(item, match) is True
    ]


@built_in("distinct values(list: list)")
def distinct_values(list: list[Value]) -> list[Value]:
    """Each item once, where it first occurs."""
    seen: set[tuple[type, Value]] = set()
    others: builtin_list[Value] = []
    found: builtin_list[Value] = []
    for item in list:
        if type(item) in HASHED:
            if (type(item), item) in seen:
                continue
            seen.add((type(item), item))
        else:
            spend(len(others) // 16)
            if list_contains(others, item):
                continue
            others.append(item)
        found.append(item)
    return found


@built_in("union(list...)")
def union(list: list[Value]) -> Value:
    """The lists one after the other, each item once."""
    joined = concatenate(list)
    return None if joined is None else distinct_values(joined)


@built_in("flatten(list: list)")
def flatten(list: list[Value]) -> list[Value]:
    """The items of the list and of the lists in it, at any depth."""
    flat: builtin_list[Value] = []
    pending = [iter(list)]
    while pending:
        for item in pending[-1]:
            spend(1)
            if type(item) is builtin_list:
                pending.append(iter(item))
                break
            flat.append(item)
        else:
            pending.pop()
    return flat


@built_in("sort(list: list, precedes?: function)")
def sort(list: list[Value], precedes: Function | None = None) -> Value:
    """In the order that ``precedes(a, b)`` tells, or from small to great; equals keep their order."""
    spend(len(list))
    compare: Callable[[Value, Value], int | None]
    if precedes is None:
        compare = order
    elif len(precedes.parameters) != 2:
        return null("arguments", "排序函数须有两个参数", "the precedes function must take two arguments")
    else:
        compare = functools.partial(_precedes, precedes)
    try:
        return sorted(list, key=functools.cmp_to_key(lambda a, b: _known(compare(a, b))))
    except _Unordered:
        return null("unordered", "列表无法排序", "the items have no order")


class _Unordered(Exception):
    """Two items that cannot be put in order."""


def _known(found: int | None) -> int:
    if found is None:
        raise _Unordered
    return found


def _precedes(function: Function, a: Value, b: Value) -> int | None:
    before = invoke(function, (a, b))
    if before is True:
        return -1
    if type(before) is not bool:
        return None
    return 1 if invoke(function, (b, a)) is True else 0
