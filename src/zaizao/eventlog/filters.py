"""Filters: conditions on cases or events that compose, run when asked, and say how many cases they leave.

Rule kept: a filter is a mask over the sorted columns; it never changes an event, it only leaves rows out. A selection
applies its filters one after another, each to what the ones before left.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field, replace
from enum import StrEnum
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from zaizao.eventlog.errors import refuse
from zaizao.eventlog.log import MISSING_TIME, EventLog, Int64, subset
from zaizao.problems import Text

Mask = NDArray[np.bool_]


class Scope(StrEnum):
    """Whether a filter decides about whole cases or single events."""

    CASES = "cases"
    EVENTS = "events"


@dataclass(frozen=True, slots=True)
class Filter:
    """A named condition; ``mask`` has one entry per case or per event of the log it is given."""

    name: Text
    scope: Scope
    mask: Callable[[EventLog], Mask]

    def __invert__(self) -> Filter:
        """The opposite condition."""
        return Filter(Text(f"非（{self.name.zh}）", f"not ({self.name.en})"), self.scope, lambda log: ~self.mask(log))


@dataclass(frozen=True, slots=True)
class Step:
    """What a filter left."""

    name: Text
    cases: int
    events: int


@dataclass(frozen=True, slots=True)
class Selection:
    """A log and the filters to apply; nothing runs until ``log`` or ``steps`` is asked for."""

    source: EventLog
    filters: tuple[Filter, ...] = field(default=())

    def where(self, *filters: Filter) -> Selection:
        """The selection narrowed further."""
        return replace(self, filters=(*self.filters, *filters))

    def steps(self) -> tuple[Step, ...]:
        """How many cases and events stand before the first filter and after each."""
        names = [Text("全部", "all"), *(one.name for one in self.filters)]
        return tuple(Step(name, log.cases, log.events) for name, log in zip(names, self._run(), strict=True))

    def log(self) -> EventLog:
        """The log that is left; it may be empty."""
        *_, last = self._run()
        return last

    def _run(self) -> Iterator[EventLog]:
        log = self.source
        yield log
        for one in self.filters:
            log = keep(log, one)
            yield log


def keep(log: EventLog, condition: Filter) -> EventLog:
    """The part of the log that satisfies one filter."""
    if not log.events:
        return log
    mask = condition.mask(log)
    rows = mask if condition.scope is Scope.EVENTS else mask[log.case]
    return log if rows.all() else subset(log, np.flatnonzero(rows).astype(np.int64))


def select(log: EventLog, *filters: Filter) -> Selection:
    """Begin a selection."""
    return Selection(log, filters)


def between(from_us: int, until_us: int, *, whole: bool = True) -> Filter:
    """Cases that lie within ``[from_us, until_us)``, or with ``whole=False`` that touch it."""

    def mask(log: EventLog) -> Mask:
        first, last = span(log)
        inside = (first >= from_us) & (last < until_us) if whole else (last >= from_us) & (first < until_us)
        return np.asarray(inside)

    return Filter(Text("时间范围", "within the period"), Scope.CASES, mask)


def events_between(from_us: int, until_us: int) -> Filter:
    """Events that end within ``[from_us, until_us)``."""
    return Filter(
        Text("事件时间范围", "events within the period"),
        Scope.EVENTS,
        lambda log: np.asarray((log.end >= from_us) & (log.end < until_us)),
    )


def lasting(least_us: int = 0, below_us: int | None = None) -> Filter:
    """Cases whose cycle time (first start or event to last event) is in ``[least_us, below_us)``."""

    def mask(log: EventLog) -> Mask:
        first, last = span(log)
        length = last - first
        return np.asarray((length >= least_us) & (length < below_us if below_us is not None else True))

    return Filter(Text("案例历时", "cycle time"), Scope.CASES, mask)


def having(activities: Collection[str], *, every: bool = False) -> Filter:
    """Cases in which one (or with ``every``, each) of the activities occurs."""

    def mask(log: EventLog) -> Mask:
        wanted = [code for code, name in enumerate(log.activity_names) if name in activities]
        if every and len(wanted) < len(set(activities)):
            return np.zeros(log.cases, dtype=bool)
        found = [_any_event(log, log.activity == code) for code in wanted]
        if not found:
            return np.zeros(log.cases, dtype=bool)
        return np.asarray(np.logical_and.reduce(found) if every else np.logical_or.reduce(found))

    return Filter(_listing("包含活动", "has", activities), Scope.CASES, mask)


def only(activities: Collection[str]) -> Filter:
    """Events of these activities."""
    return Filter(
        _listing("只看活动", "only", activities),
        Scope.EVENTS,
        lambda log: np.isin(np.array(log.activity_names, dtype=object), list(activities))[log.activity],
    )


def starting_with(activities: Collection[str]) -> Filter:
    """Cases whose first event is one of the activities."""
    return Filter(
        _listing("开始于", "starts with", activities), Scope.CASES, lambda log: _at(log, log.offsets[:-1], activities)
    )


def ending_with(activities: Collection[str]) -> Filter:
    """Cases whose last event is one of the activities: the complete ones, if these are the process's ends."""
    return Filter(
        _listing("结束于", "ends with", activities), Scope.CASES, lambda log: _at(log, log.offsets[1:] - 1, activities)
    )


