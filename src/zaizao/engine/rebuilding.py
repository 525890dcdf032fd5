"""Making a store again from a journal: after a lost table, a new layout, or to prove that nothing else is needed.

Rule kept: the journal is the truth; cases and rows follow from it by the appliers and projections that made them the
first time. Nothing is stepped, no effect is carried out again.
"""

from __future__ import annotations

from collections.abc import Iterable

from zaizao.engine.apply import apply
from zaizao.engine.keys import CASE_BITS, LOCAL_BITS, partition_of
from zaizao.engine.library import Library
from zaizao.engine.projections import Writer, project
from zaizao.engine.records import CaseMigrated, Deployed, Rejection, StartArmed
from zaizao.engine.state import Case
from zaizao.engine.stores import Entry, Store

BETWEEN_COMMITS = 5_000
"""Entries whose rows are written together."""


def rebuild(entries: Iterable[Entry], store: Store, *, partition: int = 1) -> int:
    """Fill the empty ``store`` from the ``entries`` of ``partition``; returns the number of records."""
    follower = _Follower(store)
    records = 0
    for entry in entries:
        store.append(entry.case, entry.at, entry.events)
        records += len(entry.events)
        for event in entry.events:
            key = entry.case or getattr(event, "key", 0)
            if partition_of(key) == partition:
                _count_up(store, key)
        follower.follow(entry)
    store.commit()
    return records


def renew(store: Store) -> None:
    """Make rows and waiting cases again where they are of another version; a crash in between begins it again."""
    store.clear_rows()
    follower = _Follower(store)
    for count, entry in enumerate(store.journal(), 1):
        follower.follow(entry)
        if not count % BETWEEN_COMMITS:
            store.commit()
    store.commit()
    store.renewed()


class _Follower:
    """Projects entry after entry."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._library = Library(store)
        self._cases: dict[int, Case] = {}

    def follow(self, entry: Entry) -> None:
        if entry.case:
            case = self._cases.setdefault(entry.case, Case(entry.case, 0))
            _step(self._store, self._library, case, entry)
            if case.ended:
                del self._cases[entry.case]
            return
        for event in entry.events:
            project(self._store, event, entry.at)
            if isinstance(event, Deployed | StartArmed):
                self._library.forget()


def _step(store: Store, library: Library, case: Case, entry: Entry) -> None:
    events = [event for event in entry.events if not isinstance(event, Rejection)]
    for event in events:
        apply(case, event)
    if events:
        process = library.executable(case.process)
        assert not any(isinstance(event, CaseMigrated) and event.process != process.key for event in events)
        Writer(store, case, process, entry.at).write(events)
        store.save_case(case)


def _count_up(store: Store, key: int) -> None:
    """Hand out case numbers up to that of ``key``, so that none is handed out twice."""
    number = (key >> LOCAL_BITS) & ((1 << CASE_BITS) - 1)
    while store.last_number() < number:
        store.next_number()
