"""Deployed decisions: which model answers a name or key, and what an answer looked like inside.

Rule kept: a name means the latest version; a key means that version for ever. Every answer carries its trace: the
decisions that took part, what each saw, which rules matched with which outputs (DMN 1.5 sections 8 and 10).
"""

from __future__ import annotations

from collections.abc import Mapping
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

    def of(self, model: int) -> Deployed | None:
        """The model with definition key ``model``."""
        found = self._compiled.get(model)
        if found is None:
            row = self._store.get(DefinitionRow, model)
            if row is None or row.kind != "decisions":
                return None
            decisions = self._store.find(DefinitionRow, {"kind": "decision", "model": model})
            compiled = dmn.compile(dmn.read(row.source.encode()))
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

    def decide(self, decision: str, variables: Mapping[str, Any], now: int, zone: tzinfo) -> Answer:
        """Ask the latest version of ``decision``."""
        found = self.find(decision)
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
