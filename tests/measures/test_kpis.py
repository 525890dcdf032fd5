"""The figures by hand on a log of three cases, and what is not carried is not guessed."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from zaizao.eventlog import MISSING_TIME, EventLog, from_columns
from zaizao.measures import DEFINITIONS, Kpi, MeasureError, evaluate

HOUR = 3_600_000_000


def log() -> EventLog:
    """Case 1: queue 1 h, A 2 h, then B and C overlap; case 2: A alone by machine; case 3: A twice."""
    rows = [
        # case, activity, enabled, start, end, automatic, cost
        ("1", "A", 0, 1, 3, True, 100),
        ("1", "B", 3, 4, 8, False, 5_000),
        ("1", "C", 3, 6, 10, False, 2_000),
        ("2", "A", 1, 1, 2, True, 100),
        ("3", "A", 2, 2, 4, True, 100),
        ("3", "A", 6, 6, 8, False, 300),
    ]
    case, activity, enabled, start, end, automatic, cost = (list(column) for column in zip(*rows, strict=True))
    return from_columns(
        case=case,
        activity=activity,
        start=np.array(start) * HOUR,
        end=np.array(end) * HOUR,
        event_table=pl.DataFrame({"enabled": np.array(enabled) * HOUR, "automatic": automatic, "cost": cost}),
    )


def hours(kpi: Kpi) -> float:
    return evaluate(kpi, log()).value / HOUR


def test_times_of_cases() -> None:
    assert hours(Kpi.CYCLE_TIME_MEDIAN) == 6
    assert hours(Kpi.CYCLE_TIME_MEAN) == pytest.approx((10 + 1 + 6) / 3)
    assert hours(Kpi.CYCLE_TIME_P90) == pytest.approx(6 + 0.8 * 4)
    assert hours(Kpi.PROCESSING_MEAN) == pytest.approx((10 + 1 + 4) / 3)
    assert hours(Kpi.WAITING_MEAN) == pytest.approx((10 - 8 + 0 + 6 - 4) / 3)


def test_shares_money_and_flow() -> None:
    assert evaluate(Kpi.COST_MEAN, log()).value == pytest.approx((7_100 + 100 + 400) / 3)
    assert evaluate(Kpi.MANUAL_SHARE, log()).value == pytest.approx(3 / 6)
    assert evaluate(Kpi.STRAIGHT_THROUGH, log()).value == pytest.approx(1 / 3)
    assert evaluate(Kpi.REWORK_SHARE, log()).value == pytest.approx(1 / 3)
    assert evaluate(Kpi.THROUGHPUT, log()).value == pytest.approx(3 / (10 / 24))


def test_every_figure_lies_in_its_interval_and_is_the_same_every_time() -> None:
    for kpi in Kpi:
        estimate = evaluate(kpi, log())
        assert estimate.low <= estimate.value <= estimate.high and estimate.n >= 1, kpi
        assert estimate == evaluate(kpi, log())
        assert estimate == evaluate(kpi, log(), np.random.default_rng(0))
        assert DEFINITIONS[kpi].title.zh and DEFINITIONS[kpi].title.en


def test_a_figure_that_the_log_does_not_carry_is_refused() -> None:
    bare = from_columns(case=["1", "1"], activity=["A", "B"], end=np.array([0, HOUR]))
    assert evaluate(Kpi.CYCLE_TIME_MEDIAN, bare).value == HOUR
    for kpi in (Kpi.COST_MEAN, Kpi.MANUAL_SHARE, Kpi.STRAIGHT_THROUGH, Kpi.WAITING_MEAN, Kpi.PROCESSING_MEAN):
        with pytest.raises(MeasureError, match=str(kpi)):
            evaluate(kpi, bare)
    empty = from_columns(case=[], activity=[], end=np.array([], dtype=np.int64))
    with pytest.raises(MeasureError, match="the log is empty"):
        evaluate(Kpi.CYCLE_TIME_MEAN, empty)


def test_unknown_starts_and_unknown_performers_count_conservatively() -> None:
    some = from_columns(
        case=["1", "1"],
        activity=["A", "B"],
        start=np.array([MISSING_TIME, 2 * HOUR]),
        end=np.array([HOUR, 4 * HOUR]),
        event_table=pl.DataFrame({"automatic": [None, True]}),
    )
    assert evaluate(Kpi.CYCLE_TIME_MEAN, some).value == 3 * HOUR
    assert evaluate(Kpi.PROCESSING_MEAN, some).value == 2 * HOUR
    assert evaluate(Kpi.WAITING_MEAN, some).value == HOUR
    assert evaluate(Kpi.MANUAL_SHARE, some).value == 0.5


def test_intervals_hold_the_truth_about_as_often_as_they_say() -> None:
    random = np.random.default_rng(5)
    held = {"mean": 0, "median": 0, "share": 0}
    for _ in range(100):
        length = random.exponential(10.0, 200)
        end = np.round(length * HOUR).astype(np.int64)
        sample = from_columns(
            case=[str(k) for k in range(200)] * 2,
            activity=["A"] * 200 + ["A" if hit else "B" for hit in random.random(200) < 0.3],
            end=np.concatenate((np.zeros(200, dtype=np.int64), end)),
        )
        for name, kpi, truth in (
            ("mean", Kpi.CYCLE_TIME_MEAN, 10.0 * HOUR),
            ("median", Kpi.CYCLE_TIME_MEDIAN, 10.0 * HOUR * np.log(2)),
            ("share", Kpi.REWORK_SHARE, 0.3),
        ):
            estimate = evaluate(kpi, sample, random)
            held[name] += estimate.low <= truth <= estimate.high
    assert all(88 <= count <= 100 for count in held.values()), held
