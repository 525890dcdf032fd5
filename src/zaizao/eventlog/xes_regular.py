"""XES for regular files: one pass of the compiled tokenizer, then columns; None for any file that is not regular.

The pass is bounded: one block of the file and the distinct values are in memory, never the document.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO

import numpy as np
import polars as pl
from lxml import etree
from numpy.typing import NDArray

from zaizao.eventlog.assembly import CASE
from zaizao.eventlog.errors import refuse
from zaizao.eventlog.log import Int64
from zaizao.eventlog.source import CHUNK
from zaizao.eventlog.times import localize
from zaizao.eventlog.xes_tokens import (
    ARENA,
    BOOLEAN,
    COLUMNS,
    DATE,
    DISTINCT,
    ENDED,
    EVENTS,
    FLOAT,
    HOME,
    INT,
    IRREGULAR,
    KINDS,
    OWNER,
    TEXT,
    TRACES,
    UNZONED,
    VALUES,
    Records,
    Tables,
)

_FIRST_TRACE = b"<trace>"
_LONGEST_HEAD = 16 * CHUNK
_ILLEGAL = np.array([code < 32 and code not in (9, 10, 13) for code in range(256)])
_PADDING = b" " * 16  # room for the tokenizer to look ahead
_ENTITY = re.compile(r"&(?:(lt|gt|amp|quot|apos)|#(\d{1,7})|#x([0-9A-Fa-f]{1,6}));")
_NAMED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"', "apos": "'"}
_NO_VALUE = -1
_STAMPS = 2_000
_TYPES = {1 << TEXT: pl.String(), 1 << INT: pl.Int64(), 1 << FLOAT: pl.Float64(), 1 << INT | 1 << FLOAT: pl.Float64()}
_TRUTH = {"true": True, "false": False}


@dataclass(frozen=True, slots=True)
class Regular:
    """``frame``: one row per event, trace attributes prefixed ``case:``, dates as clock times or UTC (no zone).

    ``zoned`` and ``unzoned`` count the times by how they are written (not both occur); ``stamps`` samples (local time,
    offset).
    """

    frame: pl.DataFrame
    zoned: int
    unzoned: int
    stamps: tuple[tuple[str, str], ...]

    def dated(self, zone: str) -> pl.DataFrame:
        """The frame with its dates as instants; clock times are those of ``zone``."""
        naive = [column for column in self.frame.get_columns() if column.dtype == pl.Datetime("us")]
        if self.unzoned:
            return self.frame.with_columns([localize(column, zone) for column in naive])
        return self.frame.with_columns([column.dt.replace_time_zone("UTC") for column in naive])


class _Irregular(Exception):
    """Found only after the pass: a value that the exact reader must judge."""


def read_regular(path: Path, name: str) -> Regular | None:
    """Read a file whose prolog has been checked; None if it is not regular. Raises ``LogError`` for a huge field."""
    tables = Tables()
    records = _pass(path, tables, name)
    if records is None or not tables.state[EVENTS]:
        return None
    try:
        return _columns(tables, records)
    except (_Irregular, UnicodeDecodeError):
        return None


def _pass(path: Path, tables: Tables, name: str) -> Records | None:
    """Feed the file from its first trace on; None as soon as it turns out irregular."""
    parts: list[Records] = []
    rest = b""
    with path.open("rb") as file:
        block = _from_first_trace(file)
        while block:
            text = rest + block
            block = file.read(CHUNK)
            if not block:
                text += _PADDING
            consumed = tables.feed(np.frombuffer(text, dtype=np.uint8))
            if consumed == IRREGULAR:
                return None
            rest = text[consumed:]
            if len(rest) > CHUNK:
                raise refuse(
                    name,
                    "xes.huge-field",
                    (f"有一个字段超过 {CHUNK >> 20} MB", f"one field is longer than {CHUNK >> 20} MB"),
                    ("请确认文件确实是 XES 日志", "make sure the file really is an XES log"),
                )
            parts.append(tables.taken())
    if rest.strip() or not tables.state[ENDED]:
        return None
    return Records.by_column(parts)


def _from_first_trace(file: IO[bytes]) -> bytes:
    """What is read from the first trace on; empty if what stands before it is not well formed or too much."""
    head = b""
    while len(head) < _LONGEST_HEAD and (block := file.read(CHUNK)):
        searched = max(len(head) - len(_FIRST_TRACE), 0)
        head += block
        start = head.find(_FIRST_TRACE, searched)
        if start >= 0:
            return head[start:] if _well_formed(head[:start] + b"</log>") else b""
    return b""


def _well_formed(document: bytes) -> bool:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        etree.fromstring(document, parser)
    except etree.XMLSyntaxError:
        return False
    return True


def _columns(tables: Tables, records: Records) -> Regular:
    """Every attribute as a column of events; trace attributes are repeated over the events of their trace."""
    state = tables.state
    count = int(state[COLUMNS])
    bounds = np.searchsorted(records.column, np.arange(count + 1))
    trace_of = pl.Series(records.value[: bounds[0]])
    texts = _texts(tables)
    series: list[pl.Series] = []
    zoned = unzoned = 0
    stamps: tuple[tuple[str, str], ...] = ()
    for number in range(count):
        about = tables.columns[number]
        part = slice(int(bounds[number]), int(bounds[number + 1]))
        rows, values, offsets = records.row[part], records.value[part], records.offset[part]
        height = int(state[EVENTS] if about[OWNER] else state[TRACES])
        name = _plain(tables.text(about).decode()) if about[OWNER] else CASE + _plain(tables.text(about).decode())
        if about[OWNER] and name.startswith(CASE):
            raise _Irregular  # it would be taken for an attribute of the case
        if about[KINDS] == 1 << DATE:
            without = int((offsets == UNZONED).sum())
            zoned, unzoned = zoned + len(rows) - without, unzoned + without
            column = _dates(name, rows, values, height)
            if name == "time:timestamp":
                stamps = _stamps(values, offsets)
        else:
            column = _values(name, int(about[KINDS]), texts[number], rows, values, height)
        series.append(column if about[OWNER] else column.gather(trace_of))
    if zoned and unzoned:
        raise _Irregular
    if not _named(series, int(state[TRACES])):
        raise _Irregular
    return Regular(pl.DataFrame(sorted(series, key=lambda column: column.name)), zoned, unzoned, stamps)


def _stamps(values: Int64, offsets: NDArray[np.int16]) -> tuple[tuple[str, str], ...]:
    """A sample of times as (local time, offset), as they were written."""
    step = max(1, len(values) // _STAMPS)
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    sample = zip(values[::step].tolist(), offsets[::step].tolist(), strict=True)
    return tuple(
        (
            (epoch + timedelta(microseconds=at, minutes=offset)).strftime("%Y-%m-%dT%H:%M:%S"),
            f"{'-' if offset < 0 else '+'}{abs(offset) // 60:02}:{abs(offset) % 60:02}",
        )
        for at, offset in sample
        if offset != UNZONED
    )


def _texts(tables: Tables) -> list[list[str]]:
    """The distinct texts of every column, in the order of their ordinals."""
    count = int(tables.state[VALUES])
    values = tables.values[:count]
    order = np.argsort(values[:, HOME], kind="stable")
    starts, sizes = values[order, 0], values[order, 1]
    used = tables.arena[: int(tables.state[ARENA])]
    raw = used.tobytes()
    if _ILLEGAL[used].any() or b"\xef\xbf\xbe" in raw or b"\xef\xbf\xbf" in raw:
        raise _Irregular  # no character of XML
    decoded = [
        _plain(raw[start : start + size].decode()) for start, size in zip(starts.tolist(), sizes.tolist(), strict=True)
    ]
    ends = np.cumsum(tables.columns[: int(tables.state[COLUMNS]), DISTINCT]).tolist()
    return [decoded[start:end] for start, end in zip([0, *ends[:-1]], ends, strict=True)]


def _plain(text: str) -> str:
    """An attribute's text as XML means it: entities resolved, line breaks as blanks."""
    if "&" in text:
        if text.count("&") != len(_ENTITY.findall(text)):
            raise _Irregular
        text = _ENTITY.sub(_character, text)
        return text
    return text.translate(_BLANKS) if "\n" in text or "\t" in text or "\r" in text else text


