"""Logs larger than memory: a Parquet log in parts of whole cases, all parts in one code.

Figures that add up over cases (directly-follows, variants, edge times, hand-overs, measures' sums) can be taken part by
part: an activity or resource has the same code in every part. Only the columns that carry meaning are read.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import chain
from pathlib import Path

import numpy as np
import polars as pl

from zaizao.eventlog.columns import XES
from zaizao.eventlog.errors import LogError, refuse
from zaizao.eventlog.log import EventLog
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
    found = list(parts(path))
    if not found:
        raise refuse(
            path.name, "log.no-events", ("没有任何事件", "it holds no event"), ("请重新导出", "export it again")
        )
    cases = np.cumsum([0, *(part.cases for part in found)])
    rows = np.cumsum([0, *(part.events for part in found)])
    names = tuple(chain.from_iterable(part.case_names for part in found))
    if pl.Series(names, dtype=pl.String).n_unique() != len(names):
        raise _apart(path.name)
    return replace(
        found[0],
        case=np.concatenate([part.case + np.int32(k) for part, k in zip(found, cases, strict=False)]),
        activity=np.concatenate([part.activity for part in found]),
        start=np.concatenate([part.start for part in found]),
        end=np.concatenate([part.end for part in found]),
        resource=np.concatenate([part.resource for part in found]),
        lifecycle=np.concatenate([part.lifecycle for part in found]),
        case_names=names,
        offsets=np.concatenate([*(part.offsets[:-1] + k for part, k in zip(found, rows, strict=False)), rows[-1:]]),
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
