"""Logs larger than memory: a Parquet log in parts of whole cases, all parts in one code.

Figures that add up over cases (directly-follows, variants, edge times, hand-overs, measures' sums) can be taken part by
part: an activity or resource has the same code in every part. Only the columns that carry meaning are read.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl

from zaizao.eventlog.columns import XES
from zaizao.eventlog.errors import LogError, refuse
from zaizao.eventlog.log import EventLog, Int32, Int64
from zaizao.eventlog.parquet import from_table, meta_of

PART = 2_000_000


def parts(path: str | Path, *, events: int = PART) -> Iterator[EventLog]:
    """The log in a Parquet file that ``write`` made, some ``events`` at a time, cut between cases.

    Every part has all activity, resource and lifecycle names of the file, sorted, and its own cases; attributes are
    left out. A case longer than ``events`` comes whole. Raises ``LogError`` for another Parquet file.
    """
    path = Path(path)
    meta = meta_of(path)
    if meta is None:
        raise refuse(
            path.name,
            "parquet.not-a-log",
            ("不是本系统写出的日志，不能分段读取", "it was not written by this package and cannot be read in parts"),
            ("请先用 read 与 write 转换", "convert it with read and write first"),
        )
    lazy = pl.scan_parquet(path, glob=False)
    wanted = [name for name in XES.named().values() if name in lazy.collect_schema().names() and name != XES.enabled]
    named = [name for name in (XES.activity, XES.resource, XES.lifecycle) if name in wanted]
    dictionaries = {name: _names(lazy, name) for name in named}
    rest: pl.DataFrame | None = None
    at = 0
    while True:
        frame = lazy.select(wanted).slice(at, events).collect()
        at += len(frame)
        ended = len(frame) < events
        frame = frame if rest is None else pl.concat((rest, frame))
        if frame.is_empty():
            return
        cut = len(frame) if ended else _last_case(frame)
        if cut:
            part = from_table(frame.head(cut), meta, path.name, dictionaries)
            if part is None:
                raise _apart(path.name)
            yield part
        rest = frame.slice(cut)
        if ended:
            return


def whole(path: Path) -> EventLog:
    """The log in a Parquet file that ``write`` made, without its attributes, gathered from its parts.

    For logs that fit memory as codes but not as text. Raises ``LogError`` as ``parts`` does.
    """
    codes: dict[str, list[Int32]] = {name: [] for name in ("activity", "resource", "lifecycle")}
    times: dict[str, list[Int64]] = {name: [] for name in ("start", "end")}
    names: list[str] = []
    lengths: list[Int64] = []
    first: EventLog | None = None
    for part in parts(path):
        first = part if first is None else first
        names.extend(part.case_names)
        lengths.append(np.diff(part.offsets))
        for name, columns in codes.items():
            columns.append(getattr(part, name))
        for name, instants in times.items():
            instants.append(getattr(part, name))
    if first is None:
        raise refuse(
            path.name, "log.no-events", ("没有任何事件", "it holds no event"), ("请重新导出", "export it again")
        )
    if pl.Series(names, dtype=pl.String).n_unique() != len(names):
        raise _apart(path.name)
    counts = np.concatenate(lengths)
    # One column after the other: its parts are gone before the next is put together.
    return replace(
        first,
        activity=np.concatenate(codes.pop("activity")),
        resource=np.concatenate(codes.pop("resource")),
        lifecycle=np.concatenate(codes.pop("lifecycle")),
        start=np.concatenate(times.pop("start")),
        end=np.concatenate(times.pop("end")),
        case=np.repeat(np.arange(len(counts), dtype=np.int32), counts),
        case_names=tuple(names),
        offsets=np.concatenate(([0], np.cumsum(counts))).astype(np.int64),
    )


def _apart(name: str) -> LogError:
    return refuse(
        name,
        "parquet.cases-apart",
        (
            "同一案例的事件不相邻，不能分段读取",
            "the events of a case do not stand together, so it cannot be read in parts",
        ),
        ("请用 read 与 write 重新生成", "make it again with read and write"),
    )


def _names(lazy: pl.LazyFrame, name: str) -> pl.Series:
    return lazy.select(pl.col(name).drop_nulls().unique()).collect(engine="streaming").to_series().sort()


def _last_case(frame: pl.DataFrame) -> int:
    """Where the last case of the rows begins."""
    case = frame[str(XES.case)]
    first = (case != case.shift(1)).fill_null(True).arg_true()
    return int(first[-1])
