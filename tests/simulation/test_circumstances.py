"""What a scenario can say of people, time and history, each by what it must do to a simulated log."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from simulation.small import HOUR, branch, exponential, fixed, process, scenario, staff
from zaizao.calendars import office
from zaizao.eventlog import EventLog
from zaizao.simulation import (
    After,
    Arrivals,
    Batch,
    Branching,
    CaseAttribute,
    Condition,
    Distribution,
    Family,
    Resource,
    Role,
    SimulationError,
    Work,
    simulate,
)

DAY = 24 * HOUR


def begins(log: EventLog) -> np.ndarray:
    return np.sort(log.start[log.offsets[:-1]])


def test_a_fast_resource_takes_its_share_of_the_time_and_of_the_cost() -> None:
    role = Role("r", (Resource("fast", "always", 3600, speed=2.0), Resource("slow", "always", 3600)))
    log = simulate(process("s A e"), scenario({"A": Work(fixed(600), "r")}, 8.0, roles={"r": role}), cases=500, seed=1)
    took = (log.end - log.start) / 1e6
    cost = log.event_table["cost"].to_numpy()
    for code, name in enumerate(log.resource_names):
        rows = log.resource == code
        assert set(took[rows]) == {300.0 if name == "fast" else 600.0}
        assert set(cost[rows]) == {300 if name == "fast" else 600}


def test_hands_do_several_things_at_once_under_one_name_and_share_the_cost() -> None:
    role = Role("r", (Resource("p", "always", 3600, hands=3),))
    log = simulate(
        process("s A e"), scenario({"A": Work(fixed(3600), "r")}, 30.0, roles={"r": role}), cases=300, seed=1
    )
    assert log.resource_names == ("p",)
    change = np.concatenate((np.ones(300), -np.ones(300)))
    order = np.lexsort((change, np.concatenate((log.start, log.end))))
    assert np.cumsum(change[order]).max() == 3
    assert set(log.event_table["cost"].to_numpy()) == {1200}


def test_absence_takes_whole_days_away_the_same_ones_in_every_scenario() -> None:
    model = process("s A e")
    run = scenario(
        {"A": Work(fixed(60), "r")},
        20.0,
        roles={"r": Role("r", (Resource("p", "office", absence=0.4),))},
        calendars={"office": office("office", "UTC")},
    )
    days = [set((simulate(model, replace(run, name=name), cases=8000, seed=3).start // DAY).tolist()) for name in "ab"]
    assert days[0] == days[1]
    span = range(min(days[0]), max(days[0]) + 1)
    weekdays = [day for day in span if (day + 3) % 7 < 5]
    assert 0.45 < len(days[0] & set(weekdays)) / len(weekdays) < 0.75


def test_a_batch_waits_until_it_is_full_or_its_time_is_up() -> None:
    model = process("s A e")
    full = simulate(model, scenario({"A": Work(fixed(1), batch=Batch(5, 1e7))}, 2.0), cases=100, seed=1)
    assert np.unique(full.start, return_counts=True)[1].tolist() == [5] * 20
    timed = simulate(model, scenario({"A": Work(fixed(1), batch=Batch(0, 7200))}, 2.0), cases=400, seed=1)
    waited = (timed.start - timed.event_table["enabled"].to_numpy()) / 1e6
    assert waited.max() == 7200.0
    first = np.unique(timed.start)
    assert np.diff(first).min() >= 7200 * 1e6


def test_what_is_urgent_by_condition_overtakes_in_the_queue() -> None:
    attribute = CaseAttribute("kind", {"vip": 0.2, "plain": 0.8})
    work = {"A": Work(exponential(3240), "r", priority_cases=((Condition("kind", ("vip",)), 5),))}
    run = scenario(work, 1.0, roles={"r": staff("r", 1)}, attributes=(attribute,))
    log = simulate(process("s A e"), run, cases=20_000, seed=1)
    waited = (log.start - log.event_table["enabled"].to_numpy()) / HOUR
    vip = (log.case_table["kind"] == "vip").to_numpy()[log.case]
    assert waited[vip].mean() < 0.25 * waited[~vip].mean()


def test_what_a_case_did_last_decides_and_the_longest_past_that_fits_wins() -> None:
    model = process("s x1 A x3 C x5 E e", "x1 B x3", "x5 F e")
    after = (
        After(("C",), {"x5-E": 1.0}),
        After(("A", "C"), {"x5-F": 1.0}),
    )
    ways = {"x1": branch(x1_A=0.5, x1_B=0.5), "x5": Branching({"x5-E": 0.5, "x5-F": 0.5}, after=after)}
    run = scenario({name: Work(fixed(60)) for name in "ABCEF"}, branching=ways)
    log = simulate(model, run, cases=300, seed=1)
    names = [log.activity_names[code] for code in log.activity.tolist()]
    traces = {"".join(names[a:b]) for a, b in zip(log.offsets[:-1], log.offsets[1:], strict=True)}
    assert traces == {"ACF", "BCE"}


def test_a_past_that_names_no_activity_is_refused_by_name() -> None:
    model = process("s A x1 B e", "x1 e")
    ways = {"x1": Branching({"x1-B": 1.0}, after=(After(("Z",), {"x1-e": 1.0}),))}
    with pytest.raises(SimulationError) as caught:
        simulate(model, scenario({"A": Work(fixed(1)), "B": Work(fixed(1))}, branching=ways), cases=5, seed=1)
    assert [problem.code for problem in caught.value.problems] == ["simulation.past"]


def test_delays_hang_on_what_the_case_did_last() -> None:
    model = process("s x1 A x3 C e", "x1 B x3")
    work = {name: Work(fixed(60)) for name in "AB"}
    work["C"] = Work(fixed(60), delay=fixed(10), delay_after=(After(("A",), delay=fixed(500)),))
    log = simulate(model, scenario(work, branching={"x1": branch(x1_A=0.5, x1_B=0.5)}), cases=100, seed=1)
    gap = (log.start[log.offsets[1:] - 1] - log.end[log.offsets[:-1]]) / 1e6
    first = np.array(log.activity_names)[log.activity[log.offsets[:-1]]]
    assert set(gap[first == "A"]) == {500.0}
    assert set(gap[first == "B"]) == {10.0}


def test_delays_pass_at_the_pace_of_the_hour_and_keep_their_mean() -> None:
    pace = tuple(3.0 if 8 <= hour < 12 else 1.0 if 12 <= hour < 16 else 0.0 for _ in range(7) for hour in range(24))
    work = {"A": Work(fixed(0), delay=exponential(20 * 86_400), delay_rhythm="r")}
    log = simulate(process("s A e"), scenario(work, 3.0, rhythms={"r": pace}), cases=20_000, seed=1)
    hours = np.bincount((log.end // HOUR % 24).astype(int), minlength=24) / log.events
    assert hours[8:12].sum() == pytest.approx(0.75, abs=0.02)
    assert hours[12:16].sum() == pytest.approx(0.25, abs=0.02)
    assert np.mean(log.end - log.event_table["enabled"].to_numpy()) >= 0
    cycle = (log.end - begins_of_cases(log)) / 86_400e6
    assert cycle.mean() == pytest.approx(20.0, rel=0.05)


def begins_of_cases(log: EventLog) -> np.ndarray:
    """Arrivals of one-task cases: those of a process without the delay."""
    plain = scenario({"A": Work(fixed(0))}, 3.0)
    return simulate(process("s A e"), plain, cases=log.cases, seed=1).start


def test_arrivals_like_clockwork_come_one_gap_after_the_other_in_open_hours() -> None:
    run = scenario({"A": Work(fixed(1))}, calendars={"office": office("office", "UTC")})
    clockwork = replace(run, arrivals=Arrivals((2.0,) * 168, "office", gap=fixed(1)), start=9 * HOUR)
    times = begins(simulate(process("s A e"), clockwork, cases=40, seed=1))
    assert times[0] == 9 * HOUR
    assert set(np.round(np.diff(times)[:5] / 6e7, 5)) == {30.0}
    assert set(np.round(np.diff(times) / 6e7)) == {30.0, 90.0, 960.0, 3840.0}, "half-hours, lunch, night, week-end"


def test_drift_makes_arrivals_denser_week_by_week() -> None:
    run = scenario({"A": Work(fixed(1))})
    log = simulate(process("s A e"), replace(run, arrivals=Arrivals((5.0,) * 168, drift=0.1)), cases=20_000, seed=1)
    weeks = np.bincount((begins(log) // (7 * DAY)).astype(int))
    assert weeks[8] / weeks[0] == pytest.approx(1.1**8, rel=0.12)


def test_batch_members_that_are_cancelled_leave_no_trace() -> None:
    spread = Distribution(Family.UNIFORM, (0.0, 1.0))
    run = scenario({"A": Work(spread, "r", batch=Batch(3, 600))}, 20.0, roles={"r": staff("r", 2)})
    log = simulate(process("s A e"), run, cases=3000, seed=2)
    assert log.events == 3000
    assert not log.findings
