"""Decision tables compiled: input columns through the index to the bits of the matching rules, then the hit policy.

A table becomes one Python function of the names it uses. The rules are numbered by priority where the policy asks for
it and the outputs are constants, so that PRIORITY is FIRST and OUTPUT ORDER is RULE ORDER on those numbers. Cells that
take FEEL are compiled when they are first needed (DMN 8.2.8 to 8.3).
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence

from zaizao.dmn.assembly import Routine
from zaizao.dmn.cells import read_cell
from zaizao.dmn.code import Code, Scope
from zaizao.dmn.index import Column, build_column, hits
from zaizao.dmn.item_types import Boundary
from zaizao.dmn.model import DecisionTable, HitPolicy
from zaizao.dmn.outputs import Outputs, compile_outputs, is_constant
from zaizao.dmn.policies import default_answer, policy_of
from zaizao.feel import Date, Value

Note = Callable[[Sequence[int], Sequence[Value]], None]
_FIRST_OF_ORDER = (HitPolicy.FIRST, HitPolicy.PRIORITY)


def compile_table(table: DecisionTable, scope: Scope, note: Note | None = None) -> Code:
    """The table as code. ``note`` hears the numbers (from 0) of the rules that matched and the tested values."""
    inputs = [scope.expression(column.expression.text) for column in table.inputs]
    default = default_answer(table, scope)
    names = _names(table, (*inputs, default), scope)
    outputs = compile_outputs(table, scope, names)
    columns = [
        build_column(_texts(table, at, outputs.order), dates="date" not in scope.names)
        for at in range(len(table.inputs))
    ]
    routine = Routine(names)
    values = [
        _input_value(routine, code, scope.types.boundary(column.expression.type))
        for code, column in zip(inputs, table.inputs, strict=True)
    ]
    arguments = f"({''.join(f'x{number}, ' for number in range(len(names)))})"
    _match(routine, columns, values, arguments, Tests(scope, names), len(table.rules))
    routine.is_light &= outputs.all_constant and not any(column.residual for column in columns)
    if note is not None:
        heard = _hearer(note, outputs.order)
        routine.lines.append(f"{routine.bind(heard)}(m, ({''.join(f'{value}, ' for value in values)}))")
    routine.lines.append(f"if not m: return {routine.value(default)}")
    return routine.finish(_answer(routine, table, outputs, arguments))


class Tests:
    """The FEEL tests of cell texts as functions of the value and all the table's names; compiled when first asked."""

    def __init__(self, scope: Scope, names: tuple[str, ...]) -> None:
        self._scope = scope
        self._names = names
        self._made: dict[str, Callable[..., bool | None]] = {}

    def holds(self, text: str, value: Value, arguments: Sequence[Value]) -> bool:
        """Whether ``value`` satisfies the cell ``text``."""
        test = self._made.get(text)
        if test is None:
            test = self._made[text] = self._make(text)
        return test(value, *arguments) is True

    def _make(self, text: str) -> Callable[..., bool | None]:
        cell = read_cell(text)
        if cell is not None and cell.is_any:
            return lambda *_: True
        code = self._scope.tests(text)
        places = [self._names.index(name) for name in code.names]
        call = code.call
        return lambda value, *arguments: call(value, *[arguments[place] for place in places])


def _texts(table: DecisionTable, at: int, order: Sequence[int]) -> list[str]:
    """The cells of one input column in bit order; a missing cell is satisfied by anything."""
    rows = (table.rules[number].inputs for number in order)
    return [row[at] if at < len(row) else "-" for row in rows]


def _names(table: DecisionTable, codes: Sequence[Code], scope: Scope) -> tuple[str, ...]:
    """Every name that the table's code may need. Cells are not compiled for it: a name that occurs in one counts."""
    found = {name for code in codes for name in code.names}
    inputs = {text for rule in table.rules for text in rule.inputs}
    outputs = {text for rule in table.rules for text in rule.outputs}
    texts = [text for text in inputs if _takes_feel(text)] + [text for text in outputs if not is_constant(text)]
    found.update(name for name in scope.names - found if any(name in text for text in texts))
    return tuple(sorted(found))


def _takes_feel(text: str) -> bool:
    """Whether a cell may need names: one of dates does where a variable hides the function ``date``."""
    cell = read_cell(text)
    return cell is None or cell.kind is Date


