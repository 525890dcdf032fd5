"""The structure of linked models: circles, missing imports, references to nothing (DMN 6.3)."""

from __future__ import annotations

from collections.abc import Iterator

from zaizao.dmn.model import Decision, Definitions, InputData, Requirement, RequirementKind
from zaizao.dmn.program import Key, Program
from zaizao.problems import Problem, Severity, Text


def structure_problems(program: Program) -> list[Problem]:
    """What keeps the models from being linked, and what is odd about how they are."""
    found = [_circle(program, circle) for circle in program.cycles()]
    for model in program.models.values():
        found.extend(_imports(program, model))
        found.extend(_requirements(program, model))
        found.extend(_services(program, model))
    return found


def place(model: Definitions, kind: str, name: str) -> str:
    """``"loan: decision Route"``, the place of an element in problems."""
    return f"{model.name}: {kind} {name}"


def _circle(program: Program, circle: tuple[Key, ...]) -> Problem:
    model = program.models[circle[0].namespace]
    names = [program.elements[key].name for key in (*circle, circle[0])]
    path = " → ".join(names)
    return Problem(
        place(model, "element", names[0]),
        Text(f"需求关系成环：{path}", f"the requirements run in a circle: {path}"),
        Text("请删除环上的一条需求关系", "remove one requirement of the circle"),
        "dmn.cycle",
    )


def _imports(program: Program, model: Definitions) -> Iterator[Problem]:
    for use in model.imports:
        if use.is_model and use.namespace not in program.models:
            yield Problem(
                place(model, "import", use.name or use.namespace),
                Text(f"找不到导入的模型 {use.namespace}", f"the imported model {use.namespace} is not given"),
                Text("请一并提供该模型文件", "give that model's file as well"),
                "dmn.import.missing",
            )


def _requirements(program: Program, model: Definitions) -> Iterator[Problem]:
    for element in model.elements:
        kind = type(element).__name__
        for requirement in element.requirements:
            where = place(model, kind, element.name)
            key = program.resolve(model.namespace, requirement.target)
            if key is None:
                if not _of_missing_import(program, model, requirement.target):
                    yield _nothing(where, requirement.target)
            elif not _fits(program, key, requirement):
                far = type(program.elements[key]).__name__
                yield Problem(
                    where,
                    Text(
                        f"{requirement.kind.value} 指向了类型不符的元素 {far}",
                        f"{requirement.kind.value} points to an element of the wrong kind, {far}",
                    ),
                    Text("请改用与目标相符的需求类型", "use the requirement that fits its target"),
                    "dmn.requirement.kind",
                    Severity.WARNING,
                )


def _services(program: Program, model: Definitions) -> Iterator[Problem]:
    for service in model.services:
        where = place(model, "DecisionService", service.name)
        for target in (*service.outputs, *service.encapsulated, *service.input_decisions, *service.input_data):
            if program.resolve(model.namespace, target) is None and not _of_missing_import(program, model, target):
                yield _nothing(where, target)
        for target in (*service.outputs, *service.encapsulated, *service.input_decisions):
            key = program.resolve(model.namespace, target)
            if key is not None and not isinstance(program.elements[key], Decision):
                yield Problem(
                    where,
                    Text(f"{target} 不是决策", f"{target} is no decision"),
                    Text("请改为引用决策", "refer to a decision"),
                    "dmn.service.kind",
                )
        if not service.outputs:
            yield Problem(
                where,
                Text("决策服务没有输出决策", "the decision service has no output decision"),
                Text("请至少指定一个输出决策", "name at least one"),
                "dmn.service.no-output",
            )


def _fits(program: Program, key: Key, requirement: Requirement) -> bool:
    element = program.elements[key]
    if requirement.kind is RequirementKind.DECISION:
        return isinstance(element, Decision)
    if requirement.kind is RequirementKind.INPUT:
        return isinstance(element, InputData)
    if requirement.kind is RequirementKind.KNOWLEDGE:
        return not isinstance(element, InputData | Decision)
    return True


def _of_missing_import(program: Program, model: Definitions, target: str) -> bool:
    namespace = target.rpartition("#")[0]
    return any(use.namespace == namespace for use in model.imports) and namespace not in program.models


def _nothing(where: str, target: str) -> Problem:
    return Problem(
        where,
        Text(f"引用了不存在的元素 {target}", f"it refers to {target}, which does not exist"),
        Text("请修正引用或补上该元素", "correct the reference or add the element"),
        "dmn.reference.unknown",
    )
