"""Merging: many small payments to one payee become few, their children kept.

Rule kept: a payment is merged once; the merged payment's name follows from its payee, currency, product and page, so that
the same run asked again makes the same ones. Children stay as they are, for checks and reconciliation.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

from zaizao.centres.payments.routing import Payment

_MINUTE = 60_000_000


@dataclass(frozen=True, slots=True)
class MergeRule:
    """Payments up to ``most`` fen are merged every ``every`` µs in pages of ``page``; ``least`` of them make one."""

    most: int = 100_000
    every: int = 10 * _MINUTE
    page: int = 5_000
    least: int = 2


@dataclass(frozen=True, slots=True)
class Merged:
    """A payment and the children that it carries."""

    payment: Payment
    children: tuple[str, ...]


def merge(payments: Iterable[Payment], at: int, rule: MergeRule) -> list[Merged]:
    """The merged payments of those waiting at ``at``; what has a deadline before the next run or is too large stays out."""
    groups: dict[tuple[str, str, str, str, frozenset[str]], list[Payment]] = {}
    for one in sorted(payments, key=lambda one: one.id):
        if one.amount > rule.most or (one.deadline and one.deadline < at + rule.every):
            continue
        groups.setdefault((one.payee, one.payee_bank, one.currency, one.product, one.named), []).append(one)
    made = []
    for (payee, bank, currency, product, named), some in sorted(groups.items(), key=lambda item: item[1][0].id):
        for start in range(0, len(some), rule.page):
            page = some[start : start + rule.page]
            if len(page) < rule.least:
                continue
            children = tuple(one.id for one in page)
            digest = hashlib.blake2b("\0".join(children).encode(), digest_size=12).hexdigest()
            deadlines = [one.deadline for one in page if one.deadline]
            whole = Payment(
                f"merge {at // rule.every} {digest}",
                sum(one.amount for one in page),
                "merged",
                payee,
                bank,
                currency,
                product,
                min(deadlines, default=0),
                sum(one.delay_cost for one in page),
                sum(one.failure_cost for one in page),
                named,
            )
            made.append(Merged(whole, children))
    return made
