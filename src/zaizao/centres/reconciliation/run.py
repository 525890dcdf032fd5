"""A run: two tables and a model give matches, suggestions and classified breaks.

Rule kept: every row ends in exactly one place: an accepted key group, an accepted match, or a break. So the difference
of the two sides' totals is the sum of the accepted tolerances and of the breaks' differences.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

import polars as pl

from zaizao.centres.reconciliation import keys
from zaizao.centres.reconciliation.chance import Amounts
from zaizao.centres.reconciliation.keys import DAY, RIGHT, ROW, SIGNED
from zaizao.centres.reconciliation.model import Model
from zaizao.centres.reconciliation.open_rows import Open, Solution, solve

_SAMPLE = 200_000


class Class(StrEnum):
    """What a break is."""

    MISSING = "missing"  # on the left only
    EXTRA = "extra"  # on the right only
    DOUBLE = "double"  # the rows of a key are all on both sides, some more often on one
    AMOUNT = "amount"  # one row each, different amounts
    DATE = "date"  # the amounts agree, the days lie too far apart
    SPLIT = "split"  # several rows of a key that do not add up


@dataclass(frozen=True, slots=True)
class Run:
    """What a run found. Frames name rows by side (``right``) and number (``row``, from 0, as the sides were given)."""

    model: Model
    as_of: date
    rows: tuple[int, int]
    totals: tuple[int, int]
    kinds: dict[str, tuple[int, int, int]]
    """Kind of an accepted key group → groups, rows, sum of differences."""
    matches: tuple[Solution, ...]
    suggestions: tuple[Solution, ...]
    breaks: pl.DataFrame
    """``break``, ``class``, ``key`` (text), ``lefts``, ``rights``, ``difference``, ``since`` (date), ``age`` (days)."""
    break_rows: pl.DataFrame
    """``break``, ``right``, ``row``."""

    @property
    def matched_rows(self) -> int:
        """Rows in accepted groups and matches."""
        return sum(rows for _, rows, _ in self.kinds.values()) + sum(
            len(one.left) + len(one.right) for one in self.matches
        )

    def classes(self) -> dict[Class, tuple[int, int]]:
        """Class → breaks, sum of differences."""
        told = self.breaks.group_by("class").agg(pl.len(), pl.col("difference").sum())
        return {Class(name): (count, total) for name, count, total in sorted(told.iter_rows())}


def reconcile(model: Model, left: pl.DataFrame | pl.LazyFrame, right: pl.DataFrame | pl.LazyFrame, as_of: date) -> Run:
    """Match ``left`` with ``right`` and classify what remains; breaks are aged to ``as_of``.

    Memory follows the number of keys, not of columns: frames may be lazy. Raises ``ReconciliationError`` where the
    columns do not fit the model.
    """
    sides = keys.prepared(model, (left.lazy(), right.lazy()))
    counts = [keys.figures(model, side) for side in sides]
    without = counts[0]["nulls"] + counts[1]["nulls"]
    if without:
        raise keys.without_amount(model, without)
    kinds: dict[str, tuple[int, int, int]] = {}
    if model.key:
        keyless = [count["keyless"] > 0 for count in counts]
        groups = keys.grouped(model, sides, keyless=any(keyless))
        accepted = groups.filter(keys.balanced(model)).group_by(keys.kind().alias("kind"))
        for place, *figures in accepted.agg(pl.len(), pl.col("rows").sum(), pl.col("difference").sum()).iter_rows():
            kinds[keys.KINDS[place]] = (figures[0], figures[1], figures[2])
        unbalanced = groups.filter(~keys.balanced(model)).select(keys.columns_of(model).group)
        del groups
        waiting = _rows_of(model, sides, unbalanced, keyless)
    else:
        waiting = pl.concat([side.with_row_index(ROW) for side in sides]).collect(engine="streaming")
    kept = _classified(model, waiting)
    solutions = _solved(model, sides, kept) if model.date is not None else []
    matches = tuple(one for one in solutions if one.doubt is None)
    suggestions = tuple(one for one in solutions if one.doubt is not None)
    breaks, break_rows = _breaks(model, kept, matches, as_of)
    return Run(
        model,
        as_of,
        (counts[0]["rows"], counts[1]["rows"]),
        (counts[0]["total"], -counts[1]["total"]),
        dict(sorted(kinds.items())),
        matches,
        suggestions,
        breaks,
        break_rows,
    )


def _rows_of(
    model: Model, sides: Sequence[pl.LazyFrame], unbalanced: pl.DataFrame, keyless: Sequence[bool]
) -> pl.DataFrame:
    """The rows of the groups that did not balance, and those without a whole key where a side has such."""
    columns = keys.columns_of(model)
    found = []
    for side, some in zip(sides, keyless, strict=True):
        numbered = side.with_row_index(ROW)
        found.append(numbered.join(unbalanced.lazy(), on=columns.group, how="semi", nulls_equal=True))
        if some:
            found.append(numbered.filter(pl.any_horizontal(pl.col(name).is_null() for name in columns.key)))
    return pl.concat(found).collect(engine="streaming")


def _classified(model: Model, waiting: pl.DataFrame) -> pl.DataFrame:
    """``waiting`` with a ``group`` number and its class; a row without a whole key is a group of its own."""
    columns = keys.columns_of(model)
    whole = pl.all_horizontal(pl.col(name).is_not_null() for name in columns.key) if columns.key else pl.lit(False)
    alone = pl.when(whole).then(pl.lit(-1)).otherwise(pl.int_range(pl.len()))
    rows = waiting.with_columns(alone.alias("_alone"))
    group = [*columns.group, "_alone"]
    both = pl.col(RIGHT).any() & (~pl.col(RIGHT)).any()
    rows = rows.with_columns(
        _rank=pl.struct(group).rank("dense").cast(pl.Int64),
        _lefts=(~pl.col(RIGHT)).sum().over(group),
        _rights=pl.col(RIGHT).sum().over(group),
        _difference=pl.col(SIGNED).sum().over(group),
        _twins=both.over([*group, pl.col(SIGNED).abs()]),
    )
    rows = rows.with_columns(
        _uneven=~pl.col("_twins").all().over("_rank"),
    )
    within = pl.col("_difference").abs() <= model.tolerance
    named = (
        pl.when(pl.col("_rights") == 0)
        .then(pl.lit(Class.MISSING.value))
        .when(pl.col("_lefts") == 0)
        .then(pl.lit(Class.EXTRA.value))
        .when(within)
        .then(pl.lit(Class.DATE.value))
        .when(~pl.col("_uneven"))
        .then(pl.lit(Class.DOUBLE.value))
        .when(pl.col("_lefts") + pl.col("_rights") == 2)
        .then(pl.lit(Class.AMOUNT.value))
        .otherwise(pl.lit(Class.SPLIT.value))
    )
    return rows.with_columns(named.alias("class")).drop("_alone", "_twins", "_uneven", "_difference")


def _solved(model: Model, sides: Sequence[pl.LazyFrame], kept: pl.DataFrame) -> list[Solution]:
    """What the lower rungs find among the rows that have no counterpart under their key."""
    single = kept.filter(pl.col("class").is_in([Class.MISSING.value, Class.EXTRA.value]))
    single = single.drop_nulls([DAY, SIGNED])
    if not single.height:
        return []
    common = tuple(_common(side) for side in sides)
    found: list[Solution] = []
    partition = list(keys.columns_of(model).partition)
    parts = single.sort(DAY, ROW).partition_by(partition, maintain_order=True) if partition else [single.sort(DAY, ROW)]
    for part in parts:
        left, right = (_open(part.filter(pl.col(RIGHT) == side), -1 if side else 1) for side in (False, True))
        found += solve(model, left, right, (common[0], common[1]))
    return found


def _common(side: pl.LazyFrame) -> Amounts:
    amounts = side.select(pl.col(SIGNED).abs()).drop_nulls().collect(engine="streaming").to_series()
    step = max(1, len(amounts) // _SAMPLE)
    return Amounts(amounts.gather_every(step).to_numpy())


def _open(part: pl.DataFrame, sign: int) -> Open:
    numbers = [part[name].cast(pl.Int64).to_numpy() for name in (ROW, SIGNED, DAY)]
    return Open(numbers[0], sign * numbers[1], numbers[2])


def _breaks(
    model: Model, kept: pl.DataFrame, matches: Sequence[Solution], as_of: date
) -> tuple[pl.DataFrame, pl.DataFrame]:
    taken = pl.DataFrame(
        {
            ROW: [row for one in matches for row in (*one.left, *one.right)],
            RIGHT: [side for one in matches for side in [False] * len(one.left) + [True] * len(one.right)],
        },
        schema={ROW: kept.schema[ROW], RIGHT: pl.Boolean},
    )
    rest = kept.join(taken, on=[ROW, RIGHT], how="anti")
    columns = keys.columns_of(model).group
    text = pl.concat_str([pl.col(name).cast(pl.String).fill_null("") for name in columns], separator=" | ")
    # A key with rows on one side only is one break a row: each may have its own story, and some found their match.
    one_sided = pl.col("class").is_in([Class.MISSING.value, Class.EXTRA.value])
    rest = rest.with_columns(
        _row=pl.when(one_sided).then(pl.col(ROW).cast(pl.Int64)).otherwise(pl.lit(-1)),
        key=text if columns else pl.lit(""),
        since=pl.col(DAY).cast(pl.Date) if model.date is not None else pl.lit(None, dtype=pl.Date),
    )
    rest = rest.with_columns(_since=pl.col("since").min().over("_rank", "_row"))
    # A one-sided group lies on one side, so its row numbers tell its rows apart.
    rest = rest.sort("_since", "_rank", "_row", RIGHT, ROW).with_columns(
        pl.struct("_rank", "_row").rle_id().alias("break")
    )
    told = rest.group_by("break", maintain_order=True).agg(
        pl.col("class", "key").first(),
        (~pl.col(RIGHT)).sum().alias("lefts"),
        pl.col(RIGHT).sum().alias("rights"),
        pl.col(SIGNED).sum().alias("difference"),
        pl.col("since").min(),
    )
    aged = (pl.lit(as_of) - pl.col("since")).dt.total_days().alias("age")
    return told.with_columns(aged), rest.select("break", RIGHT, ROW)