_BLANKS = str.maketrans("\n\t\r", "   ")


def _character(match: re.Match[str]) -> str:
    if match[1]:
        return _NAMED[match[1]]
    code = int(match[2]) if match[2] else int(match[3], 16)
    if code > 0x10FFFF or 0xD800 <= code < 0xE000 or (code < 32 and code not in (9, 10, 13)):
        raise _Irregular
    return chr(code)


def _first_of_row(rows: NDArray[np.int32]) -> NDArray[np.bool_] | slice:
    """Which records to take: the first where an event repeats an attribute (rows ascend)."""
    again = rows[1:] == rows[:-1]
    return np.append(True, ~again) if again.any() else slice(None)


def _dates(name: str, rows: NDArray[np.int32], values: Int64, height: int) -> pl.Series:
    first = _first_of_row(rows)
    dense = np.full(height, np.iinfo(np.int64).min)
    dense[rows[first]] = values[first]
    series = pl.Series(name, dense)
    if len(rows) < height:
        series = series.set(series == np.iinfo(np.int64).min, None)
    return series.cast(pl.Datetime("us"))


def _values(name: str, kinds: int, texts: list[str], rows: NDArray[np.int32], values: Int64, height: int) -> pl.Series:
    first = _first_of_row(rows)
    dense = np.full(height, _NO_VALUE, dtype=np.int64)
    dense[rows[first]] = values[first]
    dictionary = pl.Series(texts, dtype=pl.String)
    if kinds == 1 << BOOLEAN:
        dictionary = dictionary.str.to_lowercase().replace_strict(_TRUTH, default=None, return_dtype=pl.Boolean)
    elif kinds in _TYPES:
        dictionary = dictionary.cast(_TYPES[kinds], strict=False)
    else:
        raise _Irregular
    if dictionary.null_count():
        raise _Irregular  # a value that is not of its type
    places = pl.Series(dense)
    return dictionary.gather(places.set(places == _NO_VALUE, None)).alias(name)


def _named(series: list[pl.Series], traces: int) -> bool:
    """Whether every trace has a name of its own."""
    names = next((column for column in series if column.name == "case:concept:name"), None)
    return names is not None and not names.null_count() and names.n_unique() == traces
