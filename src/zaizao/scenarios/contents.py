"""What a pack holds besides its scenario: decisions with examples, forms, robots, capabilities, stand-ins, cases.

Rule kept: everything is found by its folder and its kind; what cannot be read or does not hold is a problem with file
and line. Python files of a pack are run to see what is in them: check only packs whose code you would run.
"""

from __future__ import annotations

import importlib.util
import inspect
import json
import traceback
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

from zaizao import dmn
from zaizao.engine import Capability, EngineError, capability_of
from zaizao.inbox import FormError, read_form
from zaizao.problems import Problem, Severity, Text
from zaizao.robots import Robot, robots_in

ROBOT = "robot:"
"""Job types that begin so are done by the robot of the queue named behind it."""


@dataclass(slots=True)
class Contents:
    """``robots`` by queue, ``capabilities`` by job type, ``sandbox`` by the stand-in's name, ``forms`` by id."""

    decisions: list[dmn.Definitions] = field(default_factory=list)
    forms: dict[str, str] = field(default_factory=dict)
    robots: dict[str, Robot] = field(default_factory=dict)
    capabilities: dict[str, Capability] = field(default_factory=dict)
    sandbox: dict[str, Callable[[Any], Any]] = field(default_factory=dict)
    generate: Callable[..., Any] | None = None


def read_contents(folder: Path) -> tuple[Contents, list[Problem]]:
    """Everything in a pack's folders, and what is wrong with it."""
    held, problems = Contents(), list[Problem]()
    for place in sorted(folder.glob("decisions/*.dmn")):
        problems += _decision(held, place)
    for place in sorted(folder.glob("forms/*.form")):
        problems += _form(held, place)
    for place in sorted([*folder.glob("robots/*.py"), *folder.glob("capabilities/*.py"), *folder.glob("sandbox/*.py")]):
        problems += _code(held, folder, place)
    generator = folder / "cases" / "generate.py"
    if generator.is_file():
        problems += _code(held, folder, generator)
    return held, problems


def _decision(held: Contents, place: Path) -> list[Problem]:
    found = dmn.check(place)
    if any(problem.severity is Severity.ERROR for problem in found):
        return found
    held.decisions.append(dmn.read(place))
    if not dmn.cases_file(place).is_file():
        what = Text("决策旁没有案例", "no examples stand beside the decision")
        remedy = Text(f"请写 {dmn.cases_file(place).name}", f"write {dmn.cases_file(place).name}")
        return [*found, Problem(f"decisions/{place.name}", what, remedy, "pack.no-examples")]
    try:
        return [*found, *(one.problem for one in dmn.test_cases(place) if one.problem is not None)]
    except dmn.DmnError as error:
        return [*found, *error.problems]


def _form(held: Contents, place: Path) -> list[Problem]:
    text = place.read_text(encoding="utf-8")
    try:
        form = read_form(text)
    except FormError as error:
        try:
            json.loads(text)
            where = f"forms/{place.name}"
        except json.JSONDecodeError as fault:
            where = f"forms/{place.name}: line {fault.lineno}"
        return [Problem(where, one.what, one.remedy, one.code) for one in error.problems]
    held.forms[form.id] = text
    return []


def _code(held: Contents, folder: Path, place: Path) -> list[Problem]:
    """Run one Python file and take what it offers."""
    module = _module(folder, place)
    if isinstance(module, Problem):
        return [module]
    part = place.parent.name
    if part == "robots":
        found: dict[str, Any] = {one.queue: one for one in robots_in(module).values()}
        held.robots.update(found)
        wanted = "@robot"
    elif part == "capabilities":
        found = {}
        for _, function in inspect.getmembers(module, inspect.isfunction):
            with suppress(EngineError):  # a function beside the capabilities
                made = capability_of(function)
                found[made.manifest.type] = made
        held.capabilities.update(found)
        wanted = "@capability"
    elif part == "sandbox":
        found = {place.stem: module.application} if hasattr(module, "application") else {}
        held.sandbox.update(found)
        wanted = "application(stand)"
    else:
        held.generate = getattr(module, "generate", None)
        found = {"generate": held.generate} if held.generate is not None else {}
        wanted = "generate(attributes, luck, folder)"
    if found or place.stem.startswith("_"):
        return []
    what = Text(f"没有 {wanted}", f"there is no {wanted}")
    return [
        Problem(f"{part}/{place.name}", what, Text("补上，或删去该文件", "add it or delete the file"), "pack.empty")
    ]


def _module(folder: Path, place: Path) -> ModuleType | Problem:
    name = f"zaizao_pack_{folder.name}_{place.parent.name}_{place.stem}".replace("-", "_")
    spec = importlib.util.spec_from_file_location(name, place)
    assert spec is not None, "a .py file has a spec"
    assert spec.loader is not None, "a .py file has a loader"
    module = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except Exception as fault:  # a pack's code may fail in any way, and each is the pack's problem
        line = line_of(fault, place)
        what = Text(f"无法运行：{fault}", f"it cannot be run: {fault}")
        where = f"{place.parent.name}/{place.name}: line {line}"
        return Problem(where, what, Text("改正代码", "correct the code"), "pack.code")
    return module


def line_of(fault: Exception, place: Path) -> int:
    """The line of a pack's file where a fault arose; 1 where it arose elsewhere."""
    if isinstance(fault, SyntaxError):
        return fault.lineno or 1
    lines = [frame.lineno for frame in traceback.extract_tb(fault.__traceback__) if frame.filename == str(place)]
    return (lines[-1] if lines else None) or 1
