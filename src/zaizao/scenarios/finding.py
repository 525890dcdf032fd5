"""Where the packs that come with this package are: in the wheel beside this module, in a checkout at the top."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

from zaizao.problems import Problem, Text
from zaizao.scenarios.errors import PackError

EXAMPLE = "city-bank-loan"


def bundled(name: str = EXAMPLE) -> Path:
    """The folder of a bundled pack; raises ``PackError`` where there is none of that name."""
    known = all_bundled()
    if name in known:
        return known[name]
    listed = ", ".join(known) or "-"
    what = Text("没有这个随附的场景包", "no pack of this name comes with the package")
    raise PackError(Problem(name, what, Text(f"可用：{listed}", f"there are: {listed}"), "pack.unknown"))


def all_bundled() -> dict[str, Path]:
    """The folders of all packs that come with the package, by name."""
    installed = Path(str(resources.files("zaizao.scenarios"))) / "packs"
    checkout = Path(__file__).parents[3] / "scenarios"
    found = [scenario.parent for root in (checkout, installed) for scenario in root.glob("*/scenario.toml")]
    return {folder.name: folder for folder in sorted(found, key=lambda one: one.name)}


def pack_folder(place: str) -> Path:
    """The folder that ``place`` names: a path with a ``scenario.toml``, or the name of a bundled pack."""
    path = Path(place)
    return path if (path / "scenario.toml").is_file() else bundled(place)
