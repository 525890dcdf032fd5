"""Positions: what each rail may still pay, kept as accounts of the ledger.

Rule kept: a payment reserves before it is sent, by its reference; settling and releasing refer to that hold, so each
happens once however often it is asked. A position never goes below zero. Thresholds only alarm.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from zaizao.centres.ledger import Account, Guard, Ledger, credit, debit, pending, posted, reverse, settle, void


@dataclass(frozen=True, slots=True)
class Level:
    """A rail's position: what may be reserved, what is reserved, and whether that is below its threshold."""

    available: int
    reserved: int
    alarm: bool


class Positions:
    """The positions of ``rails`` in one currency, over ``ledger``."""

    def __init__(
        self, ledger: Ledger, rails: Iterable[str], currency: str = "CNY", thresholds: Mapping[str, int] | None = None
    ) -> None:
        self._ledger = ledger
        self._currency = currency
        self._thresholds = dict(thresholds or {})
        self._rails = tuple(rails)
        ledger.open(
            Account(self._funds, currency),
            Account(self._paid, currency),
            *(Account(self._account(rail), currency, Guard.NO_CREDIT) for rail in self._rails),
        )

    @property
    def _funds(self) -> str:
        return f"payments.funds.{self._currency}"

    @property
    def _paid(self) -> str:
        return f"payments.paid.{self._currency}"

    def _account(self, rail: str) -> str:
        return f"payments.position.{rail}.{self._currency}"

    def fund(self, key: str, rail: str, amount: int, at: int) -> bool:
        """Move ``amount`` onto a rail's position (negative: back), once by ``key``; false where it would go below zero."""
        booked = posted(key, at, debit(self._account(rail), amount), credit(self._funds, amount), memo="fund")
        return self._ledger.post([booked])[0].problem is None

    def reserve(self, reference: str, rail: str, amount: int, at: int) -> bool:
        """Hold ``amount`` for the attempt ``reference``; false where the position does not suffice."""
        held = pending(reference, at, debit(self._paid, amount), credit(self._account(rail), amount), memo="reserve")
        return self._ledger.post([held])[0].problem is None

    def settle(self, reference: str, at: int) -> None:
        """The attempt was carried out."""
        self._ledger.post([settle(f"{reference} settled", at, reference)])

    def release(self, reference: str, at: int) -> None:
        """The attempt was not carried out."""
        self._ledger.post([void(f"{reference} released", at, reference)])

    def take_back(self, reference: str, at: int) -> None:
        """The money of a settled attempt came back: undo it."""
        self._ledger.post([reverse(f"{reference} returned", at, f"{reference} settled")])

    def levels(self) -> dict[str, Level]:
        """All positions now."""
        balances = self._ledger.balances([self._account(rail) for rail in self._rails])
        told = {}
        for rail in self._rails:
            balance = balances[self._account(rail)]
            free = balance.posted - balance.held_credit
            told[rail] = Level(free, balance.held_credit, free < self._thresholds.get(rail, 0))
        return told
