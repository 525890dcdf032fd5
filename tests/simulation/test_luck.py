"""Common random numbers: what did not change keeps its luck; what is drawn has the right shape."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl

from simulation.small import branch, exponential, fixed, process, scenario, staff
from zaizao.simulation import CaseAttribute, Condition, Distribution, Family, Work, simulate


def durations(log, name):  # type: ignore[no-untyped-def]
    code = log.activity_names.index(name)
    rows = log.activity == code
    return dict(zip(log.case[rows].tolist(), (log.end - log.start)[rows].tolist(), strict=True))


def test_the_same_seed_gives_the_same_log_and_another_seed_another() -> None:
    run = scenario({"A": Work(exponential(600), role="r")}, 3, roles={"r": staff("r", 1)})
    one, two, three = (simulate(process("s A e"), run, cases=500, seed=seed) for seed in (7, 7, 8))
    assert (one.end == two.end).all()
    assert (one.end != three.end).any()


def test_a_case_draws_the_same_duration_after_the_model_changed_around_it() -> None:
    lognormal = Distribution(Family.LOGNORMAL, (6.0, 1.0))
    as_is = scenario({name: Work(lognormal) for name in "ABC"}, branching={"x1": branch(x1_B=0.4, x1_C=0.6)})
    to_be = replace(as_is, work={**as_is.work, "N": Work(fixed(30))})
    before = simulate(process("s A x1 B e", "x1 C e"), as_is, cases=400, seed=3)
    after = simulate(process("s N A x1 B e", "x1 C e"), to_be, cases=400, seed=3)
    for name in "ABC":
        assert durations(before, name) == durations(after, name)


def test_attributes_steer_durations_and_branches() -> None:
    amount = CaseAttribute("amount", number=Distribution(Family.UNIFORM, (0.0, 100.0)))
    rich = Condition("product", ("big",))
    only_big = ((Condition("amount", low=50.0), CaseAttribute("product", {"big": 1.0})),)
    product = CaseAttribute("product", {"small": 3, "big": 1}, cases=only_big)
    gate = replace(branch(x1_A=1.0), cases=((rich, {"x1-B": 1.0}),))
    work = {"A": Work(fixed(60)), "B": Work(fixed(60), cases=((rich, fixed(600)),))}
    run = scenario(work, attributes=(amount, product), branching={"x1": gate})
    log = simulate(process("s x1 A e", "x1 B e"), run, cases=2000, seed=1)
    table = log.case_table
    assert table.filter(pl.col("amount") >= 50)["product"].unique().to_list() == ["big"]
    share = (table.filter(pl.col("amount") < 50)["product"] == "big").mean()
    assert abs(share - 0.25) < 0.05
    big = (table["product"] == "big").to_numpy()
    assert (np.array(log.activity_names)[log.activity] == np.where(big, "B", "A")).all()
    assert ((log.end - log.start) == np.where(big, 600_000_000, 60_000_000)).all()


def test_every_family_has_the_mean_its_parameters_say() -> None:
    means = {
        (Family.FIXED, (5.0,)): 5.0,
        (Family.UNIFORM, (2.0, 6.0)): 4.0,
        (Family.TRIANGULAR, (1.0, 2.0, 6.0)): 3.0,
        (Family.NORMAL, (50.0, 5.0)): 50.0,
        (Family.EXPONENTIAL, (7.0,)): 7.0,
        (Family.LOGNORMAL, (1.0, 0.5)): np.exp(1.125),
        (Family.GAMMA, (2.5, 3.0)): 7.5,
        (Family.GAMMA, (0.5, 3.0)): 1.5,
        (Family.WEIBULL, (2.0, 3.0)): 3.0 * np.sqrt(np.pi) / 2,
        (Family.EMPIRICAL, (0.0, 1.0, 5.0)): 1.75,
    }
    for (family, parameters), exact in means.items():
        run = scenario({"A": Work(Distribution(family, parameters))})
        log = simulate(process("s A e"), run, cases=40_000, seed=1)
        drawn = (log.end - log.start) / 1e6
        assert abs(drawn.mean() - exact) <= 5 * drawn.std() / 200 + 1e-9, family


def test_cost_is_hours_at_the_resources_rate_plus_the_fixed_part() -> None:
    run = scenario({"A": Work(fixed(1800), role="r", cost=25)}, roles={"r": staff("r", 3, cost_per_hour=6000)})
    log = simulate(process("s A e"), run, cases=10, seed=1)
    assert log.event_table["cost"].to_list() == [3025] * 10
    assert not log.event_table["automatic"].any()
