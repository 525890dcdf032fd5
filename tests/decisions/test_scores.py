"""Scorecards and models: points, reasons, and separation on public data as published."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from numpy.typing import NDArray

from decisions.loans import CARD, GOOD
from zaizao.decisions import (
    auc,
    cross_validate,
    drift,
    fit_model,
    fit_scorecard,
    ks,
    psi,
    read_model,
    read_scorecard,
    validate,
    write_model,
    write_scorecard,
)

DATA = Path(__file__).parents[2] / ".." / "shared" / "data"
needs_data = pytest.mark.skipif(not DATA.exists(), reason="the public credit data of ../shared are absent")
Flags = NDArray[np.bool_]
Fit = Callable[[pl.DataFrame, Flags], Callable[[pl.DataFrame], NDArray[np.float64]]]


def credit(name: str, target: str, bad: object) -> tuple[pl.DataFrame, Flags]:
    rows = pl.read_csv(DATA / name, infer_schema_length=None)
    drop = [column for column in (target, "ID") if column in rows.columns]
    return rows.drop(drop), (rows[target] == bad).to_numpy()


def by_card(rows: pl.DataFrame, bad: Flags) -> Callable[[pl.DataFrame], NDArray[np.float64]]:
    card = fit_scorecard(rows, bad)
    return lambda new: np.array([card.choose(row).details["probability"] for row in new.iter_rows(named=True)])


def by_model(rows: pl.DataFrame, bad: Flags) -> Callable[[pl.DataFrame], NDArray[np.float64]]:
    return fit_model(rows, bad).probabilities


def test_points_add_up_and_reasons_name_what_cost_most() -> None:
    assert CARD.score(GOOD) == 70 + 60 + 500
    poor = CARD.choose({"income": 2_000, "overdue": 5})
    assert poor.value == 10 + 20 + 300
    assert [(reason.code, reason.weight) for reason in poor.reasons] == [
        ("overdue", 200.0),
        ("income", 60.0),
        ("employment", 40.0),
    ]


def test_points_to_double_the_odds() -> None:
    assert CARD.odds(600) == pytest.approx(20)
    assert CARD.odds(650) == pytest.approx(40)
    assert CARD.choose(GOOD).details["probability"] == pytest.approx(1 / (1 + 20 * 2 ** (30 / 50)))


@pytest.mark.parametrize("value", [None, math.nan, "many", True])
def test_what_is_no_number_falls_into_the_rest(value: object) -> None:
    assert CARD.score({**GOOD, "overdue": value}) == 70 + 60 + 380


def test_a_card_is_read_as_it_was_written() -> None:
    assert read_scorecard(write_scorecard(CARD)) == CARD


@needs_data
@pytest.mark.parametrize(
    ("fit", "area", "gap"), [(by_card, 0.77, 0.43), (by_model, 0.785, 0.46)], ids=["scorecard", "boosted"]
)
def test_german_credit_is_separated_as_published(fit: Fit, area: float, gap: float) -> None:
    found = cross_validate(fit, *credit("germancredit.csv", "creditability", "bad"))
    assert found.auc >= area
    assert found.ks >= gap


@needs_data
@pytest.mark.slow
@pytest.mark.parametrize(
    ("fit", "area", "gap"), [(by_card, 0.76, 0.40), (by_model, 0.783, 0.43)], ids=["scorecard", "boosted"]
)
def test_taiwan_defaults_are_separated_as_published(fit: Fit, area: float, gap: float) -> None:
    found = cross_validate(fit, *credit("taiwan_default.csv", "default.payment.next.month", 1))
    assert found.auc >= area
    assert found.ks >= gap


@needs_data
def test_the_same_rows_give_the_same_model_and_one_row_scores_as_in_bulk() -> None:
    rows, bad = credit("germancredit.csv", "creditability", "bad")
    model = fit_model(rows, bad, rounds=50)
    assert write_model(model) == write_model(fit_model(rows, bad, rounds=50))
    again = read_model(write_model(model))
    single = [again.choose(row).value for row in rows.head(20).iter_rows(named=True)]
    assert single == pytest.approx(model.probabilities(rows.head(20)).tolist())
    assert all(choice.weight > 0 for choice in again.choose(rows.row(1, named=True)).reasons)


def test_auc_and_ks_agree_with_counting_by_hand() -> None:
    risk, bad = np.array([0.1, 0.4, 0.4, 0.9]), np.array([False, True, False, True])
    assert auc(risk, bad) == (1 + 1 + 1 + 0.5) / 4
    assert ks(risk, bad) == 0.5


def test_calibration_is_by_group_with_an_interval() -> None:
    luck = np.random.default_rng(1)
    risk = luck.uniform(0.05, 0.6, 20_000)
    bad = luck.random(20_000) < risk
    true = validate(risk, bad)
    assert sum(group.holds for group in true.calibration) >= 8
    assert sum(group.cases for group in true.calibration) == true.cases
    low = validate(risk / 2, bad)
    assert not any(group.holds for group in low.calibration)
    assert low.auc == pytest.approx(true.auc)


def test_drift_finds_the_column_that_moved() -> None:
    luck = np.random.default_rng(2)
    old = pl.DataFrame({"age": luck.normal(40, 8, 5_000), "city": luck.choice(["A", "B"], 5_000)})
    new = pl.DataFrame({"age": luck.normal(40, 8, 5_000), "city": luck.choice(["A", "C"], 5_000)})
    found = drift(old, new)
    assert next(iter(found)) == "city"
    assert found["city"] > 0.25
    assert found["age"] < 0.02
    same = old["age"].to_numpy()
    assert psi(same, same) == pytest.approx(0)
