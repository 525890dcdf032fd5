"""Binning and fitting of scorecards.

Rule kept: bins come from the training rows alone, hold a stated least share of them, and are coded by weight of
evidence, ln(share of goods / share of bads), smoothed by half a case; the points come from a logistic regression on
these. Trees and regression are scikit-learn's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from zaizao.decisions.scorecard import Categorical, Numeric, Scorecard

if TYPE_CHECKING:
    from sklearn.linear_model import LogisticRegression

LEAST_SHARE = 0.04
"""Share of rows that a bin must hold."""
MOST_BINS = 6
LEAST_VALUE = 0.01
"""Information value below which a characteristic is left out."""


@dataclass(frozen=True)
class Bins:
    """How one column is cut: thresholds of a number, or groups of levels; ``woe`` by bin, the last for the rest."""

    name: str
    bounds: tuple[float, ...]
    groups: tuple[tuple[str, ...], ...]
    woe: tuple[float, ...]
    value: float
    """Information value: how much the characteristic separates good from bad."""

    def codes(self, column: pl.Series) -> NDArray[np.int64]:
        """The bin of each row; the last bin is the rest."""
        rest = len(self.woe) - 1
        if self.groups:
            of = {level: place for place, group in enumerate(self.groups) for level in group}
            return np.array([of.get(level, rest) for level in column.cast(pl.String).to_list()], np.int64)
        numbers = column.cast(pl.Float64).to_numpy()
        found = np.searchsorted(np.array(self.bounds), numbers, side="right").astype(np.int64)
        found[np.isnan(numbers)] = rest
        return found

    def coded(self, column: pl.Series) -> NDArray[np.float64]:
        """The weight of evidence of each row."""
        return np.array(self.woe)[self.codes(column)]


def bin_column(column: pl.Series, bad: NDArray[np.bool_]) -> Bins:
    """Cut one column by a shallow tree on ``bad``; a name's levels are first put in the order of their bad rate."""
    if column.dtype.is_numeric():
        numbers = column.cast(pl.Float64).to_numpy()
        known = ~np.isnan(numbers)
        bounds = _cuts(numbers[known], bad[known])
        return _weighed(column, bad, bounds, ())
    levels, codes = np.unique(column.cast(pl.String).fill_null("").to_numpy(), return_inverse=True)
    size = np.bincount(codes)
    rate = (np.bincount(codes, bad) + bad.mean()) / (size + 1)
    rank = np.argsort(np.argsort(rate, kind="stable"), kind="stable")
    bounds = _cuts(rank[codes].astype(np.float64), bad)
    place = np.searchsorted(np.array(bounds), rank, side="right")
    groups = tuple(
        tuple(str(level) for level, p in zip(levels, place, strict=True) if p == b and level)
        for b in range(len(bounds) + 1)
    )
    return _weighed(column, bad, (), groups)


def _cuts(numbers: NDArray[np.float64], bad: NDArray[np.bool_]) -> tuple[float, ...]:
    from sklearn.tree import DecisionTreeClassifier

    tree = DecisionTreeClassifier(
        criterion="entropy", max_leaf_nodes=MOST_BINS, min_samples_leaf=LEAST_SHARE, random_state=0
    )
    tree.fit(numbers.reshape(-1, 1), bad)
    inner = tree.tree_.feature >= 0
    return tuple(sorted({float(one) for one in tree.tree_.threshold[inner]}))


def _weighed(
    column: pl.Series, bad: NDArray[np.bool_], bounds: tuple[float, ...], groups: tuple[tuple[str, ...], ...]
) -> Bins:
    count = (len(groups) or len(bounds) + 1) + 1
    shape = Bins(column.name, bounds, groups, (0.0,) * count, 0.0)
    codes = shape.codes(column)
    bads = np.bincount(codes, bad, minlength=count)
    goods = np.bincount(codes, ~bad, minlength=count)
    share_bad = (bads + 0.5) / (bads.sum() + 0.5 * count)
    share_good = (goods + 0.5) / (goods.sum() + 0.5 * count)
    woe = np.where(bads + goods > 0, np.log(share_good / share_bad), 0.0)
    value = float(((share_good - share_bad) * woe)[bads + goods > 0].sum())
    return Bins(column.name, bounds, groups, tuple(map(float, woe)), value)


def fit_scorecard(
    rows: pl.DataFrame,
    bad: NDArray[np.bool_],
    *,
    columns: Sequence[str] | None = None,
    base_points: int = 600,
    base_odds: float = 20.0,
    double: int = 50,
) -> Scorecard:
    """A card from history: ``bad`` marks the rows that went wrong. Characteristics without information are left out."""
    from sklearn.linear_model import LogisticRegression

    found = [bin_column(rows[name], bad) for name in columns or rows.columns]
    kept = [bins for bins in found if bins.value >= LEAST_VALUE]
    coded = np.column_stack([bins.coded(rows[bins.name]) for bins in kept])
    regression = LogisticRegression(C=1.0, max_iter=1000).fit(coded, ~bad)
    factor = double / np.log(2.0)
    offset = base_points - factor * np.log(base_odds)
    return Scorecard(tuple(_points(kept, regression, factor, offset)), base_points, base_odds, double)


def _points(kept: list[Bins], regression: LogisticRegression, factor: float, offset: float) -> Any:
    share = (float(regression.intercept_[0]) * factor + offset) / len(kept)
    for bins, weight in zip(kept, regression.coef_[0], strict=True):
        points = [round(share + factor * float(weight) * woe) for woe in bins.woe]
        if bins.groups:
            levels = {level: points[place] for place, group in enumerate(bins.groups) for level in group}
            yield Categorical(bins.name, levels, points[-1])
        else:
            yield Numeric(bins.name, bins.bounds, tuple(points[:-1]), points[-1])
