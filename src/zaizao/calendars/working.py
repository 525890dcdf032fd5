"""When a calendar works: intervals, working time between instants, and the way back from work to instants.

An instant is working time if the zone's wall clock shows, on a day that is open, a minute within the week's pattern.
Everything follows from that sentence: a wall-clock hour that daylight saving skips does not exist, one that comes twice
counts twice. On days that the State Council declares working days in exchange, the pattern of a weekday applies.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import overload
from zoneinfo import ZoneInfo

import chinese_calendar
import numpy as np
from numpy.typing import NDArray

from zaizao.calendars.calendar import Holidays, WorkCalendar
from zaizao.calendars.errors import CalendarError
from zaizao.problems import Problem, Text

Int64 = NDArray[np.int64]

MINUTE = 60_000_000
DAY = 1440 * MINUTE
_EPOCH = date(1970, 1, 1)
_HORIZON_YEARS = 50
"""How far ahead working time is looked for before a calendar counts as never open."""


def intervals(calendar: WorkCalendar, from_us: int, until_us: int) -> Int64:
    """The working intervals ``[start, end)`` in µs UTC between two instants: merged, clipped, shape (n, 2)."""
    if until_us <= from_us:
        return np.empty((0, 2), dtype=np.int64)
    first, last = _year_of(calendar.zone, from_us), _year_of(calendar.zone, until_us - 1)
    years = [_year(calendar, year) for year in range(first, last + 1)]
    return _clip(_merge(np.concatenate(years)), from_us, until_us)


@overload
def working(calendar: WorkCalendar, from_us: int, until_us: int) -> int: ...
@overload
def working(calendar: WorkCalendar, from_us: Int64, until_us: Int64) -> Int64: ...
def working(calendar: WorkCalendar, from_us: int | Int64, until_us: int | Int64) -> int | Int64:
    """Working µs between instants, elementwise (arrays broadcast); negative where the order is reversed."""
    starts, ends = np.asarray(from_us, dtype=np.int64), np.asarray(until_us, dtype=np.int64)
    if not starts.size or not ends.size:
        return np.zeros(np.broadcast_shapes(starts.shape, ends.shape), dtype=np.int64)
    low = int(min(starts.min(), ends.min()))
    high = int(max(starts.max(), ends.max()))
    spans = intervals(calendar, low, high)
    done = _done_until(spans, ends) - _done_until(spans, starts)
    return int(done) if done.ndim == 0 else done


def advance(calendar: WorkCalendar, at_us: int, work_us: int) -> int:
    """The first instant at which ``work_us`` of working time after ``at_us`` is done; ``at_us`` itself for none.

    Raises ``CalendarError`` for negative work, an unknown holiday year, or a calendar that does not work.
    """
    if work_us < 0:
        raise _problem(
            calendar,
            "calendar.negative-work",
            ("工作时间不能为负", "working time cannot be negative"),
            ("请给出非负的时长", "give a duration of zero or more"),
        )
    if work_us == 0:
        return at_us
    left = work_us
    for start, end in _spans_from(calendar, at_us):
        if end - start >= left:
            return start + left
        left -= end - start
    raise _never(calendar)


def next_open(calendar: WorkCalendar, at_us: int) -> int:
    """``at_us`` if it is working time, else the next instant that is. Raises ``CalendarError`` as ``advance``."""
    for start, _ in _spans_from(calendar, at_us):
        return start
    raise _never(calendar)


def is_open(calendar: WorkCalendar, at_us: int) -> bool:
    """Whether the instant is working time, by the definition itself."""
    clock = _clock(calendar.zone, at_us)
    within = (clock.hour * 60 + clock.minute) * MINUTE + clock.second * 1_000_000 + at_us % 1_000_000
    return any(start * MINUTE <= within < end * MINUTE for start, end in _pattern(calendar, clock.date()))


def _spans_from(calendar: WorkCalendar, at_us: int) -> Iterator[tuple[int, int]]:
    """Working intervals from an instant on, year after year. An unknown holiday year is only met if it is needed."""
    first = _year_of(calendar.zone, at_us)
    for year in range(first, first + _HORIZON_YEARS):
        spans = _year(calendar, year)
        if year == first:
            spans = _clip(spans, at_us, int(spans[-1, 1]) if len(spans) else at_us)
        yield from ((int(start), int(end)) for start, end in spans)


def _clock(zone: str, at_us: int) -> datetime:
    return datetime.fromtimestamp(at_us // 1_000_000, UTC).astimezone(ZoneInfo(zone))


def _year_of(zone: str, at_us: int) -> int:
    return _clock(zone, at_us).year


def _year_start(zone: str, year: int) -> int:
    return int(datetime(year, 1, 1, tzinfo=ZoneInfo(zone)).timestamp()) * 1_000_000


@lru_cache(maxsize=512)
def _year(calendar: WorkCalendar, year: int) -> Int64:
    """The working intervals within one year of the zone: the pattern cut where the clock is moved."""
    low, high = _year_start(calendar.zone, year), _year_start(calendar.zone, year + 1)
    pieces = [np.empty((0, 2), dtype=np.int64)]
    for start, end, offset in _offsets(calendar.zone, low, high):
        local = _clip(_local_year(calendar, start + offset, end + offset), start + offset, end + offset)
        pieces.append(local - offset)
    spans = _merge(np.concatenate(pieces))
    spans.setflags(write=False)
    return spans


def _local_year(calendar: WorkCalendar, low: int, high: int) -> Int64:
    """The pattern on the wall clock: intervals in µs of local time on every day that the range touches."""
    rows = [
        (day * DAY + start * MINUTE, day * DAY + end * MINUTE)
        for day in range(low // DAY, -(-high // DAY))
        for start, end in _pattern(calendar, _EPOCH + timedelta(days=day))
    ]
    return np.array(rows, dtype=np.int64).reshape(-1, 2)


def _pattern(calendar: WorkCalendar, day: date) -> tuple[tuple[int, int], ...]:
    """The hours of one day, holidays considered. Raises ``CalendarError`` for a year without a known notice."""
    hours = calendar.week[day.weekday()]
    if calendar.holidays is Holidays.NONE:
        return hours
    try:
        free, name = chinese_calendar.get_holiday_detail(day)
    except NotImplementedError:
        raise _problem(
            calendar,
            "calendar.unknown-holidays",
            (f"{day.year} 年的放假安排未知", f"the holidays of {day.year} are not known"),
            (
                "请升级 chinesecalendar，或改用不含节假日的日历",
                "upgrade chinesecalendar, or use a calendar without holidays",
            ),
        ) from None
    if free and (name or day.weekday() < 5):
        return ()
    if not free and day.weekday() >= 5:
        return next((week for week in calendar.week[:5] if week), hours)
    return hours


@lru_cache(maxsize=512)
def _offsets(zone: str, low: int, high: int) -> tuple[tuple[int, int, int], ...]:
    """The spans ``(from, until, offset)`` in µs between which the zone's clock is not moved, covering the range."""
    spans: list[tuple[int, int, int]] = []
    start, offset, at = low, _offset(zone, low), low
    while at < high:
        step = min(at + DAY, high)
        if _offset(zone, step) != offset and step < high:
            change = _change(zone, at, step, offset)
            spans.append((start, change, offset))
            start, offset = change, _offset(zone, change)
        at = step
    spans.append((start, high, offset))
    return tuple(spans)


