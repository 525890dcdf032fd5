"""Messages: published, correlated once a process, buffered until their time is over.

Rule kept: a message goes to the oldest waiting element of each process whose name and correlation key match, and to
each start event of that name (one live case a process and key); never twice to the same process. It is given away
and marked in the same transaction. A message whose time is over reaches nobody. A repeated message id is a rejection
while the first one is buffered.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import msgspec

from zaizao.engine import commands as c, parcels as p, records as r
from zaizao.engine.keys import case_key, case_of, local_of, partition_of
from zaizao.engine.records import Rejection, Variables
from zaizao.engine.state import variables_decoded
from zaizao.engine.stores import CaseRow, CaseState, MessageRow, SubscriptionRow

if TYPE_CHECKING:
    from zaizao.engine.runtime import Runtime


class Correlated(msgspec.Struct, frozen=True):
    """A published message, and the cases that took it."""

    key: int
    cases: tuple[int, ...]


class Post:
    """The messages of one partition."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime

    def publish(
        self, name: str, correlation: str, variables: Variables, life_us: int, message_id: str = ""
    ) -> Correlated | Rejection:
        """Take in a message that waits ``life_us`` for a taker, and give it to who waits already."""
        runtime = self._runtime
        now = runtime.clock.now()
        if message_id and any(
            row.message_id == message_id and row.expires > now for row in runtime.store.messages(name, correlation)
        ):
            rejection = Rejection("PublishMessage", "duplicate", f"message {message_id!r} is known already")
            runtime.store.append(0, now, [rejection])
            return rejection
        key = case_key(runtime.partition, runtime.store.next_number())
        runtime.note(r.MessagePublished(key, name, correlation, variables, now + life_us, message_id))
        row = runtime.store.get(MessageRow, key)
        assert row is not None
        with runtime.holding():  # a taker must not be offered the same message again before it is marked
            takers = [*self._to_waiting(row, variables), *self._to_starts(row, variables)]
        if life_us <= 0:
            runtime.note(r.MessageExpired(key))
        return Correlated(key, tuple(takers))

    def _to_waiting(self, row: MessageRow, variables: Variables) -> list[int]:
        takers: dict[str, int] = {}
        for waiting in self._runtime.store.subscriptions("message", row.name, row.correlation):
            if waiting.process_id not in takers and self._give(row.key, waiting, variables):
                takers[waiting.process_id] = case_of(waiting.key)
        return list(takers.values())

    def _give(self, message: int, waiting: SubscriptionRow, variables: Variables) -> bool:
        if partition_of(waiting.key) != self._runtime.partition:
            self._runtime.note(r.MessageCorrelated(message, waiting.process_id, case_of(waiting.key)))
            handed = p.Handed(message, waiting.key, waiting.element, waiting.process_id, variables)
            self._runtime.send(partition_of(waiting.key), handed)
            return True
        command = c.Correlate(waiting.element, local_of(waiting.key), variables)
        events = self._runtime.tell(case_of(waiting.key), command)
        if isinstance(events[0], Rejection):
            return False
        self._runtime.note(r.MessageCorrelated(message, waiting.process_id, case_of(waiting.key)))
        return True

    def _to_starts(self, row: MessageRow, variables: Variables) -> list[int]:
        runtime = self._runtime
        takers: list[int] = []
        for start in runtime.library.starts("message", row.name):
            lock = {"process_id": start.process_id, "lock": row.correlation, "state": CaseState.ACTIVE}
            if row.correlation and runtime.store.count(CaseRow, lock):
                continue
            case = runtime.create(runtime.library.executable(start.process), c.Start(dict(variables), start.node))
            runtime.note(r.MessageCorrelated(row.key, start.process_id, case, started=True))
            takers.append(case)
        return takers

    def offer_buffered(self, subscription: int) -> None:
        """A new subscription: give it the oldest buffered message that its process has not had."""
        runtime = self._runtime
        waiting = runtime.store.get(SubscriptionRow, subscription)
        if waiting is None:
            return
        now = runtime.clock.now()
        for row in runtime.store.messages(waiting.name, waiting.correlation):
            taken = json.loads(row.taken)
            if row.expires > now and waiting.process_id not in taken:
                with runtime.holding():
                    self._give(row.key, waiting, variables_decoded(row.variables))
                return

    def take_back(self, message: int, process_id: str, key: int) -> None:
        """The element ``key`` in another partition had stopped waiting: the message may go to another of its process."""
        runtime = self._runtime
        row = runtime.store.get(MessageRow, message)
        if row is None:
            return  # its time was over anyway
        runtime.note(r.MessageReturned(message, process_id))
        for waiting in runtime.store.subscriptions("message", row.name, row.correlation):
            if waiting.process_id == process_id and waiting.key != key:
                with runtime.holding():
                    if self._give(message, waiting, variables_decoded(row.variables)):
                        return

    def expire(self) -> int:
        """Remove messages whose time is over; how many."""
        runtime = self._runtime
        expired = runtime.store.messages_expired(runtime.clock.now())
        for row in expired:
            runtime.note(r.MessageExpired(row.key))
        return len(expired)
