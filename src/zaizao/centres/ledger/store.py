"""The ledger kept: accounts, entries and lines in plain tables on SQLite and PostgreSQL.

Rule kept: rows are only added. One writer at a time: each batch first takes the head row, so numbers are without gaps
and times never go back. Each line carries its account's balance after it, so a balance as of any time is one look-up.
A batch is one transaction; each of its entries is accepted or refused by itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa

from zaizao.centres.errors import LedgerError, problem
from zaizao.centres.ledger.book import Batch, Known, Movement, Outcome, move
from zaizao.centres.ledger.entries import REFERS, Account, Balance, Entry, Guard, Kind, Line

_tables = sa.MetaData()

HEAD = sa.Table(
    "ledger_head",
    _tables,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("last", sa.BigInteger, nullable=False),
    sa.Column("clock", sa.BigInteger, nullable=False),
    comment="One row: the last entry's number and time. The only row that is ever updated; who holds it may write.",
)
ACCOUNTS = sa.Table(
    "ledger_accounts",
    _tables,
    sa.Column("code", sa.String, primary_key=True),
    sa.Column("currency", sa.String, nullable=False),
    sa.Column("guard", sa.String, nullable=False),
    sa.Column("name", sa.String, nullable=False),
    comment="Accounts; never changed.",
)
ENTRIES = sa.Table(
    "ledger_entries",
    _tables,
    sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("key", sa.String, nullable=False, unique=True),
    sa.Column("at", sa.BigInteger, nullable=False),
    sa.Column("value", sa.Date, nullable=False),
    sa.Column("kind", sa.String, nullable=False),
    sa.Column("of", sa.String, nullable=True, unique=True),
    sa.Column("memo", sa.String, nullable=False),
    sa.Column("digest", sa.LargeBinary, nullable=False),
    comment="What was booked. Each entry is referred to at most once: a hold is settled or voided, a posting reversed.",
)
LINES = sa.Table(
    "ledger_lines",
    _tables,
    sa.Column("entry", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("place", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("account", sa.String, nullable=False),
    sa.Column("at", sa.BigInteger, nullable=False),
    sa.Column("value", sa.Date, nullable=False),
    sa.Column("amount", sa.BigInteger, nullable=False, comment="as asked: of the hold, of what was reversed"),
    sa.Column("posted", sa.BigInteger, nullable=False),
    sa.Column("held_debit", sa.BigInteger, nullable=False),
    sa.Column("held_credit", sa.BigInteger, nullable=False),
    sa.Column("posted_after", sa.BigInteger, nullable=False),
    sa.Column("held_debit_after", sa.BigInteger, nullable=False),
    sa.Column("held_credit_after", sa.BigInteger, nullable=False),
    sa.Index("ledger_lines_account", "account", "at", "entry"),
    comment="What each entry moved, and the account's balance after it.",
)
_AFTER = (LINES.c.posted_after, LINES.c.held_debit_after, LINES.c.held_credit_after)
_CHUNK = 5_000
_EPOCH_DAY = date(1970, 1, 1).toordinal()
_DAY = 86_400_000_000


@dataclass(frozen=True, slots=True)
class Booked:
    """A line of an account's statement."""

    number: int
    key: str
    kind: Kind
    at: int
    value: date
    amount: int
    after: Balance


