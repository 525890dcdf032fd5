# ruff: noqa: ARG002  (the signatures are the contract's)
"""What the engine asks of every element kind, and the table of those that exist.

The contract. A behaviour is stateless: all it knows is the step, the live element and its node. It changes nothing
itself; it emits records through the step. ``activate`` begins the work of a fresh element: either it leaves at once
(``step.complete``), or it leaves a trace that something outside will answer (a job, a task, a wait, children), or it
raises an incident. Whatever it arms is canceled by ``step.cut`` when the element is terminated. ``retry`` runs after
an incident of an active element was resolved and must give the same result as if the trouble had never been.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from zaizao.engine import records as r
from zaizao.engine.expressions import ExpressionFailed
from zaizao.engine.records import IncidentKind
from zaizao.engine.state import Element
from zaizao.engine.waits import disarm

if TYPE_CHECKING:
    from zaizao.engine.executable import Node
    from zaizao.engine.step import Step

LOOP = "loop"


class Behaviour:
    """The contract of an element kind."""

    def activate(self, step: Step, element: Element, node: Node) -> None:
        """Begin the work of ``element``."""
        raise NotImplementedError(node.kind)

    def retry(self, step: Step, element: Element, node: Node) -> None:
        """Begin again after an expression failed: what was armed half-way is armed anew."""
        disarm(step, element)
        step.begin(element, node)

    def throw(self, step: Step, element: Element, node: Node) -> None:
        """Throw what ``activate`` put off until no other token moves."""

    def arrived(self, step: Step, scope: int, node: Node) -> None:
        """A token waits at the join ``node``: an activity with a start quantity takes its tokens here."""
        join = (step.case.elements[scope].joins or {})[node.index]
        if len(join.tokens) >= node.start_quantity:
            fire_join(step, scope, node, tuple(join.tokens[: node.start_quantity]))

    def judged(self, step: Step, scope: Element, node: Node) -> bool:
        """No token is in motion: may the join fire now? Whether it did."""
        return False

    def forced(self, step: Step, scope: Element, node: Node) -> bool:
        """Only joins wait in ``scope``: may this one break the tie? Whether it did."""
        return False

    def collect(self, step: Step, scope: Element, node: Node) -> None:
        """Something inside ``scope`` came to its end: keep its output."""

    def ending(self, step: Step, element: Element, node: Node) -> bool:
        """A run of a loop has done its work; ``False`` where it cannot leave."""
        return True

    def emptied(self, step: Step, element: Element, node: Node) -> None:
        """The last child of ``element`` ended."""


BEHAVIOURS: dict[str, Behaviour] = {}

B = TypeVar("B", bound=type[Behaviour])


def behaviour(*kinds: str) -> _Register:
    """Class decorator: the behaviour of these element kinds (XML names)."""
    return _Register(kinds)


class _Register:
    def __init__(self, kinds: tuple[str, ...]) -> None:
        self.kinds = kinds

    def __call__(self, cls: B) -> B:
        single = cls()
        for kind in self.kinds:
            BEHAVIOURS[kind] = single
        return cls


def fire_join(step: Step, scope: int, node: Node, tokens: tuple[int, ...]) -> None:
    """Consume ``tokens`` and start ``node`` once."""
    step.emit(r.JoinFired(scope, node.index, tokens))
    step.activate(node, scope, tokens[-1])


def create_job(step: Step, element: Element, node: Node) -> None:
    """Let a worker do the work of ``element``."""
    assert node.job_type is not None
    try:
        kind = node.job_type.evaluate(step.case, element.id)
        retries = node.retries.evaluate(step.case, element.id) if node.retries else 3
        if not isinstance(kind, str) or not kind:
            raise ExpressionFailed(f"job type {node.job_type.text!r} gave {kind!r:.40}")
        count = int(retries)
        priority = node.priority.evaluate(step.case, element.id) if node.priority else 0
        rank = int(priority)
    except (ExpressionFailed, TypeError, ValueError) as failure:
        step.stop(element, IncidentKind.EXPRESSION, str(failure))
        return
    step.emit(r.JobCreated(element.id, kind, count, rank))
