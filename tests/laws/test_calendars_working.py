"""Laws of working time: the definition, additivity, and advance as the inverse of working."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings, strategies as st

from zaizao.calendars import Holidays, WorkCalendar, advance, intervals, is_open, next_open, working

MINUTE = 60_000_000
FROM, UNTIL = 1_072_915_200_000_000, 1_767_225_600_000_000  # 2004 to 2025: the years of known holidays


@st.composite
def days(draw: st.DrawFn) -> tuple[tuple[int, int], ...]:
    edges = sorted(draw(st.sets(st.integers(0, 1440), max_size=6)))
    return tuple(zip(edges[0::2], edges[1::2], strict=False))


weeks = st.tuples(*[days()] * 7).filter(lambda week: any(week[:5]))
zones = st.sampled_from(["Asia/Shanghai", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu"])
calendars = st.builds(WorkCalendar, st.just("any"), weeks, zones, st.sampled_from(list(Holidays)))
instants = st.integers(FROM + 10**14, UNTIL - 10**14)


@settings(max_examples=60, deadline=None)
@given(calendars, instants, st.integers(0, 30 * 24 * 60), st.randoms(use_true_random=False))
def test_an_instant_lies_in_the_intervals_exactly_if_the_clock_shows_a_working_minute(
    calendar: WorkCalendar, start: int, minutes: int, random: object
) -> None:
    until = start + minutes * MINUTE
    spans = intervals(calendar, start, until)
    assert (spans[:, 0] < spans[:, 1]).all() and (spans[1:, 0] > spans[:-1, 1]).all()
    for at in np.linspace(start, max(until - 1, start), 50).astype(np.int64).tolist():
        inside = bool(((spans[:, 0] <= at) & (at < spans[:, 1])).any())
        assert inside == (is_open(calendar, at) and at < until)
    assert working(calendar, start, until) == int((spans[:, 1] - spans[:, 0]).sum())


@settings(max_examples=60, deadline=None)
@given(calendars, instants, st.integers(0, 10**13), st.integers(0, 10**13))
def test_working_time_adds_up(calendar: WorkCalendar, start: int, first: int, second: int) -> None:
    middle, end = start + first, start + first + second
    assert working(calendar, start, middle) + working(calendar, middle, end) == working(calendar, start, end)
    assert working(calendar, end, start) == -working(calendar, start, end)


@settings(max_examples=60, deadline=None)
@given(calendars, instants, st.integers(1, 40 * 60 * MINUTE))
def test_advancing_does_exactly_the_work_and_not_a_moment_later(calendar: WorkCalendar, start: int, work: int) -> None:
    end = advance(calendar, start, work)
    assert working(calendar, start, end) == work
    assert working(calendar, start, end - 1) == work - 1
    opening = next_open(calendar, start)
    assert is_open(calendar, opening) and working(calendar, start, opening) == 0
