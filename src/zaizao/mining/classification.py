"""A small decision tree whose leaves are rules a person can read, on numbers, truths and words with missing values.

Rule kept: CART (Breiman et al., 1984) with Gini's impurity, grown on one part of the examples and cut back on another
(reduced-error pruning), so that no leaf stands on chance; leaves are disjoint and cover everything. A missing number goes
to the larger side of a split, a missing word to the side "anything else". Thresholds have as few digits as they can.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import polars as pl

from zaizao.mining.rules import round_between
from zaizao.mining.spread import Bool, Float64, Int64

_LEVELS = 60

Columns = dict[str, np.typing.NDArray[Any]]


@dataclass(frozen=True, slots=True)
class Range:
    """Numbers in (``low``, ``high``], and missing ones where ``missing``."""

    low: float
    high: float
    missing: bool


@dataclass(frozen=True, slots=True)
class Levels:
    """One of ``only`` where that is not empty, else anything (a missing value too) but ``never``."""

    only: tuple[str | bool, ...] = ()
    never: tuple[str | bool, ...] = ()


@dataclass(frozen=True, slots=True)
class Leaf:
    """``conditions`` by attribute, the class they lead to, and how many examples of it and of all fell there."""

    conditions: Mapping[str, Range | Levels]
    answer: int
    hits: int
    size: int


@dataclass(frozen=True, slots=True)
class _Split:
    attribute: str
    threshold: float | None
    level: str | bool | None
    missing_low: bool


@dataclass(frozen=True, slots=True)
class Tree:
    """A tree: ``split`` is ``None`` at a leaf. ``counts`` are the training examples by class."""

    counts: tuple[int, ...]
    split: _Split | None = None
    left: Tree | None = None
    right: Tree | None = None

    @property
    def answer(self) -> int:
        """The class of most examples."""
        return int(np.argmax(self.counts))


def grown(table: pl.DataFrame, answers: Int64, classes: int, *, depth: int = 4, least: int = 20) -> Tree:
    """The tree of ``answers`` (0 … ``classes`` - 1), cut back on every third example; at most ``depth`` splits deep."""
    columns = _columns(table)
    prune = np.arange(len(answers)) % 3 == 2
    tree = _grow(columns, answers, classes, np.flatnonzero(~prune), depth, max(least, round(0.01 * len(answers))))
    return _cut(tree, columns, answers, np.flatnonzero(prune))


def predicted(tree: Tree, table: pl.DataFrame) -> Int64:
    """The answer of ``tree`` for each row."""
    columns = _columns(table)
    result = np.zeros(len(table), dtype=np.int64)
    front = [(tree, np.arange(len(table)))]
    while front:
        here, rows = front.pop()
        if here.split is None or here.left is None or here.right is None:
            result[rows] = here.answer
            continue
        low = _low(here.split, columns, rows)
        front += [(here.left, rows[low]), (here.right, rows[~low])]
    return result


def leaves(tree: Tree) -> Iterator[Leaf]:
    """The leaves from left to right, each with its conditions put together."""
    front: list[tuple[Tree, dict[str, Range | Levels]]] = [(tree, {})]
    while front:
        here, conditions = front.pop()
        if here.split is None or here.left is None or here.right is None:
            yield Leaf(conditions, here.answer, here.counts[here.answer], sum(here.counts))
            continue
        low, high = _sides(here.split, conditions.get(here.split.attribute))
        front.append((here.right, conditions | {here.split.attribute: high}))
        front.append((here.left, conditions | {here.split.attribute: low}))


def _sides(split: _Split, known: Range | Levels | None) -> tuple[Range | Levels, Range | Levels]:
    if split.threshold is not None:
        here = known if isinstance(known, Range) else Range(-np.inf, np.inf, True)
        low = replace(here, high=split.threshold, missing=here.missing and split.missing_low)
        return low, replace(here, low=split.threshold, missing=here.missing and not split.missing_low)
    level = split.level if split.level is not None else ""
    others = known if isinstance(known, Levels) else Levels()
    return Levels(only=(level,)), Levels(never=(*others.never, level))


def _columns(table: pl.DataFrame) -> Columns:
    result: Columns = {}
    for column in table.get_columns():
        if column.dtype.is_numeric():
            result[column.name] = column.cast(pl.Float64).fill_null(float("nan")).to_numpy()
        elif column.dtype in (pl.String, pl.Boolean, pl.Categorical, pl.Enum):
            result[column.name] = np.array(column.to_list(), dtype=np.object_)
    return result


def _low(split: _Split, columns: Columns, rows: Int64) -> Bool:
    values = columns[split.attribute][rows]
    if split.threshold is None:
        return np.array(values == split.level, dtype=np.bool_)
    numbers = values.astype(np.float64)
    return np.where(np.isnan(numbers), split.missing_low, numbers <= split.threshold)


def _grow(columns: Columns, answers: Int64, classes: int, rows: Int64, depth: int, least: int) -> Tree:
    counts = tuple(np.bincount(answers[rows], minlength=classes).tolist())
    if depth == 0 or len(rows) < 2 * least or max(counts) == len(rows):
        return Tree(counts)
    best: tuple[float, _Split | None] = (1e-4 * len(rows), None)
    for name, values in columns.items():
        gain, split = (_number if values.dtype != np.object_ else _word)(
            name, values[rows], answers[rows], classes, least
        )
        if gain > best[0]:
            best = (gain, split)
    if best[1] is None:
        return Tree(counts)
    low = _low(best[1], columns, rows)
    if min(low.sum(), (~low).sum()) < least:
        return Tree(counts)
    sides = (_grow(columns, answers, classes, side, depth - 1, least) for side in (rows[low], rows[~low]))
    return Tree(counts, best[1], *sides)


def _impurity(counts: Float64) -> Float64:
    """Gini's impurity times the number of examples; ``counts`` has the classes last."""
    total = counts.sum(axis=-1)
    result: Float64 = total - (counts * counts).sum(axis=-1) / np.maximum(total, 1)
    return result


