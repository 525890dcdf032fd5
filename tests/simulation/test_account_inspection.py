"""The bank's figures for account inspection come out of a scenario file by simulation, with robots and without."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from zaizao.bpmn import Event, EventPosition, Gateway, Process, SequenceFlow, Task
from zaizao.eventlog import EventLog
from zaizao.simulation import Resource, Role, Scenario, read_scenario, scaled, simulate

FILE = Path(__file__).parents[2] / "bench" / "simulation" / "account-inspection.toml"
ACCOUNTS = 52_165
DAY = 86_400_000_000
TASKS = {"compare": "compare with registry and central bank", "mark": "mark as inspected", "stop": "stop payments",
         "verify": "verify at the branch"}  # fmt: skip
FLOWS = (
    ("in", "start", "compare"), ("out", "compare", "outcome"), ("equal", "outcome", "mark"),
    ("abnormal", "outcome", "stop"), ("differing", "outcome", "verify"), ("1", "mark", "end"), ("2", "stop", "end"),
    ("3", "verify", "end"),
)  # fmt: skip


def model() -> Process:
    nodes = (
        Event(id="start", position=EventPosition.START),
        *(Task(id=key, name=name) for key, name in TASKS.items()),
        Gateway(id="outcome"),
        Event(id="end", position=EventPosition.END),
    )
    return Process(
        id="inspection", nodes=nodes, flows=tuple(SequenceFlow(id=i, source=a, target=b) for i, a, b in FLOWS)
    )


@pytest.fixture(scope="module")
def scenario() -> Scenario:
    return read_scenario(FILE)


@pytest.fixture(scope="module")
def log(scenario: Scenario) -> EventLog:
    return simulate(model(), scenario, cases=ACCOUNTS, seed=1)


def done(log: EventLog, task: str) -> np.ndarray:
    return log.activity == log.activity_names.index(TASKS[task])


def test_every_account_is_compared_and_the_outcomes_are_the_bank_s(log: EventLog) -> None:
    counts = {task: int(done(log, task).sum()) for task in TASKS}
    assert counts["compare"] == ACCOUNTS == counts["mark"] + counts["stop"] + counts["verify"]
    for task, seen in (("mark", 35_192), ("stop", 818), ("verify", 16_155)):
        share = seen / ACCOUNTS
        assert abs(counts[task] - seen) < 4 * np.sqrt(ACCOUNTS * share * (1 - share)), task


def test_nineteen_robots_need_seven_days_at_two_and_a_half_minutes(log: EventLog, scenario: Scenario) -> None:
    rows = done(log, "compare")
    first = log.start[rows].min()
    days = (log.end[rows].max() - scenario.start) / DAY
    assert 6.5 < days <= 7.0
    active = np.unique((log.end[rows] - scenario.start) // DAY)
    assert len(active) == 7
    assert (log.end[rows] - log.start[rows]).astype(float).min() > 0
    spans = (log.end[rows] - log.start[rows]) / 6e7
    overnight = spans > 60
    assert spans[~overnight].mean() == pytest.approx(2.5, abs=0.02)
    change = np.concatenate((np.ones(rows.sum()), -np.ones(rows.sum())))
    order = np.lexsort((change, np.concatenate((log.start[rows], log.end[rows]))))
    assert np.cumsum(change[order]).max() == 19
    assert first == scenario.start + 6 * 3_600_000_000


def test_by_hand_at_ten_minutes_it_is_four_times_the_work(scenario: Scenario) -> None:
    """8,694 hours: eight days of 200 people who do nothing else; the catalogue's bank took two months beside daily work."""
    people = Role("robots", tuple(Resource(f"p{at}", "office") for at in range(200)))
    work = scenario.work["compare"]
    by_hand = replace(
        scenario,
        roles={**scenario.roles, "robots": people},
        work={**scenario.work, "compare": replace(work, duration=scaled(work.duration, 4.0), automatic=False)},
    )
    log = simulate(model(), by_hand, cases=ACCOUNTS, seed=1)
    rows = done(log, "compare")
    hours = ACCOUNTS * 10 / 60
    assert hours == pytest.approx(8_694, abs=1)
    days = (log.end[rows].max() - by_hand.start) / DAY
    assert 7 < days < 9
