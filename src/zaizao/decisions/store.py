"""Where decisions are kept: versions, arrangements, the log of choices, what became of them.

Rule kept: versions and log rows are only added, never changed; an arrangement (who answers, for what share) is a new
row with a rising revision. Plain tables on SQLite and PostgreSQL alike. Times are µs UTC.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa

from zaizao.decisions.records import Arrangement, Change, ChangeState, Logged, Route, Version

_tables = sa.MetaData()

VERSIONS = sa.Table(
    "decision_versions",
    _tables,
    sa.Column("name", sa.String, primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("kind", sa.String, nullable=False),
    sa.Column("decision", sa.String, nullable=False),
    sa.Column("body", sa.LargeBinary, nullable=False),
    sa.Column("digest", sa.String, nullable=False),
    sa.Column("author", sa.String, nullable=False),
    sa.Column("note", sa.String, nullable=False),
    sa.Column("made", sa.BigInteger, nullable=False),
    comment="What was made: one row a version; never changed.",
)
CHANGES = sa.Table(
    "decision_changes",
    _tables,
    sa.Column("revision", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("name", sa.String, nullable=False, index=True),
    sa.Column("routes", sa.String, nullable=False),
    sa.Column("proposer", sa.String, nullable=False),
    sa.Column("note", sa.String, nullable=False),
    sa.Column("proposed", sa.BigInteger, nullable=False),
    sa.Column("state", sa.String, nullable=False),
    sa.Column("decider", sa.String, nullable=False, server_default=""),
    sa.Column("reason", sa.String, nullable=False, server_default=""),
    sa.Column("decided", sa.BigInteger, nullable=False, server_default="0"),
    comment="Who answers for what share: proposed -> live (by a second person) | refused; the last live one holds.",
)
LOG = sa.Table(
    "decision_log",
    _tables,
    sa.Column("id", sa.String, primary_key=True),
    sa.Column("at", sa.BigInteger, nullable=False),
    sa.Column("name", sa.String, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("role", sa.String, nullable=False),
    sa.Column("key", sa.String, nullable=False),
    sa.Column("inputs", sa.String, nullable=False),
    sa.Column("value", sa.String, nullable=False),
    sa.Column("reasons", sa.String, nullable=False),
    sa.Column("details", sa.String, nullable=False),
    sa.Column("took", sa.Integer, nullable=False),
    sa.Index("decision_log_name", "name", "at"),
    comment="Every choice with its inputs; a shadow's choices stand beside the one that was given.",
)
OUTCOMES = sa.Table(
    "decision_outcomes",
    _tables,
    sa.Column("id", sa.String, primary_key=True),
    sa.Column("at", sa.BigInteger, nullable=False),
    sa.Column("outcome", sa.String, nullable=False),
    comment="What became of the case behind a choice: the feedback.",
)


class DecisionStore:
    """The tables in a database, by SQLAlchemy's ``engine``."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine
        _tables.create_all(engine)

    @contextmanager
    def _write(self) -> Iterator[sa.Connection]:
        with self._engine.begin() as connection:
            yield connection

    # --- versions ---

    def add_version(self, version: Version) -> Version:
        """Keep a version under the next number of its name; the same bytes again give the version that has them."""
        with self._write() as write:
            same = sa.select(VERSIONS).where(VERSIONS.c.name == version.name, VERSIONS.c.digest == version.digest)
            found = write.execute(same.where(VERSIONS.c.decision == version.decision)).first()
            if found is not None:
                return _version(found)
            last = write.scalar(sa.select(sa.func.max(VERSIONS.c.number)).where(VERSIONS.c.name == version.name))
            numbered = version.numbered((last or 0) + 1)
            write.execute(sa.insert(VERSIONS).values(**numbered.row()))
            return numbered

    def version(self, name: str, number: int) -> Version | None:
        """One version."""
        asked = sa.select(VERSIONS).where(VERSIONS.c.name == name, VERSIONS.c.number == number)
        with self._engine.connect() as read:
            found = read.execute(asked).first()
        return None if found is None else _version(found)

    def versions(self, name: str | None = None) -> list[Version]:
        """All versions, of one name where given, by name and number."""
        asked = sa.select(VERSIONS).order_by(VERSIONS.c.name, VERSIONS.c.number)
        if name is not None:
            asked = asked.where(VERSIONS.c.name == name)
        with self._engine.connect() as read:
            return [_version(row) for row in read.execute(asked)]

    # --- arrangements ---

    def propose(self, change: Change) -> Change:
        """Keep a proposed arrangement; it gets its revision."""
        row = {
            "name": change.arrangement.name,
            "routes": _routes(change.arrangement.routes),
            "proposer": change.proposer,
            "note": change.note,
            "proposed": change.proposed,
            "state": change.state.value,
        }
        with self._write() as write:
            made = write.execute(sa.insert(CHANGES).values(**row)).inserted_primary_key
        assert made is not None
        found = self.change(int(made[0]))
        assert found is not None
        return found

    def conclude(self, revision: int, state: ChangeState, decider: str, reason: str, at: int) -> bool:
        """Move a proposed change to ``state``; false where someone else concluded it before."""
        asked = sa.update(CHANGES).where(CHANGES.c.revision == revision, CHANGES.c.state == ChangeState.PROPOSED.value)
        with self._write() as write:
            done = write.execute(asked.values(state=state.value, decider=decider, reason=reason, decided=at))
            return done.rowcount == 1

    def change(self, revision: int) -> Change | None:
        """One change."""
        with self._engine.connect() as read:
            found = read.execute(sa.select(CHANGES).where(CHANGES.c.revision == revision)).first()
        return None if found is None else _change(found)

    def changes(self, name: str | None = None) -> list[Change]:
        """All changes, the newest first."""
        asked = sa.select(CHANGES).order_by(CHANGES.c.revision.desc())
        if name is not None:
            asked = asked.where(CHANGES.c.name == name)
        with self._engine.connect() as read:
            return [_change(row) for row in read.execute(asked)]

    def live(self) -> dict[str, Change]:
        """The arrangement that holds, by name: the one confirmed last."""
        asked = sa.select(CHANGES).where(CHANGES.c.state == ChangeState.LIVE.value)
        with self._engine.connect() as read:
            rows = read.execute(asked.order_by(CHANGES.c.decided, CHANGES.c.revision))
            return {row.name: _change(row) for row in rows}

    # --- log ---

    def log(self, entries: Sequence[Logged]) -> None:
        """Add choices in one transaction."""
        if not entries:
            return
        with self._write() as write:
            write.execute(sa.insert(LOG), [entry.row() for entry in entries])

    def logged(
        self, name: str, *, since: int = 0, until: int | None = None, role: str | None = None, limit: int | None = None
    ) -> list[tuple[Logged, Any]]:
        """Choices in order of time, each with its outcome (``None`` where not known)."""
        asked = (
            sa.select(LOG, OUTCOMES.c.outcome)
            .outerjoin(OUTCOMES, OUTCOMES.c.id == LOG.c.id)
            .where(LOG.c.name == name, LOG.c.at >= since)
            .order_by(LOG.c.at, LOG.c.id)
            .limit(limit)
        )
        if until is not None:
            asked = asked.where(LOG.c.at < until)
        if role is not None:
            asked = asked.where(LOG.c.role == role)
        with self._engine.connect() as read:
            return [
                (Logged.of(dict(row._mapping)), None if row.outcome is None else json.loads(row.outcome))
                for row in read.execute(asked)
            ]

    def feed_back(self, identity: str, outcome: Any, at: int) -> bool:
        """Keep what became of the case behind a choice; false where no such choice was logged."""
        with self._write() as write:
            known = write.scalar(sa.select(LOG.c.id).where(LOG.c.id == identity))
            if known is None:
                return False
            write.execute(sa.delete(OUTCOMES).where(OUTCOMES.c.id == identity))
            text = json.dumps(outcome, ensure_ascii=False)
            write.execute(sa.insert(OUTCOMES).values(id=identity, at=at, outcome=text))
            return True


def _version(row: Any) -> Version:
    return Version(row.name, row.number, row.kind, row.decision, row.body, row.digest, row.author, row.note, row.made)


def _routes(routes: Sequence[Route]) -> str:
    return json.dumps([[route.version, route.part.value, route.share] for route in routes])


def _change(row: Any) -> Change:
    routes = tuple(Route.of(*one) for one in json.loads(row.routes))
    return Change(
        row.revision,
        Arrangement(row.name, routes),
        row.proposer,
        row.note,
        row.proposed,
        ChangeState(row.state),
        row.decider,
        row.reason,
        row.decided,
    )
