"""Checking a pack whole: its scenario, models, and everything that they name.

Rule kept: what a model or goal names must be in the pack: job types have a robot or capability, forms a file, measures a
definition, faults a stand-in to strike. A pack with ``to_be.bpmn`` is a whole one and needs a README in both languages.
"""

from __future__ import annotations

from pathlib import Path

from zaizao.bpmn import Task
from zaizao.problems import Problem, Text
from zaizao.scenarios.contents import ROBOT, Contents, read_contents
from zaizao.scenarios.errors import PackError
from zaizao.scenarios.pack import Pack, check as check_scenario, load
from zaizao.scenarios.rehearsal import figures_of, level, read_expected
from zaizao.simulation import open_book

_READMES = ("README.md", "README.zh-CN.md")


def check(path: Path) -> list[Problem]:
    """Everything that is wrong with a pack; empty when it can be rehearsed. Runs the pack's Python files."""
    folder = Path(path)
    problems = check_scenario(folder)
    contents, found = read_contents(folder)
    problems = [*problems, *found]
    if problems:
        return problems
    pack = load(folder)
    problems += _goals(pack)
    problems += read_expected(pack)[1]
    return [*problems, *_named(pack, contents)] if pack.to_be is not None else problems


def open_pack(path: Path) -> tuple[Pack, Contents]:
    """A pack with all it holds; raises ``PackError`` with every problem found."""
    problems = check(path)
    if problems:
        raise PackError(problems)
    return load(path), read_contents(Path(path))[0]


def _goals(pack: Pack) -> list[Problem]:
    known, found = figures_of(pack), []
    lines = _goal_lines(pack.folder / "scenario.toml")
    for number, target in enumerate(pack.targets):
        where = f"{pack.folder / 'scenario.toml'}: line {lines[number] if number < len(lines) else 1}"
        if target.measure not in known:
            listed = ", ".join(known)
            what = Text(f"没有指标“{target.measure}”", f"there is no measure “{target.measure}”")
            remedy = Text(f"可用：{listed}", f"there are: {listed}")
            found.append(Problem(where, what, remedy, "pack.unknown-measure"))
        elif target.change is None and level(target.to, known[target.measure].unit) is None:
            what = Text(f"目标值不可读：“{target.to}”", f"the value “{target.to}” cannot be read")
            found.append(Problem(where, what, Text("如 2min、5%", "write it like 2min or 5%"), "pack.goal"))
    return found


def _goal_lines(path: Path) -> list[int]:
    text = path.read_text(encoding="utf-8").splitlines()
    return [number for number, line in enumerate(text, 1) if line.strip().startswith("[[goal]]")]


def _named(pack: Pack, contents: Contents) -> list[Problem]:
    assert pack.to_be is not None, "asked only where there is one"
    model, found = pack.folder / "to_be.bpmn", []
    text = model.read_text(encoding="utf-8").splitlines()

    def missing(name: str, what: Text, remedy: Text, code: str) -> None:
        line = next((number for number, row in enumerate(text, 1) if f'"{name}"' in row), 1)
        found.append(Problem(f"{model}: line {line}", what, remedy, code))

    for node in pack.to_be.process.walk():
        if not isinstance(node, Task):
            continue
        if node.job is not None:
            kind = node.job.type.strip('="')
            known = (
                kind.removeprefix(ROBOT) in contents.robots if kind.startswith(ROBOT) else kind in contents.capabilities
            )
            if not known:
                what = Text(f"没有谁做 {kind}", f"nothing in the pack does {kind}")
                remedy = Text("在 robots/ 或 capabilities/ 中补上", "add a robot or a capability")
                missing(kind, what, remedy, "pack.no-worker")
        form = node.human.form_id if node.human is not None else None
        if form and form not in contents.forms:
            what = Text(f"没有表单 {form}", f"there is no form {form}")
            missing(form, what, Text(f"写 forms/{form}.form", f"write forms/{form}.form"), "pack.no-form")
    for name in _READMES:
        if not (pack.folder / name).is_file():
            what = Text(f"没有 {name}", f"there is no {name}")
            found.append(
                Problem(str(pack.folder), what, Text("两种语言都要写", "write one in each language"), "pack.readme")
            )
    lines = open_book(pack.folder / "scenario.toml").book.lines
    if pack.faults and not contents.sandbox:
        where = f"{pack.folder / 'scenario.toml'}: line {lines.get(('faults',), 1)}"
        what = Text("没有可出故障的替身", "there is no stand-in that these could strike")
        found.append(Problem(where, what, Text("在 sandbox/ 中补上", "add one under sandbox/"), "pack.faults"))
    return found
