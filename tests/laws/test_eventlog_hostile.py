"""Law of hostile input: whatever the bytes, reading gives a log or a LogError with place and remedy, nothing else."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from zaizao.eventlog import EventLog, LogError, ObjectLog, from_columns, read, read_objects, write

HOUR = 3_600_000_000


def originals() -> dict[str, bytes]:
    log = from_columns(
        case=["1", "1", "2"],
        activity=["收件", "审批", "收件"],
        start=np.array([0, 1, 2]) * HOUR + 10**15,
        end=np.array([1, 2, 3]) * HOUR + 10**15,
        resource=["x", None, "y"],
    )
    made = {}
    with TemporaryDirectory() as folder:
        for suffix in (".xes", ".csv", ".parquet"):
            path = Path(folder) / f"log{suffix}"
            write(log, path)
            made[suffix] = path.read_bytes()
    made[".xes.gz"] = gzip.compress(made[".xes"], mtime=0)
    events = [{"id": "e", "type": "A", "time": "2024-03-01T00:00:00Z", "relationships": [{"objectId": "o"}]}]
    made[".json"] = json.dumps({"events": events, "objects": [{"id": "o", "type": "T"}]}).encode()
    return made


ORIGINALS = originals()
edits = st.lists(st.tuples(st.floats(0, 1), st.integers(0, 12), st.binary(max_size=12)), min_size=1, max_size=5)


@pytest.mark.parametrize("suffix", sorted(ORIGINALS))
@settings(max_examples=60, deadline=None)
@given(damage=edits)
def test_damaged_files_give_a_log_or_a_sentence(suffix: str, damage: list[tuple[float, int, bytes]]) -> None:
    content = ORIGINALS[suffix]
    for place, cut, new in damage:
        at = int(place * len(content))
        content = content[:at] + new + content[at + cut :]
    with TemporaryDirectory() as folder:
        path = Path(folder) / f"log{suffix}"
        path.write_bytes(content)
        try:
            log: EventLog | ObjectLog = read_objects(path) if suffix == ".json" else read(path)
        except LogError as error:
            assert all(p.where and p.what.zh and p.what.en and p.remedy.zh and p.remedy.en for p in error.problems)
        else:
            assert log.events if isinstance(log, EventLog) else len(log.events)


texts = st.text(st.characters(codec="utf-8"), max_size=12)


@settings(max_examples=120, deadline=None)
@given(st.lists(st.lists(texts, min_size=1, max_size=5), min_size=1, max_size=8), st.sampled_from(",;\t|"))
def test_any_table_gives_a_log_or_a_sentence(rows: list[list[str]], separator: str) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "log.csv"
        head = separator.join(("case", "activity", "time", "n"))
        path.write_text("\n".join([head, *(separator.join(row) for row in rows)]), encoding="utf-8", newline="")
        try:
            assert read(path, end="time").events
        except LogError as error:
            assert error.problems[0].remedy.en
