"""Examples beside a model: ``<name>.cases.csv`` next to ``<name>.dmn``, run by ``test_cases``.

The first row names the columns. ``decision`` says which decision is asked (it may be left out when the model has just
one); ``name`` titles the case; a column ``= `` or ``= entry`` holds what must come out, as a FEEL expression, the whole
answer or one entry of it; every other column is an input by name (``applicant.age`` for an entry), as FEEL, or as plain
text when it is no FEEL. An empty input cell leaves the input out.
"""

from __future__ import annotations

import csv
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from zaizao.dmn.cells import constant
from zaizao.dmn.errors import DmnError
from zaizao.dmn.evaluation import Model, compile
from zaizao.dmn.model import Definitions
from zaizao.dmn.neighbours import imported_models
from zaizao.dmn.reader import read
from zaizao.feel import FeelError, Value, compile as compile_feel, evaluation
from zaizao.problems import Problem, Text

_equal = compile_feel("a = b", names=("a", "b")).function(("a", "b"))
_SUFFIX = ".cases.csv"


@dataclass(frozen=True, slots=True)
class Case:
    """One example: the decision, its inputs, and what must come out per entry (``""`` is the whole answer)."""

    where: str
    name: str
    decision: str
    inputs: dict[str, Value]
    expected: dict[str, Value]


@dataclass(frozen=True, slots=True)
class CaseResult:
    """How an example went: ``actual`` is the answer; ``problem`` says what differs, ``None`` when nothing."""

    case: Case
    actual: Value
    problem: Problem | None

    @property
    def passed(self) -> bool:
        """Whether everything expected came out."""
        return self.problem is None


def cases_file(model: Path) -> Path:
    """Where the examples of a ``.dmn`` file stand."""
    return model.with_suffix("").with_name(model.with_suffix("").name + _SUFFIX)


def test_cases(
    path: Path | str, *, cases: Path | str | None = None, imports: Collection[Definitions] = ()
) -> list[CaseResult]:
    """Runs the examples of the model ``path``; ``cases`` is another file than the one beside it, ``imports`` other models
    than those found beside it.

    Raises ``DmnError`` for a model or a table of examples that cannot be read.
    """
    source = Path(path)
    definitions = read(source)
    rows = read_cases(Path(cases) if cases else cases_file(source), definitions)
    model = compile(definitions, imports=imports or imported_models(source, definitions))
    return [run_case(model, case) for case in rows]


def read_cases(path: Path, definitions: Definitions) -> list[Case]:
    """The examples in a file. Raises ``DmnError``: no such file, not UTF-8, no columns, an unknown decision."""
    try:
        text = path.read_text(encoding="utf-8-sig")
        rows = list(csv.reader(text.splitlines(keepends=True), strict=True))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DmnError(
            Problem(
                path.name,
                Text(f"无法读取案例文件：{error}", f"the examples cannot be read: {error}"),
                Text("请提供 UTF-8 编码的 CSV 文件", "give a CSV file in UTF-8"),
                "dmn.cases.unreadable",
            )
        ) from None
    head = [name.strip() for name in rows[0]] if rows else []
    if not any(name.startswith("=") for name in head):
        raise DmnError(
            Problem(
                path.name,
                Text("没有以 = 开头的期望列", "no column starts with =, so nothing is expected"),
                Text("请添加名为 = 的列，写明期望结果", "add a column named = with the expected answer"),
                "dmn.cases.no-expectation",
            )
        )
    decisions = [decision.name for decision in definitions.decisions]
    return [
        _case(path.name, number, head, row, decisions)
        for number, row in enumerate(rows[1:], 2)
        if any(cell.strip() for cell in row)
    ]


def _case(file: str, line: int, head: Sequence[str], row: Sequence[str], decisions: Sequence[str]) -> Case:
    where = f"{file}: line {line}"
    inputs: dict[str, Value] = {}
    expected: dict[str, Value] = {}
    decision, name = decisions[0] if len(decisions) == 1 else "", f"line {line}"
    for column, cell in zip(head, row, strict=False):
        text = cell.strip()
        if column == "decision":
            decision = text or decision
        elif column == "name":
            name = text or name
        elif column.startswith("="):
            if text:
                expected[column[1:].strip()] = input_value(text)
        elif text:
            _put(inputs, column.split("."), input_value(text))
    if not decision:
        raise DmnError(
            Problem(
                where,
                Text("没有说明要测试哪个决策", "it does not say which decision is asked"),
                Text(
                    f"请填写 decision 列：{', '.join(decisions)}", f"fill the column decision: {', '.join(decisions)}"
                ),
                "dmn.cases.no-decision",
            )
        )
    return Case(where, name, decision, inputs, expected)


def _put(into: dict[str, Value], path: Sequence[str], value: Value) -> None:
    for name in path[:-1]:
        inner = into.setdefault(name, {})
        if not isinstance(inner, dict):
            return
        into = inner
    into[path[-1]] = value


def input_value(text: str) -> Value:
    """What a person wrote as a FEEL value: FEEL where it is FEEL and names nothing, else the text itself."""
    plain = constant(text)
    if plain is not None or text == "null":
        return plain
    try:
        made = compile_feel(text)
    except FeelError:
        return text
    return text if made.names else made.evaluate({})


def run_case(model: Model, case: Case) -> CaseResult:
    """Asks the model and compares."""
    outcome = model.evaluate(case.decision, case.inputs, trace=True)
    wrong = []
    for entry, wanted in case.expected.items():
        got = outcome.value
        if entry:
            got = got.get(entry) if isinstance(got, dict) else None
        with evaluation():
            fits = got is None if wanted is None else _equal(got, wanted) is True
        if not fits:
            wrong.append((entry or case.decision, wanted, got))
    if not wrong:
        return CaseResult(case, outcome.value, None)
    chinese = "；".join(f"{entry} 应为 {wanted}，实为 {got}" for entry, wanted, got in wrong)
    english = "; ".join(f"{entry} should be {wanted} but is {got}" for entry, wanted, got in wrong)
    reasons = outcome.trace.reasons if outcome.trace else ()
    chinese += "".join(f"（{reason.what.zh}）" for reason in reasons[:3])
    english += "".join(f" ({reason.what.en})" for reason in reasons[:3])
    problem = Problem(
        f"{case.where}, {case.name}",
        Text(chinese, english),
        Text("请修正模型或期望结果", "correct the model or the expectation"),
        "dmn.cases.differs",
    )
    return CaseResult(case, outcome.value, problem)
