"""Decision tables for automated choices: who is decided by machine, how, why, and who goes to a person.

Each table reads the case data on which the measured choices hang, and a score between 0 and 1. The bands of the score
reproduce the measured shares of each answer, with the assumed share of referrals in the middle: the doubtful ones. The
score stands for a model that the bank trains on its own data; its bands are an assumption, stated as such.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product

from zaizao.bpmn import literal
from zaizao.dmn import (
    Decision,
    DecisionTable,
    Definitions,
    HitPolicy,
    InformationItem,
    Input,
    InputData,
    LiteralExpression,
    Output,
    Requirement,
    RequirementKind,
    Rule,
    UnaryTests,
    complete,
)
from zaizao.redesign.answers import Answer, feel_cell
from zaizao.redesign.estimate import share
from zaizao.redesign.fallback import decision_id
from zaizao.redesign.graph import Net
from zaizao.redesign.naming import identifier, language_of
from zaizao.redesign.plan import Automation, Plan
from zaizao.simulation import Condition

ROUTE = "route"
REASON = "reason"
NAMESPACE = "http://zaizao.dev/decisions"


def score_name(task: str) -> str:
    """The variable that holds the score of an automated choice."""
    return f"score_{identifier(task)}"


def round_name(task: str) -> str:
    """The variable that counts how often a case has come to an automated choice, 1 for the first time."""
    return f"round_{identifier(task)}"


def counts_rounds(plan: Plan, task: str) -> bool:
    """True where the measured shares of the choice differ by how often the case has come to it."""
    gateways = [gateway for gateway in plan.decides(task) if gateway != plan.automated[task].split]
    branching = plan.scenario.branching.get(gateways[0]) if gateways else None
    return branching is not None and len(branching.passes) > 1


@dataclass(frozen=True, slots=True)
class _Row:
    """One band: the route, the answers, the upper end of the score's band, the reason code."""

    route: str
    answers: tuple[str, ...]
    upper: float
    reason: str


def decisions_of(plan: Plan, automations: Sequence[Automation], answered: Mapping[str, Answer]) -> Definitions:
    """One decision per automation, with its inputs and a diagram."""
    elements: dict[str, InputData | Decision] = {}
    for automation in automations:
        decision, inputs = _decision(plan, automation, answered)
        for name, kind in inputs.items():
            elements.setdefault(
                f"input_{name}", InputData(f"input_{name}", name, InformationItem(name=name, type=kind))
            )
        elements[decision.id] = decision
    model = Definitions(
        namespace=NAMESPACE,
        name=f"{plan.process.name or plan.process.id}",
        id=f"decisions_{identifier(plan.process.id)}",
        elements=tuple(elements.values()),
    )
    return complete(model)


def _decision(plan: Plan, automation: Automation, answered: Mapping[str, Answer]) -> tuple[Decision, dict[str, str]]:
    gateways = [gateway for gateway in plan.decides(automation.task) if gateway != automation.split]
    conditions = _conditions(plan, gateways)
    attributes = list(dict.fromkeys(condition.attribute for condition in conditions))
    inputs = {identifier(name): _type_of(plan, name) for name in attributes}
    score = score_name(automation.task)
    rounds = counts_rounds(plan, automation.task)
    if rounds:
        inputs[round_name(automation.task)] = "number"
    inputs[score] = "number"
    rules = []
    for condition, turn in _situations(plan, gateways, conditions, rounds):
        cells = tuple(
            feel_cell(condition) if condition is not None and condition.attribute == name else "-"
            for name in attributes
        )
        if rounds:
            cells = (*cells, _round_cell(plan, gateways[0], turn))
        lower = 0.0
        for row in _rows(plan, automation, gateways, condition, turn, answered):
            band = f"[{lower:.4g}..{row.upper:.4g})" if row.upper < 1.0 else f">= {lower:.4g}"
            lower = row.upper
            rules.append(Rule((*cells, band), (row.route, *row.answers, literal(row.reason))))
    zh = language_of(Net(plan.process).nodes[automation.task].name) == "zh"
    outputs = [Output(name=ROUTE, type="string", label="去向" if zh else "route")]
    for gateway in gateways:
        answer = answered[gateway]
        values = UnaryTests(", ".join(literal(label) for label in answer.labels.values()))
        outputs.append(Output(name=answer.variable, type="string", values=values, label="结论" if zh else "answer"))
    outputs.append(Output(name=REASON, type="string", label="理由代码" if zh else "reason code"))
    table = DecisionTable(
        inputs=tuple(
            Input(
                LiteralExpression(_first_if_unknown(name) if name == round_name(automation.task) else name, type=kind),
                label=_label(name, automation.task) if zh else None,
            )
            for name, kind in inputs.items()
        ),
        outputs=tuple(outputs),
        rules=tuple(rules),
        hit_policy=HitPolicy.FIRST,
    )
    identity = decision_id(automation.task)
    needs = tuple(Requirement(f"input_{name}", RequirementKind.INPUT) for name in inputs)
    name = Net(plan.process).nodes[automation.task].name
    return Decision(identity, name, table, InformationItem(name=name), information=needs), inputs


