"""Events: what happened to a work item, who did it, when and why. Commands and rejections are other types.

Rule kept: an event says everything that its applier needs; history is the list of events. Each event's tag is its row
in the lifecycle's table (``change_of``).
"""

from __future__ import annotations

import re
from decimal import Decimal

import msgspec

from zaizao.inbox.item import Facts, Result, encoder
from zaizao.inbox.lifecycle import Change


def _kebab(name: str) -> str:
    return re.sub(r"(?<!^)([A-Z])", r"-\1", name).lower()


class Event(msgspec.Struct, frozen=True, kw_only=True, tag=_kebab, omit_defaults=True):
    """Something that ``by`` did to an item at ``at`` (µs UTC)."""

    by: str
    at: int
    why: str = ""


class Offered(Event, frozen=True):
    """The item began; ``escalates`` is when its first rung is due."""

    facts: Facts
    escalates: int = 0


class Claimed(Event, frozen=True):
    """``by`` took the item."""


class Assigned(Event, frozen=True):
    """The item was given to ``to``."""

    to: str


class Delegated(Event, frozen=True):
    """The owner let ``to`` do the work."""

    to: str


class Returned(Event, frozen=True):
    """The item is on offer again."""


class Suspended(Event, frozen=True):
    """The item rests, ``until`` an instant where one is known; its clock stands still."""

    until: int = 0


class Resumed(Event, frozen=True):
    """The owner goes on; ``due`` and ``escalates`` moved by the working time that the item rested."""

    due: int = 0
    escalates: int = 0


class Reopened(Event, frozen=True):
    """The item that nobody owned is on offer again."""

    due: int = 0
    escalates: int = 0


class Proposed(Event, frozen=True):
    """The first person handed in; the second has to look."""

    result: Result


class Confirmed(Event, frozen=True):
    """The second person agrees."""


class Refused(Event, frozen=True):
    """The second person does not agree; the first has it back."""


class Recalled(Event, frozen=True):
    """The first person took the proposal back."""


class HandedIn(Event, frozen=True):
    """People are done."""

    result: Result


class Bounced(Event, frozen=True):
    """Whoever asked for the work could not take the result."""


class Settled(Event, frozen=True):
    """Whoever asked for the work has the result, from here or from elsewhere."""


class Cancelled(Event, frozen=True):
    """The work is no longer needed."""


class Escalated(Event, frozen=True):
    """Rung ``rung`` of the ladder was reached: ``notify`` is told; ``priority`` and ``groups`` hold from now on."""

    rung: int
    escalates: int = 0
    notify: str = ""
    priority: int | None = None
    groups: tuple[str, ...] | None = None


class Updated(Event, frozen=True):
    """Dates, candidates or priority changed; ``None`` is as before."""

    priority: int | None = None
    due: int | None = None
    follow_up: int | None = None
    groups: tuple[str, ...] | None = None
    users: tuple[str, ...] | None = None


class Commented(Event, frozen=True):
    """``why`` is the comment."""


AnyEvent = (
    Offered
    | Claimed
    | Assigned
    | Delegated
    | Returned
    | Suspended
    | Resumed
    | Reopened
    | Proposed
    | Confirmed
    | Refused
    | Recalled
    | HandedIn
    | Bounced
    | Settled
    | Cancelled
    | Escalated
    | Updated
    | Commented
)

_decoder = msgspec.json.Decoder(AnyEvent, float_hook=Decimal)


def change_of(event: Event) -> Change:
    """The event's row in the lifecycle's table."""
    return Change(str(event.__struct_config__.tag))


def encode(event: Event) -> str:
    """An event as JSON text."""
    return encoder.encode(event).decode()


def decode(text: str) -> AnyEvent:
    """The event that ``encode`` wrote."""
    event: AnyEvent = _decoder.decode(text)
    return event
