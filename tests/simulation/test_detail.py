"""Calibration in detail gives back what a known scenario put in, and says nothing where nothing is."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from simulation.small import branch, exponential, fixed, process, scenario, staff
from zaizao.bpmn import Process
from zaizao.calendars import office
from zaizao.eventlog import EventLog
from zaizao.simulation import (
    FULL,
    After,
    Arrivals,
    Batch,
    Branching,
    CaseAttribute,
    Condition,
    Detail,
    Distribution,
    Family,
    Resource,
    Role,
    Scenario,
    Work,
    calibrate,
    read_scenario,
    simulate,
    write_scenario,
)

OFFICE = {"office": office("office", "UTC")}


def blind(log: EventLog) -> EventLog:
    """The log without what only a simulator knows."""
    return replace(log, event_table=log.event_table.drop("enabled", "cost"))


@pytest.fixture(scope="module")
def told() -> tuple[Process, Scenario]:
    """A batch, a queue in which one product goes first, people of different speed and attendance, growing arrivals."""
    model = process("s R A B e")
    retail = Condition("product", ("vip",))
    clerks = (
        Resource("quick", "office", speed=1.6),
        Resource("usual", "office"),
        Resource("ill", "office", absence=0.3),
    )
    run = scenario(
        {
            "A": Work(Distribution(Family.LOGNORMAL, (6.8, 0.4)), "clerk", priority_cases=((retail, 5),)),
            "B": Work(fixed(300), "boss", batch=Batch(6, 3 * 86_400)),
            "R": Work(fixed(1), automatic=True),
        },
        roles={"clerk": Role("clerk", clerks), "boss": staff("boss", 8, "office")},
        calendars=OFFICE,
        attributes=(CaseAttribute("product", {"vip": 0.3, "plain": 0.7}),),
    )
    run = replace(run, arrivals=Arrivals((3.6,) * 168, "office", drift=0.02))
    log = simulate(model, run, cases=3000, seed=4)
    return model, calibrate(blind(log), model, detail=FULL, rounds=1)


def person(run: Scenario, name: str) -> Resource:
    return next(one for role in run.roles.values() for one in role.resources if one.name == name)


def test_the_quick_are_told_from_the_usual(told: tuple[Process, Scenario]) -> None:
    assert person(told[1], "quick").speed / person(told[1], "usual").speed == pytest.approx(1.6, rel=0.08)


def test_absence_is_found_where_it_is_and_only_there(told: tuple[Process, Scenario]) -> None:
    assert person(told[1], "ill").absence == pytest.approx(0.3, abs=0.13)
    assert person(told[1], "usual").absence == 0.0


def test_a_batch_is_found_with_its_size(told: tuple[Process, Scenario]) -> None:
    batch = told[1].work["B"].batch
    assert batch is not None
    assert batch.size == 6
    assert told[1].work["A"].batch is None


def test_who_goes_first_is_found(told: tuple[Process, Scenario]) -> None:
    assert [(condition.values, priority > 0) for condition, priority in told[1].work["A"].priority_cases] == [
        (("vip",), True)
    ]
    assert told[1].work["B"].priority_cases == ()


def test_growing_arrivals_are_found_as_drift(told: tuple[Process, Scenario]) -> None:
    assert told[1].arrivals.drift == pytest.approx(0.02, abs=0.012)


def test_a_detailed_scenario_survives_its_file(told: tuple[Process, Scenario], tmp_path) -> None:  # type: ignore[no-untyped-def]
    write_scenario(told[1], tmp_path / "s.toml")
    assert read_scenario(tmp_path / "s.toml") == told[1]


def test_clockwork_arrivals_are_found_and_independent_ones_are_left_alone() -> None:
    model = process("s A e")
    run = scenario({"A": Work(fixed(60))}, calendars=OFFICE)
    clockwork = replace(run, arrivals=Arrivals((2.0,) * 168, "office", gap=fixed(1)), start=9 * 3_600_000_000)
    found = calibrate(blind(simulate(model, clockwork, cases=800, seed=1)), model, detail=Detail(gaps=True))
    assert found.arrivals.gap == Distribution(Family.FIXED, (1.0,))
    again = simulate(model, found, cases=200, seed=5)
    before = simulate(model, clockwork, cases=200, seed=1)
    assert np.abs(np.sort(again.end) - np.sort(before.end)).max() <= 1_000_000
    chance = calibrate(blind(simulate(model, run, cases=800, seed=1)), model, detail=Detail(gaps=True))
    assert chance.arrivals.gap is None


def test_memory_finds_what_choices_hang_on() -> None:
    model = process("s x1 A x3 C x5 E e", "x1 B x3", "x5 F e")
    after = (After(("A", "C"), {"x5-E": 0.9, "x5-F": 0.1}), After(("B", "C"), {"x5-E": 0.1, "x5-F": 0.9}))
    ways = {"x1": branch(x1_A=0.5, x1_B=0.5), "x5": Branching({"x5-E": 0.5, "x5-F": 0.5}, after=after)}
    run = scenario({name: Work(exponential(60)) for name in "ABCEF"}, branching=ways)
    log = simulate(model, run, cases=1500, seed=1)
    found = calibrate(blind(log), model, detail=Detail(memory=2))
    weights = {one.last: one.weights for one in found.branching["x5"].after}
    assert weights["A", "C"]["x5-E"] == pytest.approx(0.9, abs=0.04)
    assert weights["B", "C"]["x5-F"] == pytest.approx(0.9, abs=0.04)
    assert found.branching["x1"].after == ()
    assert calibrate(blind(log), model).branching["x5"].after == ()


def test_hours_of_one_s_own_are_found() -> None:
    model = process("s A e")
    late = replace(office("late", "UTC"), week=tuple(((960, 1260),) if day < 5 else () for day in range(7)))
    people = Role("r", (Resource("early bird", "office"), Resource("owl", "late")))
    run = scenario({"A": Work(exponential(1200), "r")}, 0.6, roles={"r": people}, calendars={**OFFICE, "late": late})
    found = calibrate(blind(simulate(model, run, cases=3000, seed=2)), model, detail=Detail(own_hours=True))
    hours = {name: found.calendars[person(found, name).calendar].week[1] for name in ("early bird", "owl")}
    assert hours["owl"][0][0] >= 930
    assert hours["early bird"][-1][1] <= 1080
