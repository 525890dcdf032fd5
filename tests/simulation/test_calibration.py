"""Calibration gives back what a known scenario put in."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from simulation.small import branch, exponential, fixed, process, scenario, staff
from zaizao.bpmn import Process
from zaizao.calendars import office
from zaizao.eventlog import MISSING_TIME, EventLog
from zaizao.simulation import (
    Branching,
    CaseAttribute,
    Condition,
    Distribution,
    Family,
    Origin,
    Scenario,
    SimulationError,
    Work,
    calibrate,
    simulate,
)


def cycle_hours(log: EventLog) -> np.ndarray:
    first = np.minimum.reduceat(log.start, log.offsets[:-1])
    return (np.maximum.reduceat(log.end, log.offsets[:-1]) - first) / 3.6e9


@pytest.fixture(scope="module")
def truth() -> tuple[Process, Scenario, EventLog]:
    """A process with rework, a choice by product, two roles on office hours, a customer who answers late."""
    model = process("s x0 A x1 B +1 C +2 x2 e", "+1 D +2", "x1 x0", "x2 E e1")
    retail = Condition("product", ("retail",))
    run = scenario(
        {
            "A": Work(Distribution(Family.LOGNORMAL, (6.5, 0.6)), role="clerk"),
            "B": Work(Distribution(Family.GAMMA, (2.0, 900.0)), role="clerk", cases=((retail, fixed(300)),)),
            "C": Work(fixed(1200), role="expert"),
            "D": Work(fixed(0), delay=exponential(20 * 3600)),
            "E": Work(exponential(600), role="expert"),
        },
        1.2,
        roles={"clerk": staff("clerk", 4, "office"), "expert": staff("expert", 3, "office")},
        calendars={"office": office("office", "UTC")},
        attributes=(CaseAttribute("product", {"retail": 0.7, "firm": 0.3}),),
        branching={
            "x1": Branching({"x1-B": 0.7, "x1-x0": 0.3}, passes=({"x1-B": 0.6, "x1-x0": 0.4}, {"x1-B": 1.0})),
            "x2": replace(branch(x2_e=1.0), cases=((retail, {"x2-e": 0.9, "x2-E": 0.1}),)),
        },
    )
    return model, run, simulate(model, run, cases=3000, seed=11)


def test_cycle_times_of_the_calibrated_scenario_are_those_of_the_log(truth: tuple[Process, Scenario, EventLog]) -> None:
    model, _, log = truth
    again = simulate(model, calibrate(log, model), cases=3000, seed=12)
    before, after = cycle_hours(log), cycle_hours(again)
    for share in (0.25, 0.5, 0.75, 0.9):
        assert np.quantile(after, share) == pytest.approx(np.quantile(before, share), rel=0.15)


def test_roles_hours_choices_and_rework_are_found(truth: tuple[Process, Scenario, EventLog]) -> None:
    model, run, log = truth
    found = calibrate(log, model)
    teams = {frozenset(r.name for r in role.resources) for role in found.roles.values()}
    assert teams == {frozenset(f"clerk{i}" for i in range(4)), frozenset(f"expert{i}" for i in range(3))}
    assert found.work["D"].role is None
    weeks = {c.week for name, c in found.calendars.items() if name in found.roles}
    assert weeks == {run.calendars["office"].week}
    assert found.branching["x1"].passes[0]["x1-x0"] == pytest.approx(0.4, abs=0.03)
    assert found.branching["x1"].passes[1]["x1-x0"] < 0.02
    by_product = {condition.values[0]: weights for condition, weights in found.branching["x2"].cases}
    assert by_product["retail"]["x2-E"] == pytest.approx(0.1, abs=0.03)
    assert by_product["firm"]["x2-E"] == 0.0
    short = {condition.values[0]: d for condition, d in found.work["B"].cases}["retail"]
    assert short == Distribution(Family.FIXED, (300.0,))
    assert found.attributes[0].values["retail"] == pytest.approx(0.7, abs=0.03)


def test_a_log_without_starts_says_so_and_keeps_its_cycle_times(truth: tuple[Process, Scenario, EventLog]) -> None:
    model, _, log = truth
    bare = replace(log, start=np.full(log.events, MISSING_TIME), event_table=pl.DataFrame())
    found = calibrate(bare, model)
    assert "no start is recorded" in found.notes["starts"]
    assert found.work["A"].duration == Distribution(Family.FIXED, (0.0,))
    again = simulate(model, found, cases=3000, seed=12)
    last = np.maximum.reduceat(log.end, log.offsets[:-1]) - np.minimum.reduceat(log.end, log.offsets[:-1])
    assert np.median(cycle_hours(again)) == pytest.approx(np.median(last) / 3.6e9, rel=0.25)


def test_a_task_the_log_never_shows_is_assumed_and_an_empty_log_is_refused(
    truth: tuple[Process, Scenario, EventLog],
) -> None:
    model, _, log = truth
    more = process("s x0 A x1 B +1 C +2 x2 e", "+1 D +2", "x1 x0", "x2 E e1", "x2 Z e2")
    assert calibrate(log, more).work["Z"].origin is Origin.ASSUMED
    with pytest.raises(SimulationError):
        calibrate(replace(log, case=log.case[:0], activity=log.activity[:0]), model)
