"""Ranking of segments: what is large, slow and dear comes first, for reasons that are stated."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from redesign.blocks import MONDAY
from zaizao.eventlog import EventLog, from_columns
from zaizao.redesign import Weights, value

HOUR = 3_600_000_000


def log_of(cycle_hours: dict[str, float], cases: dict[str, int]) -> EventLog:
    """Two events a case; the product says how long it takes; amounts grow with the case number."""
    products = [name for name, count in cases.items() for _ in range(count)]
    ids = [f"c{number}" for number in range(len(products)) for _ in range(2)]
    ends = [MONDAY + int(offset * HOUR) for name in products for offset in (0, cycle_hours[name])]
    return from_columns(
        case=ids,
        activity=["apply", "decide"] * len(products),
        end=np.array(ends),
        case_table=pl.DataFrame({"product": products, "amount": [1000.0 * n for n in range(len(products))]}),
    )


def test_of_two_products_the_slower_and_larger_is_the_first_candidate() -> None:
    log = log_of({"house": 200.0, "card": 10.0}, {"house": 60, "card": 40})
    ranked = [segment for segment in value(log).segments if segment.dimension == "product"]
    assert [segment.name.en for segment in ranked] == ["product = house", "product = card"]
    assert ranked[0].share == pytest.approx(0.6)
    assert ranked[0].share_of_time == pytest.approx(60 * 200 / (60 * 200 + 40 * 10))
    assert "60%" in ranked[0].reason.en


def test_shares_of_amount_bands_and_of_endings_sum_to_one() -> None:
    log = log_of({"house": 200.0, "card": 10.0}, {"house": 60, "card": 40})
    segments = value(log).segments
    for dimension in ("amount", "variant", "product"):
        assert sum(s.share for s in segments if s.dimension == dimension) == pytest.approx(1.0)
        assert sum(s.share_of_time for s in segments if s.dimension == dimension) == pytest.approx(1.0)


def test_a_person_s_weights_and_marks_change_the_ranking() -> None:
    log = log_of({"house": 50.0, "card": 40.0}, {"house": 30, "card": 70})
    by_volume = value(log, weights=Weights(volume=2.0, time=0.0, cost=0.0))
    products = [s.name.en for s in by_volume.segments if s.dimension == "product"]
    assert products == ["product = card", "product = house"]
    marked = value(log, marks={"product = house": 100.0})
    assert marked.segments[0].name.en == "product = house"
