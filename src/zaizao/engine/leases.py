"""Leases: which node leads which partition, in the shared database.

Rule kept: a partition is led by who holds its row; the row runs out unless its holder renews it, and whoever takes it
over raises its fencing number. The store checks that number in every transaction, so a holder that stalled, and does
not know yet that it lost the lease, cannot commit. Times are the database's, so that nodes' clocks do not matter.
Every node takes its fair share of the partitions and gives back what is more than that.
"""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import psycopg

from zaizao.engine.errors import EngineError, StoreUnavailable, problem
from zaizao.engine.stores.postgres import ONE_AT_A_TIME, PARCELS, SHARED_SCHEMA, connect
from zaizao.problems import Text

LIFE = 3.0
"""Seconds that a lease lasts without being renewed."""

ALIVE = """
INSERT INTO zaizao.nodes VALUES (%(node)s, %(address)s, clock_timestamp() + %(life)s * interval '1 second')
ON CONFLICT (node) DO UPDATE SET address = excluded.address, expires = excluded.expires
"""
RENEW = """
UPDATE zaizao.leases AS lease SET expires = clock_timestamp() + %(life)s * interval '1 second'
FROM unnest(%(partitions)s::integer[], %(fences)s::bigint[]) AS mine (partition, fence)
WHERE lease.partition = mine.partition AND lease.fence = mine.fence AND lease.owner = %(node)s
RETURNING lease.partition
"""
NODES = "SELECT node FROM zaizao.nodes WHERE expires > clock_timestamp() ORDER BY node"
TAKE = """
UPDATE zaizao.leases SET owner = %(node)s, address = %(address)s, fence = fence + 1,
    expires = clock_timestamp() + %(life)s * interval '1 second'
WHERE partition IN (
    SELECT partition FROM zaizao.leases WHERE expires <= clock_timestamp()
    ORDER BY partition LIMIT %(wanted)s FOR UPDATE SKIP LOCKED)
RETURNING partition, fence
"""
GIVE = "UPDATE zaizao.leases SET owner = '', expires = clock_timestamp() WHERE partition = %s AND fence = %s"
LEADERS = "SELECT partition, owner, address, fence FROM zaizao.leases WHERE expires > clock_timestamp()"
FIXED = "INSERT INTO zaizao.partitions VALUES (1, %s) ON CONFLICT (one) DO UPDATE SET one = 1 RETURNING number"
ROWS = """
INSERT INTO zaizao.leases SELECT n, '', '', 0, '-infinity' FROM generate_series(1, %s) AS n
ON CONFLICT (partition) DO NOTHING
"""


class Lease(NamedTuple):
    """A partition's leader and where it is reached; ``fence`` is the lease's number."""

    partition: int
    owner: str
    address: str
    fence: int


class Change(NamedTuple):
    """What a beat found: partitions lost to others, partitions taken (with fences), and more than the fair share."""

    lost: frozenset[int]
    taken: dict[int, int]
    surplus: tuple[int, ...]


def parcels_heard(url: str, over: threading.Event, at_least: float = 1.0) -> Iterator[None]:
    """Yields when a partition has sent parcels, and every ``at_least`` seconds, until ``over``."""
    with connect(url) as db:
        db.execute(f"LISTEN {PARCELS}")
        yield
        while not over.is_set():
            for _ in db.notifies(timeout=at_least, stop_after=1):
                pass
            yield


@dataclass
class Leases:
    """The leases of ``node``, which others reach at ``address``; ``held`` maps partitions to fencing numbers."""

    url: str
    node: str
    address: str
    life: float = LIFE
    held: dict[int, int] = field(default_factory=dict)
    _db: psycopg.Connection[Any] | None = None

    def _connection(self) -> psycopg.Connection[Any]:
        if self._db is None or self._db.closed or self._db.broken:
            self._db = connect(self.url)
        return self._db

    def _trouble(self, error: psycopg.Error) -> StoreUnavailable:
        words = f"the database answers: {str(error).strip() or type(error).__name__}"
        remedy = Text("请检查数据库是否可用", "check that the database is up")
        return StoreUnavailable(problem("leases", f"数据库出错：{error}", words, "database", remedy))

    def prepare(self, partitions: int | None) -> int:
        """Make the shared tables; how many partitions there are: ``partitions`` (1 where none) for the first node ever."""
        try:
            db = self._connection()
            with db.transaction():
                db.execute("SELECT pg_advisory_xact_lock(%s)", (ONE_AT_A_TIME,))
                db.execute(SHARED_SCHEMA)
                found = db.execute(FIXED, (partitions or 1,)).fetchone()
                number = int(found[0]) if found else 1
                db.execute(ROWS, (number,))
        except psycopg.Error as error:
            raise self._trouble(error) from error
        if partitions not in (None, number):
            remedy = Text("分区数在首次启动时固定", "the number is fixed by the first start; leave the option out")
            words = f"this database has {number} partitions, not {partitions}"
            raise EngineError(problem("partitions", f"该数据库有 {number} 个分区", words, "partitions", remedy))
        return number

    def beat(self, partitions: int) -> Change:
        """Say that this node is alive, renew what it holds, take what is free up to its share."""
        given = {"node": self.node, "address": self.address, "life": self.life}
        try:
            db = self._connection()
            with db.transaction():
                db.execute(ALIVE, given)
                mine = {"partitions": list(self.held), "fences": list(self.held.values())}
                renewed = {row[0] for row in db.execute(RENEW, {**given, **mine})}
                nodes = [row[0] for row in db.execute(NODES)]
                share = partitions // len(nodes) + (nodes.index(self.node) < partitions % len(nodes))
                wanted = max(share - len(renewed), 0)
                taken = dict(db.execute(TAKE, {**given, "wanted": wanted}).fetchall()) if wanted else {}
        except psycopg.Error as error:
            raise self._trouble(error) from error
        lost = frozenset(self.held) - renewed
        self.held = {partition: fence for partition, fence in self.held.items() if partition in renewed} | taken
        return Change(lost, taken, tuple(sorted(renewed)[share:]))

    def give(self, partitions: Collection[int]) -> None:
        """Let go of leases, so that others may take them at once."""
        try:
            for partition in partitions:
                self._connection().execute(GIVE, (partition, self.held.pop(partition, -1)))
        except psycopg.Error as error:
            raise self._trouble(error) from error

    def leaders(self) -> dict[int, Lease]:
        """Who leads what now."""
        try:
            with connect(self.url, read_only=True) as db:
                return {row[0]: Lease(*row) for row in db.execute(LEADERS)}
        except psycopg.Error as error:
            raise self._trouble(error) from error

    def leave(self) -> None:
        """Let go of everything: this node ends."""
        self.give(list(self.held))
        try:
            self._connection().execute("DELETE FROM zaizao.nodes WHERE node = %s", (self.node,))
        except psycopg.Error as error:
            raise self._trouble(error) from error
        finally:
            if self._db is not None:
                self._db.close()
