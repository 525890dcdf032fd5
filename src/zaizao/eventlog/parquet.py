"""Logs in Parquet: one file that this room reads back without work, and that other tools can read too.

Layout: XES names as columns, rows in the log's order (so a case's rows are neighbours and need no hashing), case
attributes repeated on every row with the prefix ``case:`` (run-length encoded by Parquet), zone, findings and the
source's key in the file's metadata. Deterministic: no time of writing stands in the file.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import polars as pl

from zaizao.eventlog.assembly import CASE
from zaizao.eventlog.columns import XES
from zaizao.eventlog.errors import LogError, refuse
from zaizao.eventlog.log import MISSING, MISSING_TIME, EventLog, Int32, Int64, encode
from zaizao.eventlog.source import CHUNK
from zaizao.eventlog.times import UTC_TIME
from zaizao.problems import Problem, Severity, Text

LAYOUT = "1"
_META = "zaizao.log"


@dataclass(frozen=True, slots=True)
class Key:
    """What a cached log was made from: the source's content and the options of reading."""

    sha256: str
    options: str

    @staticmethod
    def of(path: Path, options: Iterable[tuple[str, object]]) -> Key | None:
        """The key of a source file; None if it cannot be read (reading will then say why)."""
        digest = hashlib.sha256()
        try:
            with path.open("rb") as file:
                while block := file.read(CHUNK):
                    digest.update(block)
        except OSError:
            return None
        return Key(digest.hexdigest(), json.dumps([path.name, *map(list, options)]))


def table(log: EventLog) -> pl.DataFrame:
    """The log as one table with XES names and times as ``Datetime("us", "UTC")``.

    What every writer starts from: attributes stand in the order of their names.
    """
    columns = [
        pl.Series(XES.case, log.case_names, dtype=pl.String).gather(log.case),
        _names(str(XES.activity), log.activity, log.activity_names),
        instants(str(XES.end), log.end),
    ]
    if (log.start != MISSING_TIME).any():
        columns.append(instants(str(XES.start), log.start))
    for name, codes, names in (
        (str(XES.resource), log.resource, log.resource_names),
        (str(XES.lifecycle), log.lifecycle, log.lifecycle_names),
    ):
        if names:
            columns.append(_names(name, codes, names))
    if log.case_table.width:
        repeated = log.case_table.select(sorted(log.case_table.columns))[log.case]
        columns += [column.alias(CASE + column.name) for column in repeated.get_columns()]
    for column in log.event_table.select(sorted(log.event_table.columns)).get_columns():
        timed = column.name == XES.enabled and column.dtype == pl.Int64
        columns.append(column.cast(pl.Datetime("us")).dt.replace_time_zone("UTC") if timed else column)
    return pl.DataFrame(columns)


def instants(name: str, micros: Int64) -> pl.Series:
    """Microseconds UTC as a time column; null where missing."""
    series = pl.Series(name, micros)
    return series.set(series == MISSING_TIME, None).cast(pl.Datetime("us")).dt.replace_time_zone("UTC")


def _names(name: str, codes: Int32, names: tuple[str, ...]) -> pl.Series:
    series = pl.Series(name, codes)
    dictionary = pl.Series(names, dtype=pl.String)
    return dictionary.gather(series.set(series == MISSING, None)).alias(name)


def to_parquet(log: EventLog, path: Path, key: Key | None = None) -> None:
    """Write the log; the same log gives the same bytes."""
    meta = {
        "layout": LAYOUT,
        "zone": log.zone,
        "source": log.source,
        "findings": [asdict(problem) for problem in log.findings],
        "key": None if key is None else asdict(key),
    }
    table(log).write_parquet(
        path, compression="zstd", compression_level=1, metadata={_META: json.dumps(meta, ensure_ascii=False)}
    )


def meta_of(path: Path) -> Mapping[str, object] | None:
    """The log's own metadata; None for Parquet that this room did not write."""
    try:
        text = pl.read_parquet_metadata(path).get(_META)
    except (pl.exceptions.PolarsError, OSError) as error:
        raise _damaged(path.name, error) from None
    if text is None:
        return None
    meta = json.loads(text)
    return meta if isinstance(meta, dict) and meta.get("layout") == LAYOUT else None


