"""Forecasts of running cases: better than the plain baseline where there is something to learn, honest where not."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from mining.drawn import MINUTE
from zaizao.eventlog import EventLog, from_columns, subset
from zaizao.mining import MiningError, outcome, remaining_time

CASES = 1500


def branches(seed: int = 4, attribute_tells: bool = True) -> EventLog:
    """apply; then quick and end (an hour) or slow, wait, end (ten hours); a large amount makes slow likely."""
    draw = np.random.default_rng(seed)
    large = draw.random(CASES) < 0.5
    slow = draw.random(CASES) < np.where(large, 0.9, 0.1)
    case, activity, end = [], [], []
    for k in range(CASES):
        at = 60 * k
        for name, wait in (("apply", 0), ("slow", 30), ("wait", 300), ("end", 300)) if slow[k] else (
            ("apply", 0), ("quick", 30), ("end", 30),
        ):  # fmt: skip
            at += int(wait * draw.gamma(20.0, 1 / 20))
            case.append(f"c{k}")
            activity.append(name)
            end.append(at * MINUTE)
    shown = large if attribute_tells else draw.random(CASES) < 0.5
    amount = np.where(shown, 900.0, 100.0) + draw.uniform(0, 50, CASES)
    return from_columns(
        case=case, activity=activity, end=np.array(end), case_table=pl.DataFrame({"amount": amount}), zone="UTC"
    )


def test_remaining_time_beats_its_baseline_and_its_interval_holds_what_it_promises() -> None:
    found = remaining_time(branches())
    assert found.test.error.high < 0.7 * found.test.baseline
    assert 0.86 < found.test.coverage < 0.94
    assert set(found.tried) == {"state", "regression"}
    assert found.method == min(found.tried, key=lambda name: found.tried[name])


def test_a_forecast_does_not_see_the_future() -> None:
    log = branches()
    found, chance = remaining_time(log), outcome(log, "slow")
    first = subset(log, log.offsets[:-1])
    again = subset(log, np.sort(np.concatenate((log.offsets[:-1], log.offsets[:-1] + 1))))
    early, later = found.of(first), found.of(again)
    # What "quick" and "slow" mean for the rest is known only once they happened.
    slow = np.array([again.activity_names[a] == "slow" for a in again.activity[1::2]])
    assert later[0][slow].mean() > 5 * later[0][~slow].mean()
    large = log.case_table["amount"].to_numpy() > 500
    assert chance.of(first)[large].mean() == pytest.approx(0.9, abs=0.06)
    assert chance.of(first)[~large].mean() == pytest.approx(0.1, abs=0.06)
    assert ((early[1] <= early[0]) & (early[0] <= early[2])).all()


def test_an_outcome_that_an_attribute_tells_is_found_and_calibrated() -> None:
    found = outcome(branches(), "slow")
    assert found.test.area.low > 0.8
    assert found.test.brier < 0.6 * found.test.baseline
    assert all(abs(said - true) < 0.12 for said, true, _ in found.test.calibration)


def test_an_outcome_that_nothing_tells_is_worth_the_base_rate() -> None:
    found = outcome(branches(attribute_tells=False), np.random.default_rng(8).random(CASES) < 0.3)
    assert found.test.area.low < 0.5 < found.test.area.high
    assert found.test.brier == pytest.approx(found.test.baseline, rel=0.05)


@pytest.mark.parametrize("what", ["nothing such", "apply"])
def test_what_cannot_be_forecast_is_refused_in_words(what: str) -> None:
    with pytest.raises(MiningError):
        outcome(branches(), what)


def test_too_few_cases_are_refused() -> None:
    log = branches()
    with pytest.raises(MiningError, match="fewer than"):
        remaining_time(subset(log, np.arange(100)))
