"""What the centres refuse: one error tree, and the way its problems are written."""

from __future__ import annotations

from zaizao.problems import Problem, Text, ZaizaoError


class CentreError(ZaizaoError):
    """Work of a capability centre that cannot go on."""


class LedgerError(CentreError):
    """A chart, posting rule or question that the ledger cannot use."""


class ReconciliationError(CentreError):
    """A model or source that cannot be reconciled."""


class PaymentError(CentreError):
    """Rails, payments or positions that cannot be used."""


def problem(where: str, what: tuple[str, str], remedy: tuple[str, str], code: str) -> Problem:
    """A problem from ``(zh, en)`` pairs."""
    return Problem(where, Text(*what), Text(*remedy), code=code)
