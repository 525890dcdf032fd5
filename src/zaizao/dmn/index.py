"""The index of a decision table: which rules a value satisfies, as one integer whose bits are the rules.

Per column, by what its cells of constants are:

* equality only: a dictionary from value to bits,
* comparisons: the sorted bounds cut the line into 2n+1 pieces (gap, bound, gap, …), each with its bits; by bisect.

Bits of cells that take FEEL (*residual* cells) are set in every answer and taken back for the candidates that remain
after all columns were and-ed. A value of another type than the column's constants, null among them, is asked of FEEL,
once per different cell text.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from zaizao.dmn.cells import Cell, Constant, read_cell
from zaizao.feel import Date

_WORD_SIZE = 2048
_WORD = (1 << _WORD_SIZE) - 1
_ONE = [1 << place for place in range(_WORD_SIZE)]


@dataclass(slots=True)
class Column:
    """The cells of one input column, grouped: ``residual`` and ``asked`` are (bits, test) per different text."""

    kind: type | None
    residual: list[tuple[int, str]]
    texts: dict[str, int]
    anything: int
    residual_bits: int
    exact: dict[Any, int] = field(default_factory=dict)
    default: int = 0
    bounds: list[Any] = field(default_factory=list)
    pieces: list[int] = field(default_factory=list)


def build_column(texts: Sequence[str], *, dates: bool = True) -> Column:
    """The index of the cells ``texts``, rule by rule; without ``dates``, cells of dates are left to FEEL."""
    grouped: dict[str, int] = defaultdict(int)
    for rule, text in enumerate(texts):
        grouped[text] |= 1 << rule
    cells = {text: read_cell(text) for text in grouped}
    if not dates:
        cells = {text: None if cell is not None and cell.kind is Date else cell for text, cell in cells.items()}
    kind = _usual_kind(cells, grouped)
    anything = 0
    indexed: list[tuple[Cell, int]] = []
    residual: list[tuple[int, str]] = []
    for text, bits in grouped.items():
        cell = cells[text]
        if cell is not None and cell.is_any:
            anything |= bits
        elif cell is not None and kind is not None and cell.kind in (kind, None):
            indexed.append((cell, bits))
        else:
            residual.append((bits, text))
    residual_bits = 0
    for bits, _ in residual:
        residual_bits |= bits
    column = Column(kind, residual, dict(grouped), anything, residual_bits)
    always = anything | residual_bits
    if all(span.is_point for cell, _ in indexed for span in cell.spans):
        _by_equality(column, indexed, always)
    else:
        _by_order(column, indexed, always)
    return column


def _usual_kind(cells: dict[str, Cell | None], grouped: dict[str, int]) -> type[Constant] | None:
    """The type that most rules test for."""
    votes: dict[type[Constant], int] = defaultdict(int)
    for text, cell in cells.items():
        if cell is not None and cell.kind is not None:
            votes[cell.kind] += grouped[text].bit_count()
    return max(votes, key=lambda kind: votes[kind]) if votes else None


def _by_equality(column: Column, indexed: list[tuple[Cell, int]], always: int) -> None:
    column.default = always
    values: dict[Any, int] = {}
    for cell, bits in indexed:
        if cell.negated:
            column.default |= bits
        for span in cell.spans:
            values.setdefault(span.low, 0)
    for cell, bits in indexed:
        for span in cell.spans if not cell.negated else ():
            values[span.low] |= bits
    excluded: dict[Any, int] = defaultdict(int)
    for cell, bits in indexed:
        for span in cell.spans if cell.negated else ():
            excluded[span.low] |= bits
    column.exact = {value: (column.default & ~excluded[value]) | bits for value, bits in values.items()}


def _by_order(column: Column, indexed: list[tuple[Cell, int]], always: int) -> None:
    """Each cell as toggles where its truth changes along the pieces; a running XOR gives every piece its bits."""
    ends = {end for cell, _ in indexed for span in cell.spans for end in (span.low, span.high) if end is not None}
    bounds: list[Any] = sorted(ends)
    place = {bound: number for number, bound in enumerate(bounds)}
    count = 2 * len(bounds) + 1
    toggles: dict[int, int] = defaultdict(int)
    for cell, bits in indexed:
        changes: dict[int, int] = defaultdict(int)
        for first, last in _merged(cell, place, count):
            changes[first] ^= 1
            changes[last + 1] ^= 1
        if cell.negated:
            changes[0] ^= 1
        for at, odd in changes.items():
            if odd:
                toggles[at] ^= bits
    running = 0
    column.bounds = bounds
    for piece in range(count):
        change = toggles.get(piece)
        if change:
            running ^= change
        column.pieces.append(running | always)


def _merged(cell: Cell, place: dict[Any, int], count: int) -> list[tuple[int, int]]:
    """The pieces that the cell's spans cover, as disjoint runs (first, last)."""
    runs = []
    for span in cell.spans:
        first = 0 if span.low is None else 2 * place[span.low] + (1 if span.low_included else 2)
        last = count - 1 if span.high is None else 2 * place[span.high] + (1 if span.high_included else 0)
        if first <= last:
            runs.append((first, last))
    merged: list[tuple[int, int]] = []
    for first, last in sorted(runs):
        if merged and first <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(last, merged[-1][1]))
        else:
            merged.append((first, last))
    return merged


def hits(bits: int) -> list[int]:
    """The places of the set bits, lowest first. Taken from the top of one word after the other: the cheapest way."""
    found: list[int] = []
    start = 0
    while bits:
        word = bits & _WORD if bits > _WORD else bits
        here = []
        while word:
            top = word.bit_length() - 1
            here.append(top)
            word ^= _ONE[top]
        here.reverse()
        found += here if not start else [start + place for place in here]
        bits >>= _WORD_SIZE
        start += _WORD_SIZE
    return found
