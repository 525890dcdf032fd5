"""Token flow as BPMN 2.0.2 chapter 13 says."""

from __future__ import annotations

from dataclasses import replace

import chinese_calendar
import numpy as np
import pytest

from simulation.small import HOUR, branch, exponential, fixed, process, scenario, staff
from zaizao.bpmn import Event, EventPosition, SequenceFlow, SubProcess, Task
from zaizao.bpmn.model import TerminateDefinition, TimerDefinition, TimerKind
from zaizao.calendars import CalendarError, Holidays, office
from zaizao.eventlog import EventLog
from zaizao.simulation import Branching, SimulationError, Work, simulate


def traces(log: EventLog) -> list[tuple[str, ...]]:
    names = [log.activity_names[a] for a in log.activity]
    return [tuple(names[log.offsets[k] : log.offsets[k + 1]]) for k in range(log.cases)]


def instant(*names: str) -> dict[str, Work]:
    return {name: Work(fixed(60.0)) for name in names}


def test_a_parallel_join_waits_for_all_its_branches() -> None:
    work = {**instant("A", "C"), "B": Work(fixed(7200))}
    log = simulate(process("s +1 A +2 C e", "+1 B +2"), scenario(work), cases=50, seed=1)
    assert set(traces(log)) == {("A", "B", "C")}
    at = {name: log.end[log.activity == code] for code, name in enumerate(log.activity_names)}
    assert (at["C"] - at["B"] == 60_000_000).all()


def test_an_inclusive_join_waits_for_those_branches_that_were_taken() -> None:
    model = process("s o1 A o2 D e", "o1 B o2", "o1 C o2")
    work = {"A": Work(fixed(60)), "B": Work(fixed(7200)), "C": Work(fixed(600)), **instant("D")}
    run = scenario(work, branching={"o1": branch(o1_A=0.5, o1_B=0.5, o1_C=0.5)})
    seen = set(traces(simulate(model, run, cases=500, seed=1)))
    assert seen == {(*t, "D") for t in [("A",), ("B",), ("C",), ("A", "B"), ("A", "C"), ("C", "B"), ("A", "C", "B")]}


def test_an_exclusive_choice_follows_its_weights_and_ends_rework_by_passes() -> None:
    model = process("s x1 A x2 e", "x2 x1")
    passes = ({"x2-x1": 1.0}, {"x2-x1": 0.3, "x2-e": 0.7}, {"x2-e": 1.0})
    run = scenario(instant("A"), branching={"x2": Branching({"x2-e": 1.0}, passes=passes)})
    counts = np.bincount([len(t) for t in traces(simulate(model, run, cases=4000, seed=5))], minlength=4)
    assert counts[0] == counts[1] == 0
    assert counts[2] + counts[3] == 4000
    assert abs(counts[3] / 4000 - 0.3) < 0.03


def test_a_loop_without_a_way_out_is_refused_by_name() -> None:
    model = process("s x1 A x2 e", "x2 x1")
    run = scenario(instant("A"), branching={"x2": Branching({"x2-x1": 1.0})})
    with pytest.raises(SimulationError) as caught:
        simulate(model, run, cases=5, seed=1)
    assert caught.value.problems[0].code == "simulation.endless-loop"


def test_a_join_that_can_never_fire_is_a_finding_and_does_not_hang() -> None:
    model = process("s x1 A +2 C e", "x1 B +2")
    run = scenario(instant("A", "B", "C"), branching={"x1": branch(x1_A=1, x1_B=1)})
    log = simulate(model, run, cases=20, seed=1)
    assert [finding.code for finding in log.findings] == ["simulation.deadlock"]
    assert "+2" in log.findings[0].what.en


def timer(name: str, host: str, iso: str, *, interrupting: bool = True) -> Event:
    definition = TimerDefinition(TimerKind.DURATION, f'"{iso}"')
    return Event(id=name, position=EventPosition.BOUNDARY, definitions=(definition,), attached_to=host,
                 interrupting=interrupting)  # fmt: skip


def test_an_interrupting_timer_cancels_the_task_and_frees_its_resource() -> None:
    model = process("s A B e", "T C e1", nodes=(timer("T", "A", "PT1H"),))
    work = {"A": Work(fixed(10 * 3600), role="r"), **instant("B", "C")}
    log = simulate(model, scenario(work, 0.5, roles={"r": staff("r", 1)}), cases=200, seed=1)
    assert set(traces(log)) == {("C",)}
    assert np.diff(np.sort(log.end)).min() >= 0
    assert log.end.max() < 200 * 4 * HOUR


