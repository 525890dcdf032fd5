# ruff: noqa: S608  (table and column names come from the row types, never from outside)
"""Back-ups: one file a partition, taken while the engine runs, read back into either database.

Rule kept: a back-up is a partition at one moment (one snapshot of its database) in the layout of ``SqliteStore``; it
has its name only when it is whole and its journal's chain holds. Restoring fills an empty store, in one transaction,
and only from a file whose chain holds; rows of another version are made again from the journal.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zaizao.engine.errors import EngineError, problem
from zaizao.engine.stores.rows import ROWS
from zaizao.engine.stores.tables import COLUMNS, NAMES, layout
from zaizao.problems import Text

if TYPE_CHECKING:
    from zaizao.engine.stores.sql import SqlStore

PAGE = 5_000
"""Rows that are carried over at once."""

JOURNAL: dict[str, tuple[str, ...]] = {
    "journal": ("position", "case", "at", "count", "body", "hash"),
    "counters": ("one", "number", "position", "hash"),
}
"""The tables from which everything else can be made again."""
ALL: dict[str, tuple[str, ...]] = {
    **JOURNAL,
    "waiting": ("key", "body"),
    **{NAMES[table]: tuple(column.name for column in COLUMNS[table]) for table in ROWS},
}
"""Every table with its columns; the first column is the key."""


def selection(name: str) -> str:
    """The query for the next page of a table: keys after the first value, at most the second value's number."""
    columns = ", ".join(f'"{column}"' for column in ALL[name])
    return f'SELECT {columns} FROM {name} WHERE "{ALL[name][0]}" > ? ORDER BY "{ALL[name][0]}" LIMIT {PAGE}'


Ask = Callable[[str, tuple[Any, ...]], list[tuple[Any, ...]]]


def pages(ask: Ask, names: Iterable[str]) -> Iterator[tuple[str, list[tuple[Any, ...]]]]:
    """The rows of the tables, page by page."""
    for name in names:
        after = -1
        while page := ask(selection(name), (after,)):
            yield name, page
            after = page[-1][0]


def whole(path: Path, make: Callable[[Path], None]) -> int:
    """Let ``make`` write a file beside ``path``, check it, and give it its name; how many records it holds."""
    from zaizao.engine.stores.sqlite import SqliteStore

    if path.exists():
        words = problem(str(path), "文件已存在", "there is such a file already", "backup", OTHER_NAME)
        raise EngineError(words)
    partial = path.with_name(path.name + ".partial")
    partial.unlink(missing_ok=True)
    make(partial)
    with closing(sqlite3.connect(partial)) as single:
        single.execute("PRAGMA journal_mode=DELETE")  # one file, nothing beside it
    with closing(SqliteStore(partial, read_only=True)) as copied:
        records = copied.verify()
    partial.rename(path)
    return records


OTHER_NAME = Text("请另选文件名", "choose another name")


def restore(path: Path, store: SqlStore) -> int:
    """Fill the empty ``store`` from the back-up at ``path``; how many records. ``JournalBroken`` where it was harmed."""
    from zaizao.engine.rebuilding import renew
    from zaizao.engine.stores.sqlite import SqliteStore

    if store.last_number() or next(store.raw(), None) is not None:
        remedy = Text("请恢复到空的数据库", "restore into an empty database")
        raise EngineError(problem(str(path), "目标不是空的", "the store is not empty", "restore", remedy))
    with closing(SqliteStore(path, read_only=True)) as source:
        records = source.verify()
        current = source.layout() == layout()
        store.fill(pages(source._ask, ALL if current else JOURNAL))
    if not current:
        renew(store)
    return records
