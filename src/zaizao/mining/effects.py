"""Which attributes go with slow, refused or reworked cases: how much, how sure, and with the others held equal.

Rule kept: an effect is a size with a 95 % interval, not a correlation; all p-values are corrected together; the
adjusted effect comes from one linear model over all groups (least squares, standard errors robust to unequal spread,
HC1). An observed effect is not yet a cause: the adjusted figure says only that the other recorded attributes do not
explain it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
import polars as pl

from zaizao.eventlog import EventLog
from zaizao.mining.attributes import case_attributes
from zaizao.mining.spread import Bool, Float64
from zaizao.mining.statistics import Interval, corrected, mean_difference, share_difference, share_test, superiority

_LEVELS = 30
_COLUMNS = 120


@dataclass(frozen=True, slots=True)
class Effect:
    """Cases where ``attribute`` is ``level`` against all others.

    ``difference`` is in the outcome's unit (a share for yes-or-no outcomes); ``delta`` is Cliff's delta for measured
    outcomes (``None`` else); ``adjusted`` holds other attributes equal (``None`` where they cannot be told apart);
    ``excess`` is what the group adds in total: difference times cases.
    """

    attribute: str
    level: str
    cases: int
    difference: Interval
    delta: Interval | None
    p: float
    adjusted: Interval | None
    excess: float


def effects(
    log: EventLog, outcome: Float64 | Bool, *, support: int = 30, table: pl.DataFrame | None = None
) -> list[Effect]:
    """Effects on ``outcome`` (one value per case, in case order), the largest total excess first.

    ``table`` gives the attributes (those of the log when left out); numbers are cut at their quartiles; groups of
    fewer than ``support`` cases are left out. Only effects with a corrected p-value below 0.05 are returned.
    """
    attributes = case_attributes(log) if table is None else table
    groups = list(_groups(attributes, support, log.cases))
    if not groups:
        return []
    values = outcome.astype(np.float64)
    yes_or_no = outcome.dtype == np.bool_
    raw = [_effect(name, level, inside, values, yes_or_no) for name, level, inside in groups]
    p_values = corrected([effect.p for effect in raw])
    adjusted = _adjusted(groups, values)
    found = [
        replace(effect, p=p, adjusted=held) for effect, p, held in zip(raw, p_values, adjusted, strict=True) if p < 0.05
    ]
    return sorted(found, key=lambda effect: -abs(effect.excess))


def _effect(name: str, level: str, inside: Bool, values: Float64, yes_or_no: bool) -> Effect:
    mine, others = values[inside], values[~inside]
    if yes_or_no:
        counts = int(mine.sum()), len(mine), int(others.sum()), len(others)
        difference, delta, p = share_difference(*counts), None, share_test(*counts)
    else:
        difference = mean_difference(mine, others)
        delta, p = superiority(mine, others)
    return Effect(name, level, len(mine), difference, delta, p, None, difference.value * len(mine))


def _groups(table: pl.DataFrame, support: int, cases: int) -> Iterator[tuple[str, str, Bool]]:
    for column in table.get_columns():
        if column.dtype.is_numeric() and column.n_unique() > 10:
            found = _quartiles(column)
        else:
            found = _levels(column)
        for level, inside in found:
            if support <= inside.sum() <= cases - support:
                yield column.name, level, inside


def _quartiles(column: pl.Series) -> Iterator[tuple[str, Bool]]:
    values = column.cast(pl.Float64).fill_null(float("nan")).to_numpy()
    known = values[~np.isnan(values)]
    bounds = np.unique(np.quantile(known, (0.0, 0.25, 0.5, 0.75, 1.0)))
    for low, high in pairwise(bounds.tolist()):
        last = high == bounds[-1]
        inside = (values >= low) & ((values <= high) if last else (values < high))
        yield f"{low:.6g} – {high:.6g}", inside


def _levels(column: pl.Series) -> Iterator[tuple[str, Bool]]:
    counts = column.value_counts(sort=True)
    for level in counts[column.name].to_list()[:_LEVELS]:
        inside = column.is_null() if level is None else (column == level).fill_null(False)
        yield "" if level is None else str(level), inside.to_numpy()


def _adjusted(groups: list[tuple[str, str, Bool]], values: Float64) -> list[Interval | None]:
    """Each group's effect in one linear model; the largest group of each attribute is the reference and has none."""
    largest: dict[str, int] = {}
    for k, (name, _, inside) in enumerate(groups):
        if name not in largest or inside.sum() > groups[largest[name]][2].sum():
            largest[name] = k
    used = [k for k in range(len(groups)) if k not in largest.values()][:_COLUMNS]
    result: list[Interval | None] = [None] * len(groups)
    if not used or len(values) <= len(used) + 2:
        return result
    design = np.column_stack([np.ones(len(values)), *(groups[k][2].astype(np.float64) for k in used)])
    inverse = np.linalg.pinv(design.T @ design)
    slope = inverse @ (design.T @ values)
    left = values - design @ slope
    meat = (design * (left * left)[:, None]).T @ design
    errors = np.sqrt(np.maximum(np.diag(inverse @ meat @ inverse), 0) * len(values) / (len(values) - len(used) - 1))
    for place, k in enumerate(used, start=1):
        half = 1.959963984540054 * float(errors[place])
        result[k] = Interval(float(slope[place]), float(slope[place]) - half, float(slope[place]) + half)
    return result
