"""People, queues, bottlenecks, batches, the spectrum and working hours, on logs drawn by hand and in bulk."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings, strategies as st
from lxml import etree

from mining.drawn import MINUTE, SHARED, timed, traces
from zaizao.calendars import Holidays, intervals, office
from zaizao.eventlog import EventLog, activities, from_columns, read
from zaizao.mining import (
    BatchKind,
    MiningError,
    batches,
    bottlenecks,
    enablement,
    people,
    processing_times,
    queues,
    spectrum,
    spectrum_svg,
    working_hours,
)

HOUR = 60 * MINUTE


def test_roles_group_who_does_the_same_and_missing_people_are_counted() -> None:
    teller, officer = "aab" * 4, "ddc" * 4
    log = traces(
        teller, teller, officer, officer, "zz", "ad",
        resources=[["t1"] * 12, ["t2"] * 12, ["o1"] * 12, ["o2"] * 12, [None, None], ["t1", "o1"]],
    )  # fmt: skip
    found = people(log)
    assert sorted(role.members for role in found.roles) == [("o1", "o2"), ("t1", "t2")]
    assert found.unknown == 2
    assert found.roles[0].work[0][1] == pytest.approx(17 / 25)
    first = {one.name: one for one in found.specialists}["t2"]
    assert (first.main, first.activities, first.share) == ("a", 2, pytest.approx(2 / 3))
    (pair,) = found.pairs
    assert ({pair.one, pair.other}, pair.cases, pair.share) == ({"t1", "o1"}, 1, pytest.approx(1 / 3))
    assert pair.lift == pytest.approx(1 * 6 / (2 * 2))


def test_a_log_without_people_has_no_organisation() -> None:
    found = people(traces("ab", "ac"))
    assert (found.roles, found.specialists, found.pairs, found.unknown) == ((), (), (), 4)


def test_queues_are_integrals_and_peaks_of_what_waits() -> None:
    log = timed([
        ("1", "a", 0, 10, "x"), ("1", "b", 30, 40, "y"),
        ("2", "a", 10, 20, "x"), ("2", "b", 40, 60, "y"),
        ("3", "a", 20, 30, "x"), ("3", "b", 60, 70, "y"),
    ])  # fmt: skip
    found = queues(log, every=HOUR)
    b = log.activity_names.index("b")
    # b waits 10-30, 20-40, 30-60; works 30-70.
    assert found.waiting[0, b] == pytest.approx((20 + 20 + 30) / 60)
    assert found.longest[0, b] == 2
    assert found.working[:, b].tolist() == pytest.approx([30 / 60, 10 / 60])
    assert found.arrivals[:, b].tolist() == [3, 0] and found.starts[:, b].tolist() == [2, 1]


rows = st.lists(
    st.tuples(st.sampled_from("123456"), st.sampled_from("abc"), st.integers(0, 900), st.integers(0, 120)),
    min_size=1, max_size=30,
)  # fmt: skip


@settings(max_examples=40, deadline=None)
@given(rows, st.sampled_from([7, 60, 1000]))
def test_queues_summed_over_time_are_the_waiting_and_the_work(
    drawn: list[tuple[str, str, int, int]], minutes: int
) -> None:
    log = timed([(case, name, start, start + length, "x") for case, name, start, length in drawn])
    found = queues(log, every=minutes * MINUTE)
    waited = enablement(log).waiting(log)
    assert found.waiting.sum() * minutes * MINUTE == pytest.approx(waited[waited > 0].sum())
    assert found.working.sum() * minutes * MINUTE == pytest.approx((log.end - log.start).sum())
    assert (found.longest >= np.floor(found.waiting - 1e-9)).all()


def test_processing_is_told_by_resource_and_by_case_type() -> None:
    log = timed([
        ("1", "a", 0, 10, "x"), ("1", "b", 10, 30, "y"), ("2", "a", 0, 40, "y"), ("2", "b", 40, 60, None),
        ("3", "a", 0, 20, "x"), ("4", "b", None, 20, "x"),
    ])  # fmt: skip
    found = processing_times(log)
    table = dict(zip(zip(found.activity, found.level, strict=True), found.times.median.tolist(), strict=True))
    assert table == {("a", "x"): 15 * 60, ("a", "y"): 40 * 60, ("b", "y"): 20 * 60}
    assert dict(zip(found.activity, found.compared.tolist(), strict=True))["a"] in (40 / 15, 15 / 40)
    kinds = replace(log, case_table=pl.DataFrame({"kind": ["car", "home", None, "car"]}))
    by_kind = processing_times(kinds, by="kind")
    assert set(zip(by_kind.activity, by_kind.level, strict=True)) == {
        ("a", "car"),
        ("a", "home"),
        ("b", "car"),
        ("b", "home"),
    }
    with pytest.raises(MiningError, match="no such attribute"):
        processing_times(kinds, by="colour")


def test_the_bottleneck_moves_from_week_to_week() -> None:
    week = 7 * 1440
    log = timed([
        ("1", "a", 0, 10, "x"), ("1", "b", 500, 510, "y"), ("1", "c", 520, 530, "z"),
        ("2", "a", week, week + 10, "x"), ("2", "b", week + 20, week + 30, "y"), ("2", "c", week + 900, week + 930, "z"),
    ])  # fmt: skip
    found = bottlenecks(log)
    assert [one.activity for one in found] == ["b", "c"]
    assert found[0].waited == 490 * 60 and found[0].share == pytest.approx(490 / 500)


def test_batches_are_told_apart_by_how_they_are_done() -> None:
    line = []
    for k in range(3):
        line += [(f"p{k}", "a", k * 10, k * 10 + 5, "x"), (f"p{k}", "b", 100, 120, "y")]
        line += [(f"q{k}", "a", 200 + k * 10, 205 + k * 10, "x"), (f"q{k}", "c", 300 + k * 10, 310 + k * 10, "y")]
        line += [(f"r{k}", "a", 400 + k * 10, 405 + k * 10, "x"), (f"r{k}", "d", 500 + k * 5, 510 + k * 5, "y")]
    line += [("s", "a", 700, 705, "x"), ("s", "e", 800, 810, "y")]
    found = {batch.activity: batch for batch in batches(timed(line)) if batch.resource == "y"}
    assert {name: batch.kind for name, batch in found.items()} == {
        "b": BatchKind.AT_ONCE, "c": BatchKind.IN_A_ROW, "d": BatchKind.OVERLAPPING,
    }  # fmt: skip
    assert found["b"].waited == (20 + 10) * 60 and len(found["b"].rows) == 3


def test_the_spectrum_has_every_passage_and_its_drawing_is_well_formed() -> None:
    found = spectrum(traces(*["abc"] * 8, "ac"))
    assert [(one.source, one.target, len(one.left)) for one in found] == [("a", "b", 8), ("b", "c", 8), ("a", "c", 1)]
    root = etree.fromstring(spectrum_svg(found).encode())
    assert "".join(root.itertext()).count("a") >= 2
    assert [one.target for one in spectrum(traces("abc"), only=[("b", "c"), ("x", "y")])] == ["c"]


def year(holidays: Holidays, closed: tuple[date, ...] = ()) -> EventLog:
    """A year of office work in Shanghai, some forty events a working day."""
    draw = np.random.default_rng(2)
    calendar = office(holidays=holidays)
    since = 1_704_067_200_000_000 - 8 * 3_600_000_000
    spans = intervals(calendar, since, since + 366 * 86_400_000_000)
    times = np.concatenate([draw.integers(low, high, 20) for low, high in spans.tolist()])
    days = (times + 8 * 3_600_000_000) // 86_400_000_000
    times = times[~np.isin(days, [(day - date(1970, 1, 1)).days for day in closed])]
    who = [f"p{k % 4}" for k in range(len(times))]
    names = [f"c{k}" for k in range(len(times))]
    return from_columns(case=names, activity=["a"] * len(times), start=times, end=times + MINUTE, resource=who)


def test_the_official_holidays_are_recognised() -> None:
    found = working_hours(year(Holidays.CN))
    assert found.official == Holidays.CN
    assert {date(2024, 2, 12), date(2024, 5, 1), date(2024, 10, 1)} <= set(found.holidays)
    assert all(calendar.holidays == Holidays.CN for calendar in found.calendars.values())
    assert set(found.calendars) == {"p0", "p1", "p2", "p3"}


def test_days_that_a_bank_was_closed_are_found_and_are_not_taken_for_the_official_ones() -> None:
    closed = (date(2024, 3, 5), date(2024, 7, 9), date(2024, 7, 10), date(2024, 7, 11))
    found = working_hours(year(Holidays.NONE, closed))
    assert found.holidays == closed and found.official == Holidays.NONE


def test_real_logs_without_resources_or_starts_do_not_break_it() -> None:
    path = SHARED / "logs" / "running-example.xes"
    if not path.exists():
        pytest.skip("this test reads ../shared/logs, which is absent here")
    log = activities(read(path))
    assert people(log).unknown == int((log.resource < 0).sum())
    assert bottlenecks(log) == [] and batches(log) == []
    assert queues(log).waiting.sum() == 0.0
    assert working_hours(log).official == Holidays.NONE
