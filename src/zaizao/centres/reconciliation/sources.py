"""Files of both sides as frames: delimited text, spreadsheets, fixed width; amounts exact, dates real.

Statements (MT940/950, camt.053) have a reader of their own, ``statements.py``.

Rule kept: a value that cannot be read is a refusal that names its rows, never a guess or a null; money never passes
through a float. A source is described as data (TOML)::

    format = "csv"              # csv | excel | fixed
    encoding = "gb18030"        # csv and fixed
    separator = ","             # csv
    sheet = "明细"               # excel; the first one where not given
    skip = 2                    # rows before the header
    decimals = 2                # of the currency: amounts become whole minor units
    dates = "%Y-%m-%d"
    amount = "金额"              # the name in the file; or debit = "借方", credit = "贷方"
    date = "日期"
    columns = { ref = "流水号", account = "账号" }
    widths = { ref = [0, 12], amount = [12, 15] }   # fixed: first place and length, in characters

The frame has the columns ``amount`` (Int64), ``date`` (Date) and those of ``columns`` (String, stripped).
"""

from __future__ import annotations

import io
import re
import tomllib
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl

from zaizao.centres.errors import ReconciliationError, problem

_MOST_BYTES = 2**31
_MOST_SHEET_BYTES = 2**28
_MONEY = r"^[+-]?\d{1,15}(\.\d*)?$"


@dataclass(frozen=True, slots=True)
class Source:
    """How a file is read; see the module."""

    format: str
    columns: Mapping[str, str] = field(default_factory=dict)
    amount: str = "amount"
    debit: str = ""
    credit: str = ""
    date: str = ""
    dates: str = "%Y-%m-%d"
    decimals: int = 2
    encoding: str = "utf-8"
    separator: str = ","
    sheet: str = ""
    skip: int = 0
    widths: Mapping[str, tuple[int, int]] = field(default_factory=dict)


def read_source(body: bytes, where: str = "source") -> Source:
    """The source described in ``body`` (TOML)."""
    try:
        document: dict[str, Any] = tomllib.loads(body.decode())
        document["widths"] = {name: (int(a), int(b)) for name, (a, b) in document.get("widths", {}).items()}
        source = Source(**document)
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, TypeError, ValueError, AttributeError) as error:
        raise refusal(where, f"数据源说明有误：{error}", f"the source is wrong: {error}", "source") from error
    if source.format not in _READERS or len(source.separator) != 1 or not 0 <= source.decimals <= 4:
        raise refusal(where, "数据源说明有误", "the format, separator or decimals are unknown", "source")
    return source


def read_file(path: Path, source: Source) -> pl.DataFrame:
    """The rows of ``path`` as a frame; ``ReconciliationError`` names what cannot be read."""
    if path.stat().st_size > _MOST_BYTES:
        raise refusal(path.name, "文件过大", "the file is too large", "too-large")
    raw = _READERS[source.format](path, source)
    wanted = [*source.columns.values(), *([source.date] if source.date else [])]
    wanted += [source.debit, source.credit] if source.debit else [source.amount]
    absent = [name for name in wanted if name not in raw.columns]
    if absent:
        raise refusal(path.name, f"没有列 {absent[0]}", f"there is no column {absent[0]}", "no-column")
    texts = raw.select(pl.col(name).cast(pl.String).str.strip_chars() for name in dict.fromkeys(wanted))
    if source.debit:
        both = [_minor(path.name, texts[name], source.decimals, empty=True) for name in (source.credit, source.debit)]
        amount = both[0] - both[1]
    else:
        amount = _minor(path.name, texts[source.amount], source.decimals, empty=False)
    made = [amount.alias("amount")]
    if source.date:
        days = texts[source.date].str.slice(0, 32).str.to_date(source.dates, strict=False)
        _refuse_nulls(path.name, days, texts[source.date], "日期", "date")
        made.append(days.alias("date"))
    return pl.DataFrame([*made, *(texts[column].alias(name) for name, column in source.columns.items())])


def _minor(where: str, texts: pl.Series, decimals: int, *, empty: bool) -> pl.Series:
    """Amounts in whole minor units from texts such as ``-1,234.5``; more decimals than the currency has must be 0."""
    plain = texts.str.replace_all(r"[,，\s]", "")
    if empty:
        plain = plain.replace("", "0").fill_null("0")
    well = plain.str.contains(_MONEY).fill_null(value=False)
    fraction = plain.str.extract(r"\.(\d*)$", 1).fill_null("")
    well &= fraction.str.slice(decimals).str.strip_chars("0") == ""
    whole = plain.str.extract(r"^[+-]?(\d+)", 1).fill_null("0")
    digits = whole + fraction.str.slice(0, decimals).str.pad_end(decimals, "0")
    sign = plain.str.starts_with("-").replace_strict({True: -1, False: 1}, default=1, return_dtype=pl.Int64)
    minor = digits.cast(pl.Int64, strict=False) * sign
    frame = pl.DataFrame({"minor": minor, "well": well})
    told = frame.select(pl.when("well").then("minor")).to_series()
    _refuse_nulls(where, told, texts, "金额", "amount")
    return told


