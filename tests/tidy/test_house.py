"""House rules that run: sizes, banned calls, public faces, import direction, words, no machine's paths."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "zaizao"
MODULES = sorted(SOURCE.rglob("*.py"))
FILE_LINES = 700
FUNCTION_LINES = 70

# Time, ids and randomness come in as arguments; model text is never evaluated. Composition (server) may read the clock.
BANNED = {
    "eval": "model text is never evaluated",
    "uuid4": "ids are passed in",
    "uuid1": "ids are passed in",
    "now": "time is passed in",
    "utcnow": "time is passed in",
    "today": "time is passed in",
    "print": "the command line writes; rooms return values",
    "seed": "random generators are passed in",
}
MAY_READ_CLOCK = {"server", "engine/clock.py"}
ROOM_NAMES_REFUSED = {"utils", "common", "helpers", "core", "manager", "misc", "lib"}


def trees() -> Iterator[tuple[Path, ast.Module]]:
    for path in MODULES:
        yield path, ast.parse(path.read_text(encoding="utf-8"))


def place(path: Path) -> str:
    return path.relative_to(SOURCE).as_posix()


def test_no_file_is_longer_than_700_lines() -> None:
    long = {place(p): n for p in MODULES if (n := len(p.read_text(encoding="utf-8").splitlines())) > FILE_LINES}
    assert long == {}


def test_no_function_is_longer_than_70_lines() -> None:
    long = [
        f"{place(path)}:{node.lineno} {node.name}"
        for path, tree in trees()
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (node.end_lineno or 0) - node.lineno + 1 > FUNCTION_LINES
    ]
    assert long == []


def test_every_module_opens_with_what_it_is() -> None:
    assert [place(path) for path, tree in trees() if not ast.get_docstring(tree)] == []


def test_every_public_function_and_class_says_what_it_does() -> None:
    silent = []
    for path, tree in trees():
        if any(part.startswith("_") and part != "__init__.py" for part in path.relative_to(SOURCE).parts):
            continue
        for node in tree.body:
            if (
                isinstance(node, ast.FunctionDef | ast.ClassDef)
                and not node.name.startswith("_")
                and not ast.get_docstring(node)
                and not any(ast.unparse(mark) == "overload" for mark in node.decorator_list)
            ):
                silent.append(f"{place(path)}:{node.lineno} {node.name}")
    assert silent == []


def test_time_ids_and_randomness_are_passed_in() -> None:
    found = []
    for path, tree in trees():
        where = place(path)
        if where in MAY_READ_CLOCK or where.split("/")[0] in MAY_READ_CLOCK:
            continue
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call):
                continue
            called = node.func
            if isinstance(called, ast.Name) and called.id in {"eval", "print"}:
                found.append(f"{where}:{node.lineno} {called.id}: {BANNED[called.id]}")
            if isinstance(called, ast.Attribute) and isinstance(called.value, ast.Name):
                owner, name = called.value.id, called.attr
                if owner in {"datetime", "date", "uuid", "random", "time"} and (name in BANNED or owner == "random"):
                    found.append(f"{where}:{node.lineno} {owner}.{name}: {BANNED.get(name, 'randomness is passed in')}")
                if owner == "time" and name in {"time", "time_ns"}:
                    found.append(f"{where}:{node.lineno} time.{name}: time is passed in")
    assert found == []


def test_rooms_are_imported_only_through_their_public_face() -> None:
    reaching = []
    for path, tree in trees():
        room = path.relative_to(SOURCE).parts[0]
        for node in ast.walk(tree):
            names = []
            if isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
                names = [node.module]
            elif isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            for name in names:
                parts = name.split(".")
                if parts[0] == "zaizao" and len(parts) > 2 and parts[1] != room:
                    reaching.append(f"{place(path)}:{node.lineno} {name}")
    assert reaching == []


def test_every_room_has_a_public_face() -> None:
    bare = []
    for init in SOURCE.glob("*/__init__.py"):
        names = [t.id for n in ast.parse(init.read_text(encoding="utf-8")).body if isinstance(n, ast.Assign)
                 for t in n.targets if isinstance(t, ast.Name)]  # fmt: skip
        if "__all__" not in names:
            bare.append(place(init))
    assert bare == []


def test_no_module_is_called_a_drawer() -> None:
    drawers = [place(p) for p in MODULES if {part.removesuffix(".py") for part in p.parts} & ROOM_NAMES_REFUSED]
    assert drawers == []


def test_no_unfinished_words_stand_in_the_source() -> None:
    words = re.compile(r"\b(TODO|FIXME|XXX|not implemented|placeholder|coming soon)\b", re.IGNORECASE)
    found = [
        f"{place(path)}:{number}"
        for path in MODULES
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if words.search(line)
    ]
    assert found == []


def test_no_path_of_a_machine_stands_in_the_tree() -> None:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode != 0:
        pytest.skip("not a git checkout: there is no list of tracked files to read")
    path_of_machine = re.compile(r"(^|[^a-z_.])/(work|farm|root|home|tmp)/[a-z.]")
    found = []
    for name in listed.stdout.split():
        file = ROOT / name
        if file.suffix in {".lock", ".png", ".gz"} or name == "tests/tidy/test_house.py" or not file.is_file():
            continue
        for number, line in enumerate(file.read_text(encoding="utf-8", errors="replace").splitlines(), 1):
            if path_of_machine.search(line):
                found.append(f"{name}:{number}")
    assert found == []


def test_imports_follow_the_house() -> None:
    command = [str(Path(sys.executable).parent / "lint-imports"), "--no-cache"]
    if not Path(command[0]).exists():
        pytest.skip("import-linter is not installed beside this interpreter; `make test` installs it")
    run = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, check=False, env={"PYTHONPATH": str(ROOT / "src")}
    )
    assert run.returncode == 0, run.stdout
