"""What is deployed: processes and decisions by key, name, version and tag.

Rule kept: definitions live in the store as text; what is compiled here can be thrown away and compiled again, and
gives the same numbers for nodes and flows. A definition never changes; a new text is a new version.
"""

from __future__ import annotations

import hashlib

from zaizao import bpmn
from zaizao.engine.deciding import Deciding
from zaizao.engine.errors import EngineError, problem
from zaizao.engine.executable import Executable, compile_process
from zaizao.engine.stores import DefinitionRow, StartRow, Store


def digest(source: str) -> str:
    """What tells two texts apart."""
    return hashlib.sha256(source.encode()).hexdigest()


class Library:
    """The compiled definitions of one store."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._executables: dict[int, Executable] = {}
        self._latest: dict[str, int] = {}
        self._rows: dict[int, DefinitionRow] = {}
        self.decisions = Deciding(store)

    def forget(self) -> None:
        """After a rollback: read from the store again."""
        self._executables.clear()
        self._latest.clear()
        self._rows.clear()
        self.decisions.forget()

    def refresh(self) -> None:
        """Others may have deployed: what is the latest is asked again; what was compiled stays right."""
        self._latest.clear()
        self.decisions.refresh()

    # --- processes ---

    def executable(self, key: int) -> Executable:
        """The process with definition ``key``."""
        found = self._executables.get(key)
        if found is None:
            row = self._store.get(DefinitionRow, key)
            if row is None:
                raise EngineError(problem(str(key), "流程定义不存在", "no such process definition", "not-found"))
            definitions = bpmn.read(row.source.encode())
            process = next(process for process in definitions.processes if process.id == row.name)
            found = self._executables[key] = compile_process(definitions, process, key, row.version)
        return found

    def row(self, key: int) -> DefinitionRow | None:
        """The definition with this key, of whatever kind; definitions do not change, so it is kept."""
        found = self._rows.get(key)
        if found is None:
            found = self._store.get(DefinitionRow, key)
            if found is not None:
                self._rows[key] = found
        return found

    def versions(self, process_id: str) -> list[DefinitionRow]:
        """Every version of a process, oldest first."""
        return self._store.find(DefinitionRow, {"kind": "process", "name": process_id})

    def find(self, process_id: str, version_tag: str | None = None, version: int | None = None) -> Executable | None:
        """The latest version of ``process_id``, or the one with that tag or number."""
        if version_tag is None and version is None and process_id in self._latest:
            return self.executable(self._latest[process_id])
        rows = [
            row
            for row in self.versions(process_id)
            if version_tag in (None, row.version_tag) and version in (None, row.version)
        ]
        if not rows:
            return None
        if version_tag is None and version is None:
            self._latest[process_id] = rows[-1].key
        return self.executable(rows[-1].key)

    def deployed_with(self, process_id: str, caller: int) -> Executable | None:
        """The version of ``process_id`` that came with definition ``caller``, in one deployment."""
        own = self._store.get(DefinitionRow, caller)
        wanted = {"kind": "process", "name": process_id, "deployment": own.deployment if own is not None else 0}
        rows = self._store.find(DefinitionRow, wanted)
        return self.executable(rows[-1].key) if rows else None

    def added(self, executable: Executable) -> None:
        """A new version was deployed."""
        self._executables[executable.key] = executable
        self._latest[executable.id] = executable.key

    def starts(self, kind: str, name: str) -> list[StartRow]:
        """Start events that wait for ``name``."""
        return self._store.find(StartRow, {"kind": kind, "name": name})
