"""Working time by hand: weeks, holidays, exchanged working days, daylight saving."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from zaizao.calendars import (
    CalendarError,
    Holidays,
    WorkCalendar,
    advance,
    always,
    discover,
    intervals,
    next_open,
    office,
    working,
)

HOUR = 3_600_000_000
SHANGHAI = office(holidays=Holidays.CN)


def at(text: str, zone: str = "Asia/Shanghai") -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp()) * 1_000_000


def shown(us: int, zone: str = "Asia/Shanghai") -> str:
    return datetime.fromtimestamp(us / 1e6, UTC).astimezone(ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M")


def test_an_office_day_has_seven_and_a_half_hours() -> None:
    assert working(SHANGHAI, at("2024-03-04 00:00"), at("2024-03-05 00:00")) == 7.5 * HOUR
    spans = intervals(SHANGHAI, at("2024-03-04 10:00"), at("2024-03-04 14:00"))
    assert [(shown(int(start)), shown(int(end))) for start, end in spans] == [
        ("2024-03-04 10:00", "2024-03-04 12:00"),
        ("2024-03-04 13:00", "2024-03-04 14:00"),
    ]


def test_the_spring_festival_of_2024_is_free_and_its_exchange_days_are_not() -> None:
    assert working(SHANGHAI, at("2024-02-10 00:00"), at("2024-02-18 00:00")) == 0
    assert working(SHANGHAI, at("2024-02-04 00:00"), at("2024-02-05 00:00")) == 7.5 * HOUR  # a Sunday, exchanged
    assert shown(next_open(SHANGHAI, at("2024-02-09 17:30"))) == "2024-02-18 09:00"  # also a Sunday, exchanged
    assert shown(advance(SHANGHAI, at("2024-02-09 16:30"), 2 * HOUR)) == "2024-02-18 10:00"


def test_a_shift_that_works_weekends_still_rests_on_a_festival() -> None:
    shift = WorkCalendar("branch", (((480, 960),),) * 7, holidays=Holidays.CN)
    assert working(shift, at("2024-03-02 00:00"), at("2024-03-03 00:00")) == 8 * HOUR
    assert working(shift, at("2024-02-11 00:00"), at("2024-02-12 00:00")) == 0


def test_an_unknown_holiday_year_fails_closed_but_only_when_it_is_needed() -> None:
    with pytest.raises(CalendarError, match="holidays of 2003"):
        working(SHANGHAI, at("2003-12-30 00:00"), at("2004-01-05 00:00"))
    with pytest.raises(CalendarError, match="holidays of 2099"):
        next_open(SHANGHAI, at("2099-01-05 09:00"))
    assert shown(advance(SHANGHAI, at("2025-12-31 09:00"), HOUR)) == "2025-12-31 10:00"


def test_a_clock_hour_that_is_skipped_does_not_exist_and_one_that_repeats_counts_twice() -> None:
    night = WorkCalendar("night", (((0, 360),),) * 7, "Europe/Berlin")
    zone = "Europe/Berlin"
    assert working(night, at("2024-03-31 00:00", zone), at("2024-03-31 12:00", zone)) == 5 * HOUR
    assert working(night, at("2024-10-27 00:00", zone), at("2024-10-27 12:00", zone)) == 7 * HOUR
    half = WorkCalendar("half", (((0, 150),),) * 7, "Europe/Berlin")  # until 02:30, which comes twice in October
    assert working(half, at("2024-10-27 00:00", zone), at("2024-10-27 12:00", zone)) == 3 * HOUR
    assert working(half, at("2024-03-31 00:00", zone), at("2024-03-31 12:00", zone)) == 2 * HOUR


def test_round_the_clock_counts_real_time_and_advances_by_it() -> None:
    calendar = always(zone="Europe/Berlin")
    start = at("2024-03-30 12:00", "Europe/Berlin")
    assert working(calendar, start, start + 400 * 24 * HOUR) == 400 * 24 * HOUR
    assert advance(calendar, start, 400 * 24 * HOUR) == start + 400 * 24 * HOUR
    assert len(intervals(calendar, start, start + 400 * 24 * HOUR)) == 1


def test_arrays_are_reckoned_elementwise() -> None:
    starts = np.array([at("2024-03-04 09:00"), at("2024-03-04 11:00"), at("2024-03-05 09:00")])
    ends = np.array([at("2024-03-04 10:00"), at("2024-03-04 14:00"), at("2024-03-04 09:00")])
    assert working(SHANGHAI, starts, ends).tolist() == [HOUR, 2 * HOUR, -int(7.5 * HOUR)]
    assert working(SHANGHAI, np.array([], dtype=np.int64), np.array([], dtype=np.int64)).tolist() == []


def test_a_calendar_that_never_works_says_so() -> None:
    never = WorkCalendar("never", ((),) * 7)
    for ask in (lambda: next_open(never, 0), lambda: advance(never, 0, 1)):
        with pytest.raises(CalendarError, match="never works"):
            ask()
    assert working(never, 0, 10**15) == 0


def test_discovery_finds_the_week_that_generated_the_activity() -> None:
    random = np.random.default_rng(7)
    spans = intervals(office(), at("2024-03-04 00:00"), at("2024-06-03 00:00"))
    times = np.concatenate([random.integers(start, end, 12) for start, end in spans])
    found = discover(times, "Asia/Shanghai", granule=30)
    assert found is not None and found.week == office().week
    noisy = np.append(times, random.integers(times.min(), times.max(), len(times) // 50))
    again = discover(noisy, "Asia/Shanghai", granule=30)
    assert again is not None and again.week == office().week


def test_discovery_asks_for_enough_activity() -> None:
    assert discover(np.arange(10, dtype=np.int64) * HOUR, "Asia/Shanghai") is None
    with pytest.raises(CalendarError, match="does not know this zone"):
        discover(np.arange(10, dtype=np.int64), "Mars/Base")
