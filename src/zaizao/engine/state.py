"""What a running case remembers: its elements, tokens, variables and waits.

Rule kept: only the appliers (``apply.py``) change these objects. A case is a tree of elements: element 0 is the
process itself, every element names its scope. Nothing here refers to another case except by key. The state is what
is stored while the case waits, so ``decode(encode(case)) == case``.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec

from zaizao.engine.lifecycle import Status
from zaizao.engine.records import Compensable, IncidentKind, ParentLink, Variables, WaitKind, Wanted


class Job(msgspec.Struct, array_like=True, gc=False):
    """Machine work of an element."""

    job_type: str
    retries: int
    priority: int = 0
    status: Status = Status.ACTIVE
    retry_at: int = 0


class HumanTask(msgspec.Struct, array_like=True, gc=False):
    """Human work of an element; times in µs, 0 where none."""

    assignee: str | None = None
    groups: tuple[str, ...] = ()
    users: tuple[str, ...] = ()
    due: int = 0
    follow_up: int = 0
    priority: int = 50
    form: str = ""
    changing: str = ""
    wanted: Wanted | None = None


class Listening(msgspec.Struct, array_like=True, gc=False):
    """The listener that began last: ``place`` among those of ``event``; ``job`` is ``None`` when it has run."""

    event: str
    place: int
    id: int
    job: Job | None
    resume: tuple[int, ...] = ()


class Wait(msgspec.Struct, array_like=True, gc=False):
    """An armed event: ``node`` is the event's node, ``definition`` the place among its event definitions."""

    id: int
    node: int
    definition: int
    kind: WaitKind
    name: str = ""
    key: str = ""
    due: int = 0
    remaining: int = 0
    cycle: str = ""


class Loop(msgspec.Struct, array_like=True, gc=False):
    """The body of a multi-instance or standard loop."""

    total: int
    items: list[Any] | None = None
    begun: int = 0
    outputs: dict[int, Any] = msgspec.field(default_factory=dict)


class Join(msgspec.Struct, array_like=True, gc=False):
    """Tokens waiting at a gateway, by position among its incoming flows; ``reset``: a complex gateway has fired."""

    tokens: list[int]
    reset: bool = False
    fired: tuple[int, ...] = ()


class Element(msgspec.Struct, array_like=True, gc=False):
    """One execution of a node. ``children`` counts the live elements of which this is the scope."""

    id: int
    node: int
    scope: int
    status: Status
    flow: int = -1
    index: int = 0
    variables: Variables | None = None
    children: int = 0
    job: Job | None = None
    task: HumanTask | None = None
    waits: dict[int, Wait] | None = None
    joins: dict[int, Join] | None = None
    loop: Loop | None = None
    kept: list[Compensable] | None = None
    undoing: list[Compensable] | None = None
    progress: int = 0
    listening: Listening | None = None


class Incident(msgspec.Struct, array_like=True, gc=False):
    """An open incident of ``element``."""

    element: int
    kind: IncidentKind
    message: str


class Case(msgspec.Struct, array_like=True, gc=False):
    """A running case; ``following`` is the next free local number, ``joining`` counts scopes with waiting tokens.

    ``listeners`` finds the element of a listener's job; ``postponed`` are commands (JSON) that wait for listeners.
    """

    key: int
    process: int
    following: int = 1
    elements: dict[int, Element] = msgspec.field(default_factory=dict)
    incidents: dict[int, Incident] = msgspec.field(default_factory=dict)
    parent: ParentLink | None = None
    business_id: str = ""
    joining: int = 0
    ended: bool = False
    listeners: dict[int, int] = msgspec.field(default_factory=dict)
    postponed: list[str] = msgspec.field(default_factory=list)


def element_of(case: Case, job: int) -> Element | None:
    """The live element of job ``job``: an element's own job has the element's number, a listener's its own."""
    return case.elements.get(case.listeners.get(job, job))


_encoder = msgspec.json.Encoder(decimal_format="number")
_decoder = msgspec.json.Decoder(Case, float_hook=Decimal)


def encode(case: Case) -> bytes:
    """The case as JSON."""
    return _encoder.encode(case)


def decode(data: bytes) -> Case:
    """The case that ``encode`` wrote."""
    return _decoder.decode(data)


def copy(case: Case) -> Case:
    """A case that shares nothing with ``case``."""
    return decode(encode(case))


def variables_of(case: Case, element: int) -> Variables:
    """All variables that ``element`` sees: its own and its scopes', inner before outer."""
    seen: Variables = {}
    while element >= 0:
        here = case.elements[element]
        if here.variables:
            seen = {**here.variables, **seen} if seen else dict(here.variables)
        element = here.scope
    return seen


_variables_decoder = msgspec.json.Decoder(dict[str, Any], float_hook=Decimal)


def variables_encoded(variables: Variables) -> bytes:
    """Variables as JSON."""
    return _encoder.encode(variables)


def variables_decoded(data: bytes) -> Variables:
    """The variables that ``variables_encoded`` wrote."""
    return _variables_decoder.decode(data)
