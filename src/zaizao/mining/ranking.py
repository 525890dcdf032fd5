"""Deviations side by side: how often, how much time, how much money, and which cases.

Rule kept: every deviation leads to its cases. Its time is how much longer those cases take than all others (a difference
of means with its interval, never the whole cycle time); its money is what those cases cost beyond the others where the
log has a ``cost`` (fen per execution), and the sum at stake where an amount attribute is named.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import polars as pl

from zaizao.eventlog import EventLog
from zaizao.mining.alignment import Alignments, Side, deviations
from zaizao.mining.attributes import case_values
from zaizao.mining.declare import Verdict
from zaizao.mining.errors import MiningError
from zaizao.mining.overview import cycle_times
from zaizao.mining.spread import MICROSECONDS, Bool, Float64, Int64
from zaizao.mining.statistics import Interval, mean_difference
from zaizao.problems import Problem, Text

COST = "cost"


class Kind(StrEnum):
    """What a deviation deviates from."""

    EXTRA = "extra"  # done although the model does not allow it there
    MISSING = "missing"  # left out although the model asks for it
    RULE = "rule"  # a declarative rule is broken


class By(StrEnum):
    """What deviations are ranked by."""

    FREQUENCY = "frequency"
    TIME = "time"
    MONEY = "money"


@dataclass(frozen=True, slots=True, eq=False)
class Breach:
    """A deviation: its cases (numbers), how often in all, and what goes with it.

    ``longer`` is the mean cycle time of its cases minus that of the others in seconds (``None`` where too few), ``time``
    that difference over all its cases; ``cost`` likewise in fen; ``at_stake`` the sum of the amount attribute.
    """

    kind: Kind
    what: str
    cases: Int64
    times: int
    share: float
    longer: Interval | None
    time: float
    cost: float | None
    at_stake: float | None


def breaches(
    log: EventLog,
    *,
    aligned: Alignments | None = None,
    verdicts: Iterable[Verdict] = (),
    amount: str | None = None,
    by: By | str = By.FREQUENCY,
) -> list[Breach]:
    """All deviations from a model (``aligned``) and from rules (``verdicts``), ranked.

    ``amount`` names an attribute of cases that says how much money is at stake. Raises ``MiningError`` where the log has
    no such number, or where it is asked to rank by money that nobody recorded.
    """
    cycle = cycle_times(log) / MICROSECONDS
    cost = _cost(log)
    stake = None if amount is None else _amounts(log, amount)
    if By(by) == By.MONEY and cost is None and stake is None:
        raise _refused(
            "money",
            "日志没有成本，也没有指定金额属性",
            "the log has no cost, and no amount attribute is named",
            "name one with --amount",
        )
    found = [
        _breach(kind, what, cases, times, cycle, cost, stake)
        for kind, what, cases, times in (*_of_model(log, aligned), *_of_rules(verdicts))
    ]
    keys = {
        By.FREQUENCY: lambda b: (len(b.cases), b.times),
        By.TIME: lambda b: (b.time, len(b.cases)),
        By.MONEY: lambda b: (b.cost if stake is None else b.at_stake, len(b.cases)),
    }
    return sorted(found, key=keys[By(by)], reverse=True)


def _of_model(log: EventLog, aligned: Alignments | None) -> Iterable[tuple[Kind, str, Int64, int]]:
    if aligned is None:
        return
    of_case = aligned.variants.of_case
    for one in deviations(log, aligned):
        marked = np.zeros(len(aligned.variants), dtype=np.bool_)
        marked[list(one.variants)] = True
        kind = Kind.EXTRA if one.side == Side.LOG else Kind.MISSING
        yield kind, one.activity, np.flatnonzero(marked[of_case]), one.times


def _of_rules(verdicts: Iterable[Verdict]) -> Iterable[tuple[Kind, str, Int64, int]]:
    for verdict in verdicts:
        if len(verdict.broken):
            yield Kind.RULE, verdict.constraint.name or str(verdict.constraint), verdict.broken, verdict.times


def _breach(
    kind: Kind, what: str, cases: Int64, times: int, cycle: Float64, cost: Float64 | None, stake: Float64 | None
) -> Breach:
    inside: Bool = np.zeros(len(cycle), dtype=np.bool_)
    inside[cases] = True
    longer = _difference(cycle, inside)
    dearer = None if cost is None else _difference(cost, inside)
    return Breach(
        kind=kind,
        what=what,
        cases=cases,
        times=times,
        share=len(cases) / max(len(cycle), 1),
        longer=longer,
        time=longer.value * len(cases) if longer else 0.0,
        cost=None if cost is None else (dearer.value * len(cases) if dearer else 0.0),
        at_stake=None if stake is None else float(np.nansum(stake[inside])),
    )


def _difference(values: Float64, inside: Bool) -> Interval | None:
    smaller = min(int(inside.sum()), int((~inside).sum()))
    if smaller == 0:
        return None
    if smaller == 1:  # a difference without an interval
        return Interval(float(values[inside].mean() - values[~inside].mean()), math.nan, math.nan)
    return mean_difference(values[inside], values[~inside])


def _cost(log: EventLog) -> Float64 | None:
    if COST not in log.event_table.columns:
        return None
    fen = log.event_table[COST].cast(pl.Float64, strict=False).fill_null(0.0).to_numpy()
    return np.bincount(log.case, weights=fen, minlength=log.cases).astype(np.float64)


def _amounts(log: EventLog, name: str) -> Float64:
    table = case_values(log)
    if name not in table.columns or not table[name].dtype.is_numeric():
        numbers: Sequence[str] = [column.name for column in table.get_columns() if column.dtype.is_numeric()]
        raise _refused(
            name,
            "日志没有这个数字属性",
            "the log has no such attribute with numbers",
            f"it has: {', '.join(numbers) or '-'}",
        )
    values: Float64 = table[name].cast(pl.Float64).fill_null(float("nan")).to_numpy()
    return values


def _refused(where: str, zh: str, en: str, remedy: str) -> MiningError:
    return MiningError(Problem(where, Text(zh, en), Text("请换一个属性", remedy), "mining.no-amount"))
