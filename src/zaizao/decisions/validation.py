"""Validation of a score on rows with a known outcome: separation, calibration, stability.

Rule kept: every figure has an interval or the count behind it. AUC with Hanley and McNeil's interval (1982); KS is
the greatest gap of the two distributions; PSI by deciles of the reference (values above 0.1 deserve a look, above
0.25 an act); calibration compares the forecast with what happened, group by group, with Wilson's interval.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import polars as pl
from numpy.typing import NDArray

Numbers: TypeAlias = NDArray[np.float64]
Flags: TypeAlias = NDArray[np.bool_]
_Z = 1.959963984540054


@dataclass(frozen=True, slots=True)
class Calibration:
    """One group of cases: how many, the bad share that was forecast, the one seen with its 95 % interval."""

    group: str
    cases: int
    forecast: float
    seen: float
    low: float
    high: float

    @property
    def holds(self) -> bool:
        """Whether the forecast lies in the interval."""
        return self.low <= self.forecast <= self.high


@dataclass(frozen=True, slots=True)
class Validation:
    """How well a chance of bad separates and how true it is."""

    cases: int
    bads: int
    auc: float
    auc_low: float
    auc_high: float
    ks: float
    brier: float
    calibration: tuple[Calibration, ...]


def auc(risk: Numbers, bad: Flags) -> float:
    """The chance that a bad case has a higher risk than a good one; ties count half."""
    ranks = pl.Series(risk).rank("average").to_numpy()
    bads, goods = int(bad.sum()), int((~bad).sum())
    if not bads or not goods:
        return math.nan
    return float((ranks[bad].sum() - bads * (bads + 1) / 2) / (bads * goods))


def ks(risk: Numbers, bad: Flags) -> float:
    """The greatest gap between the distributions of bad and good."""
    points = np.unique(risk)
    below_bad = np.searchsorted(np.sort(risk[bad]), points, side="right") / max(int(bad.sum()), 1)
    below_good = np.searchsorted(np.sort(risk[~bad]), points, side="right") / max(int((~bad).sum()), 1)
    return float(np.abs(below_good - below_bad).max())


def psi(reference: Numbers, now: Numbers, bins: int = 10) -> float:
    """Population stability index of ``now`` against ``reference``, over the reference's quantiles."""
    cuts = np.unique(np.quantile(reference, np.linspace(0, 1, bins + 1)[1:-1]))
    was, has = (
        (np.bincount(np.searchsorted(cuts, x, side="right"), minlength=len(cuts) + 1) + 0.5)
        / (len(x) + 0.5 * (len(cuts) + 1))
        for x in (reference, now)
    )
    return float(((has - was) * np.log(has / was)).sum())


def validate(risk: Numbers, bad: Flags, groups: pl.Series | None = None) -> Validation:
    """Separation and calibration of ``risk`` (chance of bad); by ``groups``, else by tenths of the risk."""
    area = auc(risk, bad)
    low, high = _auc_interval(area, int(bad.sum()), int((~bad).sum()))
    if groups is None:
        cuts = np.unique(np.quantile(risk, np.linspace(0, 1, 11)[1:-1]))
        tenth = np.searchsorted(cuts, risk, side="right") + 1
        groups = pl.Series([f"{place:02d}" for place in tenth.tolist()])
    calibration = tuple(_calibration(risk, bad, groups))
    brier = float(((risk - bad) ** 2).mean())
    return Validation(len(risk), int(bad.sum()), area, low, high, ks(risk, bad), brier, calibration)


def _auc_interval(area: float, bads: int, goods: int) -> tuple[float, float]:
    if math.isnan(area):
        return math.nan, math.nan
    both_bad, both_good = area / (2 - area), 2 * area**2 / (1 + area)
    spread = area * (1 - area) + (bads - 1) * (both_bad - area**2) + (goods - 1) * (both_good - area**2)
    half = _Z * math.sqrt(max(spread, 0.0) / (bads * goods))
    return max(area - half, 0.0), min(area + half, 1.0)


def _calibration(risk: Numbers, bad: Flags, groups: pl.Series) -> list[Calibration]:
    names, codes = np.unique(groups.cast(pl.String).fill_null("?").to_numpy(), return_inverse=True)
    size = np.bincount(codes)
    bads, forecast = np.bincount(codes, bad), np.bincount(codes, risk) / size
    found = []
    for name, count, wrong, expected in zip(names, size, bads, forecast, strict=True):
        low, high = wilson(int(wrong), int(count))
        found.append(Calibration(str(name), int(count), float(expected), float(wrong / count), low, high))
    return found


def wilson(hits: int, trials: int) -> tuple[float, float]:
    """The 95 % interval of a share (Wilson 1927)."""
    share, spread = hits / trials, _Z**2 / trials
    centre = (share + spread / 2) / (1 + spread)
    half = _Z * math.sqrt(share * (1 - share) / trials + spread / (4 * trials)) / (1 + spread)
    return max(centre - half, 0.0), min(centre + half, 1.0)


@dataclass(frozen=True, slots=True)
class CrossValidation:
    """Means over the folds' held-out rows."""

    auc: float
    ks: float
    folds: tuple[Validation, ...]


def cross_validate(
    fit: Callable[[pl.DataFrame, Flags], Callable[[pl.DataFrame], Numbers]],
    rows: pl.DataFrame,
    bad: Flags,
    *,
    folds: int = 5,
    seed: int = 0,
) -> CrossValidation:
    """Fit on all folds but one and validate on that one, in turn; folds keep the share of bad."""
    luck = np.random.default_rng(seed)
    fold = np.empty(len(bad), np.int64)
    for side in (bad, ~bad):
        places = luck.permutation(np.flatnonzero(side))
        fold[places] = np.arange(len(places)) % folds
    found = []
    for held in range(folds):
        inside = fold != held
        risk = fit(rows.filter(pl.Series(inside)), bad[inside])(rows.filter(pl.Series(~inside)))
        found.append(validate(risk, bad[~inside]))
    return CrossValidation(
        float(np.mean([one.auc for one in found])), float(np.mean([one.ks for one in found])), tuple(found)
    )
