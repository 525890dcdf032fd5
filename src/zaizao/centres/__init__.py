"""Capability centres: each is configuration and arithmetic over shared mechanisms."""

from zaizao.centres import ledger, reconciliation

__all__ = ["ledger", "reconciliation"]
