"""Distances: golden values computed by the PyPI package log-distance-measures 2.x on the same two logs."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from zaizao.eventlog import MISSING_TIME, EventLog, from_columns
from zaizao.simulation import Distances, distances

HOUR = 3_600_000_000
GOLDEN = Distances(
    ngram=0.6190476190476191,
    absolute=38.047222222222224,
    circadian=1.2723056246308015,
    relative=0.16805555555555585,
    cycle_time=0.6944444444444444,
)


def made(cases: int, salt: int) -> EventLog:
    """A log by formula, so that the oracle could be run on the very same rows."""
    case, activity, start, end = [], [], [], []
    for k in range(cases):
        at = 1_700_000_000_000_000 + k * 5 * HOUR + salt * 977_000_000
        for j in range(2 + (k * 7 + salt) % 5):
            at += ((k * 31 + j * 17 + salt * 5) % 29) * HOUR // 4
            done = at + ((k * 13 + j * 7 + salt) % 11) * HOUR // 6
            case.append(str(k))
            activity.append("ABCDE"[(k + j * j + salt * (j > 1)) % 5])
            start.append(at)
            end.append(done)
            at = done
    return from_columns(case=case, activity=activity, start=np.array(start), end=np.array(end))


def test_distances_are_those_of_the_reference_package() -> None:
    measured = distances(made(60, 0), made(45, 3))
    assert measured.ngram == pytest.approx(GOLDEN.ngram, abs=1e-9)
    assert measured.absolute == pytest.approx(GOLDEN.absolute, abs=1e-9)
    assert measured.circadian == pytest.approx(GOLDEN.circadian, abs=1e-9)
    assert measured.relative == pytest.approx(GOLDEN.relative, abs=1e-9)
    assert measured.cycle_time == pytest.approx(GOLDEN.cycle_time, abs=1e-9)


def test_a_log_is_at_no_distance_from_itself_and_distances_are_symmetric() -> None:
    one, other = made(60, 0), made(45, 3)
    assert distances(one, one) == Distances(0.0, 0.0, 0.0, 0.0, 0.0)
    there, back = distances(one, other), distances(other, one)
    for name in ("ngram", "absolute", "circadian", "relative", "cycle_time"):
        assert getattr(there, name) == pytest.approx(getattr(back, name))


def test_a_start_that_is_not_known_counts_as_the_end() -> None:
    log = made(20, 0)
    bare = replace(log, start=np.full(log.events, MISSING_TIME))
    assert distances(bare, replace(log, start=log.end)) == Distances(0.0, 0.0, 0.0, 0.0, 0.0)
