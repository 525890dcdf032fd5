"""Conformance by alignments: for every variant the cheapest explanation by the model, exact or with bounds.

Rule kept: work per variant, results per case. Cost is the number of moves on one side only; fitness is 1 − cost over the
cost of the worst explanation (every event alone, then the shortest run of the model alone). Where the limit is hit, a
variant has a lower and an upper bound, and so have all figures made of it; ``exact`` says whether any has. Replaying
tokens is not used: it is no measure of compliance.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from zaizao.eventlog import MISSING_TIME, EventLog
from zaizao.mining.automaton import Automaton, automaton
from zaizao.mining.errors import MiningError
from zaizao.mining.playing import Model, played
from zaizao.mining.spread import MICROSECONDS, Bool, Float64, Int32, Int64
from zaizao.mining.variants import Variants, variants
from zaizao.problems import Problem, Text

NODES = 2_000_000
_SCRATCH = 60_000_000


class Side(IntEnum):
    """Who moves."""

    BOTH = 0
    LOG = 1
    MODEL = 2


@dataclass(frozen=True, slots=True)
class Move:
    """One step of an alignment."""

    side: Side
    activity: str


@dataclass(frozen=True, slots=True)
class Deviation:
    """Something that cases do although the model does not allow it (LOG), or leave out although it asks (MODEL).

    ``seconds`` is the processing time of the extra executions (``nan`` where unknown); ``variants`` lead to the cases.
    """

    side: Side
    activity: str
    cases: int
    times: int
    seconds: float
    variants: tuple[int, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Alignments:
    """Per variant of ``variants``: cost within [``lower``, ``upper``] (equal where exact) and the moves behind ``upper``.

    ``worst`` is the cost of the worst explanation. The moves of variant v are ``side[bounds[v]:bounds[v + 1]]`` with
    ``name`` codes into ``names``; where no exact alignment was found they are those of the worst explanation.
    """

    variants: Variants
    lower: Int64
    upper: Int64
    worst: Int64
    side: NDArray[np.int8]
    name: Int32
    bounds: Int64
    names: tuple[str, ...]

    @property
    def exact(self) -> bool:
        """Was every variant aligned to the end?"""
        return bool((self.lower == self.upper).all())

    def moves(self, variant: int) -> list[Move]:
        """The moves of one variant."""
        span = slice(int(self.bounds[variant]), int(self.bounds[variant + 1]))
        return [
            Move(Side(s), self.names[n])
            for s, n in zip(self.side[span].tolist(), self.name[span].tolist(), strict=True)
        ]

    def fitness(self) -> tuple[float, float]:
        """Average fitness over cases, between these bounds (equal when exact)."""
        count, scale = self.variants.count, np.maximum(self.worst, 1)
        worst, best = (float((count * cost / scale).sum() / count.sum()) for cost in (self.upper, self.lower))
        return 1.0 - worst, 1.0 - best

    def fitting(self) -> float:
        """Share of cases that the model allows as they are."""
        return float(self.variants.count[self.upper == 0].sum() / self.variants.count.sum())


def align(log: EventLog, model: Model, *, nodes: int = NODES) -> Alignments:
    """Align every variant of ``log`` to ``model``, opening at most ``nodes`` search nodes each.

    Raises ``MiningError`` for an empty log, a model without an end that can be reached, or one too large or unsafe.
    """
    allowed = automaton(played(model, log.activity_names))
    return align_to(variants(log), allowed, nodes=nodes)


def align_to(found: Variants, allowed: Automaton, *, nodes: int = NODES) -> Alignments:
    """Align variants to an automaton."""
    if not len(found) or allowed.to_final[0] < 0:
        empty = not len(found)
        raise MiningError(
            Problem(
                "log" if empty else "model",
                Text("日志没有任何案例", "the log has no case")
                if empty
                else Text("模型无法到达终点", "the model cannot reach its end"),
                Text("请检查筛选条件", "check the filters") if empty else Text("请修正模型", "mend the model"),
                "mining.nothing-to-align",
            )
        )
    names = tuple(dict.fromkeys((*allowed.labels, *found.activities)))
    code = {name: k for k, name in enumerate(allowed.labels)}
    of_activity = np.array([code.get(name, -1) for name in found.activities], dtype=np.int32)
    name_of = np.array([names.index(name) for name in found.activities], dtype=np.int32)
    lengths = np.diff(found.offsets)
    worst = lengths + int(allowed.to_final[0])
    runs = _Runs(allowed, int(lengths.max()), nodes)
    lower, upper = np.zeros(len(found), dtype=np.int64), worst.copy()
    sides: list[NDArray[np.int8]] = []
    labels: list[Int32] = []
    for variant in range(len(found)):
        activities = found.codes(variant)
        cost, lower[variant], goal = runs.align(of_activity[activities])
        if cost >= 0:
            upper[variant] = cost
        side, label = runs.moves(goal, len(activities), name_of[activities])
        sides.append(side)
        labels.append(label)
    bounds = np.concatenate(([0], np.cumsum([len(side) for side in sides]))).astype(np.int64)
    return Alignments(found, lower, upper, worst, np.concatenate(sides), np.concatenate(labels), bounds, names)


class _Runs:
    """The model's tables and the scratch memory of one search after another."""

    def __init__(self, allowed: Automaton, longest: int, nodes: int) -> None:
        # The compiler takes a third of a second to load: only who aligns waits for it.
        from zaizao.mining.search import cheapest

        self.search = cheapest
        self.allowed = allowed
        self.nodes = nodes
        self.unreachable = ~_reachable(allowed.step)
        self.mandatory = _mandatory(allowed)
        room = min((longest + 1) * allowed.states, _SCRATCH)
        self.best = np.full(room, -1, dtype=np.int64)
        self.parent = np.full(room, -1, dtype=np.int32)
        self.epoch = 0

    def align(self, trace: Int32) -> tuple[int, int, int]:
        """(cost or -1, lower bound, goal node) of one trace."""
        if (len(trace) + 1) * self.allowed.states > len(self.best):
            return -1, self._least(trace), -1
        self.epoch += 1
        model = self.allowed
        cost, bound, goal = self.search(
            trace,
            model.step,
            model.final,
            self.unreachable,
            self.mandatory,
            self.best,
            self.parent,
            self.epoch,
            self.nodes,
        )
        return int(cost), int(bound), int(goal)

    def _least(self, trace: Int32) -> int:
        """A lower bound without search: what the model never does, and what it always does and the trace has not."""
        count = np.bincount(trace[trace >= 0], minlength=len(self.allowed.labels))
        never = int(count[self.unreachable[0]].sum()) + int((trace < 0).sum())
        return never + int((self.mandatory[0] & (count == 0)).sum())

    def moves(self, goal: int, length: int, activities: Int32) -> tuple[NDArray[np.int8], Int32]:
        """Sides and names along the way to ``goal``; the worst explanation where there is none."""
        if goal < 0:
            alone = self._shortest()
            sides = np.array([Side.LOG] * length + [Side.MODEL] * len(alone), dtype=np.int8)
            return sides, np.concatenate((activities, np.array(alone, dtype=np.int32)))
        states = self.allowed.states
        side: list[int] = []
        name: list[int] = []
        here = goal
        while self.parent[here] >= 0:
            before = int(self.parent[here])
            if here // states == before // states:
                side.append(Side.MODEL)
                name.append(int(np.flatnonzero(self.allowed.step[before % states] == here % states)[0]))
            else:
                side.append(Side.BOTH if self.best[here] == self.best[before] else Side.LOG)
                name.append(int(activities[here // states - 1]))
            here = before
        return np.array(side[::-1], dtype=np.int8), np.array(name[::-1], dtype=np.int32)

    def _shortest(self) -> list[int]:
        state, result = 0, []
        while self.allowed.to_final[state] > 0:
            row = self.allowed.step[state]
            ahead = np.where(row >= 0, self.allowed.to_final[row], np.iinfo(np.int32).max)
            result.append(int(ahead.argmin()))
            state = int(row[result[-1]])
        return result


def _reachable(step: Int32) -> Bool:
    """Entry (state, label): can the label still happen?"""
    result: Bool = step >= 0
    while True:
        padded = np.concatenate((result, np.zeros((1, result.shape[1]), dtype=np.bool_)))
        wider = result.copy()
        for label in range(step.shape[1]):
            wider |= padded[step[:, label]]
        if (wider == result).all():
            return result
        result = wider


def _mandatory(allowed: Automaton) -> Bool:
    """Entry (state, label): does every way to the end contain the label?"""
    result = np.zeros(allowed.step.shape, dtype=np.bool_)
    for label in range(len(allowed.labels)):
        free = allowed.final.copy()
        others = np.delete(allowed.step, label, axis=1)
        while True:
            padded = np.concatenate((free, [False]))
            wider = free | padded[others].any(axis=1)
            if (wider == free).all():
                break
            free = wider
        result[:, label] = ~free
    return result


def deviations(log: EventLog, found: Alignments) -> list[Deviation]:
    """What deviates, most cases first."""
    owner = np.repeat(np.arange(len(found.variants)), np.diff(found.bounds))
    mean = _mean_seconds(log)
    result = []
    for side in (Side.LOG, Side.MODEL):
        for code, name in enumerate(found.names):
            mine = (found.side == side) & (found.name == code)
            if not mine.any():
                continue
            which, times = np.unique(owner[mine], return_counts=True)
            count = found.variants.count[which]
            total = int((count * times).sum())
            seconds = total * mean.get(name, float("nan")) if side == Side.LOG else float("nan")
            result.append(Deviation(side, name, int(count.sum()), total, seconds, tuple(which.tolist())))
    return sorted(result, key=lambda deviation: -deviation.cases)


def _mean_seconds(log: EventLog) -> dict[str, float]:
    known = log.start != MISSING_TIME
    duration: Float64 = (log.end - log.start) / MICROSECONDS
    return {
        name: float(duration[known & (log.activity == code)].mean())
        for code, name in enumerate(log.activity_names)
        if (known & (log.activity == code)).any()
    }
