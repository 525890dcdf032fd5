"""Knock-out checks: what each refuses, what it costs, and the order that refuses cheapest.

Rule kept: a case is knocked out by the last check before its first rejection. Checks are best done in ascending order
of effort per rejection (van der Aalst, 2000): expected effort = Σ effortᵢ · ∏ⱼ₍ⱼ‹ᵢ₎ (1 − rateⱼ). Seconds throughout.
"""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from zaizao.eventlog import MISSING_TIME, EventLog
from zaizao.mining.attributes import case_attributes
from zaizao.mining.rules import Rule, rules
from zaizao.mining.spread import Bool, Int64
from zaizao.mining.statistics import Interval, wilson

_REJECTION = re.compile(r"reject|declin|refus|den(y|ied)|拒绝|拒贷|否决|退件|不予|不通过", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class KnockOut:
    """One check: cases it saw, cases it knocked out, its effort, and readable rules for when it refuses.

    ``processing`` and ``waiting`` are means in seconds (``nan`` where no start is recorded); ``effort`` is processing,
    or the mean time since the step before where no start is recorded; ``position`` is its mean place among the checks.
    """

    activity: str
    cases: int
    rejected: int
    rate: Interval
    processing: float
    waiting: float
    effort: float
    position: float
    rules: tuple[Rule, ...]

    @property
    def ratio(self) -> float:
        """Effort per rejection: the smaller, the earlier it should stand."""
        return self.effort / self.rate.value if self.rate.value > 0 else math.inf


@dataclass(frozen=True, slots=True)
class KnockOuts:
    """Checks as they are ordered today, the recommended order, and the expected effort per case of both."""

    rejections: tuple[str, ...]
    checks: tuple[KnockOut, ...]
    recommended: tuple[str, ...]
    effort_now: float
    effort_best: float
    rejected_share: float
    wasted: float
    """Processing seconds spent, over all cases, on cases that were rejected in the end."""


def rejection_activities(log: EventLog) -> tuple[str, ...]:
    """Activities whose name says that a case is refused."""
    return tuple(name for name in log.activity_names if _REJECTION.search(name))


def knock_outs(
    log: EventLog, *, rejections: Collection[str] | None = None, share: float = 0.01, explain: bool = True
) -> KnockOuts:
    """The knock-out checks of ``log``.

    ``rejections`` names the activities that mean refusal (guessed from their names when left out); a check is an
    activity that directly precedes the refusal in at least ``share`` of its cases and happens in others too;
    ``explain`` looks for rules.
    """
    refused = rejection_activities(log) if rejections is None else tuple(rejections)
    codes = {k for k, name in enumerate(log.activity_names) if name in refused}
    is_refusal = np.isin(log.activity, list(codes))
    first_refusal = _first_row(log, is_refusal)
    knocked = first_refusal[first_refusal >= 0]
    by = knocked[knocked > log.offsets[log.case[knocked]]] - 1
    size = len(log.activity_names)
    cases_of = _cases_with(log)
    rejected = np.bincount(log.activity[by], minlength=size)
    outside = cases_of - rejected
    checks = [
        code
        for code in range(size)
        if code not in codes and cases_of[code] and rejected[code] >= max(share * cases_of[code], 5) and outside[code]
    ]
    knocked_by = np.full(log.cases, -1, dtype=np.int64)
    knocked_by[log.case[by]] = log.activity[by]
    table = case_attributes(log) if explain and checks else pl.DataFrame()
    found = [_check(log, code, cases_of, rejected, checks, knocked_by, table) for code in checks]
    today = sorted(found, key=lambda check: check.position)
    best = sorted(found, key=lambda check: (check.ratio, check.position))
    return KnockOuts(
        rejections=refused,
        checks=tuple(today),
        recommended=tuple(check.activity for check in best),
        effort_now=expected_effort(today),
        effort_best=expected_effort(best),
        rejected_share=len(knocked) / max(log.cases, 1),
        wasted=_processing(log, np.isin(log.case, log.case[knocked])),
    )


def expected_effort(checks: Sequence[KnockOut]) -> float:
    """Seconds per case when the checks run in this order and the first refusal ends the case."""
    effort, alive = 0.0, 1.0
    for check in checks:
        effort += alive * check.effort
        alive *= 1.0 - check.rate.value
    return effort


def _check(
    log: EventLog,
    code: int,
    cases_of: Int64,
    rejected: np.typing.NDArray[np.integer],
    checks: Sequence[int],
    knocked_by: Int64,
    table: pl.DataFrame,
) -> KnockOut:
    rows = np.flatnonzero(log.activity == code)
    started = rows[log.start[rows] != MISSING_TIME]
    inner = rows[rows > log.offsets[log.case[rows]]]
    since = np.maximum(log.end[inner] - log.end[inner - 1], 0) / 1e6
    processing = float((log.end[started] - log.start[started]).mean()) / 1e6 if len(started) else math.nan
    timed = started[started > log.offsets[log.case[started]]]
    waiting = float(np.maximum(log.start[timed] - log.end[timed - 1], 0).mean()) / 1e6 if len(timed) else math.nan
    explained: list[Rule] = []
    if table.width:
        mine = np.zeros(log.cases, dtype=np.bool_)
        mine[log.case[rows]] = True
        explained = rules(table.filter(mine), (knocked_by == code)[mine])
    return KnockOut(
        activity=log.activity_names[code],
        cases=int(cases_of[code]),
        rejected=int(rejected[code]),
        rate=wilson(int(rejected[code]), int(cases_of[code])),
        processing=processing,
        waiting=waiting,
        effort=processing if len(started) else (float(since.mean()) if len(since) else 0.0),
        position=_position(log, code, checks),
        rules=tuple(explained),
    )


def _position(log: EventLog, code: int, checks: Sequence[int]) -> float:
    """Mean number of other checks done before this one, over cases that have it."""
    other = np.isin(log.activity, [check for check in checks if check != code])
    before = np.concatenate(([0], np.cumsum(other)))
    rows = np.flatnonzero(log.activity == code)
    return float((before[rows] - before[log.offsets[log.case[rows]]]).mean())


def _first_row(log: EventLog, mark: Bool) -> Int64:
    """Per case the first marked row, or -1."""
    first = np.full(log.cases, -1, dtype=np.int64)
    rows = np.flatnonzero(mark)[::-1]
    first[log.case[rows]] = rows
    return first


def _cases_with(log: EventLog) -> Int64:
    size = len(log.activity_names)
    pairs = np.unique(log.case.astype(np.int64) * size + log.activity)
    return np.bincount(pairs % size, minlength=size).astype(np.int64)


def _processing(log: EventLog, rows: Bool) -> float:
    known = rows & (log.start != MISSING_TIME)
    return float((log.end[known] - log.start[known]).sum()) / 1e6
