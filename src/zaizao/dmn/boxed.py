"""Boxed expressions compiled to functions (DMN 7.3, 10.2.1): one method per expression.

Each becomes ``Code``: a positional function of the names it uses. Iterators and filters run FEEL's own loops over a
body that is handed in as a function, so that their meaning has one home.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from zaizao.dmn.assembly import Routine
from zaizao.dmn.code import Code, Scope, constant, nothing, united
from zaizao.dmn.externals import Externals, external_function
from zaizao.dmn.item_types import Boundary, boundary_of, parameter_type
from zaizao.dmn.model import (
    BoxedContext,
    BoxedList,
    Conditional,
    DecisionTable,
    Expression,
    Filter,
    For,
    FunctionDefinition,
    FunctionKind,
    InformationItem,
    Invocation,
    LiteralExpression,
    Quantified,
    Relation,
)
from zaizao.dmn.reasons import null
from zaizao.dmn.table import Note, compile_table
from zaizao.feel import Function, Parameter, Value, coerce, compile


class Boxes:
    """Compiles boxed expressions. ``note`` makes the ear of a traced table; ``externals`` stand in for Java;
    ``on_table`` sees each table with its scope before it is compiled."""

    def __init__(
        self,
        externals: Externals,
        note: Callable[[str, DecisionTable], Note] | None = None,
        on_table: Callable[[DecisionTable, Scope], None] | None = None,
    ) -> None:
        self.externals = externals
        self._note = note
        self._on_table = on_table

    def code(self, expression: Expression | None, scope: Scope) -> Code:
        """The expression as code, its value brought to the expression's own type."""
        if expression is None:
            return nothing("logic", "没有决策逻辑", "there is no logic")
        made = _BOXES[type(expression)](self, expression, scope)
        if isinstance(expression, FunctionDefinition):
            return made
        return converted(made, scope.types.boundary(expression.type))

    def literal(self, box: LiteralExpression, scope: Scope) -> Code:
        if box.language is not None or box.imported is not None:
            return nothing("language", "只支持 FEEL 表达式", "only FEEL can be evaluated")
        return scope.expression(box.text)

    def table(self, box: DecisionTable, scope: Scope) -> Code:
        if self._on_table is not None:
            self._on_table(box, scope)
        if not box.outputs:
            return nothing("no-output", "决策表没有输出列", "the table has no output column")
        return compile_table(box, scope, None if self._note is None else self._note(scope.where, box))

    def context(self, box: BoxedContext, scope: Scope) -> Code:
        codes: list[tuple[str | None, Code]] = []
        seen: set[str] = set()
        declared: dict[str, str | None] = {}
        for entry in box.entries:
            name = None if entry.variable is None else entry.variable.name
            where = f"{scope.where}, entry {name or 'result'}"
            code = self.code(entry.value, scope.inner(seen, where, declared))
            if entry.variable is not None:
                code = converted(code, scope.types.boundary(entry.variable.type))
            codes.append((name, code))
            if name is not None:
                seen.add(name)
                declared[name] = entry.variable.type if entry.variable is not None else None
        routine = Routine(_outer(codes))
        result = None
        for name, code in codes:
            if name is None:
                result = routine.value(code)
                break
            routine.assign(name, routine.value(code))
        if result is None:
            pairs = (f"{routine.bind(name)}: {routine.variables[name]}" for name, _ in codes if name is not None)
            result = f"{{{', '.join(pairs)}}}"
        return routine.finish(result)

    def relation(self, box: Relation, scope: Scope) -> Code:
        rows = [
            [
                (column.name, converted(self.code(cell, scope), scope.types.boundary(column.type)))
                for column, cell in zip(box.columns, row, strict=False)
            ]
            for row in box.rows
        ]
        routine = Routine(united(code for row in rows for _, code in row))
        contexts = (", ".join(f"{routine.bind(name)}: {routine.value(code)}" for name, code in row) for row in rows)
        return routine.finish(f"[{', '.join(f'{{{context}}}' for context in contexts)}]")

    def list(self, box: BoxedList, scope: Scope) -> Code:
        codes = [self.code(item, scope) for item in box.items]
        routine = Routine(united(codes))
        return routine.finish(f"[{', '.join([routine.value(code) for code in codes])}]")

    def conditional(self, box: Conditional, scope: Scope) -> Code:
        test, then, otherwise = (self.code(part, scope) for part in (box.test, box.then, box.otherwise))
        routine = Routine(united((test, then, otherwise)))
        routine.lines.append(f"test = {routine.value(test)}")
        routine.lines.append(f"if test is True: return {routine.value(then)}")
        routine.lines.append(f"if test is False or test is None: return {routine.value(otherwise)}")
        return routine.finish(f"{routine.bind(_no_condition)}()")

    def invocation(self, box: Invocation, scope: Scope) -> Code:
        function = self.code(box.function, scope)
        bindings = [
            (
                binding.parameter.name,
                converted(self.code(binding.value, scope), scope.types.boundary(binding.parameter.type)),
            )
            for binding in box.bindings
        ]
        known = scope.functions.get(box.function.text.strip()) if isinstance(box.function, LiteralExpression) else None
        if known is not None and {name for name, _ in bindings} == {item.name for item in known.parameters}:
            return _direct_call(known, dict(bindings))
        routine = Routine(united((function, *(code for _, code in bindings))))
        arguments = ", ".join(f"{routine.bind(name)}: {routine.value(code)}" for name, code in bindings)
        return routine.finish(f"{routine.bind(_invoke)}({routine.value(function)}, {{{arguments}}})")

    def function(self, box: FunctionDefinition, scope: Scope) -> Code:
        parameters = tuple(parameter_of(item, scope) for item in box.parameters)
        if box.kind is not FunctionKind.FEEL:
            return constant(external_function(self.externals, box, parameters, scope))
        body = function_body(self, box, scope)
        closed = tuple(name for name in body.names if name not in {item.name for item in box.parameters})
        boundary = scope.types.boundary(box.body.type) if box.body is not None else None
        result = None if boundary is None else boundary.type
        if not closed:
            return constant(Function(parameters, body.call, "", result))
        order = (*closed, *(item.name for item in box.parameters))
        routine = Routine(order)
        call = routine.finish(routine.value(body)).call

        def close(*outer: Value) -> Function:
            return Function(parameters, lambda *arguments: call(*outer, *arguments), "", result)

        return Code(closed, close)

    def filter(self, box: Filter, scope: Scope) -> Code:
        if isinstance(box.match, LiteralExpression) and box.match.language is None:
            return self._filter_by_text(box, box.match, scope)
        return self._over(box.collection, "c[f(item)]", box.match, ("item",), scope)

    def _filter_by_text(self, box: Filter, match: LiteralExpression, scope: Scope) -> Code:
        """A literal match sees the entries of each item by name, which only FEEL's own filter can give."""
        collection = self.code(box.collection, scope)
        alone = scope.inner(("item",)).expression(match.text)
        hidden = "boxed collection"
        while hidden in scope.names or hidden in match.text:
            hidden += " of"
        inner = scope.inner((hidden,))
        whole = alone if alone.is_broken else inner.expression(f"{hidden}[\n{match.text}\n]")
        routine = Routine(tuple(sorted({*collection.names, *(name for name in whole.names if name != hidden)})))
        routine.assign(hidden, routine.value(collection))
        return routine.finish(routine.value(whole))

    def loop(self, box: For, scope: Scope) -> Code:
        return self._over(
            box.collection, "for v in c return f(v, partial)", box.result, (box.variable, "partial"), scope
        )

    def quantified(self, box: Quantified, scope: Scope) -> Code:
        text = "every v in c satisfies f(v)" if box.every else "some v in c satisfies f(v)"
        return self._over(box.collection, text, box.satisfies, (box.variable,), scope)

    def _over(
        self, collection: Expression | None, text: str, body: Expression | None, variables: Sequence[str], scope: Scope
    ) -> Code:
        """FEEL's own ``text`` over ``c``, the collection, and ``f``, the body as a function of ``variables``."""
        over = self.code(collection, scope)
        inner = self.code(body, scope.inner(variables))
        parameters = tuple(Parameter(name) for name in variables)
        free = tuple(name for name in inner.names if name not in variables)
        routine = Routine((*free, *variables))
        call = routine.finish(routine.value(inner)).call
        run = compile(text, names=("c", "f")).function(("c", "f"))

        def answer(items: Value, *outer: Value) -> Value:
            return run(items, Function(parameters, lambda *turn: call(*outer, *turn)))

        whole = Routine(united((over, Code(free, answer))))
        closed = "".join(f", {whole.variables[name]}" for name in free)
        return whole.finish(f"{whole.bind(answer)}({whole.value(over)}{closed})")


