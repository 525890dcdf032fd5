"""Which case attribute tells most about a choice or a duration: splits that pay for themselves.

A split is kept when it lowers the Bayesian information criterion: what it explains must outweigh what it adds.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from zaizao.simulation.scenario import Condition

Int64 = NDArray[np.int64]
_LEVELS = 12
_BINS = 6
LEAST = 30
"""Cases that a part of a split must hold."""


@dataclass(frozen=True, slots=True, eq=False)
class Split:
    """An attribute cut into parts: a condition for each part, and the part of each case (-1 for none)."""

    attribute: str
    conditions: tuple[Condition, ...]
    part: Int64


def splits(table: pl.DataFrame, attributes: Sequence[str]) -> list[Split]:
    """Every usable cut of every attribute: a part per value, or per quantile band of a number."""
    found = []
    for name in attributes:
        column = table.get_column(name)
        split = _by_number(name, column) if column.dtype.is_numeric() else _by_value(name, column)
        if split is not None:
            found.append(split)
    return found


def _by_value(name: str, column: pl.Series) -> Split | None:
    text = column.cast(pl.String)
    counts = text.drop_nulls().value_counts(sort=True)
    values = [value for value, count in counts.iter_rows() if count >= LEAST][:_LEVELS]
    if len(values) < 2:
        return None
    number = {value: at for at, value in enumerate(values)}
    part = text.replace_strict(number, default=-1, return_dtype=pl.Int64).to_numpy()
    return Split(name, tuple(Condition(name, (value,)) for value in values), part)


def _by_number(name: str, column: pl.Series) -> Split | None:
    numbers = column.cast(pl.Float64).to_numpy()
    known = numbers[np.isfinite(numbers)]
    if len(known) < 2 * LEAST:
        return None
    edges = np.unique(np.quantile(known, np.linspace(0, 1, _BINS + 1)[1:-1], method="higher"))
    edges = edges[edges > known.min()]
    if not len(edges):
        return None
    bounds = [None, *edges.tolist(), None]
    conditions = tuple(Condition(name, (), bounds[at], bounds[at + 1]) for at in range(len(bounds) - 1))
    part = np.searchsorted(edges, numbers, side="right").astype(np.int64)
    return Split(name, conditions, np.where(np.isfinite(numbers), part, -1))


def choice_gain(part: Int64, chosen: Int64, options: int) -> float:
    """How much (in nats, after the penalty) knowing the part tells about the choice; at most 0 means nothing."""
    known = part >= 0
    if known.sum() < 2 * LEAST:
        return -math.inf
    parts = int(part.max()) + 1
    table = np.zeros((parts, options))
    np.add.at(table, (part[known], chosen[known]), 1)
    table = table[table.sum(axis=1) > 0]
    gain = _log_likelihood(table) - _log_likelihood(table.sum(axis=0, keepdims=True))
    return gain - (len(table) - 1) * (options - 1) / 2 * math.log(known.sum())


def _log_likelihood(table: NDArray[np.float64]) -> float:
    totals = table.sum(axis=1, keepdims=True)
    with np.errstate(divide="ignore", invalid="ignore"):
        terms = np.where(table > 0, table * np.log(table / totals), 0.0)
    return float(terms.sum())


def number_gain(part: Int64, values: NDArray[np.float64]) -> float:
    """The same for a quantity, compared on its logarithm with a normal spread in each part."""
    known = part >= 0
    count = int(known.sum())
    if count < 2 * LEAST:
        return -math.inf
    logs = np.log1p(values[known])
    groups = part[known]
    sizes = np.bincount(groups)
    used = sizes > 0
    sums = np.bincount(groups, weights=logs)
    squares = np.bincount(groups, weights=logs**2)
    within = float((squares[used] - sums[used] ** 2 / sizes[used]).sum())
    total = float(((logs - logs.mean()) ** 2).sum())
    if total <= 0:
        return -math.inf
    share = max(within / total, 1e-12)
    return -count / 2 * math.log(share) - (int(used.sum()) - 1) * math.log(count)
