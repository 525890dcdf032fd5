"""Deployed decisions: which model answers a name or key, and what an answer looked like inside.

Rule kept: a name means the latest version; a key means that version for ever. Every answer carries its trace: the
decisions that took part, what each saw, which rules matched with which outputs (DMN 1.5 sections 8 and 10).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import tzinfo
from typing import Any, NamedTuple

from zaizao import dmn, feel
from zaizao.engine.expressions import clock_at, exact
from zaizao.engine.records import DecidedStep
from zaizao.engine.step import Answer
from zaizao.engine.stores import DefinitionRow, Store
from zaizao.feel import from_feel, to_feel


class Deployed(NamedTuple):
    """A compiled decision model; ``decisions`` are the rows of its decisions by id."""

    model: dmn.Model
    row: DefinitionRow
    decisions: Mapping[str, DefinitionRow]


class Deciding:
    """The decisions of one store."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._compiled: dict[int, Deployed] = {}
        self._latest: dict[str, int] = {}

    def forget(self) -> None:
        """After a rollback or a deployment: read from the store again."""
        self._compiled.clear()
        self._latest.clear()

    def refresh(self) -> None:
        """Others may have deployed: what is the latest is asked again."""
        self._latest.clear()

    def of(self, model: int) -> Deployed | None:
        """The model with definition key ``model``."""
        found = self._compiled.get(model)
        if found is None:
            row = self._store.get(DefinitionRow, model)
            if row is None or row.kind != "decisions":
                return None
            decisions = self._store.find(DefinitionRow, {"kind": "decision", "model": model})
            compiled = dmn.compile(with_inputs(dmn.read(row.source.encode())))
            found = self._compiled[model] = Deployed(compiled, row, {one.name: one for one in decisions})
        return found

    def find(self, decision: str) -> Deployed | None:
        """The latest model that has a decision with this id, else with this name."""
        key = self._latest.get(decision)
        if key is None:
            rows = self._store.find(DefinitionRow, {"kind": "decision", "name": decision})
            rows = rows or self._store.find(DefinitionRow, {"kind": "decision", "title": decision})
            if not rows:
                return None
            key = self._latest[decision] = rows[-1].model
        return self.of(key)

    def deployed_with(self, decision: str, caller: int) -> Deployed | None:
        """The model of ``decision`` that came with definition ``caller``, in one deployment."""
        row = self._store.get(DefinitionRow, caller)
        if row is None:
            return None
        wanted = {"kind": "decision", "name": decision, "deployment": row.deployment}
        rows = self._store.find(DefinitionRow, wanted)
        return self.of(rows[-1].model) if rows else None

    def decide(self, decision: str, variables: Mapping[str, Any], now: int, zone: tzinfo, caller: int = 0) -> Answer:
        """Ask the latest version of ``decision``, or the one that was deployed with definition ``caller``."""
        found = (self.deployed_with(decision, caller) if caller else None) or self.find(decision)
        if found is None:
            return Answer(None, "", f"no decision {decision!r} is deployed")
        return self.ask(found, decision, variables, now, zone)

    def ask(self, found: Deployed, decision: str, variables: Mapping[str, Any], now: int, zone: tzinfo) -> Answer:
        """Ask ``decision`` of one model."""
        version = str(found.row.version)
        asked = next((row for row in found.decisions.values() if decision in (row.name, row.title)), None)
        root = asked.key if asked else 0
        try:
            inputs = {name: to_feel(value) for name, value in variables.items()}
            outcome = found.model.evaluate(decision, inputs, trace=True, clock=clock_at(now, zone))
            steps = tuple(_step(found, step) for step in outcome.trace.steps) if outcome.trace else ()
            return Answer(exact(from_feel(outcome.value)), version, "", steps, root, found.row.key)
        except dmn.DmnError as error:
            steps = (_failed(asked),) if asked else ()
            return Answer(None, version, str(error), steps, root, found.row.key)


def _failed(row: DefinitionRow) -> DecidedStep:
    return DecidedStep(row.key, row.name, row.title, row.version, "unknown", [], [], None)


def _step(found: Deployed, step: dmn.Step) -> DecidedStep:
    row = found.decisions.get(step.id)
    drawn = found.model.definitions.element(step.id)
    logic = drawn.logic if isinstance(drawn, dmn.Decision) else None
    output = exact(from_feel(step.value))
    inputs: list[Any] = [[name, name, exact(from_feel(value))] for name, value in step.inputs.items()]
    rules: list[Any] = []
    if isinstance(logic, dmn.DecisionTable) and step.tables:
        hit = step.tables[-1]
        columns = [(column, column.label or column.expression.text) for column in logic.inputs]
        inputs = [[column.id or label, label, exact(from_feel(hit.inputs.get(label)))] for column, label in columns]
        rules = [_rule(logic, number, step) for number in hit.rules]
    kind = {dmn.DecisionTable: "table", dmn.LiteralExpression: "literal"}.get(type(logic), "unknown")
    key, version = (row.key, row.version) if row else (0, found.row.version)
    return DecidedStep(key, step.id, step.name, version, kind, inputs, rules, output)


def _rule(table: dmn.DecisionTable, number: int, step: dmn.Step) -> list[Any]:
    """Rule ``number`` (from 1): its outputs, evaluated over what the decision saw."""
    rule = table.rules[number - 1]
    outputs = []
    for column, text in zip(table.outputs, rule.outputs, strict=False):
        try:
            value = exact(from_feel(feel.compile(text, names=step.inputs).evaluate(step.inputs)))
        except feel.FeelError:
            value = None
        name = column.name or column.label or step.name
        outputs.append([column.id or name, name, value])
    return [number, rule.id or f"rule-{number}", outputs]


def with_inputs(model: dmn.Definitions) -> dmn.Definitions:
    """The model with an input for each name that a decision uses and nothing declares.

    Modellers of the field let a table name a variable of the process without drawing an input; DMN would have it null.
    """
    names = {element.id: element.name for element in model.elements}
    added: dict[str, dmn.InputData] = {}
    elements: list[dmn.DrgElement] = []
    for element in model.elements:
        if isinstance(element, dmn.Decision):
            known = {names.get(one.target.lstrip("#"), "") for one in element.requirements}
            fresh = [name for name in _used(element, known) if name not in known and name not in names.values()]
            for name in fresh:
                added.setdefault(name, dmn.InputData(id=f"undeclared_{name}", name=name))
            arrows = (dmn.Requirement(target=f"undeclared_{name}", kind=dmn.RequirementKind.INPUT) for name in fresh)
            element = replace(element, information=(*element.information, *arrows))
        elements.append(element)
    return replace(model, elements=(*elements, *added.values())) if added else model


def _used(decision: dmn.Decision, known: set[str]) -> list[str]:
    """Plain names that the table or expression of a decision asks for, sorted."""
    logic, found = decision.logic, set[str]()
    texts = [logic.text] if isinstance(logic, dmn.LiteralExpression) else []
    cells: list[str] = []
    if isinstance(logic, dmn.DecisionTable):
        texts = [column.expression.text for column in logic.inputs]
        texts += [cell for rule in logic.rules for cell in rule.outputs]
        cells = [cell for rule in logic.rules for cell in rule.inputs]
    for compile_text, several in ((feel.compile, texts), (feel.compile_unary, cells)):
        for text in several:
            try:
                found |= compile_text(text, names=known).names
            except feel.FeelError:
                continue
    return sorted(name for name in found if name.isidentifier())