class Ledger:
    """The ledger in a database, by SQLAlchemy's ``engine``. One object per thread of work; many may share a database."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine
        self._accounts: dict[str, Account] = {}
        self._balances: dict[str, list[int]] = {}
        self._seen = -1  # the head that the cached balances belong to
        _tables.create_all(engine)
        with engine.begin() as write:
            if write.scalar(sa.select(HEAD.c.id)) is None:
                _insert_new(write, HEAD, [{"id": 1, "last": 0, "clock": 0}])

    # --- accounts ---

    def open(self, *accounts: Account) -> None:
        """Open accounts; the same again changes nothing; another one of the same code raises ``LedgerError``."""
        if not accounts:
            return
        with self._engine.begin() as write:
            rows = [
                {"code": one.code, "currency": one.currency, "guard": one.guard.value, "name": one.name}
                for one in accounts
            ]
            for start in range(0, len(rows), _CHUNK):
                _insert_new(write, ACCOUNTS, rows[start : start + _CHUNK])
        with self._engine.connect() as read:
            self._load_accounts(read, {one.code for one in accounts})
        differing = [one.code for one in accounts if self._accounts[one.code] != one]
        if differing:
            raise LedgerError(
                problem(
                    f"account {differing[0]}",
                    ("该账户已以另一种设定开立", "the account is open with different settings"),
                    ("账户开立后不能更改，请另开账户", "accounts are never changed: open another one"),
                    "ledger.account-differs",
                )
            )

    def _load_accounts(self, read: sa.Connection, codes: Iterable[str]) -> None:
        for part in _chunks(code for code in codes if code not in self._accounts):
            for row in read.execute(sa.select(ACCOUNTS).where(ACCOUNTS.c.code.in_(part))):
                self._accounts[row.code] = Account(row.code, row.currency, Guard(row.guard), row.name)

    # --- booking ---

    def post(self, entries: Sequence[Entry]) -> list[Outcome]:
        """Book a batch in one transaction; one outcome per entry, in order."""
        if not entries:
            return []
        try:
            with self._engine.begin() as write:
                write.execute(sa.update(HEAD).values(last=HEAD.c.last))  # take the row, and with it the ledger
                last, clock = write.execute(sa.select(HEAD.c.last, HEAD.c.clock)).one()
                batch = self._prepare(write, entries, int(last), int(clock))
                rows: list[tuple[Any, ...]] = []
                lines: list[tuple[Any, ...]] = []

                def keep(entry: Entry, number: int, digest: bytes, movements: list[Movement]) -> None:
                    value = entry.value or _day(batch.clock)
                    rows.append(_row(entry, number, batch.clock, value, digest))
                    asked = batch.known[entry.key].lines
                    for place, (line, movement) in enumerate(zip(asked, movements, strict=True)):
                        after = move(batch.balances, movement)
                        head = (number, place, line.account, batch.clock, value, line.amount)
                        lines.append((*head, *movement[1:], *after))

                outcomes = [batch.book(entry, keep) for entry in entries]
                if rows:
                    _bulk(write, ENTRIES, rows)
                    _bulk(write, LINES, lines)
                    write.execute(sa.update(HEAD).values(last=batch.last, clock=batch.clock))
            self._seen = batch.last
        except BaseException:
            self._seen = -1  # the cached balances may be ahead of what was kept
            raise
        return outcomes

    def _prepare(self, read: sa.Connection, entries: Sequence[Entry], last: int, clock: int) -> Batch:
        if last != self._seen:
            self._balances.clear()
        keys: dict[str, tuple[int, bytes]] = {}
        known: dict[str, Known] = {}
        asked = sa.select(ENTRIES.c.number, ENTRIES.c.key, ENTRIES.c.digest)
        for part in _chunks({entry.key for entry in entries}):
            for row in read.execute(asked.where(ENTRIES.c.key.in_(part))):
                keys[row.key] = (row.number, row.digest)
        references = {entry.of for entry in entries if entry.of and entry.kind in REFERS}
        if references:
            known.update(self._known(read, references))
        touched = {line.account for entry in entries for line in entry.lines}
        touched.update(line.account for one in known.values() for line in one.lines)
        self._load_accounts(read, touched)
        self._load_balances(read, touched)
        return Batch(self._accounts, self._balances, keys, known, last, clock)

    def _known(self, read: sa.Connection, references: set[str]) -> dict[str, Known]:
        found: dict[str, Known] = {}
        later = ENTRIES.alias("later")
        taken = sa.exists().where(later.c.of == ENTRIES.c.key)
        asked = sa.select(ENTRIES.c.number, ENTRIES.c.key, ENTRIES.c.kind, taken.label("taken"))
        for part in _chunks(references):
            rows = read.execute(asked.where(ENTRIES.c.key.in_(part))).all()
            lines: dict[int, list[Line]] = {row.number: [] for row in rows}
            wanted = sa.select(LINES.c.entry, LINES.c.account, LINES.c.amount).where(LINES.c.entry.in_(list(lines)))
            for line in read.execute(wanted.order_by(LINES.c.entry, LINES.c.place)):
                lines[line.entry].append(Line(line.account, line.amount))
            for row in rows:
                found[row.key] = Known(row.number, Kind(row.kind), tuple(lines[row.number]), bool(row.taken))
        return found

    def _load_balances(self, read: sa.Connection, codes: Iterable[str]) -> None:
        for part in _chunks(code for code in codes if code not in self._balances):
            for code, balance in _states(read, part, None).items():
                self._balances[code] = [balance.posted, balance.held_debit, balance.held_credit]

    # --- questions ---

    def balance(self, account: str, at: int | None = None, value: date | None = None) -> Balance:
        """An account's state: now, as of ``at`` (what was booked until then, it included), or by ``value`` date."""
        return self.balances([account], at, value)[account]

    def balances(self, accounts: Sequence[str], at: int | None = None, value: date | None = None) -> dict[str, Balance]:
        """The states of ``accounts``; see ``balance``. An account without entries has zeros."""
        found = {code: Balance() for code in accounts}
        with self._engine.connect() as read:
            for part in _chunks(found):
                found.update(_states(read, part, at) if value is None else _sums(read, part, at, value))
        return found

    def trial_balance(self, at: int | None = None) -> dict[str, dict[str, int]]:
        """Currency → account → debits less credits, from the lines themselves; each currency's sum is zero."""
        asked = (
            sa.select(ACCOUNTS.c.currency, LINES.c.account, sa.func.sum(LINES.c.posted).label("posted"))
            .select_from(LINES.join(ACCOUNTS, ACCOUNTS.c.code == LINES.c.account))
            .group_by(ACCOUNTS.c.currency, LINES.c.account)
            .order_by(ACCOUNTS.c.currency, LINES.c.account)
        )
        if at is not None:
            asked = asked.where(LINES.c.at <= at)
        told: dict[str, dict[str, int]] = {}
        with self._engine.connect() as read:
            for row in read.execute(asked):
                told.setdefault(row.currency, {})[row.account] = int(row.posted)
        return told

    def statement(self, account: str, since: int = 0, until: int | None = None) -> list[Booked]:
        """The lines of an account booked in ``[since, until]``, in order, with the balance after each."""
        asked = (
            sa.select(ENTRIES.c.number, ENTRIES.c.key, ENTRIES.c.kind, *LINES.c)
            .select_from(LINES.join(ENTRIES, ENTRIES.c.number == LINES.c.entry))
            .where(LINES.c.account == account, LINES.c.at >= since)
            .order_by(LINES.c.entry, LINES.c.place)
        )
        if until is not None:
            asked = asked.where(LINES.c.at <= until)
        with self._engine.connect() as read:
            return [
                Booked(
                    row.number,
                    row.key,
                    Kind(row.kind),
                    row.at,
                    row.value,
                    row.amount,
                    Balance(row.posted_after, row.held_debit_after, row.held_credit_after),
                )
                for row in read.execute(asked)
            ]

    def entries(self, after: int = 0) -> Iterator[Entry]:
        """All entries in order, from the one after number ``after``: what a replay books again."""
        with self._engine.connect() as read:
            while True:
                asked = sa.select(ENTRIES).where(ENTRIES.c.number > after).order_by(ENTRIES.c.number).limit(_CHUNK)
                rows = read.execute(asked).all()
                if not rows:
                    return
                own: dict[int, list[Line]] = {}
                wanted = sa.select(LINES.c.entry, LINES.c.account, LINES.c.amount)
                wanted = wanted.where(LINES.c.entry.between(rows[0].number, rows[-1].number))
                for line in read.execute(wanted.order_by(LINES.c.entry, LINES.c.place)):
                    own.setdefault(line.entry, []).append(Line(line.account, line.amount))
                for row in rows:
                    kind = Kind(row.kind)
                    lines = () if kind in REFERS else tuple(own[row.number])
                    yield Entry(row.key, row.at, lines, kind, row.of or "", row.value, row.memo)
                after = rows[-1].number


