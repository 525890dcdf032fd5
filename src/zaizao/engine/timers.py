"""When timers fire: ISO 8601 dates, durations, repeating intervals, and cron lines.

Rule kept: a cycle's next firing is reckoned from the scheduled time, never from the time it really fired, so that a
late engine does not drift; years, months and days are added on the wall clock of ``zone`` (a day across a change of
clocks keeps its hour), hours and below exactly. Where the model names a working calendar, hours and below are working
hours, days are working days, a date (also after months) that falls into idle time moves to the next working time, and
a cron line fires in working time only. ``R0`` never fires. All times are µs UTC. BPMN 2.0.2 section 10.5.5, ISO 8601-1:2019 sections 5.5 and 5.6.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import NamedTuple
from zoneinfo import ZoneInfo

from zaizao.calendars import CalendarError, WorkCalendar, advance, is_open, next_open, working
from zaizao.engine.errors import EngineError, problem

FOREVER = -1
"""Repetitions without end."""

_SECOND = 1_000_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DURATION = re.compile(
    r"(-)?P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?"
    r"(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)(?:[.,](\d{1,9}))?S)?)?",
    re.ASCII,
)
_REPEAT = re.compile(r"R(\d*)/(.+)", re.ASCII)


class Due(NamedTuple):
    """First firing in µs, how often it fires after that (``FOREVER``), and the cycle's text."""

    at: int
    remaining: int = 0
    cycle: str = ""


class Duration(NamedTuple):
    """A length of time: months and days go by the calendar, ``micros`` exactly."""

    months: int
    days: int
    micros: int


def bad(text: str) -> EngineError:
    """The error of a text that is no time."""
    return EngineError(problem("timer", f"无法理解的时间 {text!r}", f"no ISO 8601 time in {text!r}", "bad-timer"))


def duration(text: str) -> Duration:
    """Parse ``PnYnMnWnDTnHnMnS``; raises ``EngineError``."""
    match = _DURATION.fullmatch(text)
    if match is None or not any(match.groups()[1:]) or text.endswith("T"):
        raise bad(text)
    sign = -1 if match[1] else 1
    years, months, weeks, days, hours, minutes, seconds = (int(part or 0) for part in match.groups()[1:8])
    fraction = int((match[9] or "0").ljust(9, "0")[:6])
    micros = ((hours * 60 + minutes) * 60 + seconds) * _SECOND + fraction
    return Duration(sign * (years * 12 + months), sign * (weeks * 7 + days), sign * micros)


def instant(text: str, zone: tzinfo) -> int:
    """Parse a date or date-time (FEEL's ``@zone`` suffix allowed); without offset it is read in ``zone``."""
    body, _, name = text.partition("@")
    try:
        moment = datetime.fromisoformat(body)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=ZoneInfo(name) if name else zone)
        return micros(moment)
    except (ValueError, KeyError, OverflowError) as error:
        raise bad(text) from error


def micros(moment: datetime) -> int:
    """µs since the epoch of an aware ``moment``."""
    return (moment - _EPOCH) // timedelta(microseconds=1)


def moment_of(at: int, zone: tzinfo = UTC) -> datetime:
    """The aware date-time at ``at`` µs."""
    return (_EPOCH + timedelta(microseconds=at)).astimezone(zone)


def after(at: int, length: Duration, zone: tzinfo) -> int:
    """``at`` plus ``length``, its calendar part on the wall clock of ``zone``."""
    if length.months or length.days:
        local = moment_of(at, zone)
        day = _shifted(local.date(), length)
        at = micros(datetime.combine(day, local.timetz().replace(tzinfo=None), tzinfo=zone))
    return at + length.micros


