"""Waiting causes and delays on days drawn by hand; minutes from Monday, 5 January 1970, 00:00 UTC."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from mining.drawn import SHARED, timed
from zaizao.calendars import WorkCalendar, always
from zaizao.eventlog import EventLog, activities, read
from zaizao.mining import Cause, delays, enablement, waiting_causes

MONDAY = 4 * 1440
NINE = MONDAY + 9 * 60


def minutes(log: EventLog, case: str, calendar: WorkCalendar | None = None) -> dict[Cause, float]:
    """Minutes by cause of the last row of ``case``."""
    everyone = dict.fromkeys(log.resource_names, calendar or always(zone="UTC"))
    found = waiting_causes(log, calendars=everyone)
    row = int(log.offsets[log.case_names.index(case) + 1]) - 1
    return {cause: found.rows[row, cause] / 60 for cause in Cause if found.rows[row, cause]}


def test_waiting_behind_older_work_is_contention() -> None:
    log = timed([
        ("1", "a", NINE, NINE + 10, "x"), ("1", "b", NINE + 10, NINE + 60, "y"),
        ("2", "a", NINE + 10, NINE + 20, "x"), ("2", "b", NINE + 60, NINE + 70, "y"),
    ])  # fmt: skip
    assert minutes(log, "2") == {Cause.CONTENTION: 40}


def test_waiting_behind_younger_work_is_prioritisation() -> None:
    log = timed([
        ("1", "a", NINE, NINE + 10, "x"), ("1", "b", NINE + 50, NINE + 60, "y"),
        ("2", "a", NINE + 10, NINE + 20, "x"), ("2", "b", NINE + 20, NINE + 50, "y"),
    ])  # fmt: skip
    assert minutes(log, "1") == {Cause.PRIORITISATION: 30, Cause.OUTSIDE: 10}


def test_waiting_over_night_is_unavailability_and_idle_work_time_is_outside() -> None:
    office = WorkCalendar("office", (((540, 1020),),) * 5 + ((), ()), "UTC")
    log = timed([("1", "a", NINE, NINE + 7 * 60, "x"), ("1", "b", NINE + 1440 + 30, NINE + 1440 + 60, "y")])
    assert minutes(log, "1", office) == {Cause.UNAVAILABILITY: 16 * 60, Cause.OUTSIDE: 60 + 30}


def test_work_done_at_once_waits_for_the_last_of_its_batch() -> None:
    log = timed([
        ("1", "a", NINE, NINE + 10, "x"), ("1", "b", NINE + 90, NINE + 100, "y"),
        ("2", "a", NINE + 10, NINE + 60, "x"), ("2", "b", NINE + 90, NINE + 100, "y"),
    ])  # fmt: skip
    assert minutes(log, "1") == {Cause.BATCHING: 50, Cause.OUTSIDE: 30}
    assert minutes(log, "2") == {Cause.OUTSIDE: 30}


def test_without_a_resource_the_cause_is_unknown() -> None:
    log = timed([("1", "a", NINE, NINE + 10, "x"), ("1", "b", NINE + 30, NINE + 40, None)])
    assert minutes(log, "1") == {Cause.UNKNOWN: 20}


rows = st.lists(
    st.tuples(
        st.sampled_from("12345678"), st.sampled_from("abc"), st.integers(0, 4000), st.integers(0, 300),
        st.sampled_from(["x", "y", None]),
    ),
    min_size=1, max_size=40,
)  # fmt: skip


@settings(max_examples=40, deadline=None)
@given(rows)
def test_the_causes_add_up_to_the_waiting_and_none_is_negative(
    drawn: list[tuple[str, str, int, int, str | None]],
) -> None:
    log = timed([(case, name, start, start + length, who) for case, name, start, length, who in drawn])
    found = waiting_causes(log)
    waiting = enablement(log).waiting(log)
    wanted = np.where(waiting > 0, waiting, 0) / 1e6
    assert (found.rows >= 0).all()
    assert np.allclose(found.rows.sum(axis=1), wanted)
    assert np.isclose(found.seconds.sum(), found.rows.sum())


def test_known_timers_are_found_where_they_are_and_nowhere_else() -> None:
    timers = SHARED / "logs" / "EAD_Loan_Application_3_timers.csv.gz"
    plain = SHARED / "logs" / "Loan_Application_synth_start_end.csv.gz"
    if not timers.exists() or not plain.exists():
        pytest.skip("this test reads ../shared/logs, which is absent here")
    log = activities(read(timers))
    found, rows = delays(log)
    true = log.event_table["extraneous_delay"].cast(float).to_numpy()
    delayed = {log.activity_names[code] for code in np.unique(log.activity[true > 0])}
    assert {delay.activity for delay in found} == delayed
    for delay in found:
        mine = log.activity == log.activity_names.index(delay.activity)
        assert delay.mean == pytest.approx(float(true[mine].mean()), rel=0.02)
        assert delay.least <= delay.mean <= delay.most
        assert np.abs(rows[mine] - true[mine]).mean() < 0.03 * true[mine].mean()
    assert delays(activities(read(plain)))[0] == []
