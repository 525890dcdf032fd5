"""What is booked: accounts, lines and entries, and what each kind of entry does to a balance.

Rule kept: an entry balances per currency and is never changed or deleted. A hold is settled or voided by a later entry,
a posting is undone by a reversal; each entry is referred to at most once. Amounts are whole minor units (fen, points),
debits positive, credits negative. Times are µs UTC.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

LARGEST = 2**62
"""Amounts and balances stay below: they fit a signed 64-bit column with room to add."""


class Guard(StrEnum):
    """What an account's balance may never become, held amounts counted."""

    NONE = "none"
    NO_DEBIT = "no-debit"  # deposits, points: what is owed to the holder cannot go below zero
    NO_CREDIT = "no-credit"  # cash, positions: what is there cannot go below zero


class Kind(StrEnum):
    """Kinds of entries."""

    POSTED = "posted"
    PENDING = "pending"
    SETTLED = "settled"
    VOIDED = "voided"
    REVERSED = "reversed"


REFERS: Mapping[Kind, frozenset[Kind]] = {
    Kind.SETTLED: frozenset({Kind.PENDING}),
    Kind.VOIDED: frozenset({Kind.PENDING}),
    Kind.REVERSED: frozenset({Kind.POSTED, Kind.SETTLED}),
}
"""Kind of an entry → kinds that it may refer to; the others refer to nothing and bring their own lines."""


@dataclass(frozen=True, slots=True)
class Account:
    """An account in one currency; ``currency`` may be ``"POINTS"`` or any other unit that is counted."""

    code: str
    currency: str = "CNY"
    guard: Guard = Guard.NONE
    name: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """One posting: a debit (positive) or credit (negative) of an account."""

    account: str
    amount: int


def debit(account: str, amount: int) -> Line:
    """A debit of ``amount`` minor units."""
    return Line(account, amount)


def credit(account: str, amount: int) -> Line:
    """A credit of ``amount`` minor units."""
    return Line(account, -amount)


@dataclass(frozen=True, slots=True)
class Entry:
    """What someone asks the ledger to book. ``key`` makes it idempotent; ``of`` is the key that it refers to."""

    key: str
    at: int
    lines: tuple[Line, ...] = ()
    kind: Kind = Kind.POSTED
    of: str = ""
    value: date | None = None
    """The value date; the day of ``at`` (UTC) where not given."""
    memo: str = ""

    def digest(self) -> bytes:
        """What makes two entries of one key the same: all but the time, which a repeat may have later."""
        told = [self.kind.value, self.of, self.memo, "" if self.value is None else self.value.isoformat()]
        for line in self.lines:
            told.append(line.account)
            told.append(str(line.amount))
        return hashlib.blake2b("\0".join(told).encode(), digest_size=16).digest()


def posted(key: str, at: int, *lines: Line, value: date | None = None, memo: str = "") -> Entry:
    """Booked at once."""
    return Entry(key, at, lines, Kind.POSTED, value=value, memo=memo)


def pending(key: str, at: int, *lines: Line, value: date | None = None, memo: str = "") -> Entry:
    """Held until settled or voided; guards count it already."""
    return Entry(key, at, lines, Kind.PENDING, value=value, memo=memo)


def settle(key: str, at: int, of: str, memo: str = "") -> Entry:
    """Book what the entry ``of`` holds."""
    return Entry(key, at, (), Kind.SETTLED, of, memo=memo)


def void(key: str, at: int, of: str, memo: str = "") -> Entry:
    """Give up what the entry ``of`` holds."""
    return Entry(key, at, (), Kind.VOIDED, of, memo=memo)


def reverse(key: str, at: int, of: str, memo: str = "") -> Entry:
    """Undo the posted or settled entry ``of`` by its opposite."""
    return Entry(key, at, (), Kind.REVERSED, of, memo=memo)


@dataclass(frozen=True, slots=True)
class Balance:
    """An account's state: ``posted`` is debits less credits; what is held stands apart, both sides as ≥ 0."""

    posted: int = 0
    held_debit: int = 0
    held_credit: int = 0
