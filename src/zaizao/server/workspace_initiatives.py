"""Initiatives of the console: each runs the loop in a process of its own, which writes its progress and its results.

Rule kept: the server computes nothing of the loop itself, so a long search never stops a click. The run's process
writes ``progress.jsonl`` line by line and at the end every file of the initiative; what it last said is what stands.
A run whose process is gone without a word has failed, and says so.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from zaizao.server.workspace import Shelf, microseconds, missing, write_json

PROGRESS = "progress.jsonl"
REQUEST = "request.json"
DOCUMENT = "initiative.json"
FAULT = "fault.json"
LOG = "log.parquet"
GIVEN_MODEL, GIVEN_SCENARIO = "given.bpmn", "given.toml"
FILES = (
    "report.zh.html", "report.en.html", "as_is.bpmn", "to_be.bpmn", "decisions.dmn", "scenario.toml", "options.csv",
    "initiative.toml", "journal.xes.gz",
)  # fmt: skip
_LOOK = 0.25


class Initiatives:
    """The initiatives of a workspace, and the processes that run them."""

    def __init__(self, root: Path) -> None:
        self.shelf = Shelf(root)
        self._runs: dict[str, subprocess.Popen[bytes]] = {}
        self._guard = threading.Lock()
        for about in self.shelf:
            if about["state"] == "running":
                self._settle(about["id"])

    def start(self, about: Mapping[str, Any], request: Mapping[str, Any], place: Callable[[Path], None]) -> str:
        """Begin an initiative; ``place`` puts its log into the folder. Its id."""
        key = self.shelf.add({**about, "state": "running"})
        folder = self.shelf.folder(key)
        place(folder / LOG)
        write_json(folder / REQUEST, request)
        (folder / PROGRESS).touch()
        command = [sys.executable, "-m", "zaizao.server.initiative_run", str(folder)]
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "OMP_NUM_THREADS": "1"}
        with (folder / "run.txt").open("wb") as said, self._guard:
            self._runs[key] = subprocess.Popen(  # noqa: S603 - our own module, no shell
                command, stdin=subprocess.DEVNULL, stdout=said, stderr=said, env=environment, start_new_session=True
            )
        return key

    def about(self, key: str) -> dict[str, Any]:
        """What is known, its state looked up anew."""
        about = self.shelf.read(key)
        return self._settle(key) if about["state"] == "running" else about

    def all(self) -> list[dict[str, Any]]:
        """Every initiative, the newest first."""
        return [self.about(about["id"]) for about in self.shelf]

    def _settle(self, key: str) -> dict[str, Any]:
        """The state of a run: done where its document stands, failed where its process is gone, else running."""
        folder = self.shelf.folder(key)
        with self._guard:
            run = self._runs.get(key)
            going = run is not None and run.poll() is None
            if not going:
                self._runs.pop(key, None)
        if (folder / DOCUMENT).is_file():
            return self.shelf.change(key, state="done", ended=microseconds())
        if going:
            return self.shelf.read(key)
        fault = json.loads((folder / FAULT).read_bytes()) if (folder / FAULT).is_file() else _INTERRUPTED
        return self.shelf.change(key, state="failed", fault=fault, ended=microseconds())

    def document(self, key: str) -> dict[str, Any]:
        """Everything the console shows of a finished initiative."""
        found: dict[str, Any] = json.loads(self.file(key, DOCUMENT).read_bytes())
        return found

    def file(self, key: str, name: str) -> Path:
        """One of the initiative's files."""
        path = self.shelf.folder(key) / name
        if name not in (*FILES, DOCUMENT, LOG, REQUEST) or not path.is_file():
            raise missing(name)
        return path

    def progress(self, key: str, since: int = 0) -> tuple[list[dict[str, Any]], bool]:
        """The lines of progress from number ``since`` on, and whether the run is over."""
        over = self.about(key)["state"] != "running"
        text = (self.shelf.folder(key) / PROGRESS).read_bytes()
        whole = text[: text.rfind(b"\n") + 1]
        return [json.loads(line) for line in whole.splitlines()[since:]], over

    def follow(
        self, key: str, stopped: Callable[[], bool], wait: Callable[[float], object]
    ) -> Iterator[dict[str, Any]]:
        """Lines of progress as they come, until the run is over or ``stopped``."""
        seen = 0
        while True:
            lines, over = self.progress(key, seen)
            seen += len(lines)
            yield from lines
            if over or stopped():
                return
            wait(_LOOK)

    def cancel(self, key: str) -> None:
        """End a run; what it had is kept as a failed initiative."""
        with self._guard:
            run = self._runs.get(key)
        if run is not None and run.poll() is None:
            run.terminate()
            run.wait(timeout=10)
            self.shelf.change(key, state="failed", fault=_CANCELLED, ended=microseconds())

    def remove(self, key: str) -> None:
        """Forget an initiative."""
        self.cancel(key)
        self.shelf.remove(key)

    def stop(self) -> None:
        """End all runs."""
        with self._guard:
            runs = list(self._runs.values())
        for run in runs:
            if run.poll() is None:
                run.terminate()


_INTERRUPTED = {
    "problems": [
        {
            "where": "run",
            "what": {
                "zh": "运行中断，服务可能重启过",
                "en": "the run was interrupted; the server may have been restarted",
            },
            "remedy": {"zh": "请重新运行", "en": "run it again"},
            "code": "run.interrupted",
            "severity": "error",
        }
    ]
}
_CANCELLED = {
    "problems": [
        {
            "where": "run",
            "what": {"zh": "已被取消", "en": "it was cancelled"},
            "remedy": {"zh": "需要时重新运行", "en": "run it again when needed"},
            "code": "run.cancelled",
            "severity": "info",
        }
    ]
}
