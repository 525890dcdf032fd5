"""Laws of routing between versions: repeatable, by weight, moved only towards what gains weight, closed where it should be."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from zaizao.redesign import Bandit, Record, Route, Router, best_chances
from zaizao.simulation import Condition

WEIGHTS = st.lists(st.floats(0, 10), min_size=1, max_size=4)


def router(weights: list[float]) -> Router:
    return Router(tuple(Route(f"v{at}", weight) for at, weight in enumerate(weights)), salt="pilot")


@settings(max_examples=50, deadline=None)
@given(WEIGHTS, st.text(max_size=12))
def test_the_same_case_gets_the_same_version_and_never_one_without_weight(weights: list[float], case: str) -> None:
    one = router(weights)
    version = one.choose(case)
    assert version == router(weights).choose(case)
    weight = {route.version: route.weight for route in one.routes}
    assert weight[version] > 0 or not any(weights)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.floats(0.05, 5), min_size=2, max_size=4), st.integers(0, 3), st.floats(1.1, 5))
def test_more_weight_moves_cases_only_towards_it(weights: list[float], which: int, factor: float) -> None:
    which %= len(weights)
    raised = [weight * factor if at == which else weight for at, weight in enumerate(weights)]
    before, after = router(weights), router(raised)
    for case in map(str, range(200)):
        old, new = before.choose(case), after.choose(case)
        assert new in (old, f"v{which}")


def test_shares_are_the_weights() -> None:
    one = router([0.7, 0.2, 0.1])
    versions = [one.choose(str(case)) for case in range(20_000)]
    for at, share in enumerate((0.7, 0.2, 0.1)):
        assert versions.count(f"v{at}") / 20_000 == pytest.approx(share, abs=0.012)


def test_a_version_for_some_cases_gets_no_others() -> None:
    small = (Condition("amount", high=50_000.0), Condition("product", ("retail",)))
    one = Router((Route("old", 0.5), Route("new", 0.5, small)))
    for case in map(str, range(300)):
        assert one.choose(case, {"amount": 80_000, "product": "retail"}) == "old"
        assert one.choose(case, {"product": "retail"}) == "old"
    assert {one.choose(str(case), {"amount": 100, "product": "retail"}) for case in range(50)} == {"old", "new"}


def test_weights_follow_outcomes_and_lose_less_than_even_shares() -> None:
    truth = {"v0": 0.55, "v1": 0.75}
    luck = np.random.default_rng(3)
    bandit, won = Bandit(router([0.5, 0.5])), 0
    for case in range(1500):
        if case % 50 == 0:
            bandit = bandit.weighed(case)
        version = bandit.router.choose(str(case))
        met = bool(luck.random() < truth[version])
        won += met
        bandit = bandit.learn(version, met=met)
    assert bandit.router.routes[1].weight > 0.9
    assert bandit.router.routes[0].weight >= 0.019
    assert won > 1500 * 0.71


def test_chances_of_being_best_are_those_of_the_records() -> None:
    even = best_chances([Record(10, 10), Record(10, 10)], 1)
    assert even[0] == pytest.approx(0.5, abs=0.03)
    clear = best_chances([Record(10, 90), Record(90, 10)], 1)
    assert clear[1] > 0.999
    assert sum(clear) == pytest.approx(1.0)


def test_learning_keeps_the_old_record() -> None:
    bandit = Bandit(router([1.0]))
    assert bandit.learn("v0", met=True).records == {"v0": Record(1.0, 0.0)}
    assert replace(bandit).records == {}
