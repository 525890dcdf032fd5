"""Reading in parts: whole cases, one code, nothing lost."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from zaizao.eventlog import EventLog, LogError, from_columns, parts, read, write


def sample(cases: int) -> EventLog:
    random = np.random.default_rng(3)
    lengths = random.integers(1, 9, cases)
    case = np.repeat(np.arange(cases), lengths)
    rows = len(case)
    return from_columns(
        case=[f"案 {k}" for k in case],
        activity=[f"步骤 {k}" for k in random.integers(0, 6, rows)],
        end=random.integers(0, 10**15, rows),
        resource=[None if k == 0 else f"人 {k}" for k in random.integers(0, 4, rows)],
        event_table=pl.DataFrame({"note": ["x"] * rows}),
    )


@pytest.mark.parametrize("events", [1, 7, 100, 10**6])
def test_parts_are_whole_cases_in_one_code_and_together_the_log(tmp_path: Path, events: int) -> None:
    log = sample(60)
    write(log, tmp_path / "log.parquet")
    pieces = list(parts(tmp_path / "log.parquet", events=events))
    assert len({piece.activity_names for piece in pieces}) == len({piece.resource_names for piece in pieces}) == 1
    assert tuple(name for piece in pieces for name in piece.case_names) == log.case_names
    assert np.array_equal(np.concatenate([piece.end for piece in pieces]), log.end)
    names = np.array(pieces[0].activity_names)
    mine = np.array(log.activity_names)[log.activity]
    assert np.array_equal(np.concatenate([names[piece.activity] for piece in pieces]), mine)
    assert np.concatenate([piece.resource for piece in pieces]).min() == -1
    assert all(piece.offsets[-1] == piece.events for piece in pieces)


def test_other_parquet_files_are_refused_with_the_remedy(tmp_path: Path) -> None:
    pl.DataFrame({"a": [1]}).write_parquet(tmp_path / "x.parquet")
    with pytest.raises(LogError, match="cannot be read in parts; convert it"):
        next(parts(tmp_path / "x.parquet"))


def test_without_attributes_the_whole_log_comes_from_its_parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log = sample(200)
    write(log, tmp_path / "log.parquet")
    monkeypatch.setattr("zaizao.eventlog.streaming.parts.__kwdefaults__", {"events": 50})
    found = read(tmp_path / "log.parquet", attributes=False)
    assert found.event_table.width == 0 and found.case_names == log.case_names
    assert np.array_equal(found.end, log.end) and np.array_equal(found.offsets, log.offsets)
    assert np.array_equal(found.case, log.case)
    assert [found.activity_names[a] for a in found.activity] == [log.activity_names[a] for a in log.activity]
    write(log, tmp_path / "log.csv")
    assert read(tmp_path / "log.csv", attributes=False).event_table.width == 0


def test_cases_that_do_not_stand_together_are_refused_not_lost(tmp_path: Path) -> None:
    log = sample(30)
    write(log, tmp_path / "log.parquet")
    meta = {k: v for k, v in pl.read_parquet_metadata(tmp_path / "log.parquet").items() if k == "zaizao.log"}
    pl.read_parquet(tmp_path / "log.parquet").reverse().sort("time:timestamp").write_parquet(
        tmp_path / "torn.parquet", metadata=meta
    )
    with pytest.raises(LogError, match="do not stand together"):
        list(parts(tmp_path / "torn.parquet"))
    with pytest.raises(LogError, match="do not stand together"):
        read(tmp_path / "torn.parquet", attributes=False)
