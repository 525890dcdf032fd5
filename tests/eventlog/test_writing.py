"""Writing: what was read comes back from every format, and the bytes depend on the log alone."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from zaizao.eventlog import MISSING_TIME, EventLog, LogError, from_columns, read, write

LOGS = Path(__file__).parents[2] / ".." / "shared" / "logs"
HOUR = 3_600_000_000
T0 = 1_709_254_800_123_000


def sample() -> EventLog:
    return from_columns(
        case=["贷-1", "贷-1", "贷-2 & <\"x\">"],
        activity=["收件", "审批\n复核", "收件"],
        start=np.array([T0, MISSING_TIME, T0 + HOUR]),
        end=np.array([T0 + HOUR, T0 + 2 * HOUR, T0 + 2 * HOUR]),
        resource=["柜员 007", None, "system"],
        lifecycle=["complete"] * 3,
        case_table=pl.DataFrame({"amount": [120_000, None], "rate": [4.2, 3.9], "vip": [True, False]}),
        event_table=pl.DataFrame({
            "enabled": pl.Series([T0 - HOUR, None, None], dtype=pl.Int64),
            "automatic": [False, None, True],
            "note": ["a,\"b\"", None, "007"],
            "opened": pl.Series([T0, None, None]).cast(pl.Datetime("us")).dt.replace_time_zone("UTC"),
        }),
        zone="Asia/Shanghai",
        source="sample",
    )  # fmt: skip


def same(left: EventLog, right: EventLog) -> None:
    for name in ("case", "activity", "start", "end", "resource", "lifecycle", "offsets"):
        assert np.array_equal(getattr(left, name), getattr(right, name)), name
    for name in ("case_names", "activity_names", "resource_names", "lifecycle_names", "zone"):
        assert getattr(left, name) == getattr(right, name), name
    for name in ("case_table", "event_table"):
        one, other = getattr(left, name), getattr(right, name)
        assert one.select(sorted(one.columns)).equals(other.select(sorted(other.columns))), name


@pytest.mark.parametrize("suffix", [".xes", ".xes.gz", ".csv", ".csv.gz", ".parquet"])
def test_what_is_written_is_read_again(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"log{suffix}"
    write(sample(), path)
    same(sample(), read(path))
    first = path.read_bytes()
    write(read(path), path)
    assert path.read_bytes() == first
    assert [file.name for file in tmp_path.iterdir()] == [path.name]


def test_the_zone_is_kept_by_name(tmp_path: Path) -> None:
    from dataclasses import replace

    write(replace(sample(), zone="Europe/Paris"), tmp_path / "log.xes")
    assert read(tmp_path / "log.xes").zone == "Europe/Paris"


def test_a_failed_writing_leaves_nothing_behind(tmp_path: Path) -> None:
    with pytest.raises(LogError, match="suffix"):
        write(sample(), tmp_path / "log.docx")
    with pytest.raises(LogError, match="cannot be written"):
        write(sample(), tmp_path / "gone" / "log.xes")
    assert not list(tmp_path.iterdir())


@pytest.mark.skipif(not LOGS.exists(), reason="the shared event logs are not on this machine")
@pytest.mark.parametrize("name", ["receipt.xes.gz", "Sepsis.xes.gz"])
def test_real_logs_survive_xes_to_parquet_to_xes(tmp_path: Path, name: str) -> None:
    log = read(LOGS / name)
    write(log, tmp_path / "a.parquet")
    write(read(tmp_path / "a.parquet"), tmp_path / "b.xes.gz")
    same(log, read(tmp_path / "b.xes.gz"))
