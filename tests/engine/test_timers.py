"""Timers: ISO 8601 and cron as the standard and the clock on the wall say."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from engine.driving import SECOND, Bench
from engine.sketch import after, catch, model
from zaizao.bpmn import HumanWork, Task, TaskKind
from zaizao.engine import EngineError
from zaizao.engine.timers import FOREVER, Duration, duration, instant, micros, moment_of, next_of, on_cycle, on_duration

BERLIN = ZoneInfo("Europe/Berlin")
SHANGHAI = ZoneInfo("Asia/Shanghai")


def at(text: str) -> int:
    return micros(datetime.fromisoformat(text))


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("PT5S", Duration(0, 0, 5 * SECOND)),
        ("P1Y2M3DT4H5M6.5S", Duration(14, 3, (4 * 3600 + 5 * 60) * SECOND + 6_500_000)),
        ("P2W", Duration(0, 14, 0)),
        ("-PT1M", Duration(0, 0, -60 * SECOND)),
    ],
)
def test_durations_are_read(text: str, length: Duration) -> None:
    assert duration(text) == length


@pytest.mark.parametrize("text", ["", "P", "PT", "5S", "P1H", "PT5", "P1DT", "PT1S ", "R3/PT5S"])
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(EngineError):
        duration(text)


def test_a_day_across_a_change_of_clocks_keeps_its_hour_and_hours_are_exact() -> None:
    before = at("2026-03-28T09:00:00+01:00")
    assert on_duration("P1D", before, BERLIN).at == at("2026-03-29T09:00:00+02:00")
    assert on_duration("PT24H", before, BERLIN).at == at("2026-03-29T10:00:00+02:00")
    assert on_duration("P1M", at("2026-01-31T09:00:00+08:00"), SHANGHAI).at == at("2026-02-28T09:00:00+08:00")


def test_dates_without_offset_are_read_on_the_banks_clock() -> None:
    assert instant("2026-10-01T09:00:00", SHANGHAI) == at("2026-10-01T01:00:00+00:00")
    assert instant("2026-10-01T09:00:00@Europe/Berlin", SHANGHAI) == at("2026-10-01T07:00:00+00:00")
    assert instant("2026-10-01", SHANGHAI) == at("2026-09-30T16:00:00+00:00")


def test_cycles_count_down_and_go_on_from_the_scheduled_time() -> None:
    now = at("2026-01-01T00:00:00+00:00")
    assert on_cycle("R0/PT5S", now, UTC) is None
    first = on_cycle("R2/PT5S", now, UTC)
    assert first == (now + 5 * SECOND, 1, "R2/PT5S")
    endless = on_cycle("R/2026-02-01T00:00:00Z/P1M", now, UTC)
    assert endless is not None and endless.remaining == FOREVER and endless.at == at("2026-02-01T00:00:00+00:00")
    assert next_of(endless.cycle, endless.at, UTC) == at("2026-03-01T00:00:00+00:00")
    with pytest.raises(EngineError):
        next_of("R/PT0S", now, UTC)


@pytest.mark.parametrize(
    ("line", "following"),
    [
        ("0 30 9 * * MON-FRI", "2026-01-05T09:30:00+08:00"),
        ("0 0/20 * * * *", "2026-01-03T00:20:00+08:00"),
        ("0 0 0 1 * *", "2026-02-01T00:00:00+08:00"),
        ("0 0 12 29 FEB ?", "2028-02-29T12:00:00+08:00"),
        ("@daily", "2026-01-04T00:00:00+08:00"),
        ("5,10 0 0 * * SUN", "2026-01-04T00:00:05+08:00"),
    ],
)
def test_cron_lines_are_read_on_the_banks_clock(line: str, following: str) -> None:
    assert next_of(line, at("2026-01-03T00:00:00+08:00"), SHANGHAI) == at(following)


def test_an_hour_that_the_clocks_skip_does_not_fire() -> None:
    first = next_of("0 30 2 * * *", at("2026-03-28T03:00:00+01:00"), BERLIN)
    assert first is not None and moment_of(first, BERLIN).isoformat() == "2026-03-30T02:30:00+02:00"


@pytest.mark.parametrize("line", ["* * * *", "61 * * * * *", "0 0 0 * * FOO", "0 0 0 10-5 * *", "*/0 * * * * *"])
def test_what_is_no_cron_line_is_refused(line: str) -> None:
    with pytest.raises(EngineError):
        next_of(line, 0, UTC)


def test_a_timer_and_a_due_date_on_the_banks_calendar_count_working_hours() -> None:
    office = {"calendar": "office-cn"}
    human = Task(id="uu", kind=TaskKind.USER, human=HumanWork(due='"PT8H"'), properties=office)
    bench = Bench(model("s -> p -> t -> e\np -> uu -> e2", catch("t", after("PT2H"), properties=office), human))
    bench.clock.advance_to(at("2026-09-30T17:00:00+08:00"))  # half an hour before the National Day holidays
    bench.engine.create("p")
    assert bench.engine.next_due() == at("2026-10-08T10:30:00+08:00")
    (row,) = bench.engine.tasks()
    assert row.due == at("2026-10-08T17:30:00+08:00")
