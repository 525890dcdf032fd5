"""Answers: the process variables by which a running process knows which way to go.

Each choice asks for one variable, ``answer_<gateway>``, whose value is the label of a way. A step that decides (or the
machine that stands for it) sets it; a choice that hangs on case data alone (triage) reads these data instead.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from zaizao.bpmn import Gateway, GatewayKind, SequenceFlow, literal
from zaizao.redesign.graph import Net
from zaizao.redesign.naming import identifier, language_of
from zaizao.redesign.plan import Plan
from zaizao.simulation import Branching, Condition


@dataclass(frozen=True, slots=True)
class Answer:
    """What one diverging gateway asks: the ``variable``, the ``labels`` of its flows (by flow id), the flow taken when
    no other fits. ``data`` holds FEEL conditions by flow id where case data decide alone."""

    gateway: str
    variable: str
    labels: Mapping[str, str]
    default: str
    inclusive: bool = False
    data: Mapping[str, str] | None = None

    def condition(self, flow: str) -> str:
        """FEEL: true where this way is to be taken."""
        if self.data is not None:
            return self.data[flow]
        wanted = literal(self.labels[flow])
        return f"list contains({self.variable}, {wanted})" if self.inclusive else f"{self.variable} = {wanted}"


def answers(plan: Plan) -> dict[str, Answer]:
    """What every answered gateway of the plan asks, by gateway id."""
    net = Net(plan.process)
    found: dict[str, Answer] = {}
    for gateway in plan.deciders:
        node = net.nodes.get(gateway)
        flows = net.outgoing.get(gateway, [])
        if not isinstance(node, Gateway) or len(flows) < 2:
            continue
        branching = plan.scenario.branching.get(gateway)
        weights = branching.weights if branching is not None else {}
        default = node.default or max(flows, key=lambda flow: weights.get(flow.id, 0.0)).id
        found[gateway] = Answer(
            gateway=gateway,
            variable=f"answer_{identifier(gateway)}",
            labels=_labels(net, flows),
            default=default,
            inclusive=node.kind is GatewayKind.INCLUSIVE,
            data=_data(branching, flows) if branching is not None else None,
        )
    return found


def _labels(net: Net, flows: list[SequenceFlow]) -> dict[str, str]:
    """The flow's name, else the first work it leads to, else the end; made different by numbers."""
    labels: dict[str, str] = {}
    for flow in flows:
        label = flow.name or _first_name(net, flow.target)
        number = 2
        while label in labels.values():
            label = f"{label.rsplit(' #', 1)[0]} #{number}"
            number += 1
        labels[flow.id] = label
    return labels


def _first_name(net: Net, start: str) -> str:
    found = net.first_work(start)
    if found is not None:
        return found.name
    some = next((node.name for node in net.nodes.values() if node.name), "")
    return "结束" if language_of(some) == "zh" else "end"


def _data(branching: Branching, flows: list[SequenceFlow]) -> dict[str, str] | None:
    """Conditions on case data by flow, where the conditional weights are certain; None where chance is left."""
    if not branching.cases:
        return None
    tests: dict[str, list[str]] = {flow.id: [] for flow in flows}
    for condition, weights in branching.cases:
        certain = [flow for flow, weight in weights.items() if weight > 0]
        if len(certain) != 1 or certain[0] not in tests:
            return None
        tests[certain[0]].append(feel_condition(condition))
    return {flow: " or ".join(parts) if parts else "false" for flow, parts in tests.items()}


def feel_condition(condition: Condition) -> str:
    """A scenario's condition on case data as a FEEL expression."""
    name = identifier(condition.attribute)
    parts = []
    if condition.values:
        parts.append(" or ".join(f"{name} = {literal(value)}" for value in condition.values))
    if condition.low is not None:
        parts.append(f"{name} >= {condition.low:.10g}")
    if condition.high is not None:
        parts.append(f"{name} < {condition.high:.10g}")
    return " and ".join(f"({part})" if " or " in part else part for part in parts) or "true"


def feel_cell(condition: Condition) -> str:
    """The same as the cell of a decision table."""
    if condition.values:
        return ", ".join(literal(value) for value in condition.values)
    if condition.low is not None and condition.high is not None:
        return f"[{condition.low:.10g}..{condition.high:.10g})"
    if condition.low is not None:
        return f">= {condition.low:.10g}"
    return f"< {condition.high:.10g}" if condition.high is not None else "-"
