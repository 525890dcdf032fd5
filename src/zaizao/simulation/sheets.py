"""Reading TOML that people write: every wrong, missing or unknown key is a problem with its file and line.

Rule kept: a reader takes the keys it knows; what nobody took is unknown and said so, never ignored.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from zaizao.problems import Problem, Text
from zaizao.simulation.errors import SimulationError
from zaizao.simulation.timing import seconds

_LARGEST = 64 * 1024 * 1024
_HEADER = re.compile(r"\s*\[\[?\s*(?P<path>[^\]]+?)\s*\]\]?\s*(#.*)?$")
_KEY = re.compile(r"""\s*(?P<path>(?:"[^"]*"|'[^']*'|[\w-]+)(?:\s*\.\s*(?:"[^"]*"|'[^']*'|[\w-]+))*)\s*=""")
_PART = re.compile(r"""\s*("(?P<d>[^"]*)"|'(?P<s>[^']*)'|(?P<b>[^.\s]+))\s*\.?""")

Path_ = tuple[str, ...]


@dataclass(slots=True)
class Book:
    """One TOML file: its name, the line of every key, and what was found wrong."""

    name: str
    lines: Mapping[Path_, int]
    problems: list[Problem] = field(default_factory=list)

    def add(self, path: Path_, what: Text, remedy: Text, code: str) -> None:
        """Record a problem at a key."""
        line = next((self.lines[path[:size]] for size in range(len(path), 0, -1) if path[:size] in self.lines), 1)
        self.problems.append(Problem(f"{self.name}: line {line}", what, remedy, code))


def open_book(path: Path) -> Sheet:
    """The top sheet of a TOML file; raises ``SimulationError`` where it is not TOML."""
    try:
        raw = path.read_bytes()
        if len(raw) > _LARGEST:
            raise ValueError(f"larger than {_LARGEST >> 20} MiB")
        text = raw.decode("utf-8")
        data = tomllib.loads(text)
    except (OSError, ValueError) as error:
        what = Text(f"无法读取：{error}", f"cannot be read: {error}")
        remedy = Text("检查文件是否存在且为 UTF-8 的 TOML", "see that it exists and is TOML in UTF-8")
        raise SimulationError(Problem(str(path), what, remedy, "toml.unreadable")) from error
    return Sheet(data, (), Book(str(path), key_lines(text)))


def key_lines(text: str) -> dict[Path_, int]:
    """The line where each table or key of a TOML text stands first (array elements share their array's path)."""
    lines: dict[Path_, int] = {}
    table: Path_ = ()
    for number, line in enumerate(text.splitlines(), 1):
        header = _HEADER.match(line)
        key = None if header else _KEY.match(line)
        if header:
            table = _parts(header["path"])
            lines.setdefault(table, number)
        elif key:
            lines.setdefault(table + _parts(key["path"]), number)
    return lines


def _parts(path: str) -> Path_:
    return tuple(next(group for group in match.group("d", "s", "b") if group is not None)
                 for match in _PART.finditer(path))  # fmt: skip


class Sheet:
    """A TOML table being read. Each getter takes its key; ``close`` reports the keys that nobody took."""

    def __init__(self, data: Mapping[str, Any], path: Path_, book: Book) -> None:
        self.data, self.path, self.book = data, path, book
        self._taken: set[str] = set()

    def __contains__(self, key: str) -> bool:
        return key in self.data

    def keys(self) -> list[str]:
        """The keys not taken so far."""
        return [key for key in self.data if key not in self._taken]

    def wrong(self, key: str, expected: Text) -> None:
        """Record that ``key`` does not hold what it must."""
        what = Text(f"“{key}”应为{expected.zh}", f"“{key}” must be {expected.en}")
        self.book.add((*self.path, key), what, Text("改正这个值", "correct this value"), "toml.value")

    def get(self, key: str, kinds: tuple[type, ...], expected: Text, default: Any = None) -> Any:
        """The value of ``key`` if it is one of ``kinds``, else ``default``; a missing key without default is wrong."""
        self._taken.add(key)
        value = self.data.get(key, default)
        right = isinstance(value, kinds) and not (isinstance(value, bool) and bool not in kinds)
        if key not in self.data and default is None:
            what = Text(f"缺少“{key}”", f"“{key}” is missing")
            self.book.add(self.path, what, Text(f"补上{expected.zh}", f"add it: {expected.en}"), "toml.missing")
        elif key in self.data and not right:
            self.wrong(key, expected)
            return default
        return value

    def text(self, key: str, default: str | None = None) -> str:
        """A string."""
        return self.get(key, (str,), Text("文字", "text"), default) or ""

    def number(self, key: str, default: float | None = None) -> float:
        """A number."""
        return float(self.get(key, (int, float), Text("数字", "a number"), default) or 0.0)

    def whole(self, key: str, default: int | None = None) -> int:
        """A whole number."""
        return int(self.get(key, (int,), Text("整数", "a whole number"), default) or 0)

    def flag(self, key: str, default: bool = False) -> bool:
        """True or false."""
        return bool(self.get(key, (bool,), Text("true 或 false", "true or false"), default))

    def instant(self, key: str) -> int:
        """A date-time with zone, in microseconds UTC."""
        expected = Text("带时区的时刻", "a date-time with its zone")
        value = self.get(key, (datetime,), expected)
        if isinstance(value, datetime) and value.tzinfo is None:
            self.wrong(key, expected)
            return 0
        return round(value.timestamp()) * 1_000_000 if isinstance(value, datetime) else 0

    def duration(self, key: str, default: float | None = None) -> float:
        """Seconds, from a number or a written duration (``"18min"``, ``"PT2H"``)."""
        expected = Text("时长，例如 “18min”", "a duration such as “18min”")
        value = self.get(key, (str, int, float), expected, default)
        known = seconds(value) if isinstance(value, str) else value
        if known is None and value is not None:
            self.wrong(key, expected)
        return float(known or 0.0)

    def items(self, key: str, kinds: tuple[type, ...] = (str,)) -> list[Any]:
        """A list of plain values; empty where it is missing."""
        expected = Text("列表", "a list")
        value = self.get(key, (list,), expected, [])
        if not all(isinstance(item, kinds) for item in value):
            self.wrong(key, expected)
            return []
        return list(value)

    def weights(self, key: str) -> dict[str, float]:
        """A table of names with numbers not below 0."""
        expected = Text("名称与非负权重的表", "a table of names with weights not below 0")
        value = self.get(key, (dict,), expected, {})
        if not all(isinstance(w, int | float) and not isinstance(w, bool) and w >= 0 for w in value.values()):
            self.wrong(key, expected)
            return {}
        return {name: float(weight) for name, weight in value.items()}

    def sheet(self, key: str) -> Sheet:
        """A table; empty where it is missing."""
        value = self.get(key, (dict,), Text("表", "a table"), {})
        return Sheet(value, (*self.path, key), self.book)

    def named(self, key: str) -> dict[str, Sheet]:
        """A table of tables."""
        outer = self.sheet(key)
        return {name: outer.sheet(name) for name in outer.keys()}  # noqa: SIM118

    def rows(self, key: str) -> list[Sheet]:
        """An array of tables; empty where it is missing."""
        value = self.get(key, (list,), Text("表的列表", "a list of tables"), [])
        if not all(isinstance(row, dict) for row in value):
            self.wrong(key, Text("表的列表", "a list of tables"))
            return []
        return [Sheet(row, (*self.path, key), self.book) for row in value]

    def close(self) -> None:
        """Report what nobody took."""
        for key in self.keys():
            what = Text(f"不认识“{key}”", f"“{key}” is not known here")
            remedy = Text("改正拼写或删去", "correct its spelling or delete it")
            self.book.add((*self.path, key), what, remedy, "toml.unknown-key")