def _first_if_unknown(name: str) -> str:
    return f"if {name} = null then 1 else {name}"


def next_round(task: str) -> str:
    """FEEL: the count after this time."""
    name = round_name(task)
    return f"if {name} = null then 2 else {name} + 1"


def _label(name: str, task: str) -> str | None:
    return {score_name(task): "评分", round_name(task): "第几次"}.get(name)


def _conditions(plan: Plan, gateways: Sequence[str]) -> list[Condition]:
    """The conditions of the first choice's measured branching."""
    branching = plan.scenario.branching.get(gateways[0]) if gateways else None
    return [condition for condition, _ in branching.cases] if branching is not None else []


def _situations(
    plan: Plan, gateways: Sequence[str], conditions: Sequence[Condition], rounds: bool
) -> list[tuple[Condition | None, int | None]]:
    """The rows' situations in the order in which the scenario asks: case data first, then how often, then all."""
    turns: list[int | None] = list(range(len(plan.scenario.branching[gateways[0]].passes))) if rounds else [None]
    return [*((condition, None) for condition in conditions), *((None, turn) for turn in turns)]


def _round_cell(plan: Plan, gateway: str, turn: int | None) -> str:
    if turn is None:
        return "-"
    last = len(plan.scenario.branching[gateway].passes) - 1
    return f">= {turn + 1}" if turn == last else str(turn + 1)


def _type_of(plan: Plan, attribute: str) -> str:
    found = next((one for one in plan.scenario.attributes if one.name == attribute), None)
    return "number" if found is not None and found.number is not None else "string"


def _rows(
    plan: Plan,
    automation: Automation,
    gateways: Sequence[str],
    condition: Condition | None,
    turn: int | None,
    answered: Mapping[str, Answer],
) -> list[_Row]:
    """Bands in rising score: the answers that end cases early first, referral in the middle, going on last."""
    split = answered[automation.split]
    done, refer = literal(split.labels[automation.normal]), literal(split.labels[automation.exception])
    net = Net(plan.process)
    ways = []
    for gateway in gateways:
        first = gateway == gateways[0]
        weights = _weights(plan, gateway, condition if first else None, turn if first else None, net)
        ahead = {flow: len(net.reachable([f.target])) for flow in weights for f in plan.process.flows if f.id == flow}
        ordered = sorted((flow for flow in weights if weights[flow] > 0), key=lambda flow: (ahead[flow], flow))
        ways.append([(weights[flow], literal(answered[gateway].labels[flow])) for flow in ordered])
    joint = []
    for combination in product(*ways):
        probability = 1.0
        for weight, _ in combination:
            probability *= weight
        joint.append((probability, tuple(label for _, label in combination)))
    sure = 1.0 - automation.share
    rows: list[_Row] = []
    upper = 0.0
    for number, (probability, labels) in enumerate(joint):
        if number == len(joint) - 1 and automation.share > 0:
            upper += automation.share
            rows.append(_Row(refer, ("null",) * len(gateways), upper, f"R{number + 1:02d}"))
        upper += probability * sure
        code = number + (2 if number == len(joint) - 1 and automation.share > 0 else 1)
        rows.append(_Row(done, labels, upper if number < len(joint) - 1 else 1.0, f"R{code:02d}"))
    return rows


def _weights(plan: Plan, gateway: str, condition: Condition | None, turn: int | None, net: Net) -> dict[str, float]:
    flows = net.outgoing[gateway]
    plain = {flow.id: share(plan.scenario, gateway, flow.id, len(flows)) for flow in flows}
    branching = plan.scenario.branching.get(gateway)
    if branching is None or (condition is None and turn is None):
        return plain
    chosen = (
        branching.passes[turn]
        if turn is not None
        else next(weights for tested, weights in branching.cases if tested == condition)
    )
    whole = sum(chosen.values())
    return {flow.id: chosen.get(flow.id, 0.0) / whole for flow in flows} if whole > 0 else plain
