"""Where the packs that come with this package are: in the wheel beside this module, in a checkout at the top."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

from zaizao.problems import Problem, Text
from zaizao.scenarios.errors import PackError

EXAMPLE = "city-bank-loan"


def bundled(name: str = EXAMPLE) -> Path:
    """The folder of a bundled pack; raises ``PackError`` where there is none of that name."""
    installed = Path(str(resources.files("zaizao.scenarios"))) / "packs"
    checkout = Path(__file__).parents[3] / "scenarios"
    for folder in (installed / name, checkout / name):
        if (folder / "scenario.toml").is_file():
            return folder
    known = sorted({pack.parent.name for root in (installed, checkout) for pack in root.glob("*/scenario.toml")})
    listed = ", ".join(known) or "-"
    what = Text("没有这个随附的场景包", "no pack of this name comes with the package")
    raise PackError(Problem(name, what, Text(f"可用：{listed}", f"there are: {listed}"), "pack.unknown"))
