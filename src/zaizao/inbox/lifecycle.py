"""The lifecycle of a work item as one table: which change leads from which state to which.

Rule kept: the state of an item changes only by a row of ``ROWS``. What has no row is refused to people and is a defect
where a program does it. The table yields the diagram in the guide and the tests of illegal transitions.

Theory: an item is *offered* to its candidates until one of them has *claimed* it. Its owner works on it, lets it rest
(*suspended*), and hands it in; with four eyes it first awaits the *second* person. *Handed in* means: people are done,
and whoever asked for the work has to take the result; then the item is *completed*. Whoever asked may cancel it, or
settle it elsewhere, at any time before.
"""

from __future__ import annotations

from enum import StrEnum


class State(StrEnum):
    """Where an item stands."""

    OFFERED = "offered"
    CLAIMED = "claimed"
    SUSPENDED = "suspended"
    SECOND = "awaiting-second"
    HANDED_IN = "handed-in"
    COMPLETED = "completed"
    CANCELLED = "cancelled"


class Change(StrEnum):
    """What happens to an item; each has its event in ``events.py``."""

    OFFERED = "offered"
    CLAIMED = "claimed"
    ASSIGNED = "assigned"
    DELEGATED = "delegated"
    RETURNED = "returned"
    SUSPENDED = "suspended"
    RESUMED = "resumed"
    REOPENED = "reopened"
    PROPOSED = "proposed"
    CONFIRMED = "confirmed"
    REFUSED = "refused"
    RECALLED = "recalled"
    HANDED_IN = "handed-in"
    BOUNCED = "bounced"
    SETTLED = "settled"
    CANCELLED = "cancelled"
    ESCALATED = "escalated"
    UPDATED = "updated"
    COMMENTED = "commented"


OPEN = frozenset({State.OFFERED, State.CLAIMED, State.SUSPENDED, State.SECOND, State.HANDED_IN})
"""States in which an item still needs someone."""

ROWS: dict[tuple[State | None, Change], State] = {
    (None, Change.OFFERED): State.OFFERED,
    (State.OFFERED, Change.CLAIMED): State.CLAIMED,
    (State.OFFERED, Change.ASSIGNED): State.CLAIMED,
    (State.OFFERED, Change.SUSPENDED): State.SUSPENDED,
    (State.CLAIMED, Change.ASSIGNED): State.CLAIMED,
    (State.CLAIMED, Change.DELEGATED): State.CLAIMED,
    (State.CLAIMED, Change.RETURNED): State.OFFERED,
    (State.CLAIMED, Change.SUSPENDED): State.SUSPENDED,
    (State.CLAIMED, Change.PROPOSED): State.SECOND,
    (State.CLAIMED, Change.HANDED_IN): State.HANDED_IN,
    (State.SUSPENDED, Change.RESUMED): State.CLAIMED,
    (State.SUSPENDED, Change.REOPENED): State.OFFERED,
    (State.SECOND, Change.CONFIRMED): State.HANDED_IN,
    (State.SECOND, Change.REFUSED): State.CLAIMED,
    (State.SECOND, Change.RECALLED): State.CLAIMED,
    (State.HANDED_IN, Change.BOUNCED): State.CLAIMED,
    (State.COMPLETED, Change.COMMENTED): State.COMPLETED,
    (State.CANCELLED, Change.COMMENTED): State.CANCELLED,
    **{(state, Change.SETTLED): State.COMPLETED for state in OPEN},
    **{(state, Change.CANCELLED): State.CANCELLED for state in OPEN},
    **{(state, Change.UPDATED): state for state in OPEN},
    **{(state, Change.COMMENTED): state for state in OPEN},
    **{(state, Change.ESCALATED): state for state in (State.OFFERED, State.CLAIMED, State.SECOND)},
}


def diagram() -> str:
    """The table as a Mermaid state diagram, in a stable order; changes that keep the state are left out."""
    names = {state: state.name for state in State}
    moves = sorted(
        (names[before] if before else "[*]", names[after], change.value)
        for (before, change), after in ROWS.items()
        if before is not after
    )
    lines = ["stateDiagram-v2", *(f"    {before} --> {after}: {change}" for before, after, change in moves)]
    return "\n".join([*lines, "    COMPLETED --> [*]", "    CANCELLED --> [*]"])
