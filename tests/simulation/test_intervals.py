"""Intervals of few replications."""

from __future__ import annotations

import pytest

from zaizao.simulation import student_95


def test_student_quantiles_fall_towards_the_normal_one() -> None:
    quantiles = [student_95(freedom) for freedom in range(1, 400)]
    assert quantiles == sorted(quantiles, reverse=True)
    assert quantiles[9] == 2.228
    assert student_95(60) == pytest.approx(2.0003, abs=1e-4)
    assert student_95(10_000) == pytest.approx(1.9602, abs=1e-4)
