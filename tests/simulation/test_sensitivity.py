"""Sensitivity and back ends: what matters comes first, and where a run runs changes nothing."""

from __future__ import annotations

import numpy as np
import pytest

from simulation.small import branch, exponential, fixed, process, scenario, staff
from zaizao.bpmn import Process
from zaizao.eventlog import EventLog
from zaizao.simulation import Backend, Scenario, Work, compare_all, replicate, sensitivity


def mean_hours(log: EventLog) -> float:
    begins = log.event_table["enabled"].to_numpy()[log.offsets[:-1]]
    ends = np.maximum.reduceat(log.end, log.offsets[:-1])
    return float((ends - begins).mean() / 3.6e9)


def example() -> tuple[Process, Scenario]:
    """A busy step, a long idle one, a rare way."""
    model = process("s A x1 B x2 e", "x1 C x2")
    work = {
        "A": Work(exponential(3000), "r"),
        "B": Work(fixed(60), "q"),
        "C": Work(fixed(60), "q", delay=fixed(600)),
    }
    ways = {"x1": branch(x1_B=0.9, x1_C=0.1)}
    return model, scenario(work, 1.0, roles={"r": staff("r", 1), "q": staff("q", 5)}, branching=ways)


def test_the_inputs_of_the_bottleneck_swing_most_and_idle_ones_hardly() -> None:
    swings = sensitivity(*example(), mean_hours, cases=2000, replications=4)
    names = [swing.key for swing in swings]
    assert set(names[:3]) == {"arrivals", "hands:r", "time:A"}
    by_name = {swing.key: swing for swing in swings}
    assert by_name["arrivals"].told
    assert by_name["arrivals"].high is not None
    assert by_name["arrivals"].high.difference > 0
    assert by_name["hands:r"].high is not None
    assert by_name["hands:r"].high.difference < 0
    assert by_name["hands:q"].width < 0.01 * by_name["arrivals"].width


def test_each_way_is_compared_with_the_first_and_equal_ways_do_not_differ_at_all() -> None:
    way = example()
    (same,) = compare_all([way, way], {"mean": mean_hours}, cases=300, replications=3, seed=1)
    assert same["mean"].difference == same["mean"].low == same["mean"].high == 0.0


@pytest.mark.parametrize("name", ["threading", "loky"])
def test_the_back_end_changes_nothing(name: str) -> None:
    pytest.importorskip("joblib", reason="joblib is not installed")
    model, run = example()
    here = replicate(model, run, cases=200, replications=3, seed=9)
    there = replicate(model, run, cases=200, replications=3, seed=9, backend=Backend(name, 2))
    for one, other in zip(here, there, strict=True):
        for column in ("case", "activity", "start", "end", "resource"):
            assert np.array_equal(getattr(one, column), getattr(other, column))
        assert one.event_table.equals(other.event_table)