def _direct_call(function: Function, arguments: Mapping[str, Code]) -> Code:
    """The call of a known function, by the rules of FEEL: an argument of another type makes the whole call null."""
    routine = Routine(united(arguments.values()))
    routine.is_light = False
    ready = []
    for parameter in function.parameters:
        given = routine.fresh()
        routine.lines.append(f"{given} = {routine.value(arguments[parameter.name])}")
        boundary = None if parameter.type is None else boundary_of(parameter.type)
        if boundary is not None:
            before, given = given, routine.fresh()
            routine.lines.append(f"{given} = {routine.converted(before, boundary)}")
            routine.lines.append(f"if {given} is None and {before} is not None: return None")
        ready.append(given)
    return routine.finish(f"{routine.bind(function.call)}({', '.join(ready)})")


def _invoke(function: Value, arguments: Mapping[str, Value]) -> Value:
    """A call with named arguments by the rules of FEEL: what does not fit, in names or types, makes the call null."""
    if not isinstance(function, Function):
        return null("no-function", "被调用的不是函数", "what is called is no function")
    if {parameter.name for parameter in function.parameters} != arguments.keys():
        return null("arguments", "参数名称不符", "the names of the arguments do not fit the function")
    ready = []
    for parameter in function.parameters:
        given = arguments[parameter.name]
        value = coerce(given, parameter.type)
        if value is None and given is not None:
            return None
        ready.append(value)
    return coerce(function.call(*ready), function.result)


