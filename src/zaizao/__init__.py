"""Zaizao 再造: digital process re-engineering for banks, from the event log to the measured proof.

Rooms are packages; each room's ``__init__`` is its public face. ``ARCHITECTURE.md`` says which room may import which.
"""

__version__ = "0.1.0"