def _row(entry: Entry, number: int, at: int, value: date, digest: bytes) -> tuple[Any, ...]:
    return (number, entry.key, at, value, entry.kind.value, entry.of or None, entry.memo, digest)


def _states(read: sa.Connection, codes: list[str], at: int | None) -> dict[str, Balance]:
    """The running balances on each account's last line until ``at``."""
    last = LINES.alias("last")
    newest = sa.select(last.c.entry).where(last.c.account == ACCOUNTS.c.code)
    if at is not None:
        newest = newest.where(last.c.at <= at)
    entry = newest.order_by(last.c.at.desc(), last.c.entry.desc()).limit(1).correlate(ACCOUNTS).scalar_subquery()
    asked = (
        sa.select(LINES.c.account, *_AFTER)
        .select_from(ACCOUNTS.join(LINES, sa.and_(ACCOUNTS.c.code == LINES.c.account, LINES.c.entry == entry)))
        .where(ACCOUNTS.c.code.in_(codes))
        .order_by(LINES.c.entry, LINES.c.place)  # several lines of one entry: the last one wins
    )
    return {row[0]: Balance(row[1], row[2], row[3]) for row in read.execute(asked)}


def _sums(read: sa.Connection, codes: list[str], at: int | None, value: date) -> dict[str, Balance]:
    asked = (
        sa.select(
            LINES.c.account,
            sa.func.sum(LINES.c.posted),
            sa.func.sum(LINES.c.held_debit),
            sa.func.sum(LINES.c.held_credit),
        )
        .where(LINES.c.account.in_(codes), LINES.c.value <= value)
        .group_by(LINES.c.account)
    )
    if at is not None:
        asked = asked.where(LINES.c.at <= at)
    return {row[0]: Balance(int(row[1]), int(row[2]), int(row[3])) for row in read.execute(asked)}


