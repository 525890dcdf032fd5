"""What a report is made of: sections of blocks, each block plain data in both languages.

Rule kept: sections decide what is said, ``report.html.j2`` decides how it looks; no block holds markup but the SVG of a
picture. Every table and picture carries its source line, and its data as CSV one click away.
"""

from __future__ import annotations

import base64
import csv
import io
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from zaizao.problems import Text

NOTHING = Text("", "")


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell: the words, a quieter note after them, a CSS class, a bar from 0 to 1, and the raw value for CSV."""

    text: Text
    note: Text = NOTHING
    css: str = ""
    bar: float | None = None
    raw: str = ""


@dataclass(frozen=True, slots=True)
class Column:
    """A heading; figures are set flush right."""

    name: Text
    figure: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """Cells in the order of the columns; ``chosen`` marks the row."""

    cells: tuple[Cell, ...]
    chosen: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """``name`` is the CSV's file name; ``source`` says from which query, seed or assumption the figures come."""

    name: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    source: Text
    title: Text = NOTHING
    small: bool = False

    @property
    def csv_link(self) -> str:
        """The table as a data URI: both languages side by side where they differ."""
        return csv_link(
            [column.name.en for column in self.columns],
            [[cell.raw or _joined(cell) for cell in row.cells] for row in self.rows],
        )


@dataclass(frozen=True, slots=True)
class Picture:
    """A drawing whose ``title`` says the finding."""

    title: Text
    svg: str
    source: Text
    name: str = ""
    csv: str = ""
    wide: bool = False

    @property
    def natural(self) -> int:
        """The drawing's own width in pixels, from its frame; a wide picture is never drawn larger."""
        frame = re.search(r'viewBox="\S+ \S+ (\S+) ', self.svg)
        return math.ceil(float(frame.group(1))) if frame else 1500


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A sentence or two; ``lead`` sets it larger."""

    text: Text
    lead: bool = False


@dataclass(frozen=True, slots=True)
class BigFigure:
    """One of the first screen's figures: before, after, and what it says."""

    name: Text
    before: Text
    after: Text
    note: Text
    how: Text = NOTHING


@dataclass(frozen=True, slots=True)
class Figures:
    """The heroes of the first screen."""

    figures: tuple[BigFigure, ...]


@dataclass(frozen=True, slots=True)
class Point:
    """One item of a list: a sentence, a tag, and why."""

    text: Text
    tag: Text = NOTHING
    why: Text = NOTHING


@dataclass(frozen=True, slots=True)
class Points:
    """A numbered list."""

    points: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading inside a section."""

    text: Text


Block = Paragraph | Figures | Points | Table | Picture | Heading


@dataclass(frozen=True, slots=True)
class Section:
    """A numbered part of the report."""

    id: str
    title: Text
    blocks: tuple[Block, ...] = field(default=())


def csv_link(header: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """A CSV (UTF-8 with a byte-order mark, so that spreadsheets read Chinese) as a data URI."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(header)
    writer.writerows(rows)
    return "data:text/csv;charset=utf-8;base64," + base64.b64encode(out.getvalue().encode("utf-8-sig")).decode("ascii")


def _joined(cell: Cell) -> str:
    words = cell.text.en if cell.text.zh == cell.text.en else f"{cell.text.zh} / {cell.text.en}"
    note = cell.note.en if cell.note.zh == cell.note.en else f"{cell.note.zh} / {cell.note.en}"
    return f"{words} {note}".strip()
