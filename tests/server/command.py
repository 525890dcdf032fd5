"""Run the command line as a user does: a process of its own, nothing mocked."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
SHARED = ROOT / ".." / "shared"


def zaizao(
    *arguments: str | Path, cwd: Path, lang: str = "en", timeout: float = 120, stdin: str = ""
) -> subprocess.CompletedProcess[str]:
    """The finished process with its output as text."""
    environment = {**os.environ, "ZAIZAO_LANG": lang, "COLUMNS": "160", "PYTHONPATH": str(ROOT / "src")}
    return subprocess.run(
        [sys.executable, "-c", "from zaizao.server import main; main()", *map(str, arguments)],
        cwd=cwd,
        env=environment,
        input=stdin,
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )
