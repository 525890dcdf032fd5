"""Capabilities for tests: what a bank's developer would write."""

from __future__ import annotations

import time
from dataclasses import dataclass
from decimal import Decimal

from pydantic import BaseModel, Field

from zaizao.engine import BusinessError, JobCall, Unfit, capability

LEDGER: dict[str, Decimal] = {}
"""What was booked, by idempotency key."""


@dataclass
class Applicant:
    """Who asks for a loan."""

    name: str
    income: Decimal
    debts: Decimal = Decimal(0)


@dataclass
class Score:
    """What the card says."""

    score: int
    grade: str


@capability("score", title="Credit score", errors=["NO_INCOME"], cost=12, timeout_seconds=5)
def score(applicant: Applicant) -> Score:
    """Score an applicant by income and debts."""
    if applicant.income <= 0:
        raise BusinessError("NO_INCOME", f"{applicant.name} has no income", {"asked": applicant.name})
    points = min(900, 300 + int(applicant.income / 100) - int(applicant.debts / 200))
    return Score(points, "A" if points >= 600 else "B")


@capability("book", errors=["FROZEN"])
def book(account: str, amount: Decimal, *, job: JobCall, note: str = "") -> dict[str, object]:
    """Book an amount once per idempotency key."""
    if account.startswith("X"):
        raise BusinessError("FROZEN", account)
    LEDGER.setdefault(job.idempotency, amount)
    return {"booked": LEDGER[job.idempotency], "note": note}


@capability("slow", timeout_seconds=2)
def slow(seconds: float) -> dict[str, bool]:
    """Take a while."""
    time.sleep(seconds)
    return {"slept": True}


@capability("break")
def broken(how: str) -> dict[str, object]:
    """Break in a way that was asked for."""
    if how == "raise":
        raise RuntimeError("the mainframe is asleep")
    if how == "undeclared":
        raise BusinessError("NOBODY_SAID_SO")
    if how == "unfit":
        raise Unfit("the form is not signed")
    return {"value": object()} if how == "object" else {"value": float("nan")}


class Payment(BaseModel):
    """A payment as pydantic sees it."""

    amount: int = Field(gt=0)
    currency: str = "CNY"


@capability("pay")
def pay(payment: Payment) -> Payment:
    """Pay."""
    return payment