def _change(zone: str, before: int, after: int, offset: int) -> int:
    """The first whole second after which the zone's offset is no longer ``offset``."""
    low, high = before // 1_000_000, after // 1_000_000
    while high - low > 1:
        middle = (low + high) // 2
        if _offset(zone, middle * 1_000_000) == offset:
            low = middle
        else:
            high = middle
    return high * 1_000_000


def _offset(zone: str, at_us: int) -> int:
    delta = _clock(zone, at_us).utcoffset()
    assert delta is not None
    return delta // timedelta(microseconds=1)


def _merge(spans: Int64) -> Int64:
    """Sorted, disjoint intervals with touching ones joined and empty ones gone."""
    spans = spans[spans[:, 0] < spans[:, 1]]
    if len(spans) < 2:
        return spans
    spans = spans[np.argsort(spans[:, 0], kind="stable")]
    reach = np.maximum.accumulate(spans[:, 1])
    opens = np.append(True, spans[1:, 0] > reach[:-1])
    closes = np.append(opens[1:], True)
    return np.column_stack((spans[opens, 0], reach[closes]))


def _clip(spans: Int64, low: int, high: int) -> Int64:
    clipped = np.clip(spans, low, high)
    return clipped[clipped[:, 0] < clipped[:, 1]]


def _done_until(spans: Int64, at: NDArray[np.int64]) -> Int64:
    """Working µs from the first interval's beginning to each instant."""
    if not len(spans):
        return np.zeros(at.shape, dtype=np.int64)
    lengths = spans[:, 1] - spans[:, 0]
    before = np.concatenate(([0], np.cumsum(lengths)))
    place = np.searchsorted(spans[:, 0], at, side="right")
    last = np.maximum(place - 1, 0)
    within = np.clip(at - spans[last, 0], 0, lengths[last])
    return np.asarray(np.where(place > 0, before[last] + within, 0), dtype=np.int64)


def _never(calendar: WorkCalendar) -> CalendarError:
    return _problem(
        calendar,
        "calendar.never-open",
        ("这个日历从不上班", "this calendar never works"),
        ("请至少给一天安排工作时段", "give at least one day working hours"),
    )


def _problem(calendar: WorkCalendar, code: str, what: tuple[str, str], remedy: tuple[str, str]) -> CalendarError:
    return CalendarError(Problem(f"calendar {calendar.name}", Text(*what), Text(*remedy), code))
