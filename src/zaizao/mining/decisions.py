"""Decision mining: what the ways out of a gateway hang on, as a decision table that can be run.

Rule kept: only what was known when the choice was made counts: the case's own attributes, the last value of each event
attribute before the choice, and how often the case had come there. A tree is learnt on the earlier two thirds of the
choices and tested on the later third; a gateway is reported only where the tree beats always taking the commonest way
there (sign test on the choices that one gets right and the other wrong, 1 %; and a hundredth of the choices at least). No
signal, no rules.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from zaizao import dmn
from zaizao.bpmn import Definitions, FlowNode, Process, literal
from zaizao.eventlog import MISSING_TIME, EventLog
from zaizao.mining.alignment import Alignments
from zaizao.mining.attributes import recorded
from zaizao.mining.choices import Choices, choices, flows_within, nodes_within
from zaizao.mining.classification import Leaf, Levels, Range, grown, leaves, predicted
from zaizao.mining.spread import Int64
from zaizao.mining.statistics import Interval, tail, wilson

TURN = "times before"
NAMESPACE = "http://zaizao.dev/decisions/mined"
_LEAST = 60
_SIGNIFICANT = 0.01
_WORTH = 0.01
_MOST_LEVELS = 60


@dataclass(frozen=True, slots=True, eq=False)
class GatewayDecision:
    """The rules of one gateway: each leaf leads to ``ways[leaf.answer]`` (a flow id), which people call ``words``.

    ``accuracy`` is that of the rules on later choices they were not learnt from, ``baseline`` that of always taking the
    commonest way; ``tested`` counts those choices. ``inputs`` name each attribute in FEEL.
    """

    gateway: str
    name: str
    ways: tuple[str, ...]
    words: tuple[str, ...]
    rules: tuple[Leaf, ...]
    inputs: Mapping[str, str]
    types: Mapping[str, str]
    accuracy: Interval
    baseline: Interval
    tested: int
    p: float


def gateway_decisions(
    log: EventLog, model: Definitions | Process, *, aligned: Alignments | None = None, made: Choices | None = None
) -> list[GatewayDecision]:
    """The gateways of ``model`` whose choices ``log`` explains, the most accurate gain first."""
    found = choices(log, model, aligned=aligned) if made is None else made
    process = model.processes[0] if isinstance(model, Definitions) else model
    gateway = np.array([list(dict.fromkeys(found.gateway)).index(one) for one in found.gateway], dtype=np.int64)
    result = []
    for number, name in enumerate(dict.fromkeys(found.gateway)):
        mine = np.flatnonzero(gateway[found.way] == number) if len(found.way) else np.zeros(0, dtype=np.int64)
        ways = [k for k in range(len(found.ways)) if gateway[k] == number]
        decision = _decision(log, process, found, name, ways, mine)
        if decision is not None:
            result.append(decision)
    return sorted(result, key=lambda one: one.baseline.value - one.accuracy.value)


def _decision(
    log: EventLog, process: Process, found: Choices, gateway: str, ways: Sequence[int], mine: Int64
) -> GatewayDecision | None:
    begin = np.where(log.start == MISSING_TIME, log.end, log.start)
    moment = np.where(found.row[mine] >= 0, log.end[found.row[mine]], begin[log.offsets[:-1][found.case[mine]]])
    mine = mine[np.argsort(moment, kind="stable")]
    answers = np.searchsorted(ways, found.way[mine])
    cut = len(mine) * 2 // 3
    if len(mine) < _LEAST or len(np.unique(answers[:cut])) < 2:
        return None
    table = known_before(log, found.case[mine], found.row[mine], found.turn[mine])
    if not table.width:
        return None
    # Learning and pruning see the earlier choices only; which third prunes goes by place, so both see all of that time.
    tree = grown(table[:cut], answers[:cut], len(ways))
    if tree.split is None:
        return None
    said, true = predicted(tree, table[cut:]), answers[cut:]
    common = int(np.bincount(answers[:cut]).argmax())
    better = int(((said == true) & (true != common)).sum())
    worse = int(((said != true) & (true == common)).sum())
    p = tail((better - worse) / math.sqrt(better + worse)) if better > worse else 1.0
    if p >= _SIGNIFICANT or better - worse < _WORTH * len(true):
        return None
    rules = tuple(leaves(tree))
    used = list(dict.fromkeys(name for leaf in rules for name in leaf.conditions))
    flows = {flow.id: flow for flow in flows_within(process)}
    nodes = {node.id: node for node in nodes_within(process)}
    here = nodes.get(gateway)
    return GatewayDecision(
        gateway=gateway,
        name=(here.name if here is not None and here.name else "") or _after(process, gateway),
        ways=tuple(found.ways[k] for k in ways),
        words=_distinct([flows[found.ways[k]].name or _leads(process, flows[found.ways[k]].target) for k in ways]),
        rules=rules,
        inputs=_feel_names(used),
        types={name: _type(table[name]) for name in used},
        accuracy=wilson(int((said == true).sum()), len(true)),
        baseline=wilson(int((true == common).sum()), len(true)),
        tested=len(true),
        p=p,
    )


def known_before(log: EventLog, case: Int64, row: Int64, turn: Int64) -> pl.DataFrame:
    """What was known of each case right after ``row`` (-1: before its first event), one row a choice."""
    columns: dict[str, pl.Series] = {}
    for name in log.case_table.columns:
        columns[name] = log.case_table[name][case]
    names = [name for name in recorded(log) if name not in columns]
    if names:
        filled = log.event_table.select(names).with_columns(pl.Series("#case", log.case))
        filled = filled.select(pl.col(name).forward_fill().over("#case") for name in names)
        at = pl.Series(row)
        at = at.set(at < 0, None)
        for name in names:
            columns[name] = filled[name].gather(at)
    if turn.max(initial=0) > 0:
        columns[TURN] = pl.Series(turn)
    return pl.DataFrame([column.alias(name) for name, column in columns.items() if _tells(column)])


def _tells(column: pl.Series) -> bool:
    levels = column.n_unique()
    if levels < 2:
        return False
    if column.dtype.is_numeric() or column.dtype == pl.Boolean:
        return True
    return column.dtype in (pl.String, pl.Categorical, pl.Enum) and levels <= max(_MOST_LEVELS, 0.1 * len(column))


def decision_model(decisions: Sequence[GatewayDecision], name: str = "mined") -> dmn.Definitions:
    """``decisions`` as one DMN model: a table each (hit policy unique), with an example's worth of counts as annotation."""
    elements: dict[str, dmn.InputData | dmn.Decision] = {}
    for number, one in enumerate(decisions, start=1):
        for attribute, feel in one.inputs.items():
            ident = "input_" + re.sub(r"\W", "_", feel)
            elements.setdefault(
                ident, dmn.InputData(ident, feel, dmn.InformationItem(name=feel, type=one.types[attribute]))
            )
        rules = tuple(
            dmn.Rule(
                tuple(_cell(leaf.conditions.get(attribute)) for attribute in one.inputs),
                (literal(one.words[leaf.answer]),),
                (f"{leaf.hits} / {leaf.size}",),
            )
            for leaf in one.rules
        )
        table = dmn.DecisionTable(
            inputs=tuple(
                dmn.Input(dmn.LiteralExpression(text=feel, type=one.types[attribute]))
                for attribute, feel in one.inputs.items()
            ),
            outputs=(dmn.Output(name="way", type="string", values=dmn.UnaryTests(", ".join(map(literal, one.words)))),),
            rules=rules,
            hit_policy=dmn.HitPolicy.UNIQUE,
            annotations=("examples",),
        )
        needs = tuple(
            dmn.Requirement("input_" + re.sub(r"\W", "_", feel), dmn.RequirementKind.INPUT)
            for feel in one.inputs.values()
        )
        title = f"{one.name} {number}" if sum(other.name == one.name for other in decisions) > 1 else one.name
        ident = f"decision_{number}"
        item = dmn.InformationItem(name=title, type="string")
        elements[ident] = dmn.Decision(ident, title, table, item, needs)
    return dmn.complete(
        dmn.Definitions(namespace=NAMESPACE, name=name, id="mined_decisions", elements=tuple(elements.values()))
    )


