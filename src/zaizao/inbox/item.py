"""The work item: one thing that a person has to do, whatever asked for it.

Rule kept: an item is what its history says: ``applying.apply`` makes it from events, nothing else changes it. Times are
µs UTC, 0 where none. ``due`` and the ladder run on the item's business calendar.
"""

from __future__ import annotations

import re
from decimal import Decimal
from enum import StrEnum
from typing import Any, NewType

import msgspec

from zaizao.inbox.errors import InboxError, trouble
from zaizao.inbox.lifecycle import OPEN, State

ItemId = NewType("ItemId", str)
"""Given by whoever asks for the work, so that asking twice gives one item."""

SECOND = 1_000_000
NORMAL_PRIORITY = 50
_DURATION = re.compile(r"PT(?=\d)(?:(\d{1,6})H)?(?:(\d{1,6})M)?(?:(\d{1,7})S)?")
_SKILL = re.compile(r"([^:,;\s]{1,64})(?::([1-9]))?")


class Kind(StrEnum):
    """Why a person is needed."""

    TASK = "task"
    INCIDENT = "incident"
    ALERT = "alert"
    BREAK = "break"
    TICKET = "ticket"
    LEAD = "lead"


class Act(StrEnum):
    """What a rung of the ladder does."""

    NOTIFY = "notify"
    PRIORITY = "priority"
    REASSIGN = "reassign"


class Value(msgspec.Struct, frozen=True):
    """Immutable, compared by content."""


class Rung(Value, frozen=True):
    """After ``after`` µs of working time since the offer: tell group ``to``, set priority ``to``, or give to group ``to``."""

    after: int
    act: Act
    to: str


class Skill(Value, frozen=True):
    """A skill that the work needs, at least at ``level`` (1 to 9)."""

    name: str
    level: int = 1


class FourEyes(Value, frozen=True):
    """The result needs a second person: of ``groups``, or of the item's candidates where none are named."""

    groups: tuple[str, ...] = ()


class Facts(Value, frozen=True):
    """What whoever asks for the work says about it.

    ``evidence`` is JSON with links and documents. ``pair`` names tasks of one ``case`` that one person may not work on
    together. ``settles`` says that the asker takes the result before the item is completed (a process does).
    """

    kind: Kind
    subject: str
    evidence: dict[str, Any] = {}
    priority: int = NORMAL_PRIORITY
    groups: tuple[str, ...] = ()
    users: tuple[str, ...] = ()
    skills: tuple[Skill, ...] = ()
    due: int = 0
    follow_up: int = 0
    calendar: str = ""
    ladder: tuple[Rung, ...] = ()
    four_eyes: FourEyes | None = None
    case: str = ""
    pair: str = ""
    process: str = ""
    form: str = ""
    reason_wanted: bool = False
    settles: bool = False


class Result(Value, frozen=True):
    """What a person handed in: the form's answers, an action's name, and why the item is closed so."""

    answers: dict[str, Any] = {}
    action: str = ""
    reason: str = ""


class WorkItem(Value, frozen=True):
    """An item as it stands after ``version`` events."""

    id: ItemId
    facts: Facts
    state: State
    version: int
    created: int
    owner: str | None = None
    delegated_by: str | None = None
    result: Result | None = None
    first: str | None = None
    second: str | None = None
    rung: int = 0
    escalates: int = 0
    suspended: int = 0
    until: int = 0
    ended: int = 0
    why: str = ""

    @property
    def open(self) -> bool:
        """Whether someone is still needed."""
        return self.state in OPEN


encoder = msgspec.json.Encoder(decimal_format="number")
_decoder = msgspec.json.Decoder(WorkItem, float_hook=Decimal)


def encode(value: Any) -> str:
    """A value as JSON text; numbers keep every digit."""
    return encoder.encode(value).decode()


def decode(text: str) -> WorkItem:
    """The item that ``encode`` wrote."""
    return _decoder.decode(text)


def working_time(text: str, where: str) -> int:
    """Working time such as ``PT4H30M`` in µs. Days are refused: a working day has no fixed length."""
    found = _DURATION.fullmatch(text.strip())
    if found is None:
        remedy = ("请写成如 PT4H30M 的工作时长", "write working time such as PT4H30M")
        raise InboxError(trouble(where, "duration", (f"{text!r:.40} 不是工作时长", f"{text!r:.40} is none"), remedy))
    hours, minutes, seconds = (int(part or 0) for part in found.groups())
    return (hours * 3600 + minutes * 60 + seconds) * SECOND


def read_ladder(text: str, where: str = "ladder") -> tuple[Rung, ...]:
    """An escalation ladder as models write it: ``PT4H notify heads; PT8H priority 90; PT16H reassign branch``."""
    rungs = []
    for part in filter(None, (part.strip() for part in text.split(";"))):
        words = part.split(maxsplit=2)
        if len(words) != 3 or words[1] not in set(Act) or (words[1] == Act.PRIORITY and not words[2].isdigit()):
            what = (f"看不懂升级步骤 {part!r:.60}", f"the step {part!r:.60} cannot be understood")
            remedy = (
                "每步写“时长 notify|priority|reassign 对象”，以分号隔开",
                "write each step as 'time notify|priority|reassign target', with semicolons between",
            )
            raise InboxError(trouble(where, "ladder", what, remedy))
        rungs.append(Rung(working_time(words[0], where), Act(words[1]), words[2]))
    return tuple(sorted(rungs, key=lambda rung: rung.after))


def read_skills(text: str, where: str = "skills") -> tuple[Skill, ...]:
    """Needed skills as models write them: ``credit:2, english``; the level is 1 where none is said."""
    skills = []
    for part in filter(None, (part.strip() for part in text.split(","))):
        found = _SKILL.fullmatch(part)
        if found is None:
            remedy = ("请写成“名称:级别”，级别 1 到 9", "write name:level with a level from 1 to 9")
            raise InboxError(trouble(where, "skill", (f"看不懂技能 {part!r:.60}", f"no skill: {part!r:.60}"), remedy))
        skills.append(Skill(found.group(1), int(found.group(2) or 1)))
    return tuple(skills)
