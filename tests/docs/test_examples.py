"""Examples in README and docs are true: each ``python`` session and each ``console`` command runs and says the same.

A ``console`` block holds lines ``$ zaizao ...`` and their output; ``...`` stands for what may differ. A block whose
command needs ``../shared`` is skipped, with the reason, where that folder is absent.
"""

from __future__ import annotations

import doctest
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FENCE = re.compile(r"^```(python|console)\n(.*?)^```", re.MULTILINE | re.DOTALL)
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("scenarios/*/*.md")])


def blocks(kind: str) -> list[tuple[str, str]]:
    found = []
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        for match in FENCE.finditer(text):
            if match.group(1) == kind:
                line = text[: match.start()].count("\n") + 1
                found.append((f"{page.relative_to(ROOT).as_posix()}:{line}", match.group(2)))
    return found


def sessions(block: str) -> list[tuple[str, str]]:
    parts = re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]
    return [(command, output.strip("\n")) for command, _, output in (part.partition("\n") for part in parts)]


@pytest.mark.parametrize(("place", "block"), blocks("python"), ids=lambda v: v if ":" in v and "\n" not in v else "")
def test_python_example_says_what_it_shows(place: str, block: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    if "../shared" in block and not (ROOT / ".." / "shared").exists():
        pytest.skip("this example reads ../shared, which is absent here")
    test = doctest.DocTestParser().get_doctest(block, {}, place, place, 0)
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE)
    report: list[str] = []
    runner.run(test, out=report.append)
    assert runner.failures == 0, "".join(report)


@pytest.mark.parametrize(("place", "block"), blocks("console"), ids=lambda v: v if ":" in v and "\n" not in v else "")
def test_console_example_says_what_it_shows(place: str, block: str, tmp_path: Path) -> None:
    language = "zh" if "zh-CN" in place else "en"
    environment = {**os.environ, "ZAIZAO_LANG": language, "COLUMNS": "120", "PYTHONPATH": str(ROOT / "src")}
    (tmp_path / "scenarios").symlink_to(ROOT / "scenarios")
    for command, expected in sessions(block):
        if "../shared" in command:
            if not (ROOT / ".." / "shared").exists():
                pytest.skip("this example reads ../shared, which is absent here")
            command = command.replace("../shared", str((ROOT / ".." / "shared").resolve()))
        words = shlex.split(command.removesuffix("\\"))
        if words[0] != "zaizao":
            continue
        run = subprocess.run(
            [sys.executable, "-c", "from zaizao.server import main; main()", *words[1:]],
            cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=300, check=False,
        )  # fmt: skip
        said = (run.stdout + run.stderr).strip()
        assert says(expected, said), f"{place}: $ {command}\n{said}"


NUMBER = re.compile(r"[±+−-]?[0-9][0-9,]*(?:[.][0-9]+)?")


def says(expected: str, said: str) -> bool:
    """The words agree and the figures are near: another machine's last digits may move a simulated figure a little."""
    lines = iter(said.splitlines())
    return all(any(near(line, other) for other in lines) for line in expected.splitlines() if line != "...")


def near(line: str, other: str) -> bool:
    if NUMBER.sub("#", line).split() != NUMBER.sub("#", other).split():
        return False
    pairs = zip(NUMBER.findall(line), NUMBER.findall(other), strict=True)
    return all(abs(value(a) - value(b)) <= 0.5 + 0.15 * abs(value(a)) for a, b in pairs)


def value(number: str) -> float:
    return float(number.replace(",", "").replace("−", "-").lstrip("±+"))
