"""Proof over time: a known effect is found again, and what trend, season and controls explain is not claimed."""

from __future__ import annotations

import numpy as np
import pytest

from redesign.test_moves import small_log
from zaizao.redesign import Basis, Weekly, benefit, drifting, effect, halves, weekly

WEEKS = np.arange(2800, 2800 + 160)


def series(
    change: float, *, slope: float = 0.0, season: float = 0.0, seed: int = 1, at: int = 120
) -> tuple[Weekly, Weekly]:
    rng = np.random.default_rng(seed)
    x = np.arange(len(WEEKS))
    value = 1000 + slope * x + season * np.sin(2 * np.pi * x / 52.1775) + 30 * rng.standard_normal(len(x))
    value[at:] += change
    return halves(Weekly(WEEKS, value, np.full(len(x), 40)), int(WEEKS[at]))


def test_a_known_effect_is_found_under_trend_and_season() -> None:
    found = effect(*series(-200.0, slope=1.5, season=80.0))
    assert found.effect.low <= -200.0 <= found.effect.high
    assert found.effect.value == pytest.approx(-200.0, abs=35.0)
    assert found.trend == pytest.approx(1.5 * 80, rel=0.3)
    assert abs(found.raw + 200.0) > 60.0


def test_a_trend_alone_is_no_effect() -> None:
    found = effect(*series(0.0, slope=-3.0))
    assert found.raw < -200.0
    assert found.effect.low <= 0.0 <= found.effect.high
    assert abs(found.effect.value) < 40.0


def test_intervals_hold_the_truth_as_often_as_they_say() -> None:
    held = sum(
        (found := effect(*series(-100.0, slope=1.0, seed=seed), seed=seed)).effect.low <= -100 <= found.effect.high
        for seed in range(20)
    )
    assert held >= 17


def test_what_happened_to_the_controls_is_taken_out() -> None:
    mine, theirs = series(-150.0, seed=2), series(-100.0, seed=3)
    found = effect(*mine, controls=theirs)
    assert found.controls == pytest.approx(-100.0, abs=20.0)
    assert found.effect.value == pytest.approx(-50.0, abs=25.0)
    assert not any("no controls" in text.en for text in found.assumed)


def test_drift_is_told_from_chance() -> None:
    assert drifting(series(0.0, slope=2.0)[0])[1]
    assert not drifting(series(0.0)[0])[1]


def test_benefits_are_hours_and_money_with_intervals_and_said_to_rest_on_assumptions() -> None:
    work, cycle = effect(*series(-360.0)), effect(*series(-7200.0))
    found = benefit(work, cycle, cases_per_year=10_000, fen_per_hour=12_000)
    assert found.hours.value == pytest.approx(1000, rel=0.1)
    assert found.money.value == pytest.approx(found.hours.value * 12_000)
    assert found.hours.low <= found.hours.value <= found.hours.high
    assert found.waiting.value == pytest.approx(20_000, rel=0.05)
    assert found.money.evidence.basis is Basis.ASSUMPTION


def test_a_week_is_that_in_which_a_case_ends() -> None:
    rows = [("1", "a", 0, 2, "p"), ("2", "a", 0, 4, "p"), ("3", "a", 200, 209, "p")]
    found = weekly(small_log(rows))
    assert found.cases.tolist() == [2, 1]
    assert found.value.tolist() == [3 * 3600, 9 * 3600]
