"""Group commit of the decision log: who arrives while a transaction is written goes into the next one, together.

Rule kept: ``add`` returns when its entries are durable, or raises what the store raised for the batch they were in.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from zaizao.decisions.records import Logged


class Log(Protocol):
    """Where entries go."""

    def log(self, entries: Sequence[Logged]) -> None:
        """Add entries in one transaction."""


@dataclass(slots=True)
class _Batch:
    entries: list[Logged] = field(default_factory=list)
    written: bool = False
    fault: Exception | None = None


class GroupLog:
    """Writes what many threads log, a batch a transaction."""

    def __init__(self, log: Log) -> None:
        self._store = log
        self._joining = threading.Lock()
        self._writing = threading.Lock()
        self._batch = _Batch()

    def add(self, entries: Sequence[Logged]) -> None:
        """Make ``entries`` durable."""
        with self._joining:
            batch = self._batch
            batch.entries.extend(entries)
        with self._writing:
            if not batch.written:
                with self._joining:
                    self._batch = _Batch()  # closed: later arrivals join the next one
                self._write(batch)
        if batch.fault is not None:
            raise batch.fault

    def _write(self, batch: _Batch) -> None:
        batch.written = True
        try:
            self._store.log(batch.entries)
        except Exception as fault:  # told to everyone in the batch
            batch.fault = fault
