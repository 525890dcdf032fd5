"""Commands on decisions: ``zaizao decide`` (ask one) and ``zaizao dmn check | verify | test``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from zaizao import dmn, feel
from zaizao.problems import Problem, Severity, Text
from zaizao.server.terminal import REFUSED, Json, problem_document, terminal

Model = Annotated[Path, typer.Argument(help="a .dmn file. 决策模型。", show_default=False)]
Models = Annotated[list[Path], typer.Argument(help=".dmn files. 决策模型。", show_default=False)]
Imports = Annotated[list[Path] | None, typer.Option("--import", help="a model that MODEL imports. 被引用的模型。")]
Name = Annotated[str, typer.Option("--decision", help="which decision to ask. 决策名。", show_default=False)]
Inputs = Annotated[list[str] | None, typer.Option("--input", help="name=value, the value in FEEL. 输入，值为 FEEL。")]
Cases = Annotated[Path | None, typer.Option("--cases", help="a table of cases (CSV). 案例表。")]
ANSWERED_NO = 1

dmn_app = typer.Typer(no_args_is_help=True, help="Check, verify and test decision models. 检查、核验、测试决策模型。")


def decide(
    model: Model,
    decision: Name = "",
    inputs: Inputs = None,
    cases: Cases = None,
    imports: Imports = None,
    json: Json = False,
) -> None:
    """Ask a decision once, or once a row of a table of cases. 求值一个决策。"""
    terminal.json = json
    known = _known(imports)
    if cases is not None:
        _told(model, dmn.test_cases(model, cases=cases, imports=known))
        return
    read = dmn.read(model)
    compiled = dmn.compile(read, imports=known or dmn.imported_models(model, read))
    if not decision:
        names = ", ".join(e.name for e in compiled.definitions.elements if isinstance(e, dmn.Decision))
        what = Text("没有指明求值哪个决策", "no decision was named")
        remedy = Text(f"请用 --decision 指定其一：{names}", f"name one with --decision: {names}")
        raise dmn.DmnError(Problem(model.name, what, remedy, code="decide.no-name"))
    outcome = compiled.evaluate(decision, dict(_input(text) for text in inputs or ()), trace=True)
    terminal.document({"decision": decision, "value": feel.from_feel(outcome.value), "version": outcome.version})
    terminal.line(Text.both(feel.string_of(outcome.value) or "null"))


def _input(text: str) -> tuple[str, feel.Value]:
    """``name=value``; a value that is no FEEL literal is taken as a string, as people type it."""
    name, _, value = text.partition("=")
    return name.strip(), dmn.input_value(value)


def _known(imports: list[Path] | None) -> list[dmn.Definitions]:
    """The models named with ``--import``; none named: those found beside the file."""
    return [dmn.read(path) for path in imports or ()]


@dmn_app.command()
def check(models: Models, imports: Imports = None, json: Json = False) -> None:
    """List every problem of decision models. 检查决策模型。"""
    terminal.json = json
    known = _known(imports)
    found = [problem for path in models for problem in dmn.check(path, imports=known)]
    _concluded(found, Text("没有问题", "no problems"))


@dmn_app.command()
def verify(models: Models, json: Json = False) -> None:
    """Find gaps, overlaps and dead rules of decision tables, with the values that show them. 核验决策表。"""
    terminal.json = json
    found = [finding.problem for path in models for finding in dmn.findings(dmn.read(path))]
    _concluded(found, Text("决策表完整且无冲突", "the tables are complete and free of conflicts"))


@dmn_app.command(name="test")
def run_tests(models: Models, imports: Imports = None, json: Json = False) -> None:
    """Run the examples beside decision models (NAME.cases.csv). 运行模型旁的案例。"""
    terminal.json = json
    known = _known(imports)
    for path in models:
        _told(path, dmn.test_cases(path, imports=known))


def _concluded(found: list[Problem], nothing: Text) -> None:
    terminal.document({"problems": [problem_document(problem) for problem in found]})
    if not terminal.json:
        terminal.problems(found)
        if not found:
            terminal.line(nothing)
    if any(problem.severity is Severity.ERROR for problem in found):
        raise typer.Exit(REFUSED)


def _told(model: Path, results: list[dmn.CaseResult]) -> None:
    failed = [result for result in results if result.problem is not None]
    terminal.document(
        {
            "model": model.name,
            "cases": [
                {
                    "name": r.case.name,
                    "decision": r.case.decision,
                    "value": feel.from_feel(r.actual),
                    "passed": r.passed,
                }
                for r in results
            ],
        }
    )
    if not terminal.json:
        table = Table.grid(padding=(0, 3))
        for result in results:
            mark = Text("通过", "pass") if result.passed else Text("不符", "differs")
            table.add_row(
                terminal.say(mark), result.case.name, result.case.decision, feel.string_of(result.actual) or "null"
            )
        terminal.out.print(table)
        terminal.problems(result.problem for result in failed if result.problem is not None)
    if failed:
        raise typer.Exit(ANSWERED_NO)
