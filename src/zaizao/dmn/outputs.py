"""The output side of a decision table: cells as constants or FEEL, composed per rule, and ranked by priority."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from zaizao.dmn.cells import constant as read_constant, read_cell
from zaizao.dmn.code import Code, Scope
from zaizao.dmn.item_types import Boundary
from zaizao.dmn.model import DecisionTable, HitPolicy, Output, Rule
from zaizao.feel import Value

_RANKED = (HitPolicy.PRIORITY, HitPolicy.OUTPUT_ORDER)


@dataclass(slots=True)
class Outputs:
    """Outputs by bit. ``order`` gives each bit's rule number; ``ordered`` when bits already follow the priorities.

    ``values`` holds the constants, ``computed`` a function (arguments) where FEEL has to run, ``columns`` the names.
    """

    order: tuple[int, ...]
    ordered: bool
    values: list[Value]
    computed: list[Callable[[Sequence[Value]], Value] | None]
    all_constant: bool
    columns: tuple[str, ...]
    priorities: tuple[tuple[Value, ...], ...]

    def answer(self, bit: int, arguments: Sequence[Value]) -> Value:
        """The output of one rule."""
        function = self.computed[bit]
        if function is not None:
            return function(arguments)
        value = self.values[bit]
        return value.copy() if type(value) is dict else value

    def rank(self, answer: Value) -> tuple[int, ...]:
        """The place of an answer in the priorities, highest first."""
        parts = (answer,) if len(self.columns) == 1 else tuple(answer[name] for name in self.columns)
        return tuple(
            next((place for place, allowed in enumerate(values) if same(allowed, part)), len(values))
            for part, values in zip(parts, self.priorities, strict=True)
        )


def same(left: Value, right: Value) -> bool:
    """Whether two values are of one type and equal."""
    return type(left) is type(right) and bool(left == right)


def compile_outputs(table: DecisionTable, scope: Scope, names: Sequence[str]) -> Outputs:
    """The output cells of ``table``; FEEL cells will get the values of ``names``."""
    boundaries = [scope.types.boundary(column.type) for column in table.outputs]
    columns = tuple(column.name or "" for column in table.outputs)
    made: dict[tuple[int, str], _Cell] = {}
    rows = [[_cell(rule, at, made, scope, boundaries[at]) for at in range(len(columns))] for rule in table.rules]
    outputs = Outputs(
        order=tuple(range(len(rows))),
        ordered=table.hit_policy not in _RANKED,
        values=[_composed(columns, [cell.value for cell in row]) for row in rows],
        computed=[None if all(cell.is_constant for cell in row) else _computed(columns, row, names) for row in rows],
        all_constant=all(cell.is_constant for cell in made.values()),
        columns=columns,
        priorities=tuple(_priorities(column, scope) for column in table.outputs),
    )
    if not outputs.ordered and outputs.all_constant:
        order = sorted(outputs.order, key=lambda number: outputs.rank(outputs.values[number]))
        outputs.values = [outputs.values[number] for number in order]
        outputs.order = tuple(order)
        outputs.ordered = True
    return outputs


def is_constant(text: str) -> bool:
    """Whether an output cell is a constant that needs no FEEL; an empty cell is null."""
    return text.strip() in ("null", "", "-") or read_constant(text) is not None


class _Cell:
    """One output text: a constant, or FEEL that is compiled when first needed."""

    __slots__ = ("_boundary", "_code", "_scope", "is_constant", "text", "value")

    def __init__(self, text: str, scope: Scope, boundary: Boundary | None) -> None:
        self.text = text
        self.is_constant = is_constant(text)
        self._scope = scope
        self._boundary = boundary
        self._code: Code | None = None
        constant = read_constant(text) if self.is_constant else None
        self.value = constant if boundary is None else boundary.convert(constant)

    def evaluate(self, names: Sequence[str], arguments: Sequence[Value]) -> Value:
        if self.is_constant:
            return self.value
        if self._code is None:
            self._code = self._scope.expression(self.text)
        value = self._code.call(*[arguments[names.index(name)] for name in self._code.names])
        return value if self._boundary is None else self._boundary.convert(value)


def _cell(rule: Rule, at: int, made: dict[tuple[int, str], _Cell], scope: Scope, boundary: Boundary | None) -> _Cell:
    text = rule.outputs[at] if at < len(rule.outputs) else ""
    cell = made.get((at, text))
    if cell is None:
        cell = made[at, text] = _Cell(text, scope, boundary)
    return cell


def _composed(columns: Sequence[str], values: Sequence[Value]) -> Value:
    return values[0] if len(columns) == 1 else dict(zip(columns, values, strict=True))


def _computed(columns: Sequence[str], row: Sequence[_Cell], names: Sequence[str]) -> Callable[[Sequence[Value]], Value]:
    return lambda arguments: _composed(columns, [cell.evaluate(names, arguments) for cell in row])


def _priorities(column: Output, scope: Scope) -> tuple[Value, ...]:
    """The output values in the order of the column, else of its type's allowed values."""
    tests = column.values or scope.types.allowed_of(column.type)
    if tests is None or not tests.text.strip():
        return ()
    cell = read_cell(tests.text)
    if cell is not None and not cell.negated and all(span.is_point for span in cell.spans):
        return tuple(span.low for span in cell.spans)
    listed = scope.expression(f"[{tests.text}]")
    values = listed.call() if not listed.names else None
    return tuple(values) if isinstance(values, list) else ()