def _cell(condition: Range | Levels | None) -> str:
    if condition is None:
        return "-"
    if isinstance(condition, Levels):
        listed = ", ".join(_value(level) for level in condition.only or condition.never)
        return listed if condition.only else f"not({listed})"
    low, high = condition.low, condition.high
    if math.isinf(low):
        text = f"<= {high:.15g}"
    elif math.isinf(high):
        text = f"> {low:.15g}"
    else:
        text = f"({low:.15g}..{high:.15g}]"
    return f"null, {text}" if condition.missing else text


def _value(level: str | bool) -> str:
    return str(level).lower() if isinstance(level, bool) else literal(level)


def _type(column: pl.Series) -> str:
    if column.dtype.is_numeric():
        return "number"
    return "boolean" if column.dtype == pl.Boolean else "string"


def _feel_names(attributes: Sequence[str]) -> dict[str, str]:
    """A FEEL name for every attribute: letters, digits and blanks; numbered where two would be the same."""
    result: dict[str, str] = {}
    for attribute in attributes:
        plain = re.sub(r"[^\w ]+", "_", attribute).strip(" _") or "input"
        plain = f"x {plain}" if plain[0].isdigit() else plain
        name, number = plain, 2
        while name in result.values():
            name, number = f"{plain} {number}", number + 1
        result[attribute] = name
    return result


def _distinct(words: Sequence[str]) -> tuple[str, ...]:
    return tuple(word if words.count(word) == 1 else f"{word} ({k})" for k, word in enumerate(words, start=1))


def _leads(process: Process, node: str) -> str:
    """What people would call a way: the named nodes it leads to first."""
    return " / ".join(_named(process, node, forward=True)) or "end"


def _after(process: Process, node: str) -> str:
    """What people would call a nameless gateway: the choice after the named node before it."""
    return "after " + (" / ".join(_named(process, node, forward=False)) or "start")


def _named(process: Process, start: str, *, forward: bool) -> list[str]:
    nodes: dict[str, FlowNode] = {node.id: node for node in nodes_within(process)}
    seen, front, found = set[str](), [start], []
    while front:
        here = front.pop(0)
        if here in seen:
            continue
        seen.add(here)
        if nodes[here].name and (here != start or forward):
            found.append(nodes[here].name)
            continue
        for flow in flows_within(process):
            if forward and flow.source == here:
                front.append(flow.target)
            elif not forward and flow.target == here:
                front.append(flow.source)
    return list(dict.fromkeys(found))[:3]