def _input_value(routine: Routine, code: Code, boundary: Boundary | None) -> str:
    expression = routine.converted(routine.value(code), boundary)
    if expression.isidentifier():
        return expression
    variable = routine.fresh()
    routine.lines.append(f"{variable} = {expression}")
    return variable


def _match(
    routine: Routine, columns: Sequence[Column], values: Sequence[str], arguments: str, tests: Tests, rules: int
) -> None:
    """Lines that leave the bits of the matching rules in ``m``."""
    everything = (1 << rules) - 1
    started = False
    for column, value in zip(columns, values, strict=True):
        if column.kind is None:
            continue
        bits = _column_bits(routine, column, value, tests)
        routine.lines.append(f"m {'&=' if started else '='} {bits}")
        started = True
    if not started:
        routine.lines.append(f"m = {routine.bind(everything)}")
    residual = [(bits, text, at) for at, column in enumerate(columns) for bits, text in column.residual]
    if residual:
        everywhere = 0
        for column in columns:
            everywhere |= column.residual_bits
        narrow = routine.bind(_narrower(residual, tests))
        tested = "".join(f"{value}, " for value in values)
        routine.lines.append(f"if m & {routine.bind(everywhere)}: m = {narrow}(m, ({tested}), {arguments})")


def _column_bits(routine: Routine, column: Column, value: str, tests: Tests) -> str:
    """The expression for a column's candidate rules; a value of another type is asked of FEEL, cell by cell."""
    kind, other = routine.bind(column.kind), routine.bind(_other(column, tests))
    if not column.bounds:
        found = f"{routine.bind(column.exact.get)}({value}, {routine.bind(column.default)})"
    else:
        bounds = routine.bind([*column.bounds, None])
        at_bound, between = routine.bind(column.pieces[1::2]), routine.bind(column.pieces[::2])
        cut, count, place = routine.bind(bisect_left), len(column.bounds), routine.fresh()
        found = (
            f"({at_bound}[{place}] if {bounds}[({place} := {cut}({bounds}, {value}, 0, {count}))] == {value}"
            f" else {between}[{place}])"
        )
    return f"{found} if type({value}) is {kind} else {other}({value})"


def _other(column: Column, tests: Tests) -> Callable[[Value], int]:
    """The bits for a value that is not of the column's type; those for null are kept."""
    always = column.anything | column.residual_bits
    asked = [(bits, text) for text, bits in column.texts.items() if not bits & always]
    of_null: list[int] = []

    def bits_of(value: Value) -> int:
        found = always
        for bits, text in asked:
            if tests.holds(text, value, ()):
                found |= bits
        return found

    def other(value: Value) -> int:
        if value is not None:
            return bits_of(value)
        if not of_null:
            of_null.append(bits_of(None))
        return of_null[0]

    return other


def _narrower(
    residual: Sequence[tuple[int, str, int]], tests: Tests
) -> Callable[[int, Sequence[Value], Sequence[Value]], int]:
    """Takes back the candidates whose FEEL cells do not hold."""

    def narrow(candidates: int, values: Sequence[Value], arguments: Sequence[Value]) -> int:
        for bits, text, at in residual:
            if candidates & bits and not tests.holds(text, values[at], arguments):
                candidates &= ~bits
        return candidates

    return narrow


def _hearer(note: Note, order: Sequence[int]) -> Callable[[int, Sequence[Value]], None]:
    def heard(bits: int, values: Sequence[Value]) -> None:
        note(sorted(order[bit] for bit in hits(bits)), values)

    return heard


def _answer(routine: Routine, table: DecisionTable, outputs: Outputs, arguments: str) -> str:
    """The expression for the answer when ``m`` is not zero."""
    policy = table.hit_policy
    single = policy in _FIRST_OF_ORDER if outputs.ordered else policy is HitPolicy.FIRST
    if policy is HitPolicy.UNIQUE:
        several = policy_of(table, outputs)
        routine.lines.append(f"if m & (m - 1): return {routine.bind(several)}(m, {arguments})")
        single = True
    if not single:
        return f"{routine.bind(policy_of(table, outputs))}(m, {arguments})"
    bit = "(m & -m).bit_length() - 1"
    if not outputs.all_constant:
        return f"{routine.bind(outputs.answer)}({bit}, {arguments})"
    copy = "" if len(outputs.columns) == 1 else ".copy()"
    return f"{routine.bind(outputs.values)}[{bit}]{copy}"