def _shifted(day: date, length: Duration) -> date:
    month = day.year * 12 + day.month - 1 + length.months
    first = date(month // 12, month % 12 + 1, 1)
    following = date((month + 1) // 12, (month + 1) % 12 + 1, 1)
    last = (following - timedelta(days=1)).day
    return first.replace(day=min(day.day, last)) + timedelta(days=length.days)


def on_date(text: str, zone: tzinfo, calendar: WorkCalendar | None = None) -> Due:
    """A timer that fires once at a date; on a ``calendar`` not before the next working time."""
    return Due(_opened(instant(text, zone), calendar))


def on_duration(text: str, now: int, zone: tzinfo, calendar: WorkCalendar | None = None) -> Due:
    """A timer that fires once after a duration; on a working ``calendar`` it counts working time only."""
    return Due(later(now, duration(text), zone, calendar))


def later(at: int, length: Duration, zone: tzinfo, calendar: WorkCalendar | None) -> int:
    """``at`` plus ``length``; on a ``calendar`` its days are working days and its hours working hours."""
    if calendar is None:
        return after(at, length, zone)
    try:
        at = _opened(after(at, Duration(length.months, 0, 0), zone), calendar) if length.months else at
        left = length.days
        while left > 0:
            at = after(at, Duration(0, 1, 0), zone)
            left -= works_on(calendar, at, zone)
        return advance(calendar, at, length.micros) if length.micros else _opened(at, calendar)
    except CalendarError as error:
        raise EngineError(error.problems) from error


def works_on(calendar: WorkCalendar, at: int, zone: tzinfo) -> bool:
    """Whether the day of ``at`` has working time."""
    midnight = moment_of(at, zone).replace(hour=0, minute=0, second=0, microsecond=0)
    return bool(working(calendar, micros(midnight), micros(midnight + timedelta(days=1))))


def _opened(at: int, calendar: WorkCalendar | None) -> int:
    """``at``, or the next working time after it."""
    try:
        return at if calendar is None or is_open(calendar, at) else next_open(calendar, at)
    except CalendarError as error:
        raise EngineError(error.problems) from error


def on_cycle(text: str, now: int, zone: tzinfo, calendar: WorkCalendar | None = None) -> Due | None:
    """A repeating timer, or ``None`` when it never fires."""
    match = _REPEAT.fullmatch(text)
    if match is None:
        following = next_of(text, now, zone, calendar)
        return None if following is None else Due(following, FOREVER, text)
    times = int(match[1]) if match[1] else FOREVER
    if times == 0:
        return None
    parts = match[2].split("/")
    left = FOREVER if times == FOREVER else times - 1
    if len(parts) == 1:
        return Due(later(now, duration(parts[0]), zone, calendar), left, text)
    if len(parts) != 2:
        raise bad(text)
    if parts[0].startswith("P"):  # a length and the end: the first firing is one length before it
        length, end = duration(parts[0]), instant(parts[1], zone)
        first = after(end, Duration(-length.months, -length.days, -length.micros), zone)
        return Due(_opened(first, calendar), left, text)
    first = _opened(instant(parts[0], zone), calendar)
    duration(parts[1])
    return Due(first, left, text)


def next_of(cycle: str, scheduled: int, zone: tzinfo, calendar: WorkCalendar | None = None) -> int | None:
    """When ``cycle`` fires after it was ``scheduled``; ``None`` when never again."""
    match = _REPEAT.fullmatch(cycle)
    if match is None:
        following = _next_cron(cycle, scheduled, zone)
        while following is not None and calendar is not None and _opened(following, calendar) != following:
            following = _next_cron(cycle, following, zone)
        return following
    parts = match[2].split("/")
    length = next(duration(part) for part in reversed(parts) if part.startswith(("P", "-P")))
    if length.months + length.days + length.micros <= 0:
        raise bad(cycle)
    return later(scheduled, length, zone, calendar)


# --- cron: second minute hour day-of-month month day-of-week -------------------------------------------------------

_MACROS = {
    "@yearly": "0 0 0 1 1 *",
    "@annually": "0 0 0 1 1 *",
    "@monthly": "0 0 0 1 * *",
    "@weekly": "0 0 0 * * 0",
    "@daily": "0 0 0 * * *",
    "@midnight": "0 0 0 * * *",
    "@hourly": "0 0 * * * *",
}
_RANGES = ((0, 59), (0, 59), (0, 23), (1, 31), (1, 12), (0, 7))
_NAMES = {
    4: {
        name: place + 1
        for place, name in enumerate(
            ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"]
        )
    },
    5: {name: place for place, name in enumerate(["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"])},
}


def _field(text: str, place: int) -> frozenset[int]:
    low, high = _RANGES[place]
    values: set[int] = set()
    for part in text.upper().split(","):
        span, _, step = part.partition("/")
        first, _, last = span.partition("-")
        if span in ("*", "?"):
            begin, end = low, high
        else:
            begin = _NAMES.get(place, {}).get(first) if not first.isdigit() else int(first)  # type: ignore[assignment]
            end = begin if not last else _NAMES.get(place, {}).get(last, int(last) if last.isdigit() else -1)
            end = high if step and not last else end
        if begin is None or not low <= begin <= end <= high or (step and (not step.isdigit() or step == "0")):
            raise bad(text)
        values.update(range(begin, end + 1, int(step or 1)))
    return frozenset(value % 7 for value in values) if place == 5 else frozenset(values)


def _next_cron(text: str, at: int, zone: tzinfo) -> int | None:
    fields = _MACROS.get(text, text).split()
    if len(fields) != 6:
        raise bad(text)
    seconds, minutes, hours, days, months, weekdays = (_field(part, place) for place, part in enumerate(fields))
    times = sorted((hour, minute, second) for hour in hours for minute in minutes for second in seconds)
    local = moment_of(at, zone)
    for ahead in range(366 * 8):
        day = local.date() + timedelta(days=ahead)
        if day.month not in months or day.day not in days or (day.weekday() + 1) % 7 not in weekdays:
            continue
        for hour, minute, second in times:
            due = micros(datetime(day.year, day.month, day.day, hour, minute, second, tzinfo=zone))
            if due > at and _exists(due, hour, minute, zone):
                return due
    return None


def _exists(due: int, hour: int, minute: int, zone: tzinfo) -> bool:
    """Whether the wall clock of ``zone`` really shows that time (clocks put forward skip an hour)."""
    shown = moment_of(due, zone)
    return shown.hour == hour and shown.minute == minute
