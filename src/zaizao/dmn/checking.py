"""Checking a model: everything that is wrong with it as a list of problems, never an exception.

Reading, structure (circles, imports, references), names, types, tables, and every FEEL text compiled in its scope; then
the verification of each table.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import fields
from decimal import Decimal
from pathlib import Path

from zaizao.dmn.cells import read_cell
from zaizao.dmn.code import Scope
from zaizao.dmn.errors import DmnError
from zaizao.dmn.model import (
    Aggregation,
    BoxedContext,
    BusinessKnowledgeModel,
    Decision,
    DecisionTable,
    Definitions,
    Element,
    HitPolicy,
    ImportedValues,
    ItemDefinition,
    LiteralExpression,
    UnaryTests,
)
from zaizao.dmn.neighbours import imported_models
from zaizao.dmn.outputs import is_constant
from zaizao.dmn.plans import Plans
from zaizao.dmn.program import Program, variable_name
from zaizao.dmn.reader import read
from zaizao.dmn.structure import place, structure_problems
from zaizao.dmn.verification import Finding, verify
from zaizao.feel import Date, FeelError, FeelType, SimpleType, compile_unary
from zaizao.problems import Problem, Severity, Text

_KINDS: dict[str, type] = {"number": Decimal, "string": str, "boolean": bool, "date": Date}
_RANKED = (HitPolicy.PRIORITY, HitPolicy.OUTPUT_ORDER)


def check(source: Definitions | Path | str | bytes, *, imports: Collection[Definitions] = ()) -> list[Problem]:
    """Every problem of a model or a ``.dmn`` file; empty when all is well.

    ``imports`` are the models that it names; those of a file are looked for beside it when none are given.
    """
    try:
        definitions = source if isinstance(source, Definitions) else read(source)
    except DmnError as error:
        return list(error.problems)
    if not imports and isinstance(source, Path | str):
        imports = imported_models(source, definitions)
    program = Program(definitions, imports)
    found = structure_problems(program)
    found.extend(_duplicates(definitions))
    found.extend(_types(program, definitions))
    found.extend(_logic(definitions))
    found.extend(_languages(definitions))
    if not any(problem.code == "dmn.cycle" for problem in found):
        found.extend(_texts(program))
    return list(dict.fromkeys(found))


def findings(definitions: Definitions, *, imports: Collection[Definitions] = ()) -> list[Finding]:
    """The verification of every table of a model, knowing the types of what the tables test."""
    program = Program(definitions, imports)
    if program.cycles():
        return [finding for where, table in tables(definitions) for finding in verify(table, where)]
    return _compiled_texts(program)[1]


def tables(definitions: Definitions) -> Iterator[tuple[str, DecisionTable]]:
    """Every table of a model with its place."""
    for element in definitions.elements:
        if isinstance(element, Decision | BusinessKnowledgeModel):
            where = place(definitions, type(element).__name__, element.name)
            for part in walk(element):
                if isinstance(part, DecisionTable):
                    yield where, part


def walk(element: object) -> Iterator[Element]:
    """An element and all elements inside it."""
    stack: list[object] = [element]
    while stack:
        part = stack.pop()
        if isinstance(part, tuple):
            stack.extend(reversed(part))
        elif hasattr(part, "__dataclass_fields__"):
            if isinstance(part, Element):
                yield part
            stack.extend(getattr(part, field.name) for field in reversed(fields(part)))  # type: ignore[arg-type]


# --- names --------------------------------------------------------------------------------------------------------


def _duplicates(definitions: Definitions) -> Iterator[Problem]:
    model = definitions.name
    named = [(variable_name(element), type(element).__name__) for element in definitions.elements]
    named += [(use.name, "import") for use in definitions.imports if use.name]
    yield from _twice(model, [name for name, _ in named], "dmn.name.duplicate")
    yield from _twice(f"{model}: item definitions", [item.name for item in definitions.types], "dmn.type.duplicate")
    yield from _twice(f"{model}: ids", [element.id for element in definitions.elements], "dmn.id.duplicate")
    for element in definitions.elements:
        where = place(definitions, type(element).__name__, element.name)
        if not element.name.strip():
            yield Problem(
                f"{where}{element.id}",
                Text("元素没有名称", "the element has no name"),
                Text("请命名", "name it"),
                "dmn.name.empty",
            )
        for part in walk(element):
            if isinstance(part, BoxedContext):
                names = [entry.variable.name for entry in part.entries if entry.variable is not None]
                yield from _twice(f"{where}, context", names, "dmn.name.duplicate")


def _twice(where: str, names: Sequence[str], code: str) -> Iterator[Problem]:
    for name in dict.fromkeys(name for name in names if names.count(name) > 1):
        yield Problem(
            where,
            Text(f"名称 {name} 被使用了 {names.count(name)} 次", f"the name {name} is used {names.count(name)} times"),
            Text("请让名称唯一", "make it unique"),
            code,
        )


# --- types --------------------------------------------------------------------------------------------------------


def _types(program: Program, definitions: Definitions) -> Iterator[Problem]:
    known = program.types(definitions.namespace)
    missing_import = any(use.is_model and use.namespace not in program.models for use in definitions.imports)
    for owner in (*definitions.types, *definitions.elements):
        where = place(definitions, type(owner).__name__, owner.name)
        for part in walk(owner):
            for attribute in ("type", "result", "collection_type"):
                name = getattr(part, attribute, None)
                if not isinstance(name, str) or type(part).__name__ == "KnowledgeSource" or known.knows(name):
                    continue
                if not (missing_import and "." in name):
                    yield Problem(
                        where,
                        Text(f"类型 {name} 未定义", f"the type {name} is not defined"),
                        Text("请定义该类型或改用 FEEL 类型", "define it or use a FEEL type"),
                        "dmn.type.unknown",
                    )
    for item in definitions.types:
        yield from _constraints(definitions, item)
        yield from _alias_circle(definitions, item)


def _constraints(definitions: Definitions, item: ItemDefinition) -> Iterator[Problem]:
    where = place(definitions, "ItemDefinition", item.name)
    for part in walk(item):
        for tests in (getattr(part, "allowed", None), getattr(part, "constraint", None)):
            if tests is not None and read_cell(tests.text) is None:
                try:
                    compile_unary(tests.text)
                except FeelError as error:
                    yield from (_placed(where, problem) for problem in error.problems)


def _alias_circle(definitions: Definitions, item: ItemDefinition) -> Iterator[Problem]:
    aliases = {other.name: other.type for other in definitions.types}
    met, name = set[str](), item.name
    while name in aliases and name not in met:
        met.add(name)
        name = aliases[name] or ""
    if name == item.name:
        yield Problem(
            place(definitions, "ItemDefinition", item.name),
            Text("类型定义成环", "the type is defined by itself"),
            Text("请改用其他类型", "use another type"),
            "dmn.type.cycle",
        )


def _placed(where: str, problem: Problem) -> Problem:
    return Problem(f"{where}: {problem.where}", problem.what, problem.remedy, problem.code, problem.severity)


# --- logic --------------------------------------------------------------------------------------------------------


def _logic(definitions: Definitions) -> Iterator[Problem]:
    for element in definitions.elements:
        if isinstance(element, Decision | BusinessKnowledgeModel) and element.logic is None:
            yield Problem(
                place(definitions, type(element).__name__, element.name),
                Text("没有决策逻辑", "it has no logic"),
                Text("请补充表达式或决策表", "give it an expression or a table"),
                "dmn.logic.missing",
                Severity.WARNING,
            )
    for where, table in tables(definitions):
        yield from _table(where, table)


def _languages(definitions: Definitions) -> Iterator[Problem]:
    """Texts that are not FEEL, and logic kept outside the model."""
    if definitions.expression_language is not None:
        yield _foreign_language(definitions.name, definitions.expression_language)
    for owner in (*definitions.types, *definitions.elements):
        where = place(definitions, type(owner).__name__, owner.name)
        for part in walk(owner):
            language = part.language if isinstance(part, LiteralExpression | UnaryTests) else None
            if isinstance(part, ImportedValues):
                language = part.import_type or part.namespace
            if language is not None:
                yield _foreign_language(where, language)


def _foreign_language(where: str, language: str) -> Problem:
    return Problem(
        where,
        Text(f"使用了 FEEL 以外的语言 {language}，不会被求值", f"it is written in {language}: only FEEL is evaluated"),
        Text("请用 FEEL 改写", "write it in FEEL"),
        "dmn.language",
    )


def _table(where: str, table: DecisionTable) -> Iterator[Problem]:
    if not table.outputs:
        yield Problem(
            where,
            Text("决策表没有输出列", "the table has no output column"),
            Text("请至少添加一个输出列", "add at least one"),
            "dmn.table.no-output",
        )
    if not table.rules:
        yield Problem(
            where,
            Text("决策表没有规则", "the table has no rule"),
            Text("请添加规则", "add rules"),
            "dmn.table.no-rule",
            Severity.WARNING,
        )
    names = [column.name or "" for column in table.outputs]
    if len(names) > 1 and ("" in names or len(set(names)) < len(names)):
        yield Problem(
            where,
            Text("多个输出列必须各有不同的名称", "several output columns need a name each, all different"),
            Text("请为输出列命名", "name the output columns"),
            "dmn.table.output-name",
        )
    yield from _policy(where, table)
    wanted = f"{len(table.inputs)}+{len(table.outputs)}"
    for number, rule in enumerate(table.rules, 1):
        found = f"{len(rule.inputs)}+{len(rule.outputs)}"
        if found != wanted:
            yield Problem(
                f"{where}, rule {number}",
                Text(f"规则有 {found} 个单元格，应为 {wanted} 个", f"the rule has {found} cells instead of {wanted}"),
                Text("请补全单元格", "complete the row"),
                "dmn.table.row-length",
            )


def _policy(where: str, table: DecisionTable) -> Iterator[Problem]:
    if table.aggregation is not None and table.hit_policy is not HitPolicy.COLLECT:
        yield Problem(
            where,
            Text("只有 COLLECT 表可以聚合", "only a COLLECT table can aggregate"),
            Text("请改用 COLLECT 或去掉聚合", "use COLLECT or drop the aggregation"),
            "dmn.table.aggregation",
            Severity.WARNING,
        )
    folds = table.aggregation not in (None, Aggregation.COUNT)
    if folds and table.hit_policy is HitPolicy.COLLECT and len(table.outputs) > 1:
        yield Problem(
            where,
            Text("聚合只适用于单输出表", "only a table with one output can aggregate"),
            Text("请拆成多张表", "split the table"),
            "dmn.table.aggregation",
        )
    if table.hit_policy in _RANKED and not any(column.values or column.type for column in table.outputs):
        yield Problem(
            where,
            Text(
                f"{table.hit_policy.value} 需要输出允许值来定优先级",
                f"{table.hit_policy.value} needs output values as priorities",
            ),
            Text("请在输出列列出允许值，优先的在前", "list the output values, the highest priority first"),
            "dmn.table.priority",
            Severity.WARNING,
        )


# --- texts --------------------------------------------------------------------------------------------------------


def _texts(program: Program) -> Iterator[Problem]:
    problems, found = _compiled_texts(program)
    yield from problems
    yield from (finding.problem for finding in found)


def _compiled_texts(program: Program) -> tuple[list[Problem], list[Finding]]:
    """Compiles every text of the main model in its scope and verifies its tables there."""
    found: list[Finding] = []

    def on_table(table: DecisionTable, scope: Scope) -> None:
        _cells(table, scope)
        if table.outputs:
            domains, kinds = _columns_of(table, scope)
            found.extend(verify(table, scope.where, domains, kinds))

    plans = Plans(program, {}, on_table=on_table)
    for element in program.main.elements:
        plans.compile_texts(program.main.namespace, element)
    return plans.problems, found


def _cells(table: DecisionTable, scope: Scope) -> None:
    """Compiles the cells that take FEEL; problems go to the scope."""
    for number, rule in enumerate(table.rules, 1):
        for at, text in enumerate(rule.inputs, 1):
            if read_cell(text) is None:
                scope.inner((), f"{scope.where}, rule {number}, input {at}").tests(text)
        for at, text in enumerate(rule.outputs, 1):
            if not is_constant(text):
                scope.inner((), f"{scope.where}, rule {number}, output {at}").expression(text)


def _columns_of(table: DecisionTable, scope: Scope) -> tuple[list[str | None], list[type | None]]:
    """What is known of the inputs: the allowed values of their types, and whether they are numbers, texts, booleans."""
    domains: list[str | None] = []
    kinds: list[type | None] = []
    for column in table.inputs:
        variable = scope.declared.get(column.expression.text.strip())
        name = column.expression.type or variable
        allowed = scope.types.allowed_of(variable) or scope.types.allowed_of(name)
        boundary = scope.types.boundary(name)
        domains.append(None if allowed is None or column.values else allowed.text)
        kinds.append(None if boundary is None else _kind(boundary.type))
    return domains, kinds


def _kind(feel_type: FeelType) -> type | None:
    return _KINDS.get(feel_type.name) if isinstance(feel_type, SimpleType) else None
