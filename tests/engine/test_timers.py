"""Timers: ISO 8601 and cron as the standard and the clock on the wall say."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from engine.driving import SECOND, Bench
from engine.sketch import after, boundary, catch, every, model, start
from zaizao.bpmn import HumanWork, Task, TaskKind
from zaizao.engine import EngineError
from zaizao.engine.runtime import bank_calendars
from zaizao.engine.timers import (
    FOREVER,
    Duration,
    duration,
    instant,
    micros,
    moment_of,
    next_of,
    on_cycle,
    on_date,
    on_duration,
)

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


def test_on_a_calendar_days_are_working_days_dates_move_on_and_cron_lines_wait_for_working_time() -> None:
    office = bank_calendars("Asia/Shanghai")["office-cn"]
    eve = at("2026-09-30T10:00:00+08:00")
    assert on_duration("P2D", eve, SHANGHAI, office).at == at("2026-10-09T10:00:00+08:00")  # 8 and 9 October
    assert on_duration("P1DT4H", eve, SHANGHAI, office).at == at("2026-10-08T15:00:00+08:00")
    assert on_date("2026-10-03T09:30:00", SHANGHAI, office).at == at("2026-10-08T09:00:00+08:00")
    assert on_date("2026-09-30T09:30:00", SHANGHAI, office).at == at("2026-09-30T09:30:00+08:00")
    first = on_cycle("R2/P1D", eve, SHANGHAI, office)
    assert first is not None and first.at == at("2026-10-08T10:00:00+08:00")
    assert next_of(first.cycle, first.at, SHANGHAI, office) == at("2026-10-09T10:00:00+08:00")
    assert next_of("0 30 9 * * *", eve, SHANGHAI, office) == at("2026-10-08T09:30:00+08:00")
    assert on_cycle("R0/P1D", eve, SHANGHAI, office) is None


def test_a_cycle_on_a_calendar_is_rearmed_on_it() -> None:
    start_every = start("s", every("R2/P1D"), properties={"calendar": "office-cn"})
    bench = Bench(model("s -> aa -> e", start_every), until=at("2026-09-30T10:00:00+08:00"))
    dues = []
    while (due := bench.engine.next_due()) is not None:
        dues.append(due)
        bench.clock.advance_to(due)
        bench.engine.tick()
        bench.work()
    assert dues == [at("2026-10-08T10:00:00+08:00"), at("2026-10-09T10:00:00+08:00")] and bench.done == ["aa", "aa"]


def test_an_hour_that_comes_twice_fires_once_and_a_day_across_it_keeps_its_hour() -> None:
    first = next_of("0 30 2 * * *", at("2026-10-25T00:00:00+02:00"), BERLIN)
    assert first == at("2026-10-25T02:30:00+02:00")
    assert next_of("0 30 2 * * *", first, BERLIN) == at("2026-10-26T02:30:00+01:00")
    assert next_of("R/P1D", first, BERLIN) == at("2026-10-26T02:30:00+01:00")
    assert next_of("R/PT24H", first, BERLIN) == at("2026-10-26T01:30:00+01:00")


def test_what_fell_due_while_nobody_looked_fires_late_each_firing_once() -> None:
    bench = Bench(
        model(
            "s -> t -> aa -> e\nb -> late -> e2",
            catch("t", after("PT5S")),
            boundary("b", "aa", every("R3/PT10S"), interrupting=False),
        )
    )
    case = bench.engine.create("p")
    bench.clock.advance(60 * SECOND)
    bench.engine.tick()
    assert bench.jobs() == ["aa"]  # late, not never; the cycle is reckoned from when its host began
    bench.clock.advance(300 * SECOND)
    while bench.engine.tick():
        pass
    assert sorted(bench.jobs()) == ["aa", "late", "late", "late"] and bench.engine.next_due() is None
    bench.work()
    assert bench.state(case) == "completed"
    bench = Bench(model("s -> aa -> e\nb -> late -> e2", boundary("b", "aa", every("R0/PT1S"), interrupting=False)))
    bench.engine.create("p")
    assert bench.engine.next_due() is None
