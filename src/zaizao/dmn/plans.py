"""Plans: a decision, a service or a knowledge model as one Python function over everything it requires (DMN 10.4).

Requirements are evaluated once each, in order, into local variables; knowledge models and services are functions bound
when the plan is made. A traced plan tells a recorder after each decision.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

from zaizao.dmn.assembly import Routine
from zaizao.dmn.boxed import Boxes, function_body
from zaizao.dmn.code import Code, Scope
from zaizao.dmn.externals import Externals, external_function
from zaizao.dmn.item_types import Boundary, boundary_of, parameter_type, result_type
from zaizao.dmn.model import (
    BusinessKnowledgeModel,
    Decision,
    DecisionService,
    DecisionTable,
    DrgElement,
    FunctionDefinition,
    FunctionKind,
    InputData,
)
from zaizao.dmn.program import Key, Program, variable_name
from zaizao.dmn.reasons import null
from zaizao.dmn.table import Note
from zaizao.dmn.trace import Recorder
from zaizao.feel import ANY, FeelType, Function, Parameter, SimpleType, Value, to_feel
from zaizao.problems import Problem

Plan = Callable[..., Value]
NUMBER = SimpleType("number")
_EXACT = 10**34
_FUNCTIONS = (BusinessKnowledgeModel, DecisionService)


class Plans:
    """Makes and keeps the plans of a program; with a recorder, traced ones."""

    def __init__(
        self,
        program: Program,
        externals: Externals,
        recorder: Recorder | None = None,
        on_table: Callable[[DecisionTable, Scope], None] | None = None,
    ) -> None:
        self.program = program
        self.problems: list[Problem] = []
        self._recorder = recorder
        self._externals = externals
        self._boxes = Boxes(externals, self._note if recorder is not None else None, on_table)
        self._codes: dict[Key, Code] = {}
        self._functions: dict[Key, Function] = {}
        self._open: set[Key] = set()

    def decision(self, key: Key) -> Code:
        """From a mapping of inputs (Python or FEEL values by name) to the decision's value."""
        routine = Routine(("inputs",))
        made: dict[Key, str] = {}
        self._add(routine, (key,), made, "x0")
        return routine.finish(made[key])

    def function(self, key: Key) -> Function:
        """A knowledge model or service as a FEEL function."""
        if key not in self._functions:
            if key in self._open:
                return Function((), lambda *_: null("cycle", "函数互相调用成环", "functions require each other"))
            self._open.add(key)
            element = self.program.elements[key]
            if isinstance(element, DecisionService):
                self._functions[key] = self._service(key, element)
            elif isinstance(element, BusinessKnowledgeModel):
                self._functions[key] = self._knowledge(key, element)
            self._open.discard(key)
        return self._functions[key]

    def compile_texts(self, namespace: str, element: DrgElement) -> None:
        """Compiles the logic of an element for its problems only."""
        key = Key(namespace, element.id)
        if isinstance(element, Decision) and element.logic is not None:
            self._code(key, element)
        elif isinstance(element, BusinessKnowledgeModel) and element.logic is not None:
            self.function(key)

    def _add(self, routine: Routine, targets: Iterable[Key], made: dict[Key, str], inputs: str | None) -> None:
        """Lines that compute ``targets`` and what they need; ``made`` gives each element's variable."""
        for key in self._ordered(targets, made):
            element = self.program.elements[key]
            variable = routine.fresh()
            if isinstance(element, InputData) or (isinstance(element, Decision) and element.logic is None):
                routine.lines.append(f"{variable} = {self._given(routine, key, element, inputs)}")
                made[key] = variable
            elif isinstance(element, Decision):
                code = self._code(key, element)
                routine.variables = self._visible(routine, key, code, made)
                boundary = self._boundary(key, element.type)
                routine.lines.append(f"{variable} = {routine.converted(routine.value(code), boundary)}")
                made[key] = variable
                if self._recorder is not None:
                    routine.lines.append(self._heard(routine, key, element, code, variable))

    def _ordered(self, targets: Iterable[Key], made: Mapping[Key, str]) -> list[Key]:
        """Decisions and input data, needs first."""
        order: list[Key] = []
        done: set[Key] = set(made)
        stack = [(key, False) for key in reversed(list(targets))]
        while stack:
            key, ready = stack.pop()
            if key in done:
                continue
            if ready:
                done.add(key)
                order.append(key)
                continue
            stack.append((key, True))
            needs = [need for need in self.program.needs(key) if need not in done]
            wanted = [need for need in needs if not isinstance(self.program.elements[need], _FUNCTIONS)]
            stack.extend((need, False) for need in reversed(wanted))
        return order

    def _given(self, routine: Routine, key: Key, element: DrgElement, inputs: str | None) -> str:
        """The expression for a value from outside."""
        if inputs is None:
            return "None"
        main = key.namespace == self.program.main.namespace
        take = routine.bind(taker(self._boundary(key, getattr(element, "type", None))))
        if main:
            return f"{take}({inputs}.get({routine.bind(element.name)}))"
        path = self.program.import_name(self.program.main.namespace, key.namespace)
        return f"{take}({routine.bind(_foreign_input(key.namespace, element.name, path))}({inputs}))"

    def _code(self, key: Key, element: Decision) -> Code:
        if key not in self._codes:
            self._codes[key] = self._boxes.code(element.logic, self._scope(key, element))
        return self._codes[key]

    def _scope(self, key: Key, element: DrgElement) -> Scope:
        names: set[str] = set()
        members: set[str] = set()
        for seen in self.program.seen(key):
            if seen.through is None:
                names.add(seen.name)
            else:
                names.add(seen.through)
                members.add(seen.name)
        model = self.program.models[key.namespace]
        kind = type(element).__name__
        where = f"{model.name}: {kind} {element.name}"
        functions = {
            seen.name: self.function(seen.key)
            for seen in self.program.seen(key)
            if seen.through is None and isinstance(self.program.elements[seen.key], _FUNCTIONS)
        }
        declared = {
            seen.name: getattr(self.program.elements[seen.key], "type", None)
            for seen in self.program.seen(key)
            if seen.through is None and seen.key.namespace == key.namespace
        }
        return Scope(names, self.program.types(key.namespace), where, self.problems, members, functions, declared)

    def _visible(self, routine: Routine, key: Key, code: Code, made: Mapping[Key, str]) -> dict[str, str]:
        """The Python expression of every name that ``code`` takes."""
        wanted = set(code.names)
        visible: dict[str, str] = {}
        imported: dict[str, list[str]] = {}
        for seen in self.program.seen(key):
            if (seen.through or seen.name) not in wanted:
                continue
            if isinstance(self.program.elements[seen.key], _FUNCTIONS):
                value = routine.bind(self.function(seen.key))
            else:
                value = made.get(seen.key, "None")
            if seen.through is None:
                visible[seen.name] = value
            else:
                imported.setdefault(seen.through, []).append(f"{routine.bind(seen.name)}: {value}")
        visible.update({name: f"{{{', '.join(entries)}}}" for name, entries in imported.items()})
        return visible

    def _boundary(self, key: Key, type_name: str | None) -> Boundary | None:
        return self.program.types(key.namespace).boundary(type_name)

    def _knowledge(self, key: Key, element: BusinessKnowledgeModel) -> Function:
        logic = element.logic or FunctionDefinition((), None)
        scope = self._scope(key, element)
        parameters = tuple(self._parameter(key, item.name, item.type) for item in logic.parameters)
        if logic.kind is not FunctionKind.FEEL:
            return replace(external_function(self._externals, logic, parameters, scope), name=element.name)
        body = function_body(self._boxes, logic, scope)
        names = tuple(item.name for item in logic.parameters)
        routine = Routine(names)
        outer = replace(body, names=tuple(name for name in body.names if name not in names))
        routine.variables = self._visible(routine, key, outer, {}) | routine.variables
        declared = self._boundary(key, element.variable.type if element.variable else None)
        answer = None if declared is None else _of_type(result_type(declared.type), declared)
        call = routine.finish(routine.converted(routine.value(body), answer)).call
        body_type = self._boundary(key, getattr(logic.body, "type", None))
        result = answer or body_type
        return Function(parameters, call, element.name, None if result is None else result.type)

    def _service(self, key: Key, element: DecisionService) -> Function:
        given = [
            found
            for target in (*element.input_data, *element.input_decisions)
            if (found := self.program.resolve(key.namespace, target)) is not None
        ]
        names = [f"{number}" for number in range(len(given))]
        routine = Routine(names)
        made: dict[Key, str] = {}
        parameters = []
        for name, found in zip(names, given, strict=True):
            source = self.program.elements[found]
            type_name = getattr(source, "type", None)
            parameters.append(self._parameter(found, variable_name(source), type_name))
            routine.assign(name, routine.converted(routine.variables[name], self._boundary(found, type_name)))
            made[found] = routine.variables[name]
        outputs = [
            found for target in element.outputs if (found := self.program.resolve(key.namespace, target)) is not None
        ]
        self._add(routine, outputs, made, None)
        if len(outputs) == 1:
            result = made.get(outputs[0], "None")
        else:
            named = [
                (routine.bind(variable_name(self.program.elements[out])), made.get(out, "None")) for out in outputs
            ]
            result = f"{{{', '.join(f'{name}: {value}' for name, value in named)}}}"
        declared = self._boundary(key, element.variable.type if element.variable else None)
        answer = None if declared is None else _of_type(result_type(declared.type), declared)
        call = routine.finish(routine.converted(result, answer)).call
        return Function(tuple(parameters), call, element.name, None if answer is None else answer.type)

    def _parameter(self, key: Key, name: str, type_name: str | None) -> Parameter:
        return Parameter(name, parameter_type(self._boundary(key, type_name)))

    def _note(self, where: str, table: DecisionTable) -> Note:
        recorder = self._recorder

        def note(rules: Sequence[int], values: Sequence[Value]) -> None:
            if recorder is not None:
                recorder.table(where, table, rules, values)

        return note

    def _heard(self, routine: Routine, key: Key, element: Decision, code: Code, variable: str) -> str:
        recorder = self._recorder
        names = code.names

        def hear(value: Value, *values: Value) -> None:
            if recorder is not None:
                inputs = {
                    name: given for name, given in zip(names, values, strict=True) if not isinstance(given, Function)
                }
                recorder.decision(key.namespace, element.id, element.name, inputs, value)

        arguments = "".join(f", {routine.variables[name]}" for name in names)
        return f"{routine.bind(hear)}({variable}{arguments})"


