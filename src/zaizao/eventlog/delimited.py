"""Delimited text (RFC 4180 and its relatives): read as text, columns recognised, values typed afterwards.

Rule kept: a value is typed only if the whole column agrees; codes with leading zeros stay text. Lines are bounded, so a
file of one endless line is refused before anything is built from it.
"""

from __future__ import annotations

import csv
from pathlib import Path

import polars as pl

from zaizao.eventlog.errors import finding, refuse
from zaizao.eventlog.source import CHUNK, Plain, encoding_of, recode
from zaizao.eventlog.times import looks_like_times, parse
from zaizao.problems import Problem

LONGEST_LINE = 4 * CHUNK
_SEPARATORS = (",", ";", "\t", "|")
_EMPTY = ["", "NULL", "null", "NaN", "nan", "None", "N/A", "#N/A"]


def read_table(source: Plain) -> tuple[pl.DataFrame, tuple[Problem, ...]]:
    """All columns as text, and what was wrong with the lines.

    Raises ``LogError`` for no rows, endless lines, an encoding that cannot be told.
    """
    encoding = encoding_of(source.path, source.name)
    path = source.path if encoding == "utf-8" else recode(source.path, encoding, source.scratch / "recoded")
    header = _header(path, source.name)
    separator = max(_SEPARATORS, key=header.count)
    _bound_lines(path, source.name)
    try:
        frame, problems = _rows(path, separator, source.name)
    except pl.exceptions.NoDataError:
        raise _no_rows(source.name) from None
    frame = frame.filter(~pl.all_horizontal(pl.all().is_null()))  # blank lines
    if frame.is_empty():
        raise _no_rows(source.name)
    return frame, problems


def _rows(path: Path, separator: str, name: str) -> tuple[pl.DataFrame, tuple[Problem, ...]]:
    """The rows as the standard says; else with quotes as plain characters; else without surplus fields."""
    try:
        return _parse(path, separator), ()
    except pl.exceptions.ComputeError:
        pass
    try:
        return _parse(path, separator, quote=None), (_stray_quotes(path, separator, name),)
    except pl.exceptions.ComputeError:
        pass
    try:
        return _parse(path, separator, ragged=True), (_ragged(path, separator, name),)
    except pl.exceptions.ComputeError:
        raise refuse(
            f"{name}: line {_first_fault(path, separator)}",
            "csv.unreadable",
            ("引号没有成对，后面的行无法分清", "a quote is not closed, so the lines after it cannot be told apart"),
            ("请修正该行或重新导出", "mend that line or export the file again"),
        ) from None


def _first_fault(path: Path, separator: str) -> int:
    """The line in which the first row with a faulty quote begins."""
    with path.open(encoding="utf-8", errors="replace", newline="") as file:
        rows = csv.reader(file, delimiter=separator, strict=True)
        begun = 1
        try:
            for _ in rows:
                begun = rows.line_num + 1
        except csv.Error:
            pass
    return begun


def _stray_quotes(path: Path, separator: str, name: str) -> Problem:
    return finding(
        f"{name}: line {_first_fault(path, separator)}",
        "csv.stray-quotes",
        ("引号没有成对，引号按普通字符处理", "a quote is not closed; quotes are taken as plain characters"),
        ("请在来源修正引号", "mend the quotes at the source"),
    )


def _parse(path: Path, separator: str, *, ragged: bool = False, quote: str | None = '"') -> pl.DataFrame:
    return pl.read_csv(
        path,
        separator=separator,
        quote_char=quote,
        infer_schema=False,
        null_values=_EMPTY,
        truncate_ragged_lines=ragged,
        encoding="utf8",
        glob=False,
    )


def _header(path: Path, name: str) -> str:
    with path.open("rb") as file:
        line = file.readline(1 << 20)
    if len(line) == 1 << 20:
        raise refuse(
            f"{name}: line 1",
            "csv.endless-line",
            ("第一行超过 1 MB，没有换行", "the first line is longer than 1 MB without a line break"),
            ("请确认文件是带列名的表格", "make sure the file is a table with column names"),
        )
    return line.decode("utf-8", "replace")


def _bound_lines(path: Path, name: str) -> None:
    with path.open("rb") as file:
        line, run = 1, 0
        while block := file.read(CHUNK):
            breaks = block.count(b"\n")
            run = run + len(block) if not breaks else len(block) - block.rfind(b"\n")
            line += breaks
            if run > LONGEST_LINE:
                raise refuse(
                    f"{name}: line {line}",
                    "csv.endless-line",
                    (
                        f"这一行超过 {LONGEST_LINE >> 20} MB，没有换行",
                        f"the line is longer than {LONGEST_LINE >> 20} MB without a line break",
                    ),
                    ("请重新导出，每个事件一行", "export it again with one event per line"),
                )


def _ragged(path: Path, separator: str, name: str) -> Problem:
    """The finding that names the first line with more fields than the header."""
    first, count, width = 0, 0, 0
    with path.open(encoding="utf-8", errors="replace", newline="") as file:
        rows = csv.reader(file, delimiter=separator)
        try:
            for row in rows:
                width = width or len(row)
                if len(row) > width:
                    first = first or rows.line_num
                    count += 1
        except csv.Error:
            first = first or rows.line_num
    return finding(
        f"{name}: line {first}",
        "csv.ragged-lines",
        (
            f"从这里起有 {count} 行的字段多于列名，多余的字段已略去",
            f"from here on {count} lines have more fields than the header; the surplus was left out",
        ),
        ("请检查分隔符与引号", "check the separator and the quotes"),
    )


def _no_rows(name: str) -> Exception:
    return refuse(
        name, "log.no-events", ("没有任何事件", "it holds no event"), ("请重新导出", "export it again with its events")
    )


def typed(column: pl.Series, zone: str) -> pl.Series:
    """The column as Int64, Float64, Boolean or ``Datetime("us", "UTC")`` if every value agrees, else unchanged."""
    if column.dtype != pl.String or column.null_count() == len(column):
        return column
    present = column.drop_nulls()
    sample = present.head(200)
    if sample.str.contains(r"^\s*[+-]?[\d.]").all():
        if not present.str.contains(r"^\s*[+-]?0\d").any():
            for dtype in (pl.Int64(), pl.Float64()):
                if not present.cast(dtype, strict=False).null_count():
                    return column.cast(dtype)
        if looks_like_times(sample):
            times = parse(column, zone).values
            if times.null_count() == column.null_count():
                return times
    elif sample.str.to_lowercase().is_in(["true", "false"]).all():
        values = column.str.to_lowercase().replace_strict({"true": True, "false": False}, default=None)
        if values.null_count() == column.null_count():
            return values.cast(pl.Boolean)
    return column
