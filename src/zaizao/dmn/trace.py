"""What happened in one evaluation: decisions in order, what they saw, which rules matched, what came out, why not."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from zaizao.dmn.model import DecisionTable
from zaizao.feel import Value
from zaizao.problems import Problem


@dataclass(frozen=True, slots=True)
class TableHit:
    """A table that ran: ``inputs`` are the tested values by column label, ``rules`` the matching numbers from 1."""

    where: str
    inputs: Mapping[str, Value]
    rules: tuple[int, ...]
    rule_ids: tuple[str | None, ...]


@dataclass(frozen=True, slots=True)
class Step:
    """A decision that was evaluated. ``reasons`` say why something in it became null."""

    namespace: str
    id: str
    name: str
    inputs: Mapping[str, Value]
    value: Value
    tables: tuple[TableHit, ...] = ()
    reasons: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class Trace:
    """The steps of one evaluation, in the order in which they ended."""

    steps: tuple[Step, ...]

    def step(self, name: str) -> Step | None:
        """The last step of the decision with this name or id."""
        return next((step for step in reversed(self.steps) if name in (step.name, step.id)), None)

    @property
    def reasons(self) -> tuple[Problem, ...]:
        """All reasons for nulls."""
        return tuple(reason for step in self.steps for reason in step.reasons)


@dataclass(slots=True)
class _Record:
    reasons: list[Problem] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)
    tables: list[TableHit] = field(default_factory=list)


class Recorder:
    """Hears a traced model. One evaluation at a time per thread; a nested one has its own record."""

    def __init__(self) -> None:
        self._local = threading.local()

    def begin(self) -> list[Problem]:
        """Starts a record; the list is where reasons go."""
        record = _Record()
        self._records().append(record)
        return record.reasons

    def end(self) -> Trace:
        """The record, closed."""
        return Trace(tuple(self._records().pop().steps))

    def table(self, where: str, table: DecisionTable, rules: Sequence[int], values: Sequence[Value]) -> None:
        """A table matched ``rules`` (numbers from 0) for the tested ``values``."""
        labels = (column.label or column.expression.text for column in table.inputs)
        hit = TableHit(
            where,
            dict(zip(labels, values, strict=True)),
            tuple(number + 1 for number in rules),
            tuple(table.rules[number].id for number in rules),
        )
        for record in self._records()[-1:]:
            record.tables.append(hit)

    def decision(self, namespace: str, identity: str, name: str, inputs: Mapping[str, Value], value: Value) -> None:
        """A decision came to ``value``."""
        for record in self._records()[-1:]:
            step = Step(namespace, identity, name, inputs, value, tuple(record.tables), tuple(record.reasons))
            record.steps.append(step)
            record.tables.clear()
            record.reasons.clear()

    def _records(self) -> list[_Record]:
        records: list[_Record] | None = getattr(self._local, "records", None)
        if records is None:
            records = self._local.records = []
        return records
