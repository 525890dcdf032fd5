"""The workspace: the folder in which uploaded logs, initiatives and drawn models are kept between requests.

Rule kept: every entry is a folder with a random name that no request chooses; its ``about.json`` is replaced in one
rename, so that a crash leaves the old or the new text, never half of one. A person's file names are shown, not used.
"""

from __future__ import annotations

import json
import secrets
import shutil
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar

from zaizao.problems import Problem, Text, ZaizaoError

Kept = TypeVar("Kept")
ABOUT = "about.json"
_ID = 12


class WorkspaceError(ZaizaoError):
    """Something asked of the workspace is not there or not ready."""


class Shelf:
    """Entries of one kind under ``root``."""

    def __init__(self, root: Path) -> None:
        self.root = root
        root.mkdir(parents=True, exist_ok=True)

    def add(self, about: Mapping[str, Any]) -> str:
        """A new entry; its id."""
        name = secrets.token_hex(_ID // 2)
        (self.root / name).mkdir()
        self.write(name, {**about, "id": name, "added": microseconds()})
        return name

    def folder(self, name: str) -> Path:
        """The entry's folder. Raises ``WorkspaceError`` (``workspace.missing``) for an unknown id."""
        known = len(name) == _ID and all(letter in "0123456789abcdef" for letter in name)
        if not known or not (self.root / name / ABOUT).is_file():
            raise missing(name)
        return self.root / name

    def read(self, name: str) -> dict[str, Any]:
        """What is known of the entry."""
        about: dict[str, Any] = json.loads((self.folder(name) / ABOUT).read_bytes())
        return about

    def write(self, name: str, about: Mapping[str, Any]) -> None:
        """Replace what is known of the entry."""
        write_json(self.root / name / ABOUT, about)

    def change(self, name: str, /, **changes: Any) -> dict[str, Any]:
        """Replace some keys; the whole."""
        about = {**self.read(name), **changes}
        self.write(name, about)
        return about

    def remove(self, name: str) -> None:
        """Forget the entry and its files."""
        folder = self.folder(name)
        (folder / ABOUT).unlink()
        shutil.rmtree(folder, ignore_errors=True)

    def __iter__(self) -> Iterator[dict[str, Any]]:
        entries = [json.loads(path.read_bytes()) for path in self.root.glob(f"*/{ABOUT}")]
        yield from sorted(entries, key=lambda about: -int(about["added"]))


class Memory:
    """The last few computed values, by key; each is computed once, however many requests ask at the same time."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._values: OrderedDict[Hashable, Any] = OrderedDict()
        self._locks: dict[Hashable, threading.Lock] = {}
        self._guard = threading.Lock()

    def get(self, key: Hashable, compute: Callable[[], Kept]) -> Kept:
        """The value under ``key``, computed where it is not remembered."""
        with self._guard:
            lock = self._locks.setdefault(key, threading.Lock())
        with lock:
            with self._guard:
                if key in self._values:
                    self._values.move_to_end(key)
                    kept: Kept = self._values[key]
                    return kept
            value = compute()
            with self._guard:
                self._values[key] = value
                while len(self._values) > self._size:
                    gone, _ = self._values.popitem(last=False)
                    self._locks.pop(gone, None)
            return value

    def forget(self, which: Callable[[Any], bool]) -> None:
        """Drop the values whose key ``which`` names."""
        with self._guard:
            for key in [one for one in self._values if which(one)]:
                del self._values[key]
                self._locks.pop(key, None)


def write_json(path: Path, value: object) -> None:
    """Write ``value`` as JSON in one rename."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    draft.write_text(json.dumps(value, ensure_ascii=False), encoding="utf-8")
    draft.replace(path)


def microseconds() -> int:
    """Now, in microseconds UTC."""
    return time.time_ns() // 1000


def missing(name: str) -> WorkspaceError:
    """The error for an unknown id or file."""
    return WorkspaceError(
        Problem(
            name,
            Text("找不到，可能已被删除", "it is not here; it may have been removed"),
            Text("请回到列表刷新", "go back to the list and refresh"),
            "workspace.missing",
        )
    )
