"""The robots' management centre in a database: queues, items, runs.

Rule kept: taking an item is one statement that at most one robot wins; what a robot says about an item counts only with
the fence of its own lease, so a robot that was given up cannot finish what another has taken over. Every attempt leaves
a run. Plain tables on SQLite and PostgreSQL alike; times are µs UTC and come from the caller.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa

from zaizao.problems import Text
from zaizao.robots.errors import refused
from zaizao.robots.items import NEXT, Happening, Item, ItemState, NewItem, QueueState, Run

_tables = sa.MetaData()

QUEUES = sa.Table(
    "robot_queues",
    _tables,
    sa.Column("name", sa.String, primary_key=True),
    sa.Column("paused", sa.Boolean, nullable=False),
    sa.Column("draining", sa.Boolean, nullable=False),
    comment="paused: nothing is taken; draining: nothing new is queued.",
)
ITEMS = sa.Table(
    "robot_items",
    _tables,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("queue", sa.String, nullable=False),
    sa.Column("reference", sa.String, nullable=False),
    sa.Column("payload", sa.String, nullable=False),
    sa.Column("state", sa.String, nullable=False),
    sa.Column("priority", sa.Integer, nullable=False),
    sa.Column("not_before", sa.BigInteger, nullable=False),
    sa.Column("due", sa.BigInteger, nullable=False),
    sa.Column("attempt", sa.Integer, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("lease", sa.BigInteger, nullable=False),
    sa.Column("fence", sa.Integer, nullable=False),
    sa.Column("robot", sa.String, nullable=False),
    sa.Column("result", sa.String, nullable=False),
    sa.Column("error", sa.String, nullable=False),
    sa.Column("created", sa.BigInteger, nullable=False),
    sa.Column("changed", sa.BigInteger, nullable=False),
    sa.UniqueConstraint("queue", "reference"),
    sa.Index("robot_items_ready", "queue", "state", "priority", "id"),
    sa.Index("robot_items_leases", "state", "lease"),
    comment="Work for robots; see items.NEXT for its lifecycle.",
)
RUNS = sa.Table(
    "robot_runs",
    _tables,
    sa.Column("item", sa.Integer, primary_key=True),
    sa.Column("fence", sa.Integer, primary_key=True),
    sa.Column("queue", sa.String, nullable=False, index=True),
    sa.Column("reference", sa.String, nullable=False),
    sa.Column("robot", sa.String, nullable=False),
    sa.Column("attempt", sa.Integer, nullable=False),
    sa.Column("started", sa.BigInteger, nullable=False),
    sa.Column("ended", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("outcome", sa.String, nullable=False, server_default=""),
    sa.Column("error", sa.String, nullable=False, server_default=""),
    sa.Column("evidence", sa.String, nullable=False, server_default=""),
    comment="One attempt at an item.",
)
_BACK_OFF = 10_000_000
"""µs before the second attempt; doubled for each one after it."""
_AGAIN = Text("请刷新后再试", "look again and retry")


class RobotStore:
    """The centre's tables, by SQLAlchemy's ``engine``."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine
        _tables.create_all(engine)

    # --- queues ---

    def open_queue(self, name: str) -> None:
        """Make a queue known; again is nothing new."""
        with self._engine.begin() as write:
            if write.scalar(sa.select(QUEUES.c.name).where(QUEUES.c.name == name)) is None:
                write.execute(sa.insert(QUEUES).values(name=name, paused=False, draining=False))

    def steer(self, name: str, *, paused: bool | None = None, draining: bool | None = None) -> None:
        """Pause a queue (nothing is taken) or drain it (nothing is added); ``None`` leaves as it is."""
        changes = {key: value for key, value in (("paused", paused), ("draining", draining)) if value is not None}
        with self._engine.begin() as write:
            if (
                changes
                and write.execute(sa.update(QUEUES).where(QUEUES.c.name == name).values(**changes)).rowcount == 0
            ):
                raise refused(name, "没有这个队列", "there is no such queue", _AGAIN, "queue")

    def queues(self, now: int) -> list[QueueState]:
        """All queues with their load."""
        with self._engine.connect() as read:
            rows = read.execute(sa.select(QUEUES).order_by(QUEUES.c.name)).all()
            counted = sa.select(ITEMS.c.queue, ITEMS.c.state, sa.func.count()).group_by(ITEMS.c.queue, ITEMS.c.state)
            counts = [(queue, ItemState(state), int(n)) for queue, state, n in read.execute(counted)]
            overdue = (
                sa.select(ITEMS.c.queue, sa.func.count())
                .where(ITEMS.c.state == ItemState.WAITING.value, ITEMS.c.due > 0, ITEMS.c.due < now)
                .group_by(ITEMS.c.queue)
            )
            late = {str(queue): int(n) for queue, n in read.execute(overdue)}
        return [
            QueueState(
                row.name,
                row.paused,
                row.draining,
                {state: n for queue, state, n in counts if queue == row.name},
                late.get(row.name, 0),
            )
            for row in rows
        ]

    # --- items ---

    def add(self, queue: str, items: Iterable[NewItem], now: int) -> int:
        """Queue items; those whose reference is known already are left alone. How many are new."""
        with self._engine.begin() as write:
            draining = write.scalar(sa.select(QUEUES.c.draining).where(QUEUES.c.name == queue))
            if draining is None or draining:
                what = (
                    ("没有这个队列", "there is no such queue")
                    if draining is None
                    else ("队列正在排空", "the queue is drained")
                )
                raise refused(queue, *what, _AGAIN, "queue")
            wanted: dict[str, NewItem] = {}
            for item in items:
                wanted.setdefault(item.reference, item)
            asked = sa.select(ITEMS.c.reference).where(ITEMS.c.queue == queue)
            known = set[str]()
            references = list(wanted)
            for begin in range(0, len(references), 500):
                chunk = references[begin : begin + 500]
                known.update(write.scalars(asked.where(ITEMS.c.reference.in_(chunk))))
            rows = [_new_row(queue, item, now) for reference, item in wanted.items() if reference not in known]
            if rows:
                write.execute(sa.insert(ITEMS), rows)
            return len(rows)

    def take(self, queue: str, robot: str, now: int, lease_us: int) -> Item | None:
        """The next item for ``robot``, leased; ``None`` where nothing waits, or the queue is paused."""
        ready = (
            sa.select(ITEMS.c.id)
            .where(ITEMS.c.queue == queue, ITEMS.c.state == ItemState.WAITING.value, ITEMS.c.not_before <= now)
            .where(sa.select(QUEUES.c.paused).where(QUEUES.c.name == queue).scalar_subquery() == sa.false())
            .order_by(ITEMS.c.priority.desc(), ITEMS.c.id)
            .limit(1)
            .with_for_update(skip_locked=True)
        )
        taken = (
            sa.update(ITEMS)
            .where(ITEMS.c.id == ready.scalar_subquery(), ITEMS.c.state == ItemState.WAITING.value)
            .values(
                state=ItemState.RUNNING.value,
                robot=robot,
                lease=now + lease_us,
                attempt=ITEMS.c.attempt + 1,
                fence=ITEMS.c.fence + 1,
                changed=now,
            )
            .returning(ITEMS)
        )
        with self._engine.begin() as write:
            row = write.execute(taken).first()
            if row is None:
                return None
            item = _item(row)
            run = {"item": item.id, "fence": item.fence, "queue": queue, "reference": item.reference}
            write.execute(sa.insert(RUNS).values(**run, robot=robot, attempt=item.attempt, started=now))
            return item

    def renew(self, item: Item, now: int, lease_us: int) -> bool:
        """The robot's heartbeat; false where the lease was lost meanwhile."""
        held = ITEMS.c.id == item.id, ITEMS.c.fence == item.fence, ITEMS.c.state == ItemState.RUNNING.value
        with self._engine.begin() as write:
            return write.execute(sa.update(ITEMS).where(*held).values(lease=now + lease_us)).rowcount == 1

    def conclude(
        self,
        item: Item,
        happening: Happening,
        now: int,
        *,
        result: dict[str, Any] | None = None,
        error: str = "",
        evidence: str = "",
    ) -> Item:
        """What came of a run, by the robot that holds the lease; ``RobotError`` where it holds it no longer."""
        with self._engine.begin() as write:
            return self._conclude(write, item, happening, now, result or {}, error, evidence)

    def _conclude(
        self,
        write: sa.Connection,
        item: Item,
        happening: Happening,
        now: int,
        result: dict[str, Any],
        error: str,
        evidence: str,
    ) -> Item:
        happening = _last(item, happening)
        state = after(ItemState.RUNNING, happening, item.reference)
        back_off = _BACK_OFF * 2 ** (item.attempt - 1) if happening is Happening.SYSTEM_EXCEPTION else 0
        changes = {"state": state.value, "lease": 0, "result": json.dumps(result, ensure_ascii=False), "error": error}
        held = ITEMS.c.id == item.id, ITEMS.c.fence == item.fence, ITEMS.c.state == ItemState.RUNNING.value
        asked = sa.update(ITEMS).where(*held).values(**changes, not_before=now + back_off, changed=now)
        row = write.execute(asked.returning(ITEMS)).first()
        if row is None:
            what = f"租约已失效（第 {item.attempt} 次）", f"the lease of attempt {item.attempt} is over"
            raise refused(item.reference, *what, _AGAIN, "lease")
        run = RUNS.c.item == item.id, RUNS.c.fence == item.fence
        ended = {"ended": now, "outcome": happening.value, "error": error, "evidence": evidence}
        write.execute(sa.update(RUNS).where(*run).values(**ended))
        return _item(row)

    def give_up_lost(self, now: int) -> list[Item]:
        """Items whose lease is over go back to their queue, or fail with their last attempt; what became of them."""
        over = ITEMS.c.state == ItemState.RUNNING.value, ITEMS.c.lease <= now
        with self._engine.begin() as write:
            rows = write.execute(sa.select(ITEMS).where(*over).with_for_update(skip_locked=True)).all()
            words = "the robot went silent"
            return [self._conclude(write, _item(row), Happening.LEASE_OVER, now, {}, words, "") for row in rows]

    def change(self, identity: int, happening: Happening, now: int, *, queue: str = "") -> Item:
        """A person retries, cancels or moves (to ``queue``) an item that no robot holds."""
        with self._engine.begin() as write:
            row = write.execute(sa.select(ITEMS).where(ITEMS.c.id == identity)).first()
            if row is None:
                raise refused(str(identity), "没有这个任务", "there is no such item", _AGAIN, "item")
            item = _item(row)
            changes: dict[str, Any] = {"state": after(item.state, happening, item.reference).value, "changed": now}
            if happening is Happening.MOVED:
                changes["queue"] = queue
            if happening is Happening.RETRIED:
                changes |= {"attempt": 0, "not_before": now, "error": ""}
            same = ITEMS.c.id == identity, ITEMS.c.state == item.state.value, ITEMS.c.fence == item.fence
            changed = write.execute(sa.update(ITEMS).where(*same).values(**changes).returning(ITEMS)).first()
            if changed is None:
                raise refused(item.reference, "任务刚被他人改动", "someone else was faster", _AGAIN, "state")
            return _item(changed)

    def items(self, queue: str, *, state: ItemState | None = None, after: int = 0, limit: int = 100) -> list[Item]:
        """Items of a queue by id, from behind ``after``."""
        asked = sa.select(ITEMS).where(ITEMS.c.queue == queue, ITEMS.c.id > after).order_by(ITEMS.c.id).limit(limit)
        if state is not None:
            asked = asked.where(ITEMS.c.state == state.value)
        with self._engine.connect() as read:
            return [_item(row) for row in read.execute(asked)]

    def item(self, queue: str, reference: str) -> Item | None:
        """One item by its reference."""
        asked = sa.select(ITEMS).where(ITEMS.c.queue == queue, ITEMS.c.reference == reference)
        with self._engine.connect() as read:
            row = read.execute(asked).first()
        return None if row is None else _item(row)

    def runs(self, queue: str | None = None) -> list[Run]:
        """Attempts that ended, in order of their start."""
        asked = sa.select(RUNS).where(RUNS.c.ended > 0).order_by(RUNS.c.started, RUNS.c.item, RUNS.c.fence)
        if queue is not None:
            asked = asked.where(RUNS.c.queue == queue)
        with self._engine.connect() as read:
            return [
                Run(
                    row.item,
                    row.queue,
                    row.reference,
                    row.robot,
                    row.attempt,
                    row.started,
                    row.ended,
                    Happening(row.outcome),
                    row.error,
                    row.evidence,
                )
                for row in read.execute(asked)
            ]


