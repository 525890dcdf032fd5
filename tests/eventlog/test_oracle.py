"""An outside oracle for reading: r4pm, where installed, sees the same events in the same order."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from zaizao.eventlog import MISSING, read

r4pm = pytest.importorskip("r4pm", reason="r4pm is not installed")
LOGS = Path(__file__).parents[2] / ".." / "shared" / "logs"


@pytest.mark.skipif(not LOGS.exists(), reason="the shared event logs are not on this machine")
@pytest.mark.parametrize(
    "name",
    [
        "running-example.xes",
        "receipt.xes.gz",
        "Sepsis.xes.gz",
        "BPIC20_RequestForPayment.xes.gz",
        pytest.param("BPIC12.xes.gz", marks=pytest.mark.slow),
        pytest.param("RoadFines.xes.gz", marks=pytest.mark.slow),
    ],
)
def test_every_event_of_the_real_logs_is_the_oracles(name: str) -> None:
    log = read(LOGS / name)
    theirs, _ = r4pm.df.import_xes(str(LOGS / name))
    theirs = pl.DataFrame(theirs.get_columns())
    people = pl.Series((*log.resource_names, None), dtype=pl.String)
    ours = pl.DataFrame(
        {
            "case": pl.Series(log.case_names).gather(log.case),
            "activity": pl.Series(log.activity_names).gather(log.activity),
            "end": log.end,
            "resource": people.gather(np.where(log.resource == MISSING, len(log.resource_names), log.resource)),
        }
    )
    resource = theirs.get_column("org:resource", default=pl.Series([None] * len(theirs), dtype=pl.String))
    expected = pl.DataFrame(
        {
            "case": theirs["case:concept:name"],
            "activity": theirs["concept:name"],
            "end": theirs["time:timestamp"].to_physical(),
            "resource": resource,
        }
    )
    first = pl.DataFrame({"case": expected["case"].unique(maintain_order=True)}).with_row_index("number")
    expected = expected.join(first, on="case", maintain_order="left").sort("number", "end", maintain_order=True)
    assert len(expected) == log.events
    assert ours.equals(expected.select(ours.columns))
