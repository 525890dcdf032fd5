"""Capability centres: each is configuration and arithmetic over shared mechanisms."""

from zaizao.centres import ledger, payments, reconciliation

__all__ = ["ledger", "payments", "reconciliation"]
