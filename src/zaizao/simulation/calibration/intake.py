"""Who comes and with what: arrival rates by hour of the week, and case attributes as they hang together."""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray

from zaizao.eventlog import MISSING_TIME, EventLog
from zaizao.simulation.calibration.conditions import Split, choice_gain, number_gain, splits
from zaizao.simulation.calibration.fitting import empirical, fit
from zaizao.simulation.scenario import CaseAttribute, Distribution, Family

Int64 = NDArray[np.int64]
_HOUR = 3_600_000_000
_WEEK = 168
_ATTRIBUTES = 10
_VALUES = 60


def first_times(log: EventLog) -> Int64:
    """When each case began: its earliest start, or end where no start is known."""
    begins = np.where(log.start == MISSING_TIME, log.end, log.start)
    return np.minimum.reduceat(begins, log.offsets[:-1])


def hourly_rates(times: Int64, zone: str, is_open: NDArray[np.bool_] | None = None) -> tuple[float, ...]:
    """Arrivals per hour for each hour of the week, over the hours that the log spans (and that were open)."""
    low, high = int(times.min()) // _HOUR, int(times.max()) // _HOUR
    hours = np.arange(low, high + 1, dtype=np.int64) * _HOUR
    slot = _slots(hours, zone)
    weight = np.ones(len(hours)) if is_open is None else is_open[: len(hours)].astype(float)
    exposure = np.bincount(slot, weights=weight, minlength=_WEEK)
    came = np.bincount(_slots(times, zone), minlength=_WEEK)
    pooled = len(times) / max(weight.sum(), 1.0)
    rates = np.where(exposure > 0, came / np.maximum(exposure, 1.0), pooled if len(hours) < _WEEK else 0.0)
    return tuple(round(float(rate), 6) for rate in rates)


def _slots(times: Int64, zone: str) -> Int64:
    local = pl.Series(times).cast(pl.Datetime("us", "UTC")).dt.convert_time_zone(zone)
    return ((local.dt.weekday().cast(pl.Int64) - 1) * 24 + local.dt.hour().cast(pl.Int64)).to_numpy()


def usable(table: pl.DataFrame) -> list[str]:
    """Case attributes that can be drawn: numbers, and texts with a limited set of values. Not ids, dates, constants."""
    found = []
    for name in table.columns:
        column = table.get_column(name)
        distinct = column.drop_nulls().n_unique()
        if distinct < 2 or column.null_count() > 0.5 * len(column):
            continue
        number = column.dtype.is_numeric()
        text = column.dtype in (pl.String, pl.Boolean, pl.Categorical) and distinct <= min(_VALUES, len(column) / 5)
        if number or text:
            found.append(name)
    return found[:_ATTRIBUTES]


def case_attributes(table: pl.DataFrame, names: list[str]) -> tuple[CaseAttribute, ...]:
    """Attributes to be drawn one after another, each depending on the earlier one that tells most about it."""
    texts = [name for name in names if not table.get_column(name).dtype.is_numeric()]
    ordered = texts + [name for name in names if name not in texts]
    cuts = {split.attribute: split for split in splits(table, ordered)}
    drawn = []
    for at, name in enumerate(ordered):
        earlier = [cuts[other] for other in ordered[:at] if other in cuts]
        drawn.append(_attribute(table.get_column(name), earlier))
    return tuple(drawn)


def _attribute(column: pl.Series, earlier: list[Split]) -> CaseAttribute:
    known = column.is_not_null().to_numpy()
    name = column.name
    if column.dtype.is_numeric():
        numbers = column.cast(pl.Float64).fill_null(0.0).to_numpy()
        step = _step(numbers[known])
        best = _best([(number_gain(np.where(known, s.part, -1), np.abs(numbers)), s) for s in earlier])
        parts = () if best is None else tuple(
            (condition, CaseAttribute(name, number=_number(numbers[known & (best.part == at)]), step=step))
            for at, condition in enumerate(best.conditions)
            if (known & (best.part == at)).any()
        )  # fmt: skip
        return CaseAttribute(name, number=_number(numbers[known]), cases=parts, step=step)
    text = column.cast(pl.String)
    values = text.drop_nulls().unique(maintain_order=True).to_list()
    codes = text.replace_strict(values, range(len(values)), default=-1, return_dtype=pl.Int64).to_numpy()
    best = _best([(choice_gain(np.where(known, s.part, -1), np.maximum(codes, 0), len(values)), s) for s in earlier])
    parts = () if best is None else tuple(
        (condition, CaseAttribute(name, _weights(codes[known & (best.part == at)], values)))
        for at, condition in enumerate(best.conditions)
        if (known & (best.part == at)).any()
    )  # fmt: skip
    return CaseAttribute(name, _weights(codes[known], values), cases=parts)


def _best(gains: list[tuple[float, Split]]) -> Split | None:
    gain, split = max(gains, key=lambda pair: pair[0], default=(0.0, None))
    return split if gain > 0 else None


def _weights(codes: Int64, values: list[str]) -> dict[str, float]:
    counts = np.bincount(codes, minlength=len(values)) / max(len(codes), 1)
    return {value: round(float(share), 6) for value, share in zip(values, counts, strict=True) if share > 0}


def _number(values: NDArray[np.float64]) -> Distribution:
    if (values < 0).any():
        return empirical(np.maximum(values, 0.0))
    fitted = fit(values, close=0.02)
    return fitted if fitted.family in (Family.FIXED, Family.EMPIRICAL) else empirical(values)


def _step(values: NDArray[np.float64]) -> float:
    """The largest of the usual steps that (nearly) all values keep; 0 where there is none."""
    for step in (1000.0, 100.0, 10.0, 1.0, 0.1, 0.01):
        if (np.abs(values / step - np.round(values / step)) < 1e-6).mean() > 0.98:
            return step
    return 0.0
