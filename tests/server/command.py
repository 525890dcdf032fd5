"""Run the command line as a user does: a process of its own, nothing mocked."""

from __future__ import annotations

import contextlib
import io
import os
import signal
import subprocess
import sys
from pathlib import Path

from zaizao.server import main
from zaizao.server.terminal import terminal

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


def here(*arguments: str | Path, cwd: Path, stdin: str = "") -> subprocess.CompletedProcess[str]:
    """The same command in this process: the same code, without the seconds that a new interpreter takes."""
    out, err = io.StringIO(), io.StringIO()
    words = ["zaizao", "--lang", "en", *map(str, arguments)]
    before = (sys.argv, sys.stdin, signal.getsignal(signal.SIGINT), terminal.json)
    try:
        sys.argv, sys.stdin = words, io.StringIO(stdin)
        with contextlib.chdir(cwd), contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            try:
                main()
                code = 0
            except SystemExit as end:
                code = end.code if isinstance(end.code, int) else int(bool(end.code))
    finally:
        sys.argv, sys.stdin, handler, terminal.json = before
        signal.signal(signal.SIGINT, handler)
    return subprocess.CompletedProcess(words, code, out.getvalue(), err.getvalue())
