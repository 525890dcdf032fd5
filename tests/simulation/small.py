"""Small processes from one line a flow: ``s > [A] > <xor> > e`` style, for tests."""

from __future__ import annotations

from itertools import pairwise

from zaizao.bpmn import Event, EventPosition, FlowNode, Gateway, GatewayKind, Process, SequenceFlow, Task
from zaizao.calendars import always
from zaizao.simulation import Arrivals, Branching, Distribution, Family, Resource, Role, Scenario, Work

HOUR = 3_600_000_000
GATEWAYS = {"x": GatewayKind.EXCLUSIVE, "+": GatewayKind.PARALLEL, "o": GatewayKind.INCLUSIVE}


def node(word: str) -> FlowNode:
    """``s…`` start, ``e…`` end, ``x1 +1 o1`` gateways, anything else a task of that name."""
    if word[0] in GATEWAYS and word[1:].isdigit():
        return Gateway(id=word, kind=GATEWAYS[word[0]])
    if word == "s" or (word[0] == "s" and word[1:].isdigit()):
        return Event(id=word, position=EventPosition.START)
    if word == "e" or (word[0] == "e" and word[1:].isdigit()):
        return Event(id=word, position=EventPosition.END)
    return Task(id=word, name=word)


def process(*paths: str, nodes: tuple[FlowNode, ...] = ()) -> Process:
    """A process from paths like ``"s A x1 B e"``; a flow's id is ``source-target``."""
    known = {extra.id: extra for extra in nodes}
    flows: dict[str, SequenceFlow] = {}
    for path in paths:
        words = path.split()
        for word in words:
            known.setdefault(word, node(word))
        for source, target in pairwise(words):
            flows[f"{source}-{target}"] = SequenceFlow(id=f"{source}-{target}", source=source, target=target)
    return Process(id="p", nodes=tuple(known.values()), flows=tuple(flows.values()))


def fixed(seconds: float) -> Distribution:
    return Distribution(Family.FIXED, (seconds,))


def exponential(mean: float) -> Distribution:
    return Distribution(Family.EXPONENTIAL, (mean,))


def staff(name: str, count: int, calendar: str = "always", **more: object) -> Role:
    return Role(name, tuple(Resource(f"{name}{i}", calendar, **more) for i in range(count)))  # type: ignore[arg-type]


def scenario(work: dict[str, Work], per_hour: float = 1.0, **more: object) -> Scenario:
    settings: dict[str, object] = {"calendars": {"always": always()}, **more}
    return Scenario("test", 0, Arrivals((per_hour,) * 168), work, zone="UTC", **settings)  # type: ignore[arg-type]


def branch(**weights: float) -> Branching:
    return Branching({flow.replace("_", "-"): weight for flow, weight in weights.items()})
