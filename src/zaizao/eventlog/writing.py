"""Writing a log: XES (IEEE 1849-2016), delimited text, Parquet. The same log gives the same bytes.

Rule kept: what was read comes back: types, missing values, zone, start and enabled times. A file appears whole or not
at all. Times are written on the clock of the log's zone with its offset.
"""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import polars as pl

from zaizao.eventlog.assembly import CASE
from zaizao.eventlog.columns import XES
from zaizao.eventlog.errors import refuse
from zaizao.eventlog.log import EventLog
from zaizao.eventlog.parquet import table, to_parquet

ZONE_KEY = "zaizao:zone"
"""Log attribute that keeps the zone's name, which offsets alone do not tell."""

_HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<log xes.version="1849-2016" xes.features="" xmlns="http://www.xes-standard.org/">
<extension name="Concept" prefix="concept" uri="http://www.xes-standard.org/concept.xesext"/>
<extension name="Time" prefix="time" uri="http://www.xes-standard.org/time.xesext"/>
<extension name="Organizational" prefix="org" uri="http://www.xes-standard.org/org.xesext"/>
<extension name="Lifecycle" prefix="lifecycle" uri="http://www.xes-standard.org/lifecycle.xesext"/>
<classifier name="Activity" keys="concept:name"/>
"""
_ROWS = 100_000
_ESCAPES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\n": "&#10;", "\r": "&#13;", "\t": "&#9;"}
_ILLEGAL = r"[\x00-\x08\x0b\x0c\x0e-\x1f\x{fffe}\x{ffff}]"


def write(log: EventLog, path: str | Path) -> None:
    """Write ``log`` as the suffix says: ``.xes``, ``.xes.gz``, ``.csv``, ``.csv.gz`` or ``.parquet``.

    Raises ``LogError`` for another suffix or a place that cannot be written.
    """
    path = Path(path)
    writers: dict[str, Callable[[EventLog, Path], None]] = {
        ".xes": _plain(_xes),
        ".xes.gz": _gzipped(_xes),
        ".csv": _plain(_csv),
        ".csv.gz": _gzipped(_csv),
        ".parquet": to_parquet,
    }
    writer = next((one for suffix, one in writers.items() if path.name.lower().endswith(suffix)), None)
    if writer is None:
        raise refuse(
            path.name,
            "log.unknown-suffix",
            ("不知道该用哪种格式写", "the suffix does not say how to write it"),
            (f"请用 {'、'.join(writers)}", f"use one of {', '.join(writers)}"),
        )
    draft = path.with_name(path.name + ".part")
    try:
        writer(log, draft)
        draft.replace(path)
    except OSError as error:
        draft.unlink(missing_ok=True)
        raise refuse(
            str(path),
            "log.unwritable",
            (f"无法写入（{error.strerror}）", f"it cannot be written ({error.strerror})"),
            ("请检查文件夹、权限与空间", "check the folder, its permissions and its space"),
        ) from None
    except BaseException:
        draft.unlink(missing_ok=True)
        raise


def _plain(lines: Callable[[EventLog], Iterator[str]]) -> Callable[[EventLog, Path], None]:
    def to_file(log: EventLog, path: Path) -> None:
        with path.open("wb") as file:
            file.writelines(part.encode() for part in lines(log))

    return to_file


def _gzipped(lines: Callable[[EventLog], Iterator[str]]) -> Callable[[EventLog, Path], None]:
    """Gzip without name and time of writing, so that the bytes depend on the log alone."""

    def to_file(log: EventLog, path: Path) -> None:
        with path.open("wb") as raw, gzip.GzipFile("", "wb", 6, raw, mtime=0) as file:
            for part in lines(log):
                file.write(part.encode())

    return to_file


def _csv(log: EventLog) -> Iterator[str]:
    frame = table(log)
    times = [_stamp(column, log.zone) for column in frame.get_columns() if column.dtype.is_temporal()]
    frame = frame.with_columns(times)
    for start in range(0, max(len(frame), 1), _ROWS):
        yield frame.slice(start, _ROWS).write_csv(include_header=start == 0)


def _xes(log: EventLog) -> Iterator[str]:
    yield _HEAD
    yield f'<string key="{ZONE_KEY}" value="{_escaped(log.zone)}"/>\n'
    frame = table(log)
    traces = ["case:concept:name", *(name for name in frame.columns if name.startswith(CASE) and name != XES.case)]
    events = [name for name in frame.columns if not name.startswith(CASE)]
    first = np.zeros(log.events, dtype=bool)
    last = np.zeros(log.events, dtype=bool)
    first[log.offsets[:-1]] = True
    last[log.offsets[1:] - 1] = True
    for start in range(0, log.events, _ROWS):
        part = frame.slice(start, _ROWS)
        opens, closes = pl.Series(first[start : start + _ROWS]), pl.Series(last[start : start + _ROWS])
        head = _joined([_elements(part[name].filter(opens), name, log.zone) for name in traces])
        body = _joined([_elements(part[name], name, log.zone) for name in events])
        opening = pl.repeat("", len(part), eager=True).scatter(opens.arg_true(), "<trace>\n" + head)
        closing = pl.Series(["", "</trace>\n"]).gather(closes.cast(pl.UInt32))
        yield "".join((opening + "<event>\n" + body + "</event>\n" + closing).to_list())
    yield "</log>\n"


def _joined(columns: list[pl.Series]) -> pl.Series:
    return pl.select(pl.concat_str(columns)).to_series()


def _elements(column: pl.Series, name: str, zone: str) -> pl.Series:
    """One attribute element per row; the empty string where the value is missing."""
    key = _escaped(name.removeprefix(CASE))
    kind = column.dtype
    if kind.is_integer():
        tag, text = "int", column.cast(pl.String)
    elif kind.is_float():
        tag, text = "float", column.cast(pl.Float64).cast(pl.String)
    elif kind == pl.Boolean:
        tag, text = "boolean", column.cast(pl.String)
    elif kind.is_temporal() and kind not in (pl.Duration, pl.Time):
        tag, text = "date", _stamp(column, zone)
    else:
        tag, text = "string", column.cast(pl.String).str.replace_all(_ILLEGAL, "").str.replace_many(_ESCAPES)
    return (f'<{tag} key="{key}" value="' + text + '"/>\n').fill_null("")


def _escaped(text: str) -> str:
    return "".join(_ESCAPES.get(letter, letter) for letter in text)


def _stamp(column: pl.Series, zone: str) -> pl.Series:
    """Times as text on the zone's clock, with offset; microseconds only where they are needed."""
    aware = column.cast(pl.Datetime("us"))
    if not isinstance(column.dtype, pl.Datetime) or column.dtype.time_zone is None:
        aware = aware.dt.replace_time_zone("UTC")
    else:
        aware = column.cast(pl.Datetime("us", column.dtype.time_zone))
    fine = bool((aware.to_physical() % 1_000 != 0).any())
    clock = aware.dt.convert_time_zone(zone)
    return clock.dt.strftime("%Y-%m-%dT%H:%M:%S%.6f%:z" if fine else "%Y-%m-%dT%H:%M:%S%.3f%:z")
