"""Readable rules from examples: when is a case refused, when is a path taken?

Rule kept: incremental reduced-error pruning (Fürnkranz and Widmer, 1994): a rule is grown condition by condition on two
thirds of the examples by FOIL's gain, pruned on the last third, and kept only if it holds there. Rows go to the thirds
by their place, so the result does not hang on chance. A missing value satisfies no condition.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import polars as pl

from zaizao.mining.spread import Bool, Float64
from zaizao.mining.statistics import Interval, wilson

_LEVELS = 60


class Relation(StrEnum):
    """How an attribute is compared with a value; FEEL's own signs."""

    AT_MOST = "<="
    ABOVE = ">"
    EQUAL = "="


@dataclass(frozen=True, slots=True)
class Condition:
    """``attribute comparison value``."""

    attribute: str
    comparison: Relation
    value: float | str | bool

    def __str__(self) -> str:
        shown = f'"{self.value}"' if isinstance(self.value, str) else str(self.value).lower()
        return f"{self.attribute} {self.comparison} {shown}"


@dataclass(frozen=True, slots=True)
class Rule:
    """Conditions that must all hold, how many examples they cover, and how many of those are hits."""

    conditions: tuple[Condition, ...]
    covered: int
    hits: int

    @property
    def precision(self) -> Interval:
        """Share of covered examples that are hits."""
        return wilson(self.hits, self.covered)

    def __str__(self) -> str:
        return " and ".join(map(str, self.conditions))


def rules(table: pl.DataFrame, target: Bool, *, most: int = 4, conditions: int = 3, share: float = 0.01) -> list[Rule]:
    """Rules for ``target`` (one flag a row of ``table``), strongest first; later rules cover what earlier ones left.

    At most ``most`` rules of at most ``conditions`` conditions, each covering at least ``share`` of the rows and at
    least twice as precise as the base rate (or 90 %).
    """
    columns = _columns(table)
    rows = len(target)
    left = np.ones(rows, dtype=np.bool_)
    prune = np.arange(rows) % 3 == 2
    base = float(target.mean()) if rows else 0.0
    wanted = min(2 * base, 0.9)
    found: list[Rule] = []
    while len(found) < most and (target & left).sum() >= max(share * rows, 5):
        grown = _grow(columns, target, left & ~prune, conditions)
        kept = _prune(grown, columns, target, left & prune)
        if not kept:
            break
        covers = _covered(kept, columns, rows) & left
        hits, size = int((covers & target).sum()), int(covers.sum())
        checked = covers & prune
        holds = checked.sum() and (checked & target).sum() / checked.sum() >= wanted
        if size < max(share * rows, 5) or hits / size < wanted or not holds:
            break
        found.append(Rule(tuple(kept), size, hits))
        left &= ~covers
    return found


def _columns(table: pl.DataFrame) -> dict[str, Float64 | list[object]]:
    """Numbers as floats (missing = not a number), everything with few levels as objects."""
    result: dict[str, Float64 | list[object]] = {}
    for column in table.get_columns():
        if column.dtype.is_numeric():
            result[column.name] = column.cast(pl.Float64).fill_null(float("nan")).to_numpy()
        elif column.dtype in (pl.String, pl.Boolean, pl.Categorical, pl.Enum) and 1 < column.n_unique() <= _LEVELS:
            result[column.name] = column.to_list()
    return result


def _grow(columns: dict[str, Float64 | list[object]], target: Bool, rows: Bool, most: int) -> list[Condition]:
    chosen: list[Condition] = []
    inside = rows.copy()
    while len(chosen) < most and (target & inside).sum() < inside.sum():
        gain, best = max(
            (_best(name, values, target, inside) for name, values in columns.items()),
            key=lambda found: found[0],
            default=(0.0, None),
        )
        if best is None or gain <= 1e-9:
            break
        chosen.append(best)
        inside &= _holds(best, columns)
    return chosen


def _best(name: str, values: Float64 | list[object], target: Bool, rows: Bool) -> tuple[float, Condition | None]:
    positives, size = int((target & rows).sum()), int(rows.sum())
    if not positives:
        return 0.0, None
    if isinstance(values, list):
        return _best_level(name, values, target, rows, positives / size)
    known = rows & ~np.isnan(values)
    order = np.argsort(values[known], kind="stable")
    ordered, hits = values[known][order], target[known][order]
    cuts = np.flatnonzero(ordered[1:] != ordered[:-1]) + 1
    if not len(cuts):
        return 0.0, None
    below = np.concatenate(([0], np.cumsum(hits)))[cuts]
    low = _gain(below, cuts, positives / size)
    high = _gain(hits.sum() - below, len(ordered) - cuts, positives / size)
    side, gains = (Relation.AT_MOST, low) if low.max() >= high.max() else (Relation.ABOVE, high)
    at = int(gains.argmax())
    value = round_between(float(ordered[cuts[at] - 1]), float(ordered[cuts[at]]))
    return float(gains[at]), Condition(name, side, value)


def _best_level(
    name: str, values: list[object], target: Bool, rows: Bool, base: float
) -> tuple[float, Condition | None]:
    best: tuple[float, Condition | None] = (0.0, None)
    inside = np.flatnonzero(rows)
    tally: dict[object, list[int]] = {}
    for row in inside.tolist():
        counts = tally.setdefault(values[row], [0, 0])
        counts[0] += 1
        counts[1] += bool(target[row])
    for level, (size, hits) in tally.items():
        if isinstance(level, (str, bool)):
            gain = float(_gain(np.array([hits]), np.array([size]), base)[0])
            if gain > best[0]:
                best = (gain, Condition(name, Relation.EQUAL, level))
    return best


def _gain(hits: np.typing.NDArray[np.integer], size: np.typing.NDArray[np.integer], base: float) -> Float64:
    """FOIL's information gain of covering ``hits`` positives among ``size``."""
    share = np.where(hits > 0, hits, 1) / np.maximum(size, 1)
    gain: Float64 = np.where(hits > 0, hits * (np.log2(share) - np.log2(base)), 0.0)
    return gain


def round_between(low: float, high: float) -> float:
    """The number with the fewest digits in [low, high): people write 5000, not 4998.73."""
    for digits in range(-9, 10):
        step = 10.0 ** (-digits)
        candidate = np.floor(high / step) * step
        candidate = candidate - step if candidate >= high else candidate
        if candidate >= low:
            return float(round(candidate, max(digits, 0)))
    return low


def _prune(
    grown: Sequence[Condition], columns: dict[str, Float64 | list[object]], target: Bool, rows: Bool
) -> list[Condition]:
    """The prefix of the rule that is worth most on examples it was not grown on."""
    best, worth = list(grown), -2.0
    for length in range(len(grown), 0, -1):
        covers = _covered(grown[:length], columns, len(target)) & rows
        size = int(covers.sum())
        value = 2 * int((covers & target).sum()) / size - 1 if size else -1.0
        if value >= worth:
            best, worth = list(grown[:length]), value
    return best


def _covered(conditions: Sequence[Condition], columns: dict[str, Float64 | list[object]], rows: int) -> Bool:
    covers = np.ones(rows, dtype=np.bool_)
    for condition in conditions:
        covers &= _holds(condition, columns)
    return covers


def _holds(condition: Condition, columns: dict[str, Float64 | list[object]]) -> Bool:
    values = columns[condition.attribute]
    if isinstance(values, list):
        return np.array([value == condition.value for value in values], dtype=np.bool_)
    bound = float(condition.value)
    result: Bool = values <= bound if condition.comparison == Relation.AT_MOST else values > bound
    return result