def test_a_non_interrupting_timer_adds_a_token_and_lets_the_task_go_on() -> None:
    model = process("s A B e", "T C e1", nodes=(timer("T", "A", "PT1H", interrupting=False),))
    work = {"A": Work(fixed(2 * 3600)), **instant("B", "C")}
    assert set(traces(simulate(model, scenario(work), cases=20, seed=1))) == {("C", "A", "B")}


def sub(*ends: Event) -> SubProcess:
    start = Event(id="in", position=EventPosition.START)
    nodes = (start, Task(id="X", name="X"), Task(id="Y", name="Y"), *ends)
    pairs = [("in", "X"), ("in", "Y"), ("X", ends[0].id), ("Y", ends[-1].id)]
    flows = tuple(SequenceFlow(id=f"{a}-{b}", source=a, target=b) for a, b in pairs)
    return SubProcess(id="S", name="S", nodes=nodes, flows=flows)


def test_a_sub_process_ends_with_its_last_token() -> None:
    out = Event(id="out", position=EventPosition.END)
    work = {"X": Work(fixed(60)), "Y": Work(fixed(3600)), **instant("B")}
    log = simulate(process("s S B e", nodes=(sub(out, out),)), scenario(work), cases=10, seed=1)
    assert set(traces(log)) == {("X", "Y", "B")}


def test_a_terminate_end_cancels_the_rest_of_its_scope_only() -> None:
    stop = Event(id="stop", position=EventPosition.END, definitions=(TerminateDefinition(),))
    out = Event(id="out", position=EventPosition.END)
    work = {"X": Work(fixed(60)), "Y": Work(fixed(3600)), **instant("B")}
    log = simulate(process("s S B e", nodes=(sub(stop, out),)), scenario(work), cases=10, seed=1)
    assert set(traces(log)) == {("X", "B")}


def test_a_timer_on_a_sub_process_cancels_all_inside() -> None:
    out = Event(id="out", position=EventPosition.END)
    model = process("s S B e", "T C e1", nodes=(sub(out, out), timer("T", "S", "PT30M")))
    work = {"X": Work(fixed(60)), "Y": Work(fixed(3600), role="r"), **instant("B", "C")}
    log = simulate(model, scenario(work, 0.2, roles={"r": staff("r", 1)}), cases=30, seed=1)
    assert set(traces(log)) == {("X", "C")}
    assert not log.findings


def test_work_passes_only_while_the_calendar_is_open() -> None:
    calendar = office("office", "UTC")
    run = scenario({"A": Work(exponential(5400), role="r")}, 0.3, roles={"r": staff("r", 2, "office")},
                   calendars={"office": calendar})  # fmt: skip
    log = simulate(process("s A e"), run, cases=2000, seed=1)
    for times in (log.start, log.end - 1):
        minute = times // 60_000_000 % 1440
        weekday = (times // 86_400_000_000 + 3) % 7
        assert (weekday < 5).all()
        assert (((minute >= 540) & (minute < 720)) | ((minute >= 780) & (minute < 1050))).all()


def holiday_run(day: str, hours: float) -> EventLog:
    calendar = replace(office("office", "Asia/Shanghai"), holidays=Holidays.CN)
    run = scenario({"A": Work(fixed(hours * 3600), role="r")}, 3.0, roles={"r": staff("r", 1, "office")},
                   calendars={"office": calendar})  # fmt: skip
    start = int(np.datetime64(day, "us").astype(np.int64))
    return simulate(process("s A e"), replace(run, start=start), cases=20, seed=1)


def test_a_year_whose_holidays_are_unknown_stops_only_the_run_that_comes_so_far() -> None:
    known = max(chinese_calendar.constants.holidays).year
    assert holiday_run(f"{known}-12-15", 0.5).cases == 20
    with pytest.raises(CalendarError):
        holiday_run(f"{known}-12-15", 10)


def test_one_resource_in_two_roles_does_one_thing_at_a_time() -> None:
    roles = {"a": staff("p", 1), "b": staff("p", 1)}
    work = {"A": Work(exponential(900), role="a"), "B": Work(exponential(900), role="b")}
    log = simulate(process("s A B e"), scenario(work, 1.5, roles=roles), cases=3000, seed=1)
    order = np.argsort(log.start, kind="stable")
    assert (log.start[order][1:] >= log.end[order][:-1]).all()


def test_every_thing_that_does_not_fit_is_named_at_once() -> None:
    model = process("s x1 A e", "x1 B e")
    run = scenario({"A": Work(fixed(1), role="ghost")})
    with pytest.raises(SimulationError) as caught:
        simulate(model, run, cases=5, seed=1)
    assert {problem.code for problem in caught.value.problems} == {
        "simulation.no-resources", "simulation.no-work", "simulation.no-branching"}  # fmt: skip
