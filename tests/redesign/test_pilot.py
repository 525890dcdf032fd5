"""How large a pilot must be."""

from __future__ import annotations

import numpy as np
import pytest

from zaizao.redesign.pilot import LEAST_CASES, pilot_size, superiority


def test_superiority_counts_faster_pairs_and_half_the_ties() -> None:
    before, after = np.array([3.0, 5.0, 5.0]), np.array([5.0, 1.0])
    assert superiority(before, after) == pytest.approx((2 / 2 + 3) / 6)


def test_noethers_formula_gives_the_published_size() -> None:
    # p = 0.7, equal arms, 5 % two-sided, power 80 %: (1.95996 + 0.84162)² / (12 · ¼ · 0.04) = 65.4.
    before = np.array([0.0] * 3 + [10.0] * 7)
    size = pilot_size(before, np.array([5.0]), arrivals_per_week=33)
    assert size is not None
    assert size.faster == pytest.approx(0.7)
    assert size.cases == 66
    assert size.weeks == pytest.approx(2.0)


def test_two_equal_samples_need_no_pilot_and_say_so() -> None:
    same = np.arange(100.0)
    assert pilot_size(same, same, arrivals_per_week=10) is None


def test_an_obvious_change_still_gets_enough_cases_for_the_formula_to_hold() -> None:
    size = pilot_size(np.full(50, 10.0), np.full(50, 1.0), arrivals_per_week=100)
    assert size is not None
    assert size.cases == LEAST_CASES
