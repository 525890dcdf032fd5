"""Estimated starts: the band by hand, and that real starts lie in it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from zaizao.eventlog import MISSING_TIME, Guess, estimate_starts, from_columns, read

LOGS = Path(__file__).parents[2] / ".." / "shared" / "logs"
U = MISSING_TIME


def test_steps_that_run_beside_each_other_do_not_wait_for_each_other() -> None:
    log = from_columns(
        case=["1", "1", "1", "2", "2", "2"],
        activity=["A", "B", "C", "A", "C", "B"],
        end=np.array([10, 20, 30, 110, 120, 130]),
    )
    assert estimate_starts(log).earliest.tolist() == [10, 10, 10, 110, 110, 110]


def test_the_band_comes_from_the_case_and_the_person() -> None:
    log = from_columns(
        case=["1", "1", "1", "2", "2"],
        activity=list("ABCAB"),
        start=np.array([U, U, 25, U, U]),
        end=np.array([10, 20, 30, 15, 40]),
        resource=["x", "y", "y", "y", None],
    )
    band = estimate_starts(log)
    assert band.earliest.tolist() == [10, 10, 25, 15, 15]
    assert band.likely.tolist() == [10, 15, 25, 15, 15]
    assert band.latest.tolist() == [10, 20, 25, 15, 40]
    filled = band.with_starts(Guess.LIKELY)
    assert filled.start.tolist() == [10, 15, 25, 15, 15]
    assert filled.event_table["start_estimated"].to_list() == [True, True, False, True, True]
    assert filled.findings[-1].code == "log.estimated-starts" and "4 start times" in filled.findings[-1].what.en
    assert estimate_starts(filled).with_starts() is filled


@pytest.mark.skipif(not LOGS.exists(), reason="the shared event logs are not on this machine")
@pytest.mark.parametrize(("name", "least"), [("LoanApp_AgentSim_train.csv", 0.99), ("BPIC12_W_start_end.csv.gz", 0.95)])
def test_nearly_all_true_starts_lie_in_the_band(name: str, least: float) -> None:
    log = read(LOGS / name)
    band = estimate_starts(replace(log, start=np.full(log.events, U)))
    assert (band.earliest <= band.likely).all() and (band.likely <= band.latest).all()
    inside = (band.earliest <= log.start) & (log.start <= band.latest)
    assert inside.mean() >= least
