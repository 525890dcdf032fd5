"""Declarative rules: what must, may and must not happen, without saying in which order all the rest goes.

Rule kept: the DECLARE templates (Pesic, 2008; Di Ciccio and Montali, 2022) over finite traces. A rule is judged per
variant and counted per case; a case that never activates a rule neither keeps nor breaks it. Two rules need more than
the order of activities and are judged per case: four eyes (two activities by two people) and a time limit between two.
A rule may carry a condition and a time limit in FEEL (see ``conditions``): then every execution is judged for itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np

from zaizao.eventlog import MISSING, MISSING_TIME, EventLog
from zaizao.mining.conditions import cases_where
from zaizao.mining.declare_order import executions
from zaizao.mining.errors import MiningError
from zaizao.mining.spread import MICROSECONDS, Bool, Int64
from zaizao.mining.statistics import Interval, wilson
from zaizao.mining.templates import ORDERED, SINGLE, Constraint, Template
from zaizao.mining.variants import Variants, variants
from zaizao.problems import Problem, Text

_NEVER = np.iinfo(np.int32).max


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


@dataclass(frozen=True, slots=True, eq=False)
class Verdict:
    """How a rule fared: cases that activate it, those that break it (case numbers), and the share that keep it.

    ``times`` counts the executions that break it, where executions are judged for themselves (else the cases).
    """

    constraint: Constraint
    activated: int
    broken: Int64
    times: int = 0

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
        if constraint.template in ORDERED and (constraint.when or constraint.within):
            active, broken, times = executions(log, constraint, a, b)
        else:
            active, broken = _cases(log, table, constraint, a, b)
            if constraint.when:
                holds = cases_where(log, constraint.when, str(constraint))
                active, broken = active & holds, broken & holds
            times = int(broken.sum())
        verdicts.append(Verdict(constraint, int(active.sum()), np.flatnonzero(broken), times))
    return verdicts


def _cases(log: EventLog, table: _Table, constraint: Constraint, a: int, b: int) -> tuple[Bool, Bool]:
    """Cases that activate the rule and cases that break it, without its condition."""
    if constraint.template == Template.FOUR_EYES:
        return _four_eyes(log, a, b)
    if constraint.template == Template.WITHIN:
        return _late(log, a, b, constraint.seconds)
    on, kept = _RULES[constraint.template](table, a, b)
    return on[table.found.of_case], (on & ~kept)[table.found.of_case]


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
            int(found.count[broken].sum()),
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
