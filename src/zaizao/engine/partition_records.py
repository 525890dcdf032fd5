"""Records of the partition: definitions, who holds which job, messages, start events that wait.

Rule kept: as in ``records``, which adds what happens inside cases; here stands too what all records have in common.
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Any

import msgspec

from zaizao.engine.parcels import AnyParcel

Variables = dict[str, Any]
"""Names to JSON values; numbers are ``int`` or ``Decimal``."""


class WaitKind(StrEnum):
    """What an armed event waits for."""

    TIMER = "timer"
    MESSAGE = "message"
    SIGNAL = "signal"
    CONDITION = "condition"


def _kebab(name: str) -> str:
    return re.sub(r"(?<!^)([A-Z])", r"-\1", name).lower()


class Event(msgspec.Struct, frozen=True, array_like=True, gc=False, tag=_kebab):
    """Something that happened inside one case or in the partition."""


class DecidedStep(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A decision that took part in an evaluation: its definition, what it saw, which rules matched, what came out.

    ``inputs`` are ``[id, name, value]``, ``rules`` are ``[index, id, [[output id, output name, value], …]]``.
    """

    key: int
    id: str
    name: str
    version: int
    kind: str
    inputs: list[Any]
    rules: list[Any]
    output: Any


class Deployed(Event, frozen=True):
    """A definition became known under ``key``; ``kind`` as in ``DefinitionRow``."""

    key: int
    kind: str
    name: str
    version: int
    version_tag: str | None
    source: str
    digest: str


class Described(Event, frozen=True):
    """What else is known of a definition; fields as in ``DefinitionRow``."""

    key: int
    title: str
    file: str
    deployment: int
    model: int


class DecisionAsked(Event, frozen=True):
    """Someone outside any case asked ``decision``; fields as in ``DecisionEvaluated`` and ``DecisionTraced``."""

    key: int
    decision: str
    version: str
    output: Any
    failure: str
    steps: tuple[DecidedStep, ...]
    root: int
    requirements: int


class JobsActivated(Event, frozen=True):
    """``worker`` holds these jobs until ``deadline`` (µs)."""

    worker: str
    deadline: int
    keys: tuple[int, ...]


class JobHeld(Event, frozen=True):
    """The deadline of a job that a worker holds was set anew (µs)."""

    key: int
    deadline: int


class JobsTimedOut(Event, frozen=True):
    """No answer came in time, or the back-off is over; the jobs are available again."""

    keys: tuple[int, ...]


class MessagePublished(Event, frozen=True):
    """A message came in; it waits for a taker until ``expires`` (µs)."""

    key: int
    name: str
    correlation: str
    variables: Variables
    expires: int
    message_id: str = ""


class MessageCorrelated(Event, frozen=True):
    """The message reached process ``process`` (``started``: by starting a case); no other case of it will get it."""

    key: int
    process: str
    case: int
    started: bool = False


class MessageExpired(Event, frozen=True):
    """The message's time is over."""

    key: int


class StartArmed(Event, frozen=True):
    """A start event waits on behalf of definition ``process``."""

    key: int
    process: int
    process_id: str
    node: int
    definition: int
    kind: WaitKind
    name: str
    due: int = 0
    remaining: int = 0
    cycle: str = ""


class StartFired(Event, frozen=True):
    """A timed start fired; it is armed again at ``due`` unless that is 0."""

    key: int
    due: int
    remaining: int


class StartDisarmed(Event, frozen=True):
    """A newer version took over."""

    key: int


class Acted(Event, frozen=True):
    """A person or service did something from outside; what it changed stands in the records after it, if anywhere.

    ``action`` is a verb or a route, ``target`` what it was done to, ``detail`` what a reader of the audit trail asks for.
    """

    by: str
    action: str
    target: str = ""
    detail: Variables = {}


class Removed(Event, frozen=True):
    """A definition is no longer known; no case followed it."""

    key: int


class CaseForgotten(Event, frozen=True):
    """An ended case is no longer to be found."""

    case: int


class MessageReturned(Event, frozen=True):
    """The case of ``process`` in another partition that was to take the message had stopped waiting."""

    key: int
    process: str


class FarWaitOpened(Event, frozen=True):
    """An element ``key`` of a case in another partition waits for a message that lives here."""

    key: int
    name: str
    correlation: str
    element: int
    process_id: str
    process: int
    node: str


class FarWaitClosed(Event, frozen=True):
    """It waits no more."""

    key: int


class ParcelSent(Event, frozen=True):
    """Something for partition ``receiver``, which reads it here."""

    key: int
    receiver: int
    parcel: AnyParcel


class ParcelTaken(Event, frozen=True):
    """Parcels of partition ``sender`` up to ``taken`` are carried out; what this one did follows."""

    sender: int
    taken: int


class ParcelsForgotten(Event, frozen=True):
    """``receiver`` has carried out these parcels."""

    receiver: int
    keys: tuple[int, ...]
