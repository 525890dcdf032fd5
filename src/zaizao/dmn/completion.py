"""Filling in what a file needs and a built model may lack: ids that other tools refer to, and a drawing.

Rule kept: nothing given is changed; the same model always gets the same ids and the same drawing; doing it twice is
doing it once.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from zaizao.dmn.drawing import draw
from zaizao.dmn.model import (
    BusinessKnowledgeModel,
    Decision,
    DecisionTable,
    Definitions,
    DrgElement,
    KnowledgeSource,
    Requirement,
    Rule,
)


def complete(definitions: Definitions) -> Definitions:
    """The model with ids on requirements and table parts, and with a requirements diagram."""
    ids = _Ids(definitions)
    model = replace(
        definitions,
        id=definitions.id or ids.fresh("definitions"),
        elements=tuple(_element(element, ids) for element in definitions.elements),
    )
    return model if model.diagrams else replace(model, diagrams=draw(model))


class _Ids:
    """Makes ids that the model does not use yet."""

    def __init__(self, definitions: Definitions) -> None:
        self._used = {definitions.id} if definitions.id else set[str]()
        for element in definitions.elements:
            self._used.add(element.id)
            for requirement in element.requirements:
                if requirement.id:
                    self._used.add(requirement.id)
            table = _table(element)
            if table is not None:
                self._used.update(_table_ids(table))

    def fresh(self, wish: str) -> str:
        """``wish``, or ``wish`` with a number."""
        found, number = wish, 1
        while found in self._used:
            number += 1
            found = f"{wish}_{number}"
        self._used.add(found)
        return found


def _table(element: DrgElement) -> DecisionTable | None:
    logic = element.logic if isinstance(element, Decision) else None
    if isinstance(element, BusinessKnowledgeModel) and element.logic is not None:
        logic = element.logic.body
    return logic if isinstance(logic, DecisionTable) else None


def _table_ids(table: DecisionTable) -> Iterable[str]:
    found = [table.id, *(part.id for part in (*table.inputs, *table.outputs, *table.rules))]
    found += [column.expression.id for column in table.inputs]
    found += [cell for rule in table.rules for cell in rule.cell_ids]
    return (value for value in found if value)


def _element(element: DrgElement, ids: _Ids) -> DrgElement:
    if isinstance(element, Decision):
        logic = element.logic
        return replace(
            element,
            information=_identified(element.information, element.id, ids),
            knowledge=_identified(element.knowledge, element.id, ids),
            authority=_identified(element.authority, element.id, ids),
            logic=_identified_table(logic, element.id, ids) if isinstance(logic, DecisionTable) else logic,
        )
    if isinstance(element, BusinessKnowledgeModel):
        function = element.logic
        if function is not None and isinstance(function.body, DecisionTable):
            function = replace(function, body=_identified_table(function.body, element.id, ids))
        return replace(
            element,
            knowledge=_identified(element.knowledge, element.id, ids),
            authority=_identified(element.authority, element.id, ids),
            logic=function,
        )
    if isinstance(element, KnowledgeSource):
        return replace(element, authority=_identified(element.authority, element.id, ids))
    return element


def _identified(requirements: tuple[Requirement, ...], owner: str, ids: _Ids) -> tuple[Requirement, ...]:
    return tuple(
        requirement
        if requirement.id
        else replace(requirement, id=ids.fresh(f"{owner}_from_{requirement.target.rpartition('#')[2]}"))
        for requirement in requirements
    )


def _identified_table(table: DecisionTable, owner: str, ids: _Ids) -> DecisionTable:
    inputs = [
        replace(
            column,
            id=column.id or ids.fresh(f"{owner}_input_{number}"),
            expression=replace(
                column.expression, id=column.expression.id or ids.fresh(f"{owner}_inputExpression_{number}")
            ),
        )
        for number, column in enumerate(table.inputs, 1)
    ]
    outputs = [
        replace(column, id=column.id or ids.fresh(f"{owner}_output_{number}"))
        for number, column in enumerate(table.outputs, 1)
    ]
    rules = [_identified_rule(rule, f"{owner}_rule_{number}", ids) for number, rule in enumerate(table.rules, 1)]
    return replace(
        table,
        id=table.id or ids.fresh(f"{owner}_table"),
        inputs=tuple(inputs),
        outputs=tuple(outputs),
        rules=tuple(rules),
    )


def _identified_rule(rule: Rule, wish: str, ids: _Ids) -> Rule:
    width = len(rule.inputs) + len(rule.outputs)
    given = (*rule.cell_ids, *(None for _ in range(width)))[:width]
    cells = tuple(cell or ids.fresh(f"{wish}_cell_{number}") for number, cell in enumerate(given, 1))
    return replace(rule, id=rule.id or ids.fresh(wish), cell_ids=cells)
