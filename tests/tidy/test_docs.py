"""Documentation is complete: every command, option, measure, move and room has its place."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer

from zaizao.measures import Kpi
from zaizao.redesign import MOVES
from zaizao.server.cli import app

ROOT = Path(__file__).parents[2]


def commands() -> Iterator[tuple[str, Any]]:
    def walk(command: Any, path: str) -> Iterator[tuple[str, Any]]:
        if not hasattr(command, "list_commands"):
            yield path, command
            return
        here = typer.Context(command)
        for name in command.list_commands(here):
            yield from walk(command.get_command(here, name), f"{path} {name}")

    yield from walk(typer.main.get_command(app), "zaizao")


def sections(page: str) -> dict[str, str]:
    text = (ROOT / "docs" / "reference" / page).read_text(encoding="utf-8")
    parts = re.split(r"^## (.+)$", text, flags=re.MULTILINE)[1:]
    return dict(zip(parts[::2], parts[1::2], strict=True))


def test_every_command_and_option_has_its_place_in_the_reference() -> None:
    known = sections("cli.md")
    silent = []
    for path, command in commands():
        text = known.get(path)
        if text is None:
            silent.append(path)
            continue
        for parameter in command.params:
            if parameter.param_type_name == "option" and parameter.name != "help":
                silent += [f"{path} {name}" for name in parameter.opts if f"`{name}`" not in text]
    assert silent == []


def test_the_reference_names_no_command_that_does_not_exist() -> None:
    assert set(sections("cli.md")) == {path for path, _ in commands()}


def test_every_measure_is_explained() -> None:
    text = (ROOT / "docs" / "reference" / "measures.md").read_text(encoding="utf-8")
    assert [kpi.value for kpi in Kpi if f"`{kpi.value}`" not in text] == []


def test_every_move_is_explained() -> None:
    text = (ROOT / "docs" / "reference" / "moves.md").read_text(encoding="utf-8")
    assert [move.name for move in MOVES if f"`{move.name}`" not in text] == []


def test_every_room_stands_in_the_architecture() -> None:
    text = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    rooms = [init.parent.name for init in (ROOT / "src" / "zaizao").glob("*/__init__.py")]
    assert [room for room in rooms if f"| `{room}` |" not in text] == []


def test_every_dependency_has_its_reason() -> None:
    text = (ROOT / "docs" / "decisions" / "0002-dependencies.md").read_text(encoding="utf-8")
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    listed = re.search(r"^dependencies = \[(.*?)^\]", project, re.MULTILINE | re.DOTALL)
    assert listed is not None
    names = re.findall(r'"([a-z0-9-]+)', listed.group(1))
    assert [name for name in names if name not in text] == []


def test_every_decision_page_is_in_the_index() -> None:
    folder = ROOT / "docs" / "decisions"
    index = (folder / "README.md").read_text(encoding="utf-8")
    assert [page.name for page in folder.glob("0*.md") if page.name not in index] == []
