"""A payment's lifecycle as a table.

Rule kept: a state changes only by a row. An attempt whose result is unknown has no row that sends again: it is queried
until it is known. So a payment is sent anew only after its last attempt is known not to have been carried out.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class State(StrEnum):
    """States of a payment."""

    ACCEPTED = "accepted"
    MERGED = "merged"  # carried by a larger payment to the same payee
    PREPARED = "prepared"  # a rail is chosen, nothing has left the house
    SENT = "sent"
    UNKNOWN = "unknown"  # timed out, or the house restarted before the answer
    REFUSED = "refused"  # known not to be carried out
    SETTLED = "settled"
    FAILED = "failed"  # given up
    RETURNED = "returned"  # the payee's bank sent it back


class Change(StrEnum):
    """What happens to a payment."""

    MERGE = "merge"
    RELEASE = "release"
    PREPARE = "prepare"
    WITHDRAW = "withdraw"
    SEND = "send"
    TIME_OUT = "time out"
    CONFIRM = "confirm"
    REJECT = "reject"
    GIVE_UP = "give up"
    RETURN = "return"


TABLE: Mapping[tuple[State, Change], State] = {
    (State.ACCEPTED, Change.MERGE): State.MERGED,
    (State.MERGED, Change.CONFIRM): State.SETTLED,
    (State.MERGED, Change.RELEASE): State.ACCEPTED,
    (State.ACCEPTED, Change.PREPARE): State.PREPARED,
    (State.ACCEPTED, Change.GIVE_UP): State.FAILED,
    (State.PREPARED, Change.SEND): State.SENT,
    (State.PREPARED, Change.WITHDRAW): State.REFUSED,
    (State.SENT, Change.CONFIRM): State.SETTLED,
    (State.SENT, Change.REJECT): State.REFUSED,
    (State.SENT, Change.TIME_OUT): State.UNKNOWN,
    (State.UNKNOWN, Change.CONFIRM): State.SETTLED,
    (State.UNKNOWN, Change.REJECT): State.REFUSED,
    (State.REFUSED, Change.PREPARE): State.PREPARED,
    (State.REFUSED, Change.GIVE_UP): State.FAILED,
    (State.SETTLED, Change.RETURN): State.RETURNED,
}


def after(state: State, change: Change) -> State | None:
    """The state that ``change`` leads to; None where the table has no row."""
    return TABLE.get((state, change))


def diagram() -> str:
    """The table as a Mermaid state diagram, for the docs."""
    rows = [f"    {state.value} --> {following.value}: {change.value}" for (state, change), following in TABLE.items()]
    return "\n".join(["stateDiagram-v2", f"    [*] --> {State.ACCEPTED.value}: accept", *rows])
