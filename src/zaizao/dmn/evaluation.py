"""Compiled models: ask a decision, a service or a knowledge model, with a trace when wanted (DMN 10.4)."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from typing import NamedTuple

from zaizao.dmn.code import Code
from zaizao.dmn.errors import DmnError
from zaizao.dmn.externals import Externals
from zaizao.dmn.model import BusinessKnowledgeModel, Decision, DecisionService, Definitions, InputData
from zaizao.dmn.plans import Plan, Plans, taker
from zaizao.dmn.program import Key, Program
from zaizao.dmn.reasons import listen
from zaizao.dmn.structure import structure_problems
from zaizao.dmn.trace import Recorder, Trace
from zaizao.dmn.writer import write
from zaizao.feel import DateTime, Value, evaluation
from zaizao.problems import Problem, Severity, Text

Clock = Callable[[], DateTime]


class Outcome(NamedTuple):
    """What a decision answered: a FEEL value, the version of the model that answered, the trace if one was kept."""

    value: Value
    version: str
    trace: Trace | None = None


def compile(
    definitions: Definitions,
    *,
    imports: Iterable[Definitions] = (),
    externals: Externals | None = None,
) -> Model:
    """A model ready to be asked. ``imports`` are the models that it or its imports name; ``externals`` Python functions
    that stand in for Java ones, by ``"class#method signature"``.

    Raises ``DmnError`` for circles, missing imports and references to nothing. A text that is no FEEL does not raise:
    what needs it answers null.
    """
    program = Program(definitions, imports)
    problems = [problem for problem in structure_problems(program) if problem.severity is Severity.ERROR]
    if problems:
        raise DmnError(problems)
    return Model(program, externals or {})


class Model:
    """A compiled decision model. Safe to share between threads; decisions are compiled when first asked."""

    def __init__(self, program: Program, externals: Externals) -> None:
        self.program = program
        self._plain = Plans(program, externals)
        self._recorder = Recorder()
        self._traced = Plans(program, externals, self._recorder)
        self._by_name: dict[tuple[str, bool], Code] = {}
        self._light: dict[str, Plan] = {}

    @property
    def definitions(self) -> Definitions:
        """The main model."""
        return self.program.main

    @cached_property
    def version(self) -> str:
        """A fingerprint of all linked models: 16 hexadecimal digits of SHA-256 over what ``write`` gives."""
        digest = hashlib.sha256()
        for namespace in sorted(self.program.models):
            digest.update(write(self.program.models[namespace]))
        return digest.hexdigest()[:16]

    @property
    def problems(self) -> Sequence[Problem]:
        """What went wrong so far in compiling texts."""
        return tuple(self._plain.problems)

    def evaluate(
        self, name: str, inputs: Mapping[str, object], *, trace: bool = False, clock: Clock | None = None
    ) -> Outcome:
        """The decision with this name (or id, ``import.name``, ``{namespace}name``) for inputs by input data name.

        Inputs may be Python or FEEL values; one that is absent or not of its declared type is null. Inputs of imported
        models stand under ``{namespace}name`` or in a mapping under the import's name. ``clock`` answers ``now()``.
        Raises ``DmnError`` when there is no such decision.
        """
        if not trace:
            light = self._light.get(name)
            if light is not None:
                return Outcome(light(inputs), self.version)
        return self._run(self._plan(name, trace).call, (inputs,), trace, clock)

    def evaluate_all(
        self, name: str, rows: Iterable[Mapping[str, object]], *, clock: Clock | None = None
    ) -> list[Value]:
        """The decision for many inputs, at the least cost per row; each row is an evaluation of its own."""
        plan = self._plan(name, False)
        if plan.is_light:
            return [plan.call(row) for row in rows]
        return [self._run(plan.call, (row,), False, clock).value for row in rows]

    def service(
        self, name: str, inputs: Mapping[str, object], *, trace: bool = False, clock: Clock | None = None
    ) -> Outcome:
        """The decision service with this name for its inputs by name; several outputs come as a context.

        Raises ``DmnError`` when there is no such service.
        """
        return self._invoked(self._key(name, DecisionService, "service"), inputs, trace, clock)

    def knowledge(
        self, name: str, arguments: Mapping[str, object], *, trace: bool = False, clock: Clock | None = None
    ) -> Outcome:
        """The knowledge model with this name called with named arguments. Raises ``DmnError`` when there is none."""
        return self._invoked(self._key(name, BusinessKnowledgeModel, "knowledge model"), arguments, trace, clock)

    def inputs_of(self, name: str) -> tuple[InputData, ...]:
        """The input data that a decision needs, directly or not, in order of need."""
        found: dict[Key, InputData] = {}
        stack, met = [self._key(name, Decision, "decision")], set[Key]()
        while stack:
            key = stack.pop()
            if key in met:
                continue
            met.add(key)
            element = self.program.elements[key]
            if isinstance(element, InputData):
                found[key] = element
            stack.extend(self.program.needs(key))
        return tuple(found.values())

    def _invoked(self, key: Key, inputs: Mapping[str, object], trace: bool, clock: Clock | None) -> Outcome:
        function = (self._traced if trace else self._plain).function(key)
        take = taker(None)
        arguments = [take(_argument(inputs, key, parameter.name)) for parameter in function.parameters]
        return self._run(function.call, tuple(arguments), trace, clock)

    def _run(self, plan: Plan, arguments: tuple[object, ...], trace: bool, clock: Clock | None) -> Outcome:
        if not trace:
            with evaluation(clock=clock):
                return Outcome(plan(*arguments), self.version)
        reasons = self._recorder.begin()
        before = listen(reasons)
        try:
            with evaluation(clock=clock, reasons=reasons):
                value = plan(*arguments)
        finally:
            listen(before)
            record = self._recorder.end()
        return Outcome(value, self.version, record)

    def _plan(self, name: str, trace: bool) -> Code:
        plan = self._by_name.get((name, trace))
        if plan is None:
            plans = self._traced if trace else self._plain
            plan = self._by_name[name, trace] = plans.decision(self._key(name, Decision, "decision"))
            if plan.is_light and not trace:
                self._light[name] = plan.call
        return plan

    def _key(self, name: str, kind: type, english: str) -> Key:
        key = self.program.find(name, kind)
        if key is None:
            known = ", ".join(element.name for element in self.program.main.elements if isinstance(element, kind))
            raise DmnError(
                Problem(
                    self.program.main.name,
                    Text(f"没有名为 {name} 的元素（{english}）", f"there is no {english} named {name}"),
                    Text(f"可用的名称：{known or '无'}", f"known names: {known or 'none'}"),
                    "dmn.unknown-name",
                )
            )
        return key


def _argument(inputs: Mapping[str, object], key: Key, name: str) -> object:
    exact = f"{{{key.namespace}}}{name}"
    return inputs[exact] if exact in inputs else inputs.get(name)
