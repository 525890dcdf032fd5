"""Declarative rules: what must, may and must not happen, without saying in which order all the rest goes.

Rule kept: the DECLARE templates (Pesic, 2008; Di Ciccio and Montali, 2022) over finite traces. A rule is judged per
variant and counted per case; a case that never activates a rule neither keeps nor breaks it. Two rules need more than
the order of activities and are judged per case: four eyes (two activities by two people) and a time limit between two.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from zaizao.eventlog import MISSING, MISSING_TIME, EventLog
from zaizao.mining.errors import MiningError
from zaizao.mining.spread import MICROSECONDS, Bool, Int64
from zaizao.mining.statistics import Interval, wilson
from zaizao.mining.variants import Variants, variants
from zaizao.problems import Problem, Text

_NEVER = np.iinfo(np.int32).max


class Template(StrEnum):
    """What a rule says of activities ``a`` (first) and ``b`` (second)."""

    EXISTENCE = "existence"  # a happens
    ABSENCE = "absence"  # a does not happen
    ONCE = "once"  # a happens exactly once
    AT_MOST_ONCE = "at most once"  # a happens no more than once
    FIRST = "first"  # a begins the case
    LAST = "last"  # a ends the case
    RESPONDED_EXISTENCE = "responded existence"  # if a happens, b happens too
    COEXISTENCE = "coexistence"  # a and b happen both or neither
    RESPONSE = "response"  # every a is followed by a b
    PRECEDENCE = "precedence"  # every b is preceded by an a
    SUCCESSION = "succession"  # both of them
    ALTERNATE_RESPONSE = "alternate response"  # every a is followed by a b before the next a
    ALTERNATE_PRECEDENCE = "alternate precedence"  # every b is preceded by an a since the last b
    CHAIN_RESPONSE = "chain response"  # every a is directly followed by b
    CHAIN_PRECEDENCE = "chain precedence"  # every b is directly preceded by a
    NOT_COEXISTENCE = "not coexistence"  # a and b do not happen both
    NOT_SUCCESSION = "not succession"  # no b comes after an a
    FOUR_EYES = "four eyes"  # a and b are done by different people
    WITHIN = "within"  # b begins no later than a time limit after each a ends


SINGLE = frozenset(
    {Template.EXISTENCE, Template.ABSENCE, Template.ONCE, Template.AT_MOST_ONCE, Template.FIRST, Template.LAST}
)
_FOUND = (
    Template.FIRST, Template.LAST, Template.ONCE, Template.CHAIN_RESPONSE, Template.CHAIN_PRECEDENCE,
    Template.SUCCESSION, Template.RESPONSE, Template.PRECEDENCE, Template.COEXISTENCE, Template.RESPONDED_EXISTENCE,
    Template.NOT_COEXISTENCE, Template.NOT_SUCCESSION,
)  # fmt: skip
_IMPLIED = {
    Template.CHAIN_RESPONSE: (Template.RESPONSE, Template.RESPONDED_EXISTENCE),
    Template.CHAIN_PRECEDENCE: (Template.PRECEDENCE,),
    Template.SUCCESSION: (
        Template.RESPONSE, Template.PRECEDENCE, Template.COEXISTENCE, Template.RESPONDED_EXISTENCE,
    ),
    Template.RESPONSE: (Template.RESPONDED_EXISTENCE,),
    Template.COEXISTENCE: (Template.RESPONDED_EXISTENCE,),
    Template.NOT_COEXISTENCE: (Template.NOT_SUCCESSION,),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Constraint:
    """``template`` of activity ``first`` (and ``second``); ``seconds`` is the limit of WITHIN."""

    template: Template
    first: str
    second: str = ""
    seconds: float = 0.0

    def __str__(self) -> str:
        limit = f", {self.seconds:g} s" if self.template == Template.WITHIN else ""
        return f"{self.template}({self.first}{', ' + self.second if self.second else ''}{limit})"


@dataclass(frozen=True, slots=True, eq=False)
class Verdict:
    """How a rule fared: cases that activate it, those that break it (case numbers), and the share that keep it."""

    constraint: Constraint
    activated: int
    broken: Int64

    @property
    def kept(self) -> Interval:
        """Share of activated cases that keep the rule."""
        return wilson(self.activated - len(self.broken), self.activated)


@dataclass(frozen=True, slots=True, eq=False)
class _Table:
    """Per variant and activity: how often, where first and last (``_NEVER``/-1 where not at all), and trace lengths."""

    found: Variants
    count: Int64
    first: Int64
    last: Int64
    length: Int64


def judge(log: EventLog, constraints: Iterable[Constraint]) -> list[Verdict]:
    """Judge every rule on ``log``. Raises ``MiningError`` where a rule names an activity that the log does not know."""
    table = _table(variants(log))
    code = {name: k for k, name in enumerate(log.activity_names)}
    verdicts = []
    for constraint in constraints:
        a = _code(code, constraint, constraint.first)
        b = a if constraint.template in SINGLE else _code(code, constraint, constraint.second)
        if constraint.template == Template.FOUR_EYES:
            active, broken = _four_eyes(log, a, b)
        elif constraint.template == Template.WITHIN:
            active, broken = _late(log, a, b, constraint.seconds)
        else:
            on, kept = _RULES[constraint.template](table, a, b)
            active, broken = on[table.found.of_case], (on & ~kept)[table.found.of_case]
        verdicts.append(Verdict(constraint, int(active.sum()), np.flatnonzero(broken)))
    return verdicts


def discover_constraints(log: EventLog, *, support: float = 0.2, confidence: float = 0.95) -> list[Verdict]:
    """Rules activated in at least ``support`` of the cases and kept by at least ``confidence`` of those.

    Rules that a stronger one found for the same activities implies are left out; most activated first. A rule of what
    does not happen is only reported where each of the two happens in at least ``support`` of the cases.
    """
    found = variants(log)
    table = _table(found)
    weight = found.count
    least = support * weight.sum()
    common = [k for k in range(len(found.activities)) if weight[table.count[:, k] > 0].sum() >= least]
    kept_rules: dict[tuple[Template, int, int], tuple[int, Bool]] = {}
    for template in _FOUND:
        for a in common:
            for b in [a] if template in SINGLE else [k for k in common if k != a]:
                on, kept = _RULES[template](table, a, b)
                active = int(weight[on].sum())
                if active >= max(least, 1) and weight[on & kept].sum() >= confidence * active:
                    kept_rules[template, a, b] = (active, on & ~kept)
    implied = {(weaker, a, b) for template, a, b in kept_rules for weaker in _IMPLIED.get(template, ())}
    symmetric = {Template.COEXISTENCE, Template.NOT_COEXISTENCE}
    names = found.activities
    verdicts = [
        Verdict(
            Constraint(template, names[a], "" if template in SINGLE else names[b]),
            active,
            np.flatnonzero(broken[found.of_case]),
        )
        for (template, a, b), (active, broken) in kept_rules.items()
        if (template, a, b) not in implied and not (template in symmetric and a > b)
    ]
    return sorted(verdicts, key=lambda verdict: -verdict.activated)


def _code(code: dict[str, int], constraint: Constraint, name: str) -> int:
    if name not in code:
        raise MiningError(
            Problem(
                str(constraint),
                Text(f"日志中没有活动“{name}”", f'the log has no activity "{name}"'),
                Text("请改正活动名称", "correct the name"),
                "mining.unknown-activity",
            )
        )
    return code[name]


def _table(found: Variants) -> _Table:
    lengths = np.diff(found.offsets)
    trace = np.repeat(np.arange(len(found)), lengths)
    place = np.arange(len(found.steps)) - np.repeat(found.offsets[:-1], lengths)
    shape = (len(found), len(found.activities))
    count = np.zeros(shape, dtype=np.int64)
    np.add.at(count, (trace, found.steps), 1)
    first = np.full(shape, _NEVER, dtype=np.int64)
    np.minimum.at(first, (trace, found.steps), place)
    last = np.full(shape, -1, dtype=np.int64)
    np.maximum.at(last, (trace, found.steps), place)
    return _Table(found, count, first, last, lengths)


Rule = Callable[[_Table, int, int], tuple[Bool, Bool]]


def _every(table: _Table) -> Bool:
    return np.ones(len(table.length), dtype=np.bool_)


def _has(table: _Table, a: int) -> Bool:
    return table.count[:, a] > 0


def _directly(table: _Table, a: int, b: int) -> Int64:
    """Per variant: how often b directly follows a."""
    steps, offsets = table.found.steps, table.found.offsets
    pair = np.zeros(len(steps), dtype=np.int64)
    pair[:-1] = (steps[:-1] == a) & (steps[1:] == b)
    pair[offsets[1:] - 1] = 0
    return _per_variant(pair, offsets)


def _alternating(table: _Table, a: int, b: int) -> Int64:
    """Per variant: how often b follows a with neither between."""
    mine = np.isin(table.found.steps, (a, b))
    offsets = np.concatenate(([0], np.cumsum(mine)))[table.found.offsets]
    steps = table.found.steps[mine]
    pair = np.zeros(len(steps), dtype=np.int64)
    pair[:-1] = (steps[:-1] == a) & (steps[1:] == b)
    ends = offsets[1:][np.diff(offsets) > 0] - 1
    pair[ends] = 0
    return _per_variant(pair, offsets)


def _per_variant(values: Int64, offsets: Int64) -> Int64:
    running = np.concatenate(([0], np.cumsum(values)))
    sums: Int64 = running[offsets[1:]] - running[offsets[:-1]]
    return sums


_RULES: dict[Template, Rule] = {
    Template.EXISTENCE: lambda t, a, _: (_every(t), _has(t, a)),
    Template.ABSENCE: lambda t, a, _: (_every(t), ~_has(t, a)),
    Template.ONCE: lambda t, a, _: (_every(t), t.count[:, a] == 1),
    Template.AT_MOST_ONCE: lambda t, a, _: (_has(t, a), t.count[:, a] == 1),
    Template.FIRST: lambda t, a, _: (_every(t), t.first[:, a] == 0),
    Template.LAST: lambda t, a, _: (_every(t), t.last[:, a] == t.length - 1),
    Template.RESPONDED_EXISTENCE: lambda t, a, b: (_has(t, a), _has(t, b)),
    Template.COEXISTENCE: lambda t, a, b: (_has(t, a) | _has(t, b), _has(t, a) & _has(t, b)),
    Template.RESPONSE: lambda t, a, b: (_has(t, a), t.last[:, a] < t.last[:, b]),
    Template.PRECEDENCE: lambda t, a, b: (_has(t, b), t.first[:, a] < t.first[:, b]),
    Template.SUCCESSION: lambda t, a, b: (
        _has(t, a) | _has(t, b),
        (t.last[:, a] < t.last[:, b]) & (t.first[:, a] < t.first[:, b]),
    ),
    Template.ALTERNATE_RESPONSE: lambda t, a, b: (_has(t, a), _alternating(t, a, b) == t.count[:, a]),
    Template.ALTERNATE_PRECEDENCE: lambda t, a, b: (_has(t, b), _alternating(t, a, b) == t.count[:, b]),
    Template.CHAIN_RESPONSE: lambda t, a, b: (_has(t, a), _directly(t, a, b) == t.count[:, a]),
    Template.CHAIN_PRECEDENCE: lambda t, a, b: (_has(t, b), _directly(t, a, b) == t.count[:, b]),
    Template.NOT_COEXISTENCE: lambda t, a, b: (_has(t, a) | _has(t, b), ~(_has(t, a) & _has(t, b))),
    Template.NOT_SUCCESSION: lambda t, a, b: (_has(t, a) | _has(t, b), t.first[:, a] >= t.last[:, b]),
}


def _four_eyes(log: EventLog, a: int, b: int) -> tuple[Bool, Bool]:
    """Cases in which both were done by known people, and those in which somebody did both."""
    people = max(len(log.resource_names), 1)
    known = log.resource != MISSING
    pairs = log.case.astype(np.int64) * people + log.resource
    of_a, of_b = (np.unique(pairs[known & (log.activity == code)]) for code in (a, b))
    did_a, did_b, broken = (np.zeros(log.cases, dtype=np.bool_) for _ in range(3))
    did_a[of_a // people] = True
    did_b[of_b // people] = True
    broken[np.intersect1d(of_a, of_b) // people] = True
    return did_a & did_b, broken


def _late(log: EventLog, a: int, b: int, seconds: float) -> tuple[Bool, Bool]:
    """Cases with a, and those in which some a is not followed by a b that begins in time."""
    begin = np.where(log.start == MISSING_TIME, log.end, log.start)
    order = np.flatnonzero(log.activity == b)
    order = order[np.lexsort((begin[order], log.case[order]))]
    active, broken = np.zeros(log.cases, dtype=np.bool_), np.zeros(log.cases, dtype=np.bool_)
    limit = round(seconds * MICROSECONDS)
    bounds = np.searchsorted(log.case[order], np.arange(log.cases + 1))
    for row in np.flatnonzero(log.activity == a).tolist():
        case = int(log.case[row])
        active[case] = True
        times = begin[order[bounds[case] : bounds[case + 1]]]
        place = int(np.searchsorted(times, log.end[row], side="left"))
        broken[case] |= place == len(times) or bool(times[place] - log.end[row] > limit)
    return active, broken