def _number(name: str, values: Float64, answers: Int64, classes: int, least: int) -> tuple[float, _Split | None]:
    known = ~np.isnan(values)
    order = np.argsort(values[known], kind="stable")
    ordered = values[known][order]
    cuts = np.flatnonzero(ordered[1:] != ordered[:-1]) + 1
    cuts = cuts[(cuts >= least // 2) & (cuts <= len(ordered) - least // 2)]
    if not len(cuts):
        return 0.0, None
    hot = np.zeros((len(ordered) + 1, classes))
    hot[np.arange(1, len(ordered) + 1), answers[known][order]] = 1
    running = np.cumsum(hot, axis=0)
    below, above = running[cuts], running[-1] - running[cuts]
    missing = np.bincount(answers[~known], minlength=classes).astype(np.float64)
    low_is_larger = cuts * 2 >= len(ordered)
    below = below + missing * low_is_larger[:, None]
    above = above + missing * ~low_is_larger[:, None]
    whole = np.bincount(answers, minlength=classes).astype(np.float64)
    gains = _impurity(whole) - _impurity(below) - _impurity(above)
    at = int(gains.argmax())
    threshold = round_between(float(ordered[cuts[at] - 1]), float(ordered[cuts[at]]))
    return float(gains[at]), _Split(name, threshold, None, bool(low_is_larger[at]))


def _word(
    name: str, values: np.typing.NDArray[np.object_], answers: Int64, classes: int, least: int
) -> tuple[float, _Split | None]:
    whole = np.bincount(answers, minlength=classes).astype(np.float64)
    best: tuple[float, _Split | None] = (0.0, None)
    levels = pl.Series(values.tolist(), strict=False).drop_nulls().value_counts(sort=True)
    for level in levels.to_series(0).to_list()[:_LEVELS]:
        inside = np.array(values == level, dtype=np.bool_)
        if min(inside.sum(), (~inside).sum()) < least:
            continue
        mine = np.bincount(answers[inside], minlength=classes).astype(np.float64)
        gain = float(_impurity(whole) - _impurity(mine) - _impurity(whole - mine))
        if gain > best[0]:
            best = (gain, _Split(name, None, level, False))
    return best


def _cut(tree: Tree, columns: Columns, answers: Int64, rows: Int64) -> Tree:
    """The tree without the splits that do not help on examples it was not grown on."""
    if tree.split is None or tree.left is None or tree.right is None:
        return tree
    low = _low(tree.split, columns, rows)
    left, right = _cut(tree.left, columns, answers, rows[low]), _cut(tree.right, columns, answers, rows[~low])
    cut = replace(tree, left=left, right=right)
    as_tree = _right(left, columns, answers, rows[low]) + _right(right, columns, answers, rows[~low])
    as_leaf = int((answers[rows] == tree.answer).sum())
    same = left.split is None and right.split is None and left.answer == right.answer
    return Tree(tree.counts) if same or as_leaf >= as_tree else cut


def _right(tree: Tree, columns: Columns, answers: Int64, rows: Int64) -> int:
    if tree.split is None or tree.left is None or tree.right is None:
        return int((answers[rows] == tree.answer).sum())
    low = _low(tree.split, columns, rows)
    return _right(tree.left, columns, answers, rows[low]) + _right(tree.right, columns, answers, rows[~low])