def _insert_new(write: sa.Connection, table: sa.Table, rows: list[dict[str, Any]]) -> None:
    """Add rows whose key is not there yet."""
    if write.dialect.name == "postgresql":
        from sqlalchemy.dialects.postgresql import insert as pg_insert

        write.execute(pg_insert(table).on_conflict_do_nothing(), rows)
    else:
        from sqlalchemy.dialects.sqlite import insert as lite_insert

        write.execute(lite_insert(table).on_conflict_do_nothing(), rows)


def _bulk(write: sa.Connection, table: sa.Table, rows: list[tuple[Any, ...]]) -> None:
    """Add many rows of all columns: COPY where the driver has it."""
    names = [column.name for column in table.columns]
    quoted = ", ".join(f'"{name}"' for name in names)
    if write.dialect.name == "postgresql" and write.dialect.driver == "psycopg":
        cursor: Any = write.connection.cursor()
        with cursor.copy(f"COPY {table.name} ({quoted}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
    elif write.dialect.name == "sqlite":
        day = names.index("value")
        marks = ", ".join("?" for _ in names)
        text = f"INSERT INTO {table.name} ({quoted}) VALUES ({marks})"  # noqa: S608 - our own names
        write.exec_driver_sql(text, [(*row[:day], row[day].isoformat(), *row[day + 1 :]) for row in rows])
    else:
        write.execute(sa.insert(table), [dict(zip(names, row, strict=True)) for row in rows])


def _chunks(texts: Iterable[str]) -> Iterator[list[str]]:
    every = sorted(texts)
    for start in range(0, len(every), _CHUNK):
        yield every[start : start + _CHUNK]


def _day(at: int) -> date:
    return date.fromordinal(_EPOCH_DAY + at // _DAY)
