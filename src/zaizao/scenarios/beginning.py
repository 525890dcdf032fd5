"""A new pack: a small valid one to change, copied from the template beside this module.

Rule kept: a new pack checks clean and rehearses; nothing that exists is overwritten.
"""

from __future__ import annotations

import re
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path

from zaizao.problems import Problem, Text
from zaizao.scenarios.errors import PackError

_NAME = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*")
_MARK = "my-pack"


def begin(name: str, folder: Path) -> Path:
    """Write a small pack ``name`` under ``folder``; where it stands."""
    if not _NAME.fullmatch(name):
        what = Text("名称不可用", "the name cannot be used")
        remedy = Text("用小写字母、数字和连字符", "use small letters, digits and hyphens")
        raise PackError(Problem(name, what, remedy, "pack.name"))
    place = folder / name
    if place.exists():
        what = Text("已经存在", "it exists already")
        raise PackError(Problem(str(place), what, Text("换一个名称", "take another name"), "pack.exists"))
    _copy(resources.files("zaizao.scenarios") / "template", place, name)
    return place


def _copy(source: Traversable, target: Path, name: str) -> None:
    target.mkdir(parents=True)
    for part in sorted(source.iterdir(), key=lambda one: one.name):
        if part.is_dir():
            _copy(part, target / part.name, name)
        else:
            text = part.read_text(encoding="utf-8").replace(_MARK, name).replace("my_pack", name.replace("-", "_"))
            (target / part.name.removesuffix(".txt")).write_text(text, encoding="utf-8")
