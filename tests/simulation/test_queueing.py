"""The kernel against queueing theory: simulated means lie within their own intervals of the exact values."""

from __future__ import annotations

from math import factorial

import numpy as np
import pytest

from simulation.small import HOUR, exponential, fixed, process, scenario, staff
from zaizao.eventlog import EventLog
from zaizao.simulation import Work, simulate

CASES = 200_000


def waits(log: EventLog) -> np.ndarray:
    """Hours from enabled to start, in order of start."""
    waiting = (log.start - log.event_table["enabled"].to_numpy()) / HOUR
    return waiting[np.argsort(log.start, kind="stable")]


def interval(values: np.ndarray, batches: int = 40) -> tuple[float, float]:
    """A 99.9 % interval of the mean by batch means."""
    means = np.array([batch.mean() for batch in np.array_split(values, batches)])
    half = 3.55 * means.std(ddof=1) / np.sqrt(batches)
    return values.mean() - half, values.mean() + half


def erlang_wait(servers: int, arrivals: float, rate: float) -> float:
    load = arrivals / rate
    top = load**servers / factorial(servers) * servers / (servers - load)
    share = top / (sum(load**k / factorial(k) for k in range(servers)) + top)
    return share / (servers * rate - arrivals)


@pytest.mark.parametrize(("servers", "arrivals", "rate"), [(1, 8.0, 10.0), (3, 24.0, 10.0), (5, 20.0, 5.0)])
def test_mean_wait_of_m_m_c_is_erlangs(servers: int, arrivals: float, rate: float) -> None:
    work = {"A": Work(exponential(3600 / rate), role="r")}
    run = scenario(work, arrivals, roles={"r": staff("r", servers)})
    log = simulate(process("s A e"), run, cases=CASES, seed=1)
    low, high = interval(waits(log)[CASES // 20 :])
    assert low <= erlang_wait(servers, arrivals, rate) <= high


def test_mean_wait_of_m_d_1_is_pollaczek_and_khinchines() -> None:
    run = scenario({"A": Work(fixed(360), role="r")}, 7.0, roles={"r": staff("r", 1)})
    log = simulate(process("s A e"), run, cases=CASES, seed=2)
    low, high = interval(waits(log)[CASES // 20 :])
    assert low <= 0.7 / (2 * 10 * (1 - 0.7)) <= high


def test_priority_classes_wait_as_cobhams_formula_says() -> None:
    model = process("s x1 A e", "x1 B e")
    work = {
        "A": Work(exponential(360), role="r", priority=1),
        "B": Work(exponential(360), role="r"),
    }
    from simulation.small import branch

    run = scenario(work, 8.0, roles={"r": staff("r", 1)}, branching={"x1": branch(x1_A=0.5, x1_B=0.5)})
    log = simulate(model, run, cases=CASES, seed=3)
    names = np.array(log.activity_names)[log.activity]
    waiting = (log.start - log.event_table["enabled"].to_numpy()) / HOUR
    residual = 8.0 * 2 / 10**2 / 2
    for name, exact in (("A", residual / (1 - 0.4)), ("B", residual / ((1 - 0.4) * (1 - 0.8)))):
        chosen = names == name
        low, high = interval(waiting[chosen][np.argsort(log.start[chosen])][CASES // 40 :])
        assert low <= exact <= high, name
