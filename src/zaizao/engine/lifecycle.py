"""Lifecycles as tables: which change follows which, for every kind of thing that lives in the engine.

Rule kept: a state changes only by a row of its table. Appliers look the row up; a missing row is a defect of the
engine (``IllegalTransition``), never an ``if``. The tables also yield the diagrams in the docs and the tests of
illegal transitions. Elements follow BPMN 2.0.2 section 13.3 (figure 13.2), with the states between that nobody can
observe left out: an element is *activating* only while an input mapping is in trouble.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import IntEnum

from zaizao.engine.errors import IllegalTransition, problem


class Status(IntEnum):
    """States of an element, job, task, timer, subscription or incident; ``NONE`` before and ``GONE`` after."""

    NONE = 0
    ACTIVATING = 1
    ACTIVE = 2
    COMPLETING = 3
    FAILED = 4
    CHANGING = 5
    GONE = 9


@dataclass(frozen=True, slots=True)
class Lifecycle:
    """A named table of (state, change) → state."""

    name: str
    rows: Mapping[tuple[Status, str], Status]

    def after(self, state: Status, change: str) -> Status:
        """The state that ``change`` leads to; raises ``IllegalTransition``."""
        following = self.rows.get((state, change))
        if following is None:
            words = f"{self.name}: no {change!r} from {state.name}"
            raise IllegalTransition(problem(self.name, words, words, "illegal-transition"))
        return following

    def diagram(self) -> str:
        """The table as a Mermaid state diagram, for the docs."""
        lines = ["stateDiagram-v2"]
        ends = {Status.NONE: "[*]", Status.GONE: "[*]"}
        for (state, change), following in self.rows.items():
            arrow = f"{ends.get(state, state.name)} --> {ends.get(following, following.name)}"
            lines.append(f"    {arrow}: {change}")
        return "\n".join(lines)

    def changes(self) -> Iterator[str]:
        """The names of all changes, each once."""
        return iter(dict.fromkeys(change for _, change in self.rows))


ELEMENT = Lifecycle(
    "element",
    {
        (Status.NONE, "entered"): Status.ACTIVATING,
        (Status.NONE, "activated"): Status.ACTIVE,
        (Status.ACTIVATING, "activated"): Status.ACTIVE,
        (Status.ACTIVATING, "terminated"): Status.GONE,
        (Status.ACTIVE, "completing"): Status.COMPLETING,
        (Status.ACTIVE, "completed"): Status.GONE,
        (Status.ACTIVE, "terminated"): Status.GONE,
        (Status.COMPLETING, "completed"): Status.GONE,
        (Status.COMPLETING, "terminated"): Status.GONE,
    },
)

JOB = Lifecycle(
    "job",
    {
        (Status.NONE, "created"): Status.ACTIVE,
        (Status.ACTIVE, "failed"): Status.ACTIVE,
        (Status.ACTIVE, "exhausted"): Status.FAILED,
        (Status.ACTIVE, "updated"): Status.ACTIVE,
        (Status.ACTIVE, "completed"): Status.GONE,
        (Status.ACTIVE, "threw"): Status.GONE,
        (Status.ACTIVE, "canceled"): Status.GONE,
        (Status.FAILED, "updated"): Status.FAILED,
        (Status.FAILED, "retried"): Status.ACTIVE,
        (Status.FAILED, "completed"): Status.GONE,
        (Status.FAILED, "threw"): Status.GONE,
        (Status.FAILED, "canceled"): Status.GONE,
    },
)

TASK = Lifecycle(
    "task",
    {
        (Status.NONE, "created"): Status.ACTIVE,
        (Status.ACTIVE, "assigned"): Status.ACTIVE,
        (Status.ACTIVE, "updated"): Status.ACTIVE,
        (Status.ACTIVE, "changing"): Status.CHANGING,
        (Status.CHANGING, "changing"): Status.CHANGING,
        (Status.CHANGING, "corrected"): Status.CHANGING,
        (Status.CHANGING, "denied"): Status.ACTIVE,
        (Status.CHANGING, "changed"): Status.ACTIVE,
        (Status.ACTIVE, "completed"): Status.GONE,
        (Status.ACTIVE, "canceled"): Status.GONE,
        (Status.CHANGING, "canceled"): Status.GONE,
    },
)

TIMER = Lifecycle(
    "timer",
    {
        (Status.NONE, "armed"): Status.ACTIVE,
        (Status.ACTIVE, "rearmed"): Status.ACTIVE,
        (Status.ACTIVE, "fired"): Status.GONE,
        (Status.ACTIVE, "canceled"): Status.GONE,
    },
)

SUBSCRIPTION = Lifecycle(
    "subscription",
    {
        (Status.NONE, "opened"): Status.ACTIVE,
        (Status.ACTIVE, "correlated"): Status.ACTIVE,
        (Status.ACTIVE, "fired"): Status.GONE,
        (Status.ACTIVE, "canceled"): Status.GONE,
    },
)

INCIDENT = Lifecycle(
    "incident",
    {
        (Status.NONE, "raised"): Status.ACTIVE,
        (Status.ACTIVE, "resolved"): Status.GONE,
    },
)

LIFECYCLES = (ELEMENT, JOB, TASK, TIMER, SUBSCRIPTION, INCIDENT)
