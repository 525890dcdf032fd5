"""Logs that people uploaded: the file as it came, what its columns mean, and the log that was read from it.

Rule kept: the uploaded file is kept as it is; reading writes a Parquet copy beside, from which every later request
starts. "In the future" is measured by the moment of import, so the same file always reads the same way.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path, PurePath
from typing import Any, BinaryIO

from zaizao import eventlog, mining, scenarios
from zaizao.eventlog import EventLog
from zaizao.problems import Problem, Text
from zaizao.server.filtering import chosen
from zaizao.server.workspace import Memory, Shelf, WorkspaceError, microseconds

LARGEST = 4 << 30
"""Bytes of an uploaded file."""
_CHUNK = 1 << 20
_ROLES = ("case", "activity", "start", "end", "resource", "lifecycle")


class Logs:
    """The logs of a workspace."""

    def __init__(self, root: Path) -> None:
        self.shelf = Shelf(root)
        self._read = Memory(4)
        self._derived = Memory(64)

    def upload(self, name: str, content: BinaryIO, by: str) -> str:
        """Keep an uploaded file; its id. Raises ``WorkspaceError`` for one that is too large."""
        shown = PurePath(name.replace("\\", "/")).name[:200] or "log"
        key = self.shelf.add({"name": shown.split(".")[0], "file": shown, "by": by, "ready": False})
        size = 0
        with (self.shelf.folder(key) / "source").open("wb") as file:
            while block := content.read(_CHUNK):
                size += len(block)
                if size > LARGEST:
                    break
                file.write(block)
        if size > LARGEST:
            self.shelf.remove(key)
            raise WorkspaceError(
                Problem(
                    shown,
                    Text("文件超过 4 GB", "the file is larger than 4 GB"),
                    Text("请先拆分，或用命令行读取", "split it, or read it at the command line"),
                    "log.too-large",
                )
            )
        self.shelf.change(key, size=size)
        return key

    def from_pack(self, pack: str, by: str) -> str:
        """A log that a bundled pack generates; its id."""
        loaded = scenarios.load(scenarios.bundled(pack))
        key = self.shelf.add({"name": loaded.title.zh, "title": _text(loaded.title), "file": pack, "by": by,
                              "ready": False, "pack": pack})  # fmt: skip
        path = self.shelf.folder(key) / "source.parquet"
        eventlog.write(scenarios.generate(loaded), path)
        path.replace(self.shelf.folder(key) / "source")
        self.shelf.change(key, size=(self.shelf.folder(key) / "source").stat().st_size)
        self.interpret(key, {}, None)
        return key

    def look(self, key: str) -> eventlog.Preview:
        """The first rows and the columns of an uploaded file."""
        return eventlog.preview(self.shelf.folder(key) / "source")

    def interpret(self, key: str, columns: Mapping[str, str], zone: str | None, name: str = "") -> dict[str, Any]:
        """Read the file with these columns by role; from now on the log is ready. Raises ``LogError``."""
        self.shelf.folder(key)
        settings = {"columns": {role: columns[role] for role in _ROLES if columns.get(role)}, "zone": zone or None}
        self.forget(key)
        log = self._parse(key, settings, microseconds())
        facts = mining.facts(log)
        about = {**settings, "ready": True, "cases": facts.cases, "events": facts.events, "since": facts.since,
                 "until": facts.until, "zone": log.zone, "findings": len(log.findings)}  # fmt: skip
        (self.shelf.folder(key) / "log.parquet").unlink(missing_ok=True)
        eventlog.write(log, self.shelf.folder(key) / "log.parquet")
        known = self.shelf.read(key)
        return self.shelf.change(key, **{**about, "name": name.strip() or known["name"]})

    def _parse(self, key: str, settings: Mapping[str, Any], now: int) -> EventLog:
        about = self.shelf.read(key)
        log = eventlog.read(self.shelf.folder(key) / "source", **settings["columns"], zone=settings["zone"], now=now)
        return replace(log, source=about["file"])

    def remove(self, key: str) -> None:
        """Forget a log."""
        self.forget(key)
        self.shelf.remove(key)

    def forget(self, key: str) -> None:
        """Drop what is remembered of a log."""
        self._read.forget(lambda one: one == key)
        self._derived.forget(lambda one: one[0] == key)

    def log(self, key: str) -> EventLog:
        """The log as read. Raises ``WorkspaceError`` before its columns were said."""
        about = self.shelf.read(key)
        if not about.get("ready"):
            raise WorkspaceError(
                Problem(
                    about["file"],
                    Text("还没有完成列映射", "its columns have not been mapped yet"),
                    Text("请先完成导入", "finish the import first"),
                    "log.not-ready",
                )
            )
        path = self.shelf.folder(key) / "log.parquet"
        return self._read.get(key, lambda: replace(eventlog.read(path), source=about["file"]))

    def derived(self, key: str, what: str, wanted: Sequence[Mapping[str, Any]], compute: Any) -> Any:
        """``compute`` of the activity log under filters, remembered by name and filters."""
        filters = json.dumps(list(wanted), sort_keys=True)
        return self._derived.get((key, what, filters), lambda: compute(self.executed(key, wanted)))

    def executed(self, key: str, wanted: Sequence[Mapping[str, Any]] = ()) -> EventLog:
        """One row per activity execution, machines marked, the filters applied."""
        whole: EventLog = self._derived.get(
            (key, "executed", ""), lambda: mining.performers(eventlog.activities(self.log(key))).log
        )
        if not wanted:
            return whole
        filters = json.dumps(list(wanted), sort_keys=True)
        kept: EventLog = self._derived.get((key, "filtered", filters), lambda: chosen(whole, wanted))
        return kept

    def copy_source(self, key: str, target: Path) -> None:
        """Give the log (as read) to someone else's folder."""
        self.log(key)
        shutil.copyfile(self.shelf.folder(key) / "log.parquet", target)


def _text(text: Text) -> dict[str, str]:
    return {"zh": text.zh, "en": text.en}
