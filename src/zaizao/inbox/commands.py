"""Commands: what someone asks of a work item. A command is a wish and changes nothing by itself."""

from __future__ import annotations

from typing import Any

import msgspec

from zaizao.inbox.item import Facts


class Person(msgspec.Struct, frozen=True):
    """Someone who works: login name, groups (``None``: not known here), skills with levels.

    A ``supervisor`` may take work from one person and give it to another; ``everything`` lets see all items.
    """

    name: str
    groups: frozenset[str] | None = frozenset()
    skills: dict[str, int] = {}
    supervisor: bool = False
    everything: bool = False


class Command(msgspec.Struct, frozen=True):
    """A wish addressed to one item."""


class Offer(Command, frozen=True):
    """Let people do this; ``assignee`` has it at once."""

    facts: Facts
    assignee: Person | None = None


class Claim(Command, frozen=True):
    """I do it."""


class Assign(Command, frozen=True):
    """``to`` shall do it."""

    to: Person
    why: str = ""


class Delegate(Command, frozen=True):
    """``to`` shall do it for me."""

    to: Person
    why: str = ""


class Return(Command, frozen=True):
    """Someone else shall do it."""

    why: str = ""


class Suspend(Command, frozen=True):
    """Let it rest, ``until`` (µs) where known."""

    until: int = 0
    why: str = ""


class Resume(Command, frozen=True):
    """Go on."""


class Complete(Command, frozen=True):
    """It is done."""

    answers: dict[str, Any] = {}
    action: str = ""
    reason: str = ""


class Confirm(Command, frozen=True):
    """As the second person: agreed."""

    why: str = ""


class Refuse(Command, frozen=True):
    """As the second person: not agreed."""

    why: str = ""


class Recall(Command, frozen=True):
    """As the first person: I take it back."""


class Escalate(Command, frozen=True):
    """Take the ladder's next rung now."""

    why: str = ""


class Comment(Command, frozen=True):
    """Say something."""

    text: str


# --- of whoever asked for the work, and of the clock ------------------------------------------------------------------


class Settle(Command, frozen=True):
    """The result is taken; ``by`` did the work where it was done elsewhere."""

    by: str = ""


class Bounce(Command, frozen=True):
    """The result cannot be taken."""

    why: str


class Cancel(Command, frozen=True):
    """The work is no longer needed."""

    why: str = ""


class Update(Command, frozen=True):
    """Other dates, candidates or priority; ``None`` leaves as is."""

    priority: int | None = None
    due: int | None = None
    follow_up: int | None = None
    groups: tuple[str, ...] | None = None
    users: tuple[str, ...] | None = None


class Follow(Command, frozen=True):
    """Whoever asked for the work has given it to ``owner`` (or freed it)."""

    owner: str | None


class Tick(Command, frozen=True):
    """Do what is due: rungs of the ladder, the end of a rest."""
