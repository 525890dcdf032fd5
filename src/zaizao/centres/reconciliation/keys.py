"""The first rung: rows of one key on both sides, netted in one pass.

Rule kept: both sides lie under each other with opposite signs and are grouped once; counts and the sum tell 1:1, 1:n,
n:m, doubles and differences apart, where a join would call a split an amount difference and miss a double.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from zaizao.centres.errors import ReconciliationError, problem
from zaizao.centres.reconciliation.model import Model

SIGNED, RIGHT, DAY, ROW = "signed", "right", "day", "row"


@dataclass(frozen=True, slots=True)
class Columns:
    """The working names of partition and key columns."""

    partition: tuple[str, ...]
    key: tuple[str, ...]

    @property
    def group(self) -> list[str]:
        """What rows are grouped by."""
        return [*self.partition, *self.key]


def columns_of(model: Model) -> Columns:
    """The working names for ``model``."""
    partition = tuple(f"p{n}" for n in range(len(model.partition)))
    return Columns(partition, tuple(f"k{n}" for n in range(len(model.key))))


def prepared(model: Model, frames: Sequence[pl.LazyFrame]) -> list[pl.LazyFrame]:
    """Both sides with the same columns: partition, key, the signed amount, the side, the day.

    Raises ``ReconciliationError`` for a column that is missing, amounts that are not integers and dates that are none.
    """
    schemas = [frame.collect_schema() for frame in frames]
    pairs = [*model.partition, *model.key]
    names = columns_of(model).group
    made = []
    for side, frame in enumerate(frames):
        schema = schemas[side]
        wanted = [*pairs, model.amount, *([model.date] if model.date else [])]
        for pair in wanted:
            if pair.of(side) not in schema:
                raise _wrong(model, side, pair.of(side), "no such column", "没有这一列")
        if not schema[model.amount.of(side)].is_integer():
            raise _wrong(
                model, side, model.amount.of(side), "amounts are whole minor units", "金额须为整数最小货币单位"
            )
        amount = pl.col(model.amount.of(side)).cast(pl.Int64)
        chosen = []
        for name, pair in zip(names, pairs, strict=True):
            same = schemas[0][pair.left] == schemas[1][pair.right]
            column = pl.col(pair.of(side))
            chosen.append((column if same else column.cast(pl.String)).alias(name))
        chosen += [(-amount if side else amount).alias(SIGNED), pl.lit(bool(side)).alias(RIGHT)]
        if model.date is not None:
            if schema[model.date.of(side)] != pl.Date:
                raise _wrong(model, side, model.date.of(side), "not a date", "不是日期")
            chosen.append(pl.col(model.date.of(side)).to_physical().alias(DAY))
        made.append(frame.select(chosen))
    return made


def figures(model: Model, side: pl.LazyFrame) -> dict[str, int]:
    """A side's ``rows``, signed ``total``, rows without amount (``nulls``) and with a part of the key missing."""
    told = {
        "rows": pl.len(),
        "total": pl.col(SIGNED).sum(),
        "nulls": pl.col(SIGNED).null_count(),
        "keyless": pl.sum_horizontal(pl.col(name).null_count() for name in columns_of(model).key) if model.key else 0,
    }
    return {
        name: int(value) for name, value in side.select(**told).collect(engine="streaming").row(0, named=True).items()
    }


def grouped(model: Model, sides: Sequence[pl.LazyFrame], *, keyless: bool) -> pl.DataFrame:
    """One row per partition and key: rows, rows on the right, the difference (left less right), days apart.

    Rows without a whole key are left out; ``keyless`` tells that there are such.
    """
    columns = columns_of(model)
    told = [pl.len().alias("rows"), pl.col(RIGHT).sum().alias("rights"), pl.col(SIGNED).sum().alias("difference")]
    if model.dates is not None:
        told.append((pl.col(DAY).max() - pl.col(DAY).min()).alias("apart"))
    keyed = pl.concat(sides)
    if keyless:
        keyed = keyed.drop_nulls(list(columns.key))
    chosen = [*columns.group, SIGNED, RIGHT, *([DAY] if model.dates is not None else [])]
    return keyed.select(chosen).group_by(columns.group).agg(told).collect(engine="streaming")


def balanced(model: Model) -> pl.Expr:
    """Whether a group may be accepted: something on both sides, or nothing but what cancels itself."""
    both = (
        (pl.col("rights") > 0) & (pl.col("rights") < pl.col("rows")) & (pl.col("difference").abs() <= model.tolerance)
    )
    cancelled = (pl.col("rows") > 1) & (pl.col("difference") == 0)
    accepted = both | cancelled
    if model.dates is not None:
        accepted &= pl.col("apart").fill_null(0) <= model.dates
    return accepted


KINDS = ("cancelled", "1:1", "1:n", "n:1", "n:m")


def kind() -> pl.Expr:
    """How an accepted group balances, as a place in ``KINDS``: numbers group faster than words."""
    lefts = pl.col("rows") - pl.col("rights")
    return (
        pl.when((lefts == 0) | (pl.col("rights") == 0))
        .then(pl.lit(0, pl.UInt8))
        .when(pl.col("rows") == 2)
        .then(pl.lit(1, pl.UInt8))
        .when(lefts == 1)
        .then(pl.lit(2, pl.UInt8))
        .when(pl.col("rights") == 1)
        .then(pl.lit(3, pl.UInt8))
        .otherwise(pl.lit(4, pl.UInt8))
    )


def without_amount(model: Model, rows: int) -> ReconciliationError:
    """The refusal of rows that have no amount."""
    what = (f"{rows} 行没有金额", f"{rows} rows have no amount")
    remedy = ("请补全或剔除这些行", "complete these rows or leave them out")
    return ReconciliationError(problem(model.name, what, remedy, "reconciliation.no-amount"))


def _wrong(model: Model, side: int, column: str, en: str, zh: str) -> ReconciliationError:
    where = f"{model.name}: {'right' if side else 'left'} column {column}"
    remedy = ("请核对模型与数据", "compare the model with the data")
    return ReconciliationError(problem(where, (zh, en), remedy, "reconciliation.column"))
