"""Joining transitions: small tables a process owner can check by hand, and the reference log."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from zaizao.eventlog import MISSING_TIME, EventLog, activities, from_columns, read

LOGS = Path(__file__).parents[2] / ".." / "shared" / "logs"
Row = tuple[str, str, int, str | None, str | None]


def log_of(*rows: Row) -> EventLog:
    case, activity, time, resource, lifecycle = (list(column) for column in zip(*rows, strict=True))
    return from_columns(case=case, activity=activity, end=np.array(time), resource=resource, lifecycle=lifecycle)  # type: ignore[arg-type]


def told(log: EventLog) -> list[tuple[str, str | None, int | None, int | None, int]]:
    """(activity, resource, enabled, start, end) of each execution."""
    enabled = log.event_table["enabled"].to_list() if "enabled" in log.event_table.columns else [None] * log.events
    return [
        (
            log.activity_names[log.activity[k]],
            log.resource_names[log.resource[k]] if log.resource[k] >= 0 else None,
            enabled[k],
            None if log.start[k] == MISSING_TIME else int(log.start[k]),
            int(log.end[k]),
        )
        for k in range(log.events)
    ]


def test_schedule_start_and_complete_become_one_execution() -> None:
    log = activities(
        log_of(
            ("1", "审批", 10, None, "schedule"), ("1", "审批", 25, "王", "start"), ("1", "审批", 40, "王", "complete")
        )
    )
    assert told(log) == [("审批", "王", 10, 25, 40)]


def test_what_has_no_partner_stays_honest() -> None:
    log = activities(
        log_of(
            ("1", "A", 5, "x", "COMPLETE"),
            ("1", "B", 10, "x", "START"),
            ("2", "C", 10, None, "SCHEDULE"),
            ("2", "C", 20, "x", "COMPLETE"),
            ("2", "D", 21, None, "SCHEDULE"),
            ("2", "D", 22, None, "WITHDRAW"),
        )
    )
    assert told(log) == [("A", "x", None, None, 5), ("C", "x", 10, None, 20)]
    assert {"log.unfinished-executions", "log.withdrawn"} <= {problem.code for problem in log.findings}


def test_interleaved_executions_pair_first_in_first_out_but_by_resource() -> None:
    log = activities(
        log_of(
            ("1", "A", 1, "x", "start"),
            ("1", "A", 2, "y", "start"),
            ("1", "A", 3, "y", "complete"),
            ("1", "A", 4, None, "complete"),
            ("2", "A", 1, "x", "start"),
            ("2", "A", 2, "x", "start"),
            ("2", "A", 3, "x", "complete"),
            ("2", "A", 9, "x", "complete"),
        )
    )
    assert told(log) == [
        ("A", "y", None, 2, 3),
        ("A", "x", None, 1, 4),
        ("A", "x", None, 1, 3),
        ("A", "x", None, 2, 9),
    ]


def test_suspension_is_summed_and_an_open_one_ends_with_the_execution() -> None:
    log = activities(
        log_of(
            ("1", "A", 0, "x", "start"),
            ("1", "A", 10, "x", "suspend"),
            ("1", "A", 15, "x", "resume"),
            ("1", "A", 20, "x", "suspend"),
            ("1", "A", 30, "x", "complete"),
        )
    )
    assert log.event_table["suspended"].to_list() == [15]


def test_a_log_of_completions_is_returned_as_it_is() -> None:
    log = log_of(("1", "A", 5, "x", "complete"), ("1", "B", 6, "x", None))
    assert activities(log) is log
    joined = activities(log_of(("1", "A", 1, "x", "start"), ("1", "A", 5, "x", "complete")))
    assert activities(joined) is joined


@pytest.mark.skipif(not LOGS.exists(), reason="the shared event logs are not on this machine")
def test_every_start_of_the_reference_log_but_three_finds_its_completion() -> None:
    log = activities(read(LOGS / "BPIC12.xes.gz"))
    work = np.array([name.startswith("W_") for name in log.activity_names])[log.activity]
    known = log.start != MISSING_TIME
    assert int(known.sum()) == 71_373 and not known[~work].any()
    assert (log.start[known] <= log.end[known]).all()
    assert (np.diff(log.offsets) > 0).all() and (np.diff(log.end)[log.case[1:] == log.case[:-1]] >= 0).all()
