"""From the tables of access into the engine's journal: who changed users, roles and tokens, who came and was refused.

Rule kept: a change and its row in ``access_changes`` are one transaction; the row is removed only after the journal has
it, so a crash between the two records it again (with the same number, which the audit trail counts once), never not.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Any, Protocol

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from zaizao.engine import Engine
from zaizao.problems import ZaizaoError
from zaizao.server.access.acting import unattributed
from zaizao.server.access.tables import CHANGES, Database

LOG = logging.getLogger(__name__)
EVERY = 2.0
"""Seconds between looks for changes made elsewhere, such as at the command line."""
AT_ONCE = 500


class Writers(Protocol):
    """What leads the journal here."""

    def do(self, work: Callable[[Engine], Any]) -> Any:
        """Run ``work`` alone on the engine."""


class Journaling:
    """Moves changes into the journal; ``start`` and ``stop`` frame its life."""

    def __init__(self, database: Database, writer: Callable[[], Writers | None], also: Callable[[], None]) -> None:
        self._database = database
        self._writer = writer
        self._also = also
        self._wake = threading.Event()
        self._over = False
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._run, name="zaizao-access-journal", daemon=True)

    def start(self) -> None:
        """Record from now on; first what was left over."""
        self._thread.start()

    def stop(self) -> None:
        """Record what is left, and stop."""
        self._over = True
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join(timeout=5)

    def drain(self) -> int:
        """Move every waiting change into the journal now; how many."""
        with self._lock:
            moved = 0
            while done := self._some():
                moved += done
            return moved

    def _some(self) -> int:
        writer = self._writer()
        if writer is None:
            return 0
        with self._database.reader.connect() as connection:
            rows = connection.execute(sa.select(CHANGES).order_by(CHANGES.c.number).limit(AT_ONCE)).all()
        if not rows:
            return 0

        def note(engine: Engine) -> None:
            with engine.batch():
                for row in rows:
                    detail = {**row.detail, "change": row.number, "changedAt": row.at}
                    engine.acted(row.by, row.action, row.target, detail)

        with unattributed():
            writer.do(note)
        with self._database.engine.begin() as connection:
            connection.execute(sa.delete(CHANGES).where(CHANGES.c.number.in_([row.number for row in rows])))
        return len(rows)

    def _run(self) -> None:
        while True:
            try:
                self.drain()
                if not self._over:
                    self._also()
            except (ZaizaoError, SQLAlchemyError):
                LOG.exception("changes of access wait for the journal")  # tried again at the next look
            if self._over:
                return
            self._wake.wait(EVERY)
            self._wake.clear()
