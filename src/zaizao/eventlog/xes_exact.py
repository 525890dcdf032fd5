"""XES for irregular files: an exact, streaming reader that knows zones, keyless attributes and nameless traces.

The fast parser loses what this one keeps: whether a time had a zone, attributes without a key, the identity of traces
without a name or with the same name, values of several types under one key, lists. One trace is in memory at a time.
IEEE 1849-2016, sections 5.2 to 5.6.
"""

from __future__ import annotations

import json
import re
from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl
from lxml import etree

from zaizao.eventlog.errors import refuse

KEYLESS = "keyless"
"""Name given to attributes that have none."""

type_of = {"string": "text", "id": "text", "date": "date", "int": "int", "float": "float", "boolean": "bool"}
_SCALAR = {"text": pl.String(), "date": pl.String(), "int": pl.Int64(), "float": pl.Float64(), "bool": pl.Boolean()}
_NESTING = frozenset({"list", "container", "values"})


@dataclass(slots=True)
class _Column:
    """One attribute: the rows that have it, and their values as written."""

    rows: array[int] = field(default_factory=lambda: array("q"))
    values: list[str] = field(default_factory=list)
    kinds: set[str] = field(default_factory=set)

    def add(self, row: int, kind: str, value: str) -> None:
        if self.rows and self.rows[-1] == row:
            return
        self.rows.append(row)
        self.values.append(value)
        self.kinds.add(kind)


@dataclass(frozen=True, slots=True)
class Exact:
    """``frame``: one row per event, trace attributes prefixed ``case:``, dates as written (String).

    ``dates`` names the columns that hold dates; the counts are what the reader had to make up or leave out.
    """

    frame: pl.DataFrame
    dates: tuple[str, ...]
    nameless: int
    namesakes: int
    keyless: int
    nested: int
    mixed: tuple[str, ...]
    empty: int


class _Reader:
    def __init__(self) -> None:
        self.events: dict[str, _Column] = {}
        self.traces: dict[str, _Column] = {}
        self.trace_of: array[int] = array("q")
        self.names: list[str] = []
        self.seen: dict[str, int] = {}
        self.nameless = self.namesakes = self.keyless = self.nested = self.empty = 0

    def trace(self, element: etree._Element) -> None:
        number = len(self.names)
        events = 0
        name: str | None = None
        for child in element:
            tag = etree.QName(child).localname if isinstance(child.tag, str) else ""
            if tag == "event":
                for attribute in child:
                    self._attribute(self.events, len(self.trace_of), attribute)
                self.trace_of.append(number)
                events += 1
            elif child.get("key") == "concept:name":
                name = child.get("value")
            else:
                self._attribute(self.traces, number, child)
        self.empty += events == 0
        self.names.append(self._name(name))

    def _name(self, name: str | None) -> str:
        if name is None:
            self.nameless += 1
            name = f"trace {len(self.names) + 1}"
        times = self.seen[name] = self.seen.get(name, 0) + 1
        if times == 1:
            return name
        self.namesakes += 1
        return f"{name} ({times})"

    def _attribute(self, columns: dict[str, _Column], row: int, element: etree._Element) -> None:
        if not isinstance(element.tag, str):
            return
        tag = etree.QName(element).localname
        kind = type_of.get(tag)
        if kind is None and tag not in _NESTING:
            return
        key = element.get("key")
        if not key:
            self.keyless += 1
            key = KEYLESS
        if kind is None:
            value = json.dumps(_nested(element), ensure_ascii=False)
        else:
            value = element.get("value") or ""
            self.nested += len(element) > 0
        column = columns.get(key)
        if column is None:
            column = columns[key] = _Column()
        column.add(row, kind or "text", value)

    def finish(self) -> Exact:
        rows = len(self.trace_of)
        trace = pl.Series(self.trace_of, dtype=pl.Int64)
        series = [pl.Series("case:concept:name", self.names, dtype=pl.String).gather(trace)]
        dates: list[str] = []
        mixed: list[str] = []
        for columns, prefix in ((self.traces, "case:"), (self.events, "")):
            height = len(self.names) if prefix else rows
            for key in sorted(columns):
                column = columns[key]
                made = _typed(prefix + key, column, height)
                series.append(made.gather(trace) if prefix else made)
                if column.kinds == {"date"}:
                    dates.append(prefix + key)
                elif len(column.kinds) > 1 and not column.kinds <= {"int", "float"}:
                    mixed.append(prefix + key)
        return Exact(
            pl.DataFrame(series),
            tuple(dates),
            self.nameless,
            self.namesakes,
            self.keyless,
            self.nested,
            tuple(mixed),
            self.empty,
        )


def _nested(element: etree._Element) -> list[object]:
    """A list or container attribute as plain data: [key, value or nested list] pairs."""
    content: list[object] = []
    for child in element:
        if not isinstance(child.tag, str):
            continue
        tag = etree.QName(child).localname
        if tag == "values":
            content.extend(_nested(child))
        else:
            content.append([child.get("key"), _nested(child) if tag in _NESTING else child.get("value")])
    return content


def _typed(name: str, column: _Column, height: int) -> pl.Series:
    """The sparse column as a series of ``height`` rows, of the type all its values share; else as text."""
    kinds = {"float"} if column.kinds == {"int", "float"} else column.kinds
    dtype = _SCALAR[next(iter(kinds))] if len(kinds) == 1 else pl.String()
    text = pl.Series(name, column.values, dtype=pl.String)
    if dtype == pl.Boolean:
        values = text.str.to_lowercase().replace_strict({"true": True, "false": False}, default=None)
    else:
        values = text.cast(dtype, strict=False)
    if len(values) == height:
        return values.cast(dtype)
    places = pl.Series(column.rows, dtype=pl.Int64)
    return pl.repeat(None, height, dtype=dtype, eager=True).alias(name).scatter(places, values.cast(dtype))


def _traces(path: Path, name: str) -> Iterator[etree._Element]:
    """Each ``trace`` element, complete; freed after use. Raises ``LogError`` naming line and column."""
    parser = etree.iterparse(
        str(path),
        events=("end",),
        tag=("{*}trace",),
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
    )
    try:
        for _, element in parser:
            yield element
            element.clear()
            parent = element.getparent()
            while parent is not None and element.getprevious() is not None:
                del parent[0]
    except etree.XMLSyntaxError as error:
        line, column = error.position if error.position else (0, 0)
        if not _ends(path):
            raise refuse(
                f"{name}: line {line}",
                "xes.cut-off",
                ("文件在中途断开，缺少结尾的 </log>", "the file ends in the middle, without the closing </log>"),
                ("请重新下载或导出完整文件", "fetch or export the whole file again"),
            ) from None
        raise refuse(
            f"{name}: line {line}, column {column}",
            "xes.not-well-formed",
            (f"XML 不完整或有语法错误（{error.msg}）", f"the XML is not well formed ({error.msg})"),
            ("请修正该处或重新导出", "mend that place or export the file again"),
        ) from None


def _ends(path: Path) -> bool:
    """Whether the closing tag of the log stands near the file's end."""
    with path.open("rb") as file:
        file.seek(max(path.stat().st_size - 65_536, 0))
        tail = file.read()
    return re.search(rb"</(?:[\w.-]+:)?log\s*>", tail) is not None


def read_exact(path: Path, name: str) -> Exact:
    """Read every trace of an XES file whose DOCTYPE has been refused before."""
    reader = _Reader()
    for element in _traces(path, name):
        reader.trace(element)
    return reader.finish()
