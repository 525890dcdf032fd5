"""What a robot is: a Python function on a work item, with a browser when it asks for one.

Rule kept: a robot gets everything from its ``Work`` (the item, a page, files, secrets) and returns a JSON result; it
raises ``BusinessException`` for what people must decide and anything else for what is worth another attempt. It may be
run again with the same reference and must then not do its work twice.
"""

from __future__ import annotations

import importlib
import importlib.util
import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

from zaizao.problems import Text
from zaizao.robots.errors import refused
from zaizao.robots.items import Item

Act = Callable[["Work"], Mapping[str, Any] | None]


@dataclass(frozen=True, slots=True)
class Robot:
    """A robot: the function, the queue it serves, whether it needs a browser, the secrets it may ask for."""

    name: str
    queue: str
    act: Act
    browser: bool = False
    title: Text = field(default_factory=lambda: Text.both(""))
    secrets: tuple[str, ...] = ()
    lease_us: int = 60_000_000


@dataclass(slots=True)
class Work:
    """One attempt: the item, a folder for files, a Playwright page where the robot has a browser."""

    item: Item
    folder: Path
    page: Any = None
    give: Callable[[str], str] | None = None

    @property
    def payload(self) -> dict[str, Any]:
        """What the item says."""
        return self.item.payload

    def secret(self, name: str) -> str:
        """A credential that was granted to this robot."""
        if self.give is None:
            remedy = Text("请为该机器人配置凭据", "grant credentials to this robot")
            raise refused(self.item.robot, "没有凭据库", "there are no credentials", remedy, "credential")
        return self.give(name)


def robot(
    *, queue: str, browser: bool = False, zh: str = "", en: str = "", secrets: tuple[str, ...] = (), lease: float = 60.0
) -> Callable[[Act], Robot]:
    """Make a function a robot of ``queue``; ``lease`` in seconds is how long it may be silent."""

    def made(act: Act) -> Robot:
        name = getattr(act, "__name__", "robot")
        title = Text(zh or name, en or name)
        return Robot(name, queue, act, browser, title, secrets, round(lease * 1e6))

    return made


def robots_in(module: ModuleType) -> dict[str, Robot]:
    """The robots of a module by name."""
    return {one.name: one for _, one in inspect.getmembers(module, lambda found: isinstance(found, Robot))}


def load(place: str) -> dict[str, Robot]:
    """The robots of ``package.module`` or of a file ``path/to/robots.py``."""
    path = Path(place)
    try:
        if path.suffix == ".py":
            spec = importlib.util.spec_from_file_location(path.stem, path)
            assert spec is not None, "a .py file has a spec"
            assert spec.loader is not None, "a .py file has a loader"
            module = importlib.util.module_from_spec(spec)
            spec.loader.exec_module(module)
        else:
            module = importlib.import_module(place)
    except (ImportError, SyntaxError, OSError) as fault:
        remedy = Text("请给出模块名或 .py 文件", "name a module or a .py file")
        raise refused(place, f"读不出机器人：{fault}", f"no robots can be read: {fault}", remedy, "load") from fault
    found = robots_in(module)
    if not found:
        remedy = Text("请用 @robot 标记函数", "mark a function with @robot")
        raise refused(place, "没有机器人", "it has no robots", remedy, "load")
    return found
