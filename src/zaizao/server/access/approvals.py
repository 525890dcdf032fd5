"""The second person: what one proposes, another approves, and then it is carried out exactly once.

Rule kept: the proposer is never the approver, under whatever token; the approver is a person. States change only by the
table ``LIFECYCLE``, each change by one conditional update, so two approvers at once are one approval. The act is carried
out in one transaction of the engine with its record; after a crash the journal says whether it was, and it is done
once more only where it was not. What a kind of proposal does is its ``Handler``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

import sqlalchemy as sa

from zaizao.engine import Acted, CommandRejected, Engine
from zaizao.problems import Text, ZaizaoError
from zaizao.server.access.acting import unattributed
from zaizao.server.access.errors import AccessConflict, AccessError, NotAllowed, NotKnown, problem
from zaizao.server.access.gate import Principal
from zaizao.server.access.registry import Registry
from zaizao.server.access.roles import Permission
from zaizao.server.access.tables import APPROVALS
from zaizao.server.access.trail import Trail

CARRIED_OUT = "approval.carried-out"
"""The act under which an approved action stands in the journal, with the approval's number as target."""


class State(StrEnum):
    """Where a proposal is."""

    PROPOSED = "proposed"
    APPROVED = "approved"
    DONE = "done"
    FAILED = "failed"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


LIFECYCLE: dict[tuple[State, str], State] = {
    (State.PROPOSED, "approve"): State.APPROVED,
    (State.PROPOSED, "reject"): State.REJECTED,
    (State.PROPOSED, "withdraw"): State.WITHDRAWN,
    (State.APPROVED, "done"): State.DONE,
    (State.APPROVED, "failed"): State.FAILED,
}
"""(state, change) → state; nothing else happens to a proposal."""


class Handler(Protocol):
    """What one kind of proposal means."""

    kind: str
    proposes: Permission
    """What a proposer must hold."""

    def check(self, payload: Mapping[str, Any]) -> str:
        """A title for ``payload``; raises a ``ZaizaoError`` where it could not be carried out as it is."""

    def carry_out(self, engine: Engine, payload: Mapping[str, Any], number: int, /) -> Mapping[str, Any]:
        """Do it, inside the engine's transaction; what came of it, as JSON. ``number`` is the idempotency key."""


@dataclass(frozen=True, slots=True)
class Approval:
    """A proposal and what became of it. Times are µs UTC, 0 where not yet."""

    number: int
    kind: str
    title: str
    note: str
    payload: dict[str, Any]
    state: State
    proposed_at: int
    proposed_by: str
    proposer: str
    decided_at: int
    decided_by: str
    reason: str
    result: dict[str, Any]


Do = Callable[[Callable[[Engine], Any]], Any]
"""Runs work alone on an engine."""


