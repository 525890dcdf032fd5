"""Which manual activities a robot could do: a score with its parts, vetoes in words, and the hours expected.

Rule kept: every part is a share between 0 and 1 measured on the log; the score is their weighted geometric mean, so one
bad part cannot be bought off by the others; a veto is a reason that no score outweighs. What a log cannot show (is the
input digital? does the system let a robot in?) is not scored: people ask it of each candidate.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from zaizao.eventlog import MISSING_TIME, EventLog
from zaizao.mining.flow import followed
from zaizao.mining.performers import performers
from zaizao.mining.spread import MICROSECONDS, Float64, Int64
from zaizao.problems import Text

_YEAR = 365.25 * 86_400
_WEIGHTS = {"steadiness": 1.0, "clarity": 2.0, "regularity": 2.0, "volume": 1.0}
_LEAST = 50
_SHORTEST = 14 * 86_400


@dataclass(frozen=True, slots=True)
class Candidate:
    """A manual activity.

    ``hours`` is its human processing time a year (``None`` without starts), ``saved`` the part a robot would take:
    hours times (1 − exceptions). ``steadiness`` is how little durations vary (1 / (1 + coefficient of variation of the
    middle 90 %)), ``clarity`` how predictable the next step is (1 − entropy over its maximum), ``regularity`` one
    minus the share of exceptions (repeats in a case, or next steps taken in fewer than 5 % of executions), ``volume``
    executions a year against 10,000 (1 at and above).
    """

    activity: str
    executions_per_year: float
    hours: float | None
    saved: float | None
    steadiness: float
    clarity: float
    regularity: float
    volume: float
    vetoes: tuple[Text, ...]

    @property
    def score(self) -> float:
        """0 to 100; the weighted geometric mean of the parts."""
        parts = [(getattr(self, name), weight) for name, weight in _WEIGHTS.items()]
        total = sum(weight * math.log(max(part, 1e-3)) for part, weight in parts)
        return 100.0 * math.exp(total / sum(_WEIGHTS.values()))


def automation(log: EventLog) -> list[Candidate]:
    """Candidates, those without veto first, by hours saved (by score where hours are unknown)."""
    if not log.events:
        return []
    automatic = performers(log).automatic.fill_null(False).to_numpy()
    period = max(float(log.end.max() - log.end.min()) / MICROSECONDS, 86_400.0)
    found = []
    for code, name in enumerate(log.activity_names):
        rows = np.flatnonzero((log.activity == code) & ~automatic)
        if len(rows):
            found.append(_candidate(log, name, rows, period))
    return sorted(found, key=lambda c: (bool(c.vetoes), -(c.saved or 0.0), -c.score))


def _candidate(log: EventLog, name: str, rows: Int64, period: float) -> Candidate:
    per_year = len(rows) * _YEAR / period
    started = rows[log.start[rows] != MISSING_TIME]
    seconds = (log.end[started] - log.start[started]) / MICROSECONDS
    clarity, rare = _next_steps(log, rows)
    repeated = 1.0 - len(np.unique(log.case[rows])) / len(rows)
    regularity = max(0.0, 1.0 - rare - repeated)
    hours = float(seconds.mean()) * per_year / 3600 if len(started) else None
    steadiness = _steadiness(seconds)
    return Candidate(
        activity=name,
        executions_per_year=per_year,
        hours=hours,
        saved=None if hours is None else hours * regularity,
        steadiness=steadiness,
        clarity=clarity,
        regularity=regularity,
        volume=min(1.0, per_year / 10_000),
        vetoes=tuple(_vetoes(len(rows), period, regularity, seconds)),
    )


def _next_steps(log: EventLog, rows: Int64) -> tuple[float, float]:
    """Predictability of the next step, and the share of executions followed by a step rarer than 5 %."""
    size = len(log.activity_names)
    after = np.full(len(rows), size, dtype=np.int64)
    inner = rows < log.events - 1
    goes_on = np.zeros(len(rows), dtype=np.bool_)
    goes_on[inner] = followed(log)[rows[inner]]
    after[goes_on] = log.activity[rows[goes_on] + 1]
    shares = np.bincount(after, minlength=size + 1) / len(rows)
    taken = shares[shares > 0]
    entropy = float(-(taken * np.log(taken)).sum())
    return 1.0 - entropy / math.log(size + 1), float(shares[shares < 0.05].sum())


def _steadiness(seconds: Float64) -> float:
    if len(seconds) < 2:
        return 0.5
    low, high = np.quantile(seconds, (0.05, 0.95))
    middle = seconds[(seconds >= low) & (seconds <= high)]
    mean = float(middle.mean())
    return 1.0 / (1.0 + float(middle.std()) / mean) if mean > 0 else 0.5


def _vetoes(executions: int, period: float, regularity: float, seconds: Float64) -> list[Text]:
    found = []
    if executions < _LEAST:
        found.append(Text(f"只有 {executions} 次执行，样本太少", f"only {executions} executions: too few to judge"))
    if period < _SHORTEST:
        found.append(Text("日志不到两周，无法判断稳定性", "the log spans less than two weeks: stability is unknown"))
    if regularity < 0.5:
        found.append(
            Text(f"例外占 {1 - regularity:.0%}，超过一半", f"exceptions are {1 - regularity:.0%}: more than half")
        )
    if len(seconds) and float(np.median(seconds)) > 4 * 3600:
        found.append(Text("一次处理超过四小时，多半是判断性工作", "takes over four hours: most likely judgement"))
    return found