_LAST = {
    Happening.SYSTEM_EXCEPTION: Happening.LAST_SYSTEM_EXCEPTION,
    Happening.LEASE_OVER: Happening.LAST_LEASE_OVER,
}


def _last(item: Item, happening: Happening) -> Happening:
    """The same happening, named as the last one where no attempt is left."""
    return _LAST.get(happening, happening) if item.attempt >= item.attempts else happening


def after(state: ItemState, happening: Happening, where: str) -> ItemState:
    """The state that follows; ``RobotError`` where the lifecycle has none."""
    found = NEXT.get((state, happening))
    if found is None:
        words = f"{state.value} + {happening.value}"
        raise refused(where, f"任务状态不允许：{words}", f"not possible: {words}", _AGAIN, "state")
    return found


def _new_row(queue: str, item: NewItem, now: int) -> dict[str, Any]:
    return {
        "queue": queue,
        "reference": item.reference,
        "payload": json.dumps(item.payload, ensure_ascii=False),
        "state": ItemState.WAITING.value,
        "priority": item.priority,
        "not_before": item.not_before,
        "due": item.due,
        "attempt": 0,
        "attempts": item.attempts,
        "lease": 0,
        "fence": 0,
        "robot": "",
        "result": "{}",
        "error": "",
        "created": now,
        "changed": now,
    }


def _item(row: Any) -> Item:
    fields = dict(row._mapping)
    fields |= {"state": ItemState(row.state), "payload": json.loads(row.payload), "result": json.loads(row.result)}
    return Item(**fields)
