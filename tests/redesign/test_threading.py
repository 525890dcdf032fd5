"""A discovered model remembers where a case comes from, and stays sound."""

from __future__ import annotations

from redesign.blocks import problems_of
from zaizao.bpmn import Definitions, Event, EventPosition, Gateway, Process, SequenceFlow, Task
from zaizao.mining import directly_follows, discover
from zaizao.redesign import Plan
from zaizao.redesign.facts import find_checks
from zaizao.redesign.threading import remembering
from zaizao.simulation import calibrate, simulate


def forgetful() -> Process:
    """check → (work | skip) → join → (refuse | pay): the second choice does not know of the first."""
    nodes = (
        Event(id="start", position=EventPosition.START),
        Task(id="check", name="check"),
        Gateway(id="first"),
        Task(id="work", name="work"),
        Gateway(id="join"),
        Gateway(id="second"),
        Task(id="refuse", name="refuse"),
        Task(id="pay", name="pay"),
        Gateway(id="last"),
        Event(id="end", position=EventPosition.END),
    )
    pairs = (
        *(("start", "check"), ("check", "first"), ("first", "work"), ("first", "join"), ("work", "join")),
        *(("join", "second"), ("second", "refuse"), ("second", "pay"), ("refuse", "last"), ("pay", "last")),
        ("last", "end"),
    )
    return Process(id="p", nodes=nodes, flows=tuple(SequenceFlow(id=f"{a}_{b}", source=a, target=b) for a, b in pairs))


def log_of(*traces: tuple[tuple[str, ...], int]):  # type: ignore[no-untyped-def]
    import numpy as np

    from zaizao.eventlog import from_columns

    rows = [
        (f"{kind}-{n}", step, at)
        for kind, (trace, count) in enumerate(traces)
        for n in range(count)
        for at, step in enumerate(trace)
    ]
    return from_columns(
        case=[row[0] for row in rows],
        activity=[row[1] for row in rows],
        end=np.array([row[2] * 1_000_000 for row in rows]),
    )


def test_cases_that_always_go_one_way_are_led_there() -> None:
    log = log_of((("check", "refuse"), 50), (("check", "work", "pay"), 80), (("check", "work", "refuse"), 20))
    model = Definitions(processes=(forgetful(),))
    process = remembering(model, directly_follows(log)).processes[0]
    assert problems_of(process) == []
    flows = {flow.id: flow.target for flow in process.flows}
    assert flows["first_join"] == "Join_refuse"
    assert flows["second_refuse"] == "Join_refuse"
    assert flows["work_join"] == "second"


def test_where_the_log_shows_both_ways_nothing_changes() -> None:
    log = log_of(
        (("check", "refuse"), 50),
        (("check", "pay"), 50),
        (("check", "work", "pay"), 80),
        (("check", "work", "refuse"), 20),
    )
    model = Definitions(processes=(forgetful(),))
    assert remembering(model, directly_follows(log)) is model


def test_checks_that_reject_a_tenth_or_more_are_found_again_in_its_log(plan: Plan) -> None:
    log = simulate(plan.process, plan.scenario, cases=2000, seed=4)
    drawn = discover(log, noise=0.05)
    process = remembering(drawn, directly_follows(log)).processes[0]
    assert problems_of(process) == []
    names = {node.id: node.name for node in process.nodes}
    found = {names[check.task] for check in find_checks(process, calibrate(log, process))}
    assert {"documents", "blacklist"} <= found