def _refuse_nulls(where: str, values: pl.Series, texts: pl.Series, zh: str, en: str) -> None:
    wrong = values.is_null().arg_true()
    if len(wrong):
        first = int(wrong[0])
        text = str(texts[first])[:40]
        raise refusal(
            f"{where}: row {first + 1}",
            f"{len(wrong)} 行的{zh}无法读取，如 {text!r}",
            f"{len(wrong)} rows have an {en} that cannot be read, such as {text!r}",
            f"bad-{en}",
        )


def _csv(path: Path, source: Source) -> pl.DataFrame:
    text = _text(path, source)
    try:
        return pl.read_csv(
            io.BytesIO(text.encode()),
            separator=source.separator,
            skip_lines=source.skip,
            infer_schema=False,
            truncate_ragged_lines=False,
        )
    except pl.exceptions.PolarsError as error:
        raise refusal(path.name, f"不是有效的分隔文本：{error}", f"not delimited text: {error}", "csv") from error


def _fixed(path: Path, source: Source) -> pl.DataFrame:
    lines = [line for line in _text(path, source).splitlines()[source.skip :] if line.strip()]
    every = pl.Series("line", lines, dtype=pl.String)
    short = max((first + length for first, length in source.widths.values()), default=0)
    wrong = [
        number for number, line in enumerate(lines, 1 + source.skip) if len(line.ljust(short)) < len(line.rstrip())
    ]
    if wrong:
        raise refusal(f"{path.name}: line {wrong[0]}", "行比说明的长", "the line is longer than described", "fixed")
    return pl.DataFrame([every.str.slice(first, length).alias(name) for name, (first, length) in source.widths.items()])


def _excel(path: Path, source: Source) -> pl.DataFrame:
    import openpyxl  # type: ignore[import-untyped,unused-ignore]

    try:
        with zipfile.ZipFile(path) as parts:
            if sum(part.file_size for part in parts.infolist()) > _MOST_SHEET_BYTES:
                raise refusal(path.name, "解压后过大", "it is too large when unpacked", "too-large")
            if any(b"<!DOCTYPE" in parts.open(part).read(4096) for part in parts.infolist()):
                raise refusal(path.name, "含有 DOCTYPE", "it holds a DOCTYPE", "excel")
        book = openpyxl.load_workbook(path, read_only=True, data_only=True, keep_links=False)
        sheet = book[source.sheet] if source.sheet else book.worksheets[0]
        rows = sheet.iter_rows(min_row=1 + source.skip, values_only=True)
        names = [str(cell or f"column {n}").strip() for n, cell in enumerate(next(rows, ()), 1)]
        cells = [[_cell(cell, source) for cell in row] for row in rows]
        book.close()
    except (zipfile.BadZipFile, KeyError, ValueError, IndexError, OSError) as error:
        raise refusal(path.name, f"不是可读的电子表格：{error}", f"not a readable sheet: {error}", "excel") from error
    kept = [row for row in cells if any(row)]
    return pl.DataFrame({name: [row[n] if n < len(row) else "" for row in kept] for n, name in enumerate(names)},
                        schema=dict.fromkeys(names, pl.String))  # fmt: skip


def _cell(cell: Any, source: Source) -> str:
    """A cell as the text that it shows; numbers are stored as doubles, whose shortest text is what was typed."""
    if cell is None:
        return ""
    if isinstance(cell, datetime | date):
        return cell.strftime(source.dates)
    if isinstance(cell, float):
        return format(Decimal(repr(cell)), "f")
    return str(cell)


_READERS = {"csv": _csv, "excel": _excel, "fixed": _fixed}


def _text(path: Path, source: Source) -> str:
    try:
        return path.read_bytes().decode(source.encoding).removeprefix("\ufeff")
    except (UnicodeDecodeError, LookupError) as error:
        raise refusal(path.name, f"编码不符：{error}", f"not in this encoding: {error}", "encoding") from error


def refusal(where: str, zh: str, en: str, code: str) -> ReconciliationError:
    """A refusal with the remedy that all sources share."""
    remedy = ("请核对文件与数据源说明", "compare the file with the source's description")
    return ReconciliationError(problem(where, (zh, en), remedy, f"reconciliation.{code}"))


def one_line(texts: Iterable[str]) -> str:
    """Texts joined into one line without needless spaces."""
    return re.sub(r"\s+", " ", " ".join(texts)).strip()
