"""Knock-outs, rules, effects, neighbours, comparison, drift, automation: what they find and what they leave alone."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from mining.drawn import SHARED, timed, traces
from zaizao.eventlog import EventLog, activities, from_columns, read
from zaizao.mining import (
    Aspect,
    Order,
    automation,
    compare,
    cycle_times,
    drift,
    effects,
    expected_effort,
    knock_outs,
    neighbours,
    rules,
)

MONDAY = 4 * 1440


def test_the_published_knock_out_rules_are_found() -> None:
    path = SHARED / "logs" / "KO_synthetic_example_enriched.csv"
    if not path.exists():
        pytest.skip("this test reads ../shared/logs, which is absent here")
    found = knock_outs(activities(read(path)))
    checks = {check.activity: check for check in found.checks}
    assert [check.activity for check in found.checks] == [
        "Check Liability", "Check Risk", "Check Monthly Income", "Assess application",
    ]  # fmt: skip
    assert {name: [str(rule) for rule in check.rules] for name, check in checks.items()} == {
        "Check Liability": ["Total Debt > 4998.7", "Owns Vehicle = false"],
        "Check Risk": ["Loan Ammount > 10000.0"],
        "Check Monthly Income": ["Monthly Income <= 1000.0"],
        "Assess application": ["External Risk Score > 0.3"],
    }
    assert all(rule.hits == rule.covered for check in checks.values() for rule in check.rules)
    assert found.recommended[0] == "Check Monthly Income"
    assert found.effort_best < 0.6 * found.effort_now
    assert found.effort_now == expected_effort(found.checks)


def test_a_check_that_never_refuses_is_no_knock_out() -> None:
    log = traces(*["abz"] * 50, *["aR"] * 30)
    found = knock_outs(log, rejections=["R"])
    assert [(check.activity, check.rejected) for check in found.checks] == [("a", 30)]
    assert found.rejected_share == 30 / 80


def test_rules_of_noise_are_not_reported() -> None:
    draw = np.random.default_rng(1)
    table = pl.DataFrame({"x": draw.normal(size=600), "y": draw.choice(["p", "q"], 600)})
    assert rules(table, draw.random(600) < 0.3) == []


def test_a_conjunction_is_found_and_its_numbers_are_round() -> None:
    draw = np.random.default_rng(2)
    table = pl.DataFrame({"amount": draw.uniform(0, 10_000, 3000), "kind": draw.choice(["car", "home"], 3000)})
    target = ((table["amount"] > 6000) & (table["kind"] == "home")).to_numpy()
    (rule,) = rules(table, target)
    assert sorted(map(str, rule.conditions))[1] == 'kind = "home"'
    assert abs(next(c.value for c in rule.conditions if c.attribute == "amount") - 6000) < 30
    assert rule.precision.low > 0.97


def with_cases(log: EventLog, **columns: list[object]) -> EventLog:
    return replace(log, case_table=pl.DataFrame(columns))


def test_effects_carry_sizes_and_leave_chance_alone() -> None:
    draw = np.random.default_rng(3)
    cases = 2000
    channel = draw.choice(["branch", "mobile"], cases)
    hours = draw.exponential(10, cases) + 8.0 * (channel == "branch")
    log = from_columns(
        case=np.repeat([f"c{k}" for k in range(cases)], 2).tolist(),
        activity=["a", "b"] * cases,
        end=np.stack((np.zeros(cases), hours * 3.6e9), axis=1).ravel().astype(np.int64),
    )
    log = with_cases(log, channel=channel.tolist(), dice=draw.integers(1, 7, cases).tolist())
    found = effects(log, cycle_times(log) / 3.6e9)
    assert {effect.attribute for effect in found} == {"channel"}
    branch = next(effect for effect in found if effect.level == "branch")
    assert branch.difference.low < 8.0 < branch.difference.high
    assert branch.delta is not None
    assert branch.delta.low > 0.3
    late = effects(log, cycle_times(log) > 15 * 3.6e9)
    assert {effect.level for effect in late} == {"branch", "mobile"}


def test_a_confounded_effect_vanishes_when_the_other_is_held_equal() -> None:
    draw = np.random.default_rng(4)
    cases = 4000
    product = draw.choice(["loan", "card"], cases)
    region = np.where(draw.random(cases) < np.where(product == "loan", 0.8, 0.2), "north", "south")
    outcome = 10.0 * (product == "loan") + draw.normal(size=cases)
    log = with_cases(traces(*["a"] * cases), product=product.tolist(), region=region.tolist())
    held = {(effect.attribute, effect.level): effect for effect in effects(log, outcome)}
    adjusted = [e.adjusted for (name, _), e in held.items() if name == "region" and e.adjusted]
    assert adjusted
    assert all(abs(interval.value) < 0.3 for interval in adjusted)
    assert abs(next(e for (name, _), e in held.items() if name == "region").difference.value) > 4


def test_neighbours_know_free_from_fixed_order() -> None:
    found = {(n.first, n.second): n for n in neighbours(traces(*["abcd"] * 60, *["acbd"] * 40))}
    assert found["b", "c"].order == Order.FREE
    assert found["b", "c"].reverse == 0.4
    assert found["a", "b"].order == Order.FIXED


def test_neighbours_that_overlap_are_parallel_already() -> None:
    rows = []
    for k in range(20):
        rows += [(f"{k}", "a", 0, 10, "x"), (f"{k}", "b", 10, 30, "x"), (f"{k}", "c", 12, 40, "y")]
    found = {(n.first, n.second): n for n in neighbours(timed(rows))}
    assert found["b", "c"].order == Order.PARALLEL
    assert found["b", "c"].overlap == 1.0
    assert found["a", "b"].same_resource == 1.0
    assert found["a", "b"].second_seconds == 1200.0


def test_a_log_compared_with_itself_has_no_significant_difference() -> None:
    log = traces(*["abc"] * 60, *["ac"] * 40)
    assert not any(difference.significant for difference in compare(log, log).differences)


def test_a_changed_path_is_found_with_its_interval() -> None:
    found = compare(traces(*["abc"] * 60, *["ac"] * 40), traces(*["abc"] * 20, *["ac"] * 80))
    changed = {(d.aspect, d.what): d for d in found.differences if d.significant}
    path = changed[Aspect.PATH, "a → c"]
    assert (path.a, path.b) == (0.4, 0.8)
    assert path.difference.low < 0.4 < path.difference.high
    assert path.difference.low > 0.2


def test_drift_finds_the_day_the_process_changed_and_only_that() -> None:
    draw = np.random.default_rng(5)
    before = ["abcd" if draw.random() < 0.5 else "acd" for _ in range(400)]
    after = ["abcd" if draw.random() < 0.9 else "acd" for _ in range(300)]
    (found,) = drift(traces(*before, *after))
    assert abs(found.cases_before - 400) < 25
    assert any(change.what == "a → b" for change in found.changes)
    assert drift(traces(*before, *before)) == []


def test_automation_prefers_the_plain_step_and_vetoes_the_rare_one() -> None:
    draw = np.random.default_rng(6)
    rows = []
    for k in range(400):
        at = MONDAY + (k // 8) * 1440 + 540 + (k % 8) * 60.0
        rows += [(f"{k}", "key in", at, at + 5 + 0.1 * draw.random(), "Li")]
        rows += [(f"{k}", "judge", at + 10, at + 10 + draw.exponential(10), "Wu")]
        rows += [(f"{k}", "post", at + 50, at + 50, "SYSTEM")] if draw.random() < 0.5 else []
        rows += [(f"{k}", "audit", at + 51, at + 52, "Li")] if k % 40 == 0 else []
    found = {candidate.activity: candidate for candidate in automation(timed(rows))}
    assert set(found) == {"key in", "judge", "audit"}
    assert found["key in"].score > found["judge"].score
    assert found["audit"].vetoes[0].en == "only 10 executions: too few to judge"
    saved = found["key in"].saved
    assert saved is not None
    assert math.isclose(saved, found["key in"].hours or 0.0, rel_tol=0.01)
