"""Comparison by common random numbers: a known change is found, its interval is narrow and honest."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from simulation.small import exponential, process, scenario, staff
from zaizao.eventlog import EventLog
from zaizao.simulation import Work, compare, replicate


def cycle(log: EventLog) -> float:
    first = np.minimum.reduceat(log.start, log.offsets[:-1])
    return float((np.maximum.reduceat(log.end, log.offsets[:-1]) - first).mean() / 1e6)


def test_the_paired_interval_holds_the_true_change_and_is_narrower_than_an_unpaired_one() -> None:
    model = process("s A B e")
    slow = scenario({"A": Work(exponential(600)), "B": Work(exponential(900))})
    fast = replace(slow, work={**slow.work, "B": Work(exponential(800))})
    found = compare((model, slow), (model, fast), {"cycle": cycle}, cases=500, replications=8, seed=3)["cycle"]
    assert found.low <= -100 <= found.high
    spread = np.std([cycle(log) for log in replicate(model, slow, cases=500, replications=8, seed=3)], ddof=1)
    assert (found.high - found.low) / 2 < 2.365 * spread * np.sqrt(2 / 8) / 3


def test_replications_differ_are_repeatable_and_leave_out_the_warm_up() -> None:
    model = process("s A e")
    run = scenario({"A": Work(exponential(3000), role="r")}, 1.0, roles={"r": staff("r", 1)})
    one, two = replicate(model, run, cases=200, replications=2, seed=5, warm_up=0.5)
    again, _ = replicate(model, run, cases=200, replications=2, seed=5, warm_up=0.5)
    assert one.cases == 200
    assert one.offsets[0] == 0
    assert one.offsets[-1] == one.events
    assert (one.end == again.end).all()
    assert (one.end != two.end).any()
    full, _ = replicate(model, run, cases=300, replications=2, seed=5)
    assert (one.end == full.end[full.offsets[100] :]).all()
