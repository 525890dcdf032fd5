"""The protocol of faithfulness: what is split, what is chosen, and that a true model lies near the floor."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from simulation.small import branch, exponential, process, scenario, staff
from zaizao.bpmn import Process
from zaizao.calendars import office
from zaizao.eventlog import EventLog
from zaizao.simulation import SimulationError, Work, choose, evaluate, simulate, split


@pytest.fixture(scope="module")
def history() -> tuple[Process, EventLog]:
    model = process("s A x1 B e", "x1 C x2 e", "x2 A2 e")
    run = scenario(
        {name: Work(exponential(1800), role="r") for name in ("A", "B", "C", "A2")},
        0.8,
        roles={"r": staff("r", 6, "office")},
        calendars={"office": office("office", "UTC")},
        branching={"x1": branch(x1_B=0.6, x1_C=0.4), "x2": branch(x2_e=0.5, x2_A2=0.5)},
    )
    return model, simulate(model, run, cases=1500, seed=4)


def test_the_split_cuts_by_time_and_drops_what_it_cuts(history: tuple[Process, EventLog]) -> None:
    _, log = history
    train, test = split(log)
    assert train.end.max() < test.start.min()
    assert set(train.case_names).isdisjoint(test.case_names)
    assert 0.75 * log.cases < train.cases < 0.85 * log.cases
    assert train.cases + test.cases < log.cases
    assert (np.diff(test.offsets) > 0).all()
    tiny = replace(log, case=log.case[:2], activity=log.activity[:2], start=log.start[:2], end=log.end[:2],
                   resource=log.resource[:2], lifecycle=log.lifecycle[:2], case_names=log.case_names[:1],
                   offsets=np.array([0, 2]), event_table=log.event_table[:2])  # fmt: skip
    with pytest.raises(SimulationError):
        split(tiny)


def test_the_model_that_made_the_log_is_chosen_over_a_wrong_one(history: tuple[Process, EventLog]) -> None:
    model, log = history
    wrong = process("s A B C e")
    assert choose(log, [wrong, model]).index == 1


def test_the_true_model_comes_near_the_floor(history: tuple[Process, EventLog]) -> None:
    model, log = history
    found = evaluate(*split(log), [model], runs=4)
    assert found.simulated.ngram < 2 * found.floor.ngram + 0.03
    assert found.simulated.cycle_time < 2 * found.floor.cycle_time + 1.0
    assert found.simulated.circadian < 2 * found.floor.circadian + 1.0
    assert len(found.runs) == 4