def following(first: str, then: str, *, directly: bool = True) -> Filter:
    """Cases in which ``then`` comes after ``first``, next to it or (``directly=False``) at any distance."""

    def mask(log: EventLog) -> Mask:
        one, other = (
            np.array([name == wanted for name in log.activity_names])[log.activity] for wanted in (first, then)
        )
        if directly:
            pair = np.append(False, one[:-1] & other[1:] & (log.case[:-1] == log.case[1:]))
            return _any_event(log, pair)
        rows = np.arange(log.events)
        earliest = np.full(log.cases, log.events)
        np.minimum.at(earliest, log.case[one], rows[one])
        latest = np.full(log.cases, -1)
        np.maximum.at(latest, log.case[other], rows[other])
        return np.asarray(latest > earliest)

    return Filter(Text(f"{first} → {then}", f"{first} → {then}"), Scope.CASES, mask)


def attribute(name: str, *, values: Collection[object] | None = None, low: float | None = None,
              high: float | None = None) -> Filter:  # fmt: skip
    """Cases (or events, if ``name`` is an attribute of events) with one of ``values``, or a number in ``[low, high)``.

    A missing value satisfies nothing. The filter raises ``LogError`` on a log without such an attribute.
    """

    def mask(log: EventLog, scope: Scope) -> Mask:
        column = (log.case_table if scope is Scope.CASES else log.event_table)[name]
        keep = column.is_not_null()
        if values is not None:
            keep &= column.is_in(list(values))
        if low is not None:
            keep &= column >= low
        if high is not None:
            keep &= column < high
        return keep.fill_null(False).to_numpy()

    def of_rows(log: EventLog) -> Mask:
        if name in log.case_table.columns:
            return mask(log, Scope.CASES)[log.case]
        if name in log.event_table.columns:
            return mask(log, Scope.EVENTS)
        raise refuse(
            f"{log.source}: attribute {name}",
            "log.no-such-attribute",
            ("日志没有这个属性", "the log has no such attribute"),
            (_attributes(log), _attributes(log)),
        )

    return Filter(Text(f"属性 {name}", f"attribute {name}"), Scope.EVENTS, of_rows)


def top_variants(count: int | None = None, *, share: float | None = None) -> Filter:
    """Cases of the most frequent variants: ``count`` of them, or as few as cover ``share`` of the cases.

    Variants of equal frequency rank by first appearance.
    """

    def mask(log: EventLog) -> Mask:
        number = variant_numbers(log)
        frequency = np.bincount(number)
        order = np.argsort(-frequency, kind="stable")
        if count is not None:
            order = order[:count]
        if share is not None:
            enough = int(np.searchsorted(np.cumsum(frequency[order]), share * log.cases, side="left")) + 1
            order = order[:enough]
        return np.isin(number, order)

    return Filter(Text("最常见的变体", "most frequent variants"), Scope.CASES, mask)


def cases(names: Collection[str]) -> Filter:
    """Cases by name."""
    wanted = frozenset(names)
    return Filter(
        Text(f"{len(wanted)} 个指定案例", f"{len(wanted)} named cases"),
        Scope.CASES,
        lambda log: np.fromiter((name in wanted for name in log.case_names), dtype=bool, count=log.cases),
    )


def span(log: EventLog) -> tuple[Int64, Int64]:
    """Per case the first instant (start where known, else event) and the last."""
    first = np.minimum(np.where(log.start == MISSING_TIME, log.end, log.start), log.end)
    return np.minimum.reduceat(first, log.offsets[:-1]), np.maximum.reduceat(log.end, log.offsets[:-1])


def variant_numbers(log: EventLog) -> Int64:
    """Per case the number of its sequence of activities, numbered by first appearance."""
    raw = log.activity.tobytes()
    seen: dict[bytes, int] = {}
    bounds = (log.offsets * log.activity.itemsize).tolist()
    pieces = (raw[start:end] for start, end in pairwise(bounds))
    return np.fromiter((seen.setdefault(piece, len(seen)) for piece in pieces), dtype=np.int64, count=log.cases)


def _any_event(log: EventLog, rows: Mask) -> Mask:
    found = np.zeros(log.cases, dtype=bool)
    found[log.case[rows]] = True
    return found


def _at(log: EventLog, rows: Int64, activities: Collection[str]) -> Mask:
    wanted = np.array([name in activities for name in log.activity_names], dtype=bool)
    return wanted[log.activity[rows]]


def _listing(zh: str, en: str, names: Collection[str]) -> Text:
    shown = "、".join(sorted(names)[:3]) + ("…" if len(names) > 3 else "")
    return Text(f"{zh} {shown}", f"{en} {shown.replace('、', ', ')}")


def _attributes(log: EventLog) -> str:
    return ", ".join((*log.case_table.columns, *log.event_table.columns)) or "–"
