"""Search: the front is a front, beats random search, is reproducible, and its figures hold together."""

from __future__ import annotations

import csv
import io
from dataclasses import replace

import numpy as np
import pytest

from redesign.blocks import OPEN, loan, problems_of, roles
from zaizao.redesign import Objective, Options, Plan, gather, options_csv, plan_of, search
from zaizao.redesign.pareto import hypervolume, ranks, spread_out
from zaizao.simulation import Arrivals, simulate


def busy_plan(per_hour: float = 2.0, **people: int) -> Plan:
    process, scenario = loan()
    rates = tuple(rate * per_hour for rate in OPEN)
    return plan_of(process, replace(scenario, arrivals=Arrivals(rates), roles=roles(**people)))


def found(plan: Plan, seed: int = 7, evaluations: int = 60) -> Options:
    facts = gather(simulate(plan.process, plan.scenario, cases=600, seed=2), plan)
    return search(plan, facts, seed=seed, cases=400, evaluations=evaluations, replications=4)


@pytest.fixture(scope="module")
def options() -> Options:
    return found(busy_plan(clerks=3, underwriters=4))


def test_no_trial_dominates_the_front(options: Options) -> None:
    axes = (Objective.MEDIAN, Objective.COST, Objective.MANUAL)
    shown = [trial for trial in options.trials if trial.front]
    assert len(shown) == len(options.front)
    best = np.array([[*(trial.values[axis] for axis in axes), trial.risk] for trial in shown])
    assert (ranks(best) == 0).all()


def test_every_option_is_sound_and_better_than_the_as_is_somewhere(options: Options) -> None:
    for option in options.front:
        assert problems_of(option.plan.process) == []
        assert min(gain.value for gain in option.gains.values()) < 0
        assert option.gains[Objective.P90].value < 0.1
        for figure in option.figures.values():
            assert figure.low <= figure.value <= figure.high
            assert figure.n == 4


def test_the_chosen_option_cuts_the_median_by_a_third_and_the_manual_share_with_it(options: Options) -> None:
    assert options.chosen in options.front
    assert options.chosen.gains[Objective.MEDIAN].high < -0.3
    assert options.chosen.gains[Objective.MANUAL].high < 0


def test_search_beats_random_search_at_the_same_budget_on_three_processes() -> None:
    for plan in (
        busy_plan(1.5, clerks=4, underwriters=5),
        busy_plan(2.0, clerks=3, underwriters=4),
        busy_plan(6.0, clerks=4, underwriters=3),
    ):
        baseline = found(plan, evaluations=40).baseline
        assert baseline.search > baseline.random


def test_the_same_seed_gives_the_same_options_and_the_same_file(options: Options) -> None:
    again = found(busy_plan(clerks=3, underwriters=4))
    assert options_csv(again) == options_csv(options)
    rows = list(csv.DictReader(io.StringIO(options_csv(options))))
    assert [row["option"] for row in rows] == ["as-is", *(option.key for option in options.front)]
    assert sum(row["chosen"] == "yes" for row in rows) == 1


def test_hypervolume_is_the_volume_of_the_union_of_boxes() -> None:
    points = np.array([[0.0, 0.5, 0.5], [0.5, 0.0, 0.5], [0.5, 0.5, 0.0], [0.9, 0.9, 0.9]])
    grid = np.stack(np.meshgrid(*[np.linspace(0.005, 0.995, 100)] * 3, indexing="ij"), axis=-1).reshape(-1, 3)
    covered = (points[:, None, :] <= grid[None, :, :]).all(axis=2).any(axis=0).mean()
    assert hypervolume(points, np.ones(3)) == pytest.approx(covered, abs=1e-9)


def test_thinning_a_front_keeps_its_ends() -> None:
    values = np.array([[0.0, 10.0], [1.0, 9.0], [1.1, 8.9], [5.0, 5.0], [10.0, 0.0]])
    assert spread_out(values, 3) == [0, 3, 4]