def rows_of(path: Path, name: str) -> pl.DataFrame:
    """All rows of a Parquet file. Raises ``LogError`` if it is damaged."""
    try:
        return pl.read_parquet(path, glob=False)
    except (pl.exceptions.PolarsError, OSError) as error:
        raise _damaged(name, error) from None


def _damaged(name: str, error: Exception) -> LogError:
    return refuse(
        name,
        "parquet.damaged",
        (f"Parquet 文件已损坏（{error}）", f"the Parquet file is damaged ({error})"),
        ("请重新生成", "make it again"),
    )


def from_parquet(path: Path, name: str) -> EventLog | None:
    """The log in a file that ``to_parquet`` wrote; None for any other Parquet file."""
    meta = meta_of(path)
    if meta is None:
        return None
    return from_table(rows_of(path, name), meta, name)


def from_table(
    frame: pl.DataFrame, meta: Mapping[str, object], name: str, dictionaries: Mapping[str, pl.Series] | None = None
) -> EventLog | None:
    """The log of a table in this layout; None if its cases are not together any more.

    ``dictionaries`` gives the names, and so the codes, of some columns.
    """
    given = dictionaries or {}
    case = frame[str(XES.case)]
    first = (case != case.shift(1)).fill_null(True)
    names = case.filter(first)
    if names.n_unique() != len(names):
        return None
    starts = first.arg_true().to_numpy().astype(np.int64)
    activity, activity_names = _codes(frame, str(XES.activity), given)
    resource, resource_names = _codes(frame, str(XES.resource), given)
    lifecycle, lifecycle_names = _codes(frame, str(XES.lifecycle), given)
    have = {column: frame[column] for column in frame.columns if column not in XES.named().values()}
    event_columns = [column for name_, column in have.items() if not name_.startswith(CASE)]
    if XES.enabled in frame.columns:
        event_columns.append(_integers(frame[XES.enabled]))
    case_columns = [c.gather(starts).alias(n.removeprefix(CASE)) for n, c in have.items() if n.startswith(CASE)]
    return EventLog(
        case=(first.cum_sum().to_numpy().astype(np.int32) - 1),
        activity=activity,
        start=_micros(frame, str(XES.start)),
        end=_micros(frame, str(XES.end)),
        resource=resource,
        lifecycle=lifecycle,
        case_names=tuple(names.to_list()),
        activity_names=activity_names,
        resource_names=resource_names,
        lifecycle_names=lifecycle_names,
        offsets=np.append(starts, len(case)),
        case_table=pl.DataFrame(case_columns),
        event_table=pl.DataFrame(event_columns),
        zone=str(meta["zone"]),
        source=str(meta["source"]) or name,
        findings=_findings(meta["findings"]),
    )


def _integers(times: pl.Series) -> pl.Series:
    return times.to_physical() if times.dtype == UTC_TIME else times


def _codes(frame: pl.DataFrame, name: str, given: Mapping[str, pl.Series]) -> tuple[Int32, tuple[str, ...]]:
    if name not in frame.columns:
        return np.full(len(frame), MISSING, dtype=np.int32), ()
    return encode(frame[name], given.get(name))


def _micros(frame: pl.DataFrame, name: str) -> Int64:
    if name not in frame.columns:
        return np.full(len(frame), MISSING_TIME, dtype=np.int64)
    return frame[name].to_physical().fill_null(MISSING_TIME).to_numpy().astype(np.int64)


def _findings(stored: object) -> tuple[Problem, ...]:
    assert isinstance(stored, list)
    return tuple(
        Problem(one["where"], Text(**one["what"]), Text(**one["remedy"]), one["code"], Severity(one["severity"]))
        for one in stored
    )


def kept(path: Path, key: Key | None) -> EventLog | None:
    """The cached log if it was made from the same content with the same options by this layout."""
    if key is None or not path.exists():
        return None
    try:
        meta = meta_of(path)
        if meta is None or meta.get("key") != asdict(key):
            return None
        return from_table(rows_of(path, path.name), meta, path.name)
    except LogError:  # a damaged cache is no reason to stop: it is made anew
        return None


def keep(log: EventLog, path: Path, key: Key | None) -> None:
    """Write the cache in one step, so that an interrupted run leaves the old one or none."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(path.name + ".part")
    to_parquet(log, draft, key)
    draft.replace(path)
