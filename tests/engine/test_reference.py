"""The reference of BPMN says everything that runs: elements, extensions, incidents, lifecycles."""

from __future__ import annotations

import re
from pathlib import Path

from zaizao.bpmn import EventPosition, GatewayKind, TaskKind
from zaizao.engine import LIFECYCLES, IncidentKind
from zaizao.engine.elements import BEHAVIOURS
from zaizao.engine.executable import TriggerKind

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "reference" / "bpmn.md").read_text(encoding="utf-8")
INSIDE = {"process", "compensation"}  # no element of a model: the case itself, and an element that undoes


def test_every_element_that_runs_is_described() -> None:
    kinds = {*map(str, TaskKind), *map(str, GatewayKind), *map(str, EventPosition), *BEHAVIOURS} - INSIDE
    assert sorted(kind for kind in kinds if f"`{kind}`" not in PAGE and f"({kind})" not in PAGE) == []
    assert [kind for kind in TriggerKind if str(kind).removesuffix("ion") not in PAGE] == []


def test_every_extension_that_is_read_is_described() -> None:
    sources = [path.read_text(encoding="utf-8") for path in (ROOT / "src" / "zaizao" / "bpmn").glob("read*.py")]
    read = {name for text in sources for name in re.findall(r'extension\("(\w+)"', text)}
    read |= {
        name
        for text in sources
        for group in re.findall(r"names = \((.*?)\)", text)
        for name in re.findall(r'"(\w+)"', group)
    }
    assert len(read) >= 15
    assert sorted(name for name in read if f"`{name}`" not in PAGE) == []


def test_every_attribute_of_an_extension_is_described() -> None:
    text = (ROOT / "src" / "zaizao" / "bpmn" / "read_nodes.py").read_text(encoding="utf-8")
    named = set(re.findall(r'(?:found|values|definition|child|element)\.get\("(\w+)"', text))
    assert len(named) >= 15
    named.discard("associationDirection")  # the standard's own
    assert sorted(name for name in named if f"`{name}`" not in PAGE) == []


def test_every_incident_is_described() -> None:
    assert [kind for kind in IncidentKind if f"`{kind}`" not in PAGE] == []


def test_the_diagrams_are_those_of_the_tables() -> None:
    drawn = dict(re.findall(r"### (\w+)\n\n```mermaid\n(.*?)\n```", PAGE, re.DOTALL))
    assert drawn == {lifecycle.name: lifecycle.diagram() for lifecycle in LIFECYCLES}