def _no_condition() -> Value:
    return null("condition", "条件不是布尔值", "the condition is no boolean")


def converted(code: Code, boundary: Boundary | None) -> Code:
    """The same code with its value brought to a declared type."""
    if boundary is None:
        return code
    routine = Routine(code.names)
    return routine.finish(routine.converted(routine.value(code), boundary))


def parameter_of(item: InformationItem, scope: Scope) -> Parameter:
    """A formal parameter with its type."""
    return Parameter(item.name, parameter_type(scope.types.boundary(item.type)))


def function_body(boxes: Boxes, box: FunctionDefinition, scope: Scope) -> Code:
    """The body over outer names and all parameters, in order: first what it closes over, then the parameters.

    The caller of a FEEL function converts to the parameters' types; constraints are looked at here.
    """
    names = tuple(item.name for item in box.parameters)
    body = boxes.code(box.body, scope.inner(names, declared={item.name: item.type for item in box.parameters}))
    outer = tuple(name for name in body.names if name not in names)
    routine = Routine((*outer, *names))
    for item in box.parameters:
        boundary = scope.types.boundary(item.type)
        if boundary is not None and boundary.constrained:
            routine.assign(item.name, routine.converted(routine.variables[item.name], boundary))
    return routine.finish(routine.value(body))


def _outer(codes: Sequence[tuple[str | None, Code]]) -> tuple[str, ...]:
    """The names that entries take from outside the context."""
    found: set[str] = set()
    own: set[str] = set()
    for name, code in codes:
        found.update(needed for needed in code.names if needed not in own)
        if name is not None:
            own.add(name)
    return tuple(sorted(found))


_BOXES: dict[type[Expression], Callable[[Boxes, Any, Scope], Code]] = {
    LiteralExpression: Boxes.literal,
    DecisionTable: Boxes.table,
    BoxedContext: Boxes.context,
    Relation: Boxes.relation,
    BoxedList: Boxes.list,
    Invocation: Boxes.invocation,
    FunctionDefinition: Boxes.function,
    Conditional: Boxes.conditional,
    Filter: Boxes.filter,
    For: Boxes.loop,
    Quantified: Boxes.quantified,
}
