"""Capability centres: each is configuration and arithmetic over shared mechanisms."""

from zaizao.centres import ledger

__all__ = ["ledger"]