class Approvals:
    """The proposals of one database, carried out by ``do``."""

    def __init__(self, registry: Registry, trail: Trail, do: Do, handlers: Sequence[Handler]) -> None:
        self._registry = registry
        self._trail = trail
        self._do = do
        self._handlers = {handler.kind: handler for handler in handlers}

    def kinds(self) -> list[str]:
        """What can be proposed."""
        return sorted(self._handlers)

    def propose(self, kind: str, payload: Mapping[str, Any], note: str, by: Principal) -> Approval:
        """Keep a proposal after checking it. Raises ``AccessError`` or the room's own error."""
        handler = self._handlers.get(kind)
        if handler is None:
            remedy = Text(f"可用：{'、'.join(self.kinds())}", f"one of: {', '.join(self.kinds())}")
            raise AccessError(problem(kind, "没有这种提案", "there is no such kind of proposal", "kind", remedy))
        if not by.may(handler.proposes):
            remedy = Text("请由有权限的人提出", "let someone with that permission propose it")
            words = (f"需要权限 {handler.proposes}", f"needs the permission {handler.proposes}")
            raise NotAllowed(problem(kind, *words, "propose", remedy))
        values = {
            "kind": kind,
            "title": handler.check(payload),
            "note": note,
            "payload": dict(payload),
            "state": State.PROPOSED,
            "proposed_at": self._registry.clock.now(),
            "proposed_by": by.name,
            "proposer": by.person,
            "decided_at": 0,
            "decided_by": "",
            "reason": "",
            "result": {},
        }
        with self._registry.database.engine.begin() as connection:
            made = connection.execute(sa.insert(APPROVALS).values(values)).inserted_primary_key
            assert made is not None
            number: int = made[0]
            told = {"kind": kind, "title": values["title"]}
            self._registry.note(connection, by.name, "approval.propose", str(number), told)
        return self.get(number)

    def get(self, number: int) -> Approval:
        """One proposal. Raises ``NotKnown``."""
        with self._registry.database.reader.connect() as connection:
            row = connection.execute(sa.select(APPROVALS).where(APPROVALS.c.number == number)).first()
        if row is None:
            remedy = Text("请查看列表", "look at the list")
            raise NotKnown(problem(str(number), "没有这个提案", "there is no such proposal", "no-approval", remedy))
        return _approval(row)

    def find(self, state: State | None = None, kind: str = "", *, before: int = 0, limit: int = 50) -> list[Approval]:
        """Proposals, latest first; with numbers below ``before`` where given."""
        query = sa.select(APPROVALS).order_by(APPROVALS.c.number.desc()).limit(limit)
        if state is not None:
            query = query.where(APPROVALS.c.state == state)
        if kind:
            query = query.where(APPROVALS.c.kind == kind)
        if before:
            query = query.where(APPROVALS.c.number < before)
        with self._registry.database.reader.connect() as connection:
            return [_approval(row) for row in connection.execute(query)]

    def approve(self, number: int, by: Principal, reason: str = "") -> Approval:
        """Confirm as the second person, and carry it out; ``FAILED`` with the reason where it could not be."""
        found = self.get(number)
        remedy = Text("请由另一人审批", "let another person approve it")
        if not by.person:
            words = ("审批人须是本人登录的用户", "only a person approves, not a token that nobody owns")
            raise NotAllowed(problem(str(number), *words, "not-a-person", remedy))
        if by.person == found.proposer or by.name == found.proposed_by:
            words = ("提出人不能审批自己的提案", "who proposed it cannot approve it")
            raise NotAllowed(problem(str(number), *words, "same-person", remedy))
        with unattributed():
            self._do(lambda _: None)  # where another node leads the first journal, the request goes there, unchanged
        self._change(found, "approve", by.name, reason)
        return self._carry_out(self.get(number))

    def reject(self, number: int, by: Principal, reason: str) -> Approval:
        """Say no, with the reason."""
        if not reason.strip():
            remedy = Text("请写明理由", "say why")
            raise AccessError(problem(str(number), "驳回须有理由", "a rejection has a reason", "reason", remedy))
        self._change(self.get(number), "reject", by.name, reason)
        return self.get(number)

    def withdraw(self, number: int, by: Principal) -> Approval:
        """Take one's own proposal back."""
        found = self.get(number)
        if by.name != found.proposed_by and (not by.person or by.person != found.proposer):
            remedy = Text("他人可以驳回", "others may reject it")
            words = ("只有提出人可以撤回", "only who proposed it may withdraw it")
            raise NotAllowed(problem(str(number), *words, "not-yours", remedy))
        self._change(found, "withdraw", by.name, "")
        return self.get(number)

    def resume(self) -> int:
        """Carry out what was approved before a crash; how many. Called by whoever leads the first journal, now and then.

        What is being carried out at this moment is found in the journal by the second one, and done once.
        """
        waiting = self.find(State.APPROVED, limit=1000)
        for approval in waiting:
            self._carry_out(approval)
        return len(waiting)

    def _carry_out(self, approval: Approval) -> Approval:
        handler = self._handlers.get(approval.kind)
        if handler is None:
            return approval  # its room is not served here: it stays approved
        number = str(approval.number)
        if self._trail.done(CARRIED_OUT, number):
            return self._finish(approval, "done", {"note": "carried out before the last stop"})
        read = self._trail.read_until

        def work(engine: Engine) -> Mapping[str, Any] | None:
            if _stands(engine, read(engine.runtime.partition), number):
                return None  # another node was quicker
            told = {"kind": approval.kind, "title": approval.title, "proposed": approval.proposed_by}
            with engine.batch():
                engine.acted(approval.decided_by, CARRIED_OUT, number, told)
                try:
                    return handler.carry_out(engine, approval.payload, approval.number)
                except CommandRejected as rejected:  # which alone would leave the act on record
                    raise AccessError(rejected.problems) from rejected

        try:
            with unattributed():
                result = self._do(work)
        except ZaizaoError as fault:
            return self._finish(approval, "failed", {"problem": str(fault)})
        return self._finish(approval, "done", dict(result or {}))

    def _finish(self, approval: Approval, change: str, result: dict[str, Any]) -> Approval:
        with self._registry.database.engine.begin() as connection:
            values = {"state": LIFECYCLE[State.APPROVED, change], "result": result}
            row = sa.update(APPROVALS).where(APPROVALS.c.number == approval.number)
            connection.execute(row.where(APPROVALS.c.state == State.APPROVED).values(values))
            if change == "failed":
                self._registry.note(connection, approval.decided_by, "approval.failed", str(approval.number), result)
        return self.get(approval.number)

    def _change(self, approval: Approval, change: str, by: str, reason: str) -> None:
        following = LIFECYCLE.get((approval.state, change))
        values = {"decided_at": self._registry.clock.now(), "decided_by": by, "reason": reason}
        with self._registry.database.engine.begin() as connection:
            if following is not None:
                row = sa.update(APPROVALS).where(APPROVALS.c.number == approval.number)
                row = row.where(APPROVALS.c.state == approval.state).values(state=following, **values)
                if connection.execute(row).rowcount:
                    told = {"kind": approval.kind, "title": approval.title, "reason": reason}
                    self._registry.note(connection, by, f"approval.{change}", str(approval.number), told)
                    return
        remedy = Text("请刷新后查看", "look at it again")
        words = (f"提案已不是待定（{approval.state}）", f"the proposal is no longer open ({approval.state})")
        raise AccessConflict(problem(str(approval.number), *words, "decided", remedy))


def _stands(engine: Engine, start: int, number: str) -> bool:
    """Whether the journal says, from ``start`` on, that the approval was carried out."""
    entries = engine.store.journal(start, 0)
    acts = (event for entry in entries for event in entry.events if isinstance(event, Acted))
    return any(act.action == CARRIED_OUT and act.target == number for act in acts)


def _approval(row: Any) -> Approval:
    return Approval(
        row.number,
        row.kind,
        row.title,
        row.note,
        row.payload,
        State(row.state),
        row.proposed_at,
        row.proposed_by,
        row.proposer,
        row.decided_at,
        row.decided_by,
        row.reason,
        row.result,
    )