def taker(boundary: Boundary | None) -> Callable[[object], Value]:
    """From a Python value to a FEEL value of the declared type."""
    if boundary is None:
        return _feel
    check, convert = boundary.check, boundary.convert
    if boundary.type == NUMBER and not boundary.constrained:

        def take_number(value: object) -> Value:
            if value is None or type(value) is Decimal:
                return value
            if type(value) is int and -_EXACT < value < _EXACT:
                return Decimal(value)
            return convert(_feel(value))

        return take_number

    def take(value: object) -> Value:
        return value if value is None or check(value) else convert(_feel(value))

    return take


def _feel(value: object) -> Value:
    """A Python value as FEEL's; null for what FEEL has no value for."""
    try:
        return to_feel(value)
    except (TypeError, RecursionError):
        kind = type(value).__name__
        return null("input", f"输入值的类型 {kind} 无法转换", f"an input of type {kind} has no FEEL value")


def _of_type(feel_type: FeelType, declared: Boundary) -> Boundary | None:
    if feel_type == ANY:
        return None
    return declared if feel_type == declared.type else boundary_of(feel_type)


def _foreign_input(namespace: str, name: str, path: str | None) -> Callable[[Mapping[str, object]], object]:
    """Finds the input of an imported model: by ``{namespace}name``, else inside the import's entry, else by name."""
    exact = f"{{{namespace}}}{name}"

    def find(inputs: Mapping[str, object]) -> object:
        if exact in inputs:
            return inputs[exact]
        inner = inputs.get(path) if path else None
        if isinstance(inner, Mapping) and name in inner:
            return inner[name]
        return inputs.get(name)

    return find
