"""Decisions as DMN: the chooser behind kind ``dmn``.

Rule kept: the value is the decision's, as JSON; the reasons are the rules that matched, by their id where they have
one, in the order in which the decisions were evaluated. What DMN leaves null stays null.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from zaizao import dmn, feel
from zaizao.decisions.choice import Choice, Reason


class Table:
    """One decision of a DMN model."""

    def __init__(self, model: dmn.Model, decision: str) -> None:
        self._model = model
        self._decision = decision

    def choose(self, inputs: Mapping[str, Any]) -> Choice:
        """The decision's value with the rules that matched and the value of each decision on the way."""
        outcome = self._model.evaluate(self._decision, inputs, trace=True)
        assert outcome.trace is not None, "a trace was asked for"
        reasons = tuple(
            Reason(name or f"{hit.where}#{rule}")
            for step in outcome.trace.steps
            for hit in step.tables
            for rule, name in zip(hit.rules, hit.rule_ids, strict=True)
        )
        details = {step.name: feel.from_feel(step.value) for step in outcome.trace.steps[:-1]}
        return Choice(feel.from_feel(outcome.value), reasons, details)


def read_table(body: bytes, decision: str) -> Table:
    """The chooser for ``decision`` (empty: the only one that no other needs); ``DmnError`` where the model is bad."""
    definitions = dmn.read(body)
    return Table(dmn.compile(definitions), decision or last_decision(definitions))


def last_decision(definitions: dmn.Definitions) -> str:
    """The decision that answers for the model: the last one that no other decision needs."""
    decisions = [one for one in definitions.elements if isinstance(one, dmn.Decision)]
    needed = {need.target.rpartition("#")[2] for one in decisions for need in one.requirements}
    tops = [one for one in decisions if one.id not in needed] or decisions
    if not tops:
        raise dmn.DmnError(dmn.check(definitions))
    return tops[-1].name
