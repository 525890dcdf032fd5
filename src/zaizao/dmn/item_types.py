"""Item definitions at work: FEEL types, constraints, and the conversion of values at boundaries (DMN 7.3.2, 10.3.2.9).

Rule kept: a value that comes to an input, a parameter, an entry or an answer with a declared type is of that type and
within its constraints afterwards, or it is null. Null itself belongs to every type.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from zaizao.dmn.cells import read_cell
from zaizao.dmn.model import Definitions, FunctionItem, ItemDefinition, UnaryTests
from zaizao.dmn.reasons import null
from zaizao.feel import (
    ANY,
    BUILT_IN_TYPES,
    ContextType,
    Date,
    DateTime,
    DaysTime,
    FeelError,
    FeelType,
    Function,
    FunctionType,
    ListType,
    SimpleType,
    Time,
    Value,
    YearsMonths,
    coerce,
    compile_unary,
    conforms,
    subtype,
)

Check = Callable[[Value], bool]
ANY_FUNCTION = BUILT_IN_TYPES["function"]
_CLASSES: dict[str, type] = {
    "number": Decimal,
    "string": str,
    "boolean": bool,
    "date": Date,
    "time": Time,
    "date and time": DateTime,
    "days and time duration": DaysTime,
    "years and months duration": YearsMonths,
}


@dataclass(frozen=True, slots=True)
class Boundary:
    """A declared type: ``check`` says whether a non-null value is of it, ``convert`` makes it so or null."""

    type: FeelType
    check: Check
    convert: Callable[[Value], Value]
    constrained: bool = False


class ItemTypes:
    """The types that one model can name: FEEL's own, its item definitions, and those of its imports by import name."""

    def __init__(self, definitions: Definitions, imported: Mapping[str, ItemTypes]) -> None:
        self._items = {item.name: item for item in definitions.types}
        self._imported = imported
        self._boundaries: dict[str, Boundary | None] = {}
        self._open: set[str] = set()
        self.feel: dict[str, FeelType] = {}
        for name in self._items:
            boundary = self.boundary(name)
            self.feel[name] = ANY if boundary is None else boundary.type
        for prefix, types in imported.items():
            for name, feel_type in types.feel.items():
                self.feel.setdefault(f"{prefix}.{name}" if prefix else name, feel_type)

    def knows(self, name: str) -> bool:
        """Whether the model can use this type name."""
        return name in BUILT_IN_TYPES or name in self.feel

    def allowed_of(self, name: str | None) -> UnaryTests | None:
        """The allowed values that an item definition of the model itself declares."""
        item = self._items.get(name or "")
        return None if item is None else item.allowed

    def boundary(self, name: str | None) -> Boundary | None:
        """The boundary of a type name; ``None`` where nothing is to be checked (no type, Any, an unknown name)."""
        if name is None:
            return None
        if name not in self._boundaries:
            if name in self._open:
                return None
            self._open.add(name)
            self._boundaries[name] = self._make(name)
            self._open.discard(name)
        return self._boundaries[name]

    def _make(self, name: str) -> Boundary | None:
        item = self._items.get(name)
        if item is not None:
            return self._of_item(item)
        built_in = BUILT_IN_TYPES.get(name)
        if built_in is not None:
            return None if built_in == ANY else boundary_of(built_in)
        for prefix, types in self._imported.items():
            start = f"{prefix}." if prefix else ""
            if name.startswith(start):
                found = types.boundary(name[len(start) :])
                if found is not None:
                    return found
        return None

    def _of_item(self, item: ItemDefinition) -> Boundary | None:
        feel_type, check, constrained = self._single(item)
        if item.allowed is not None:
            check, constrained = _both(check, constraint(item.allowed)), True
        if item.collection:
            feel_type, check = ListType(feel_type), _list_check(check)
        if item.constraint is not None:
            check, constrained = _both(check, constraint(item.constraint)), True
        if feel_type == ANY and not constrained:
            return None
        return _boundary(feel_type, check, constrained)

    def _single(self, item: ItemDefinition) -> tuple[FeelType, Check | None, bool]:
        """One value of the item, before its own constraints."""
        if item.components:
            return self._structure(item)
        if item.function is not None:
            function = self._signature(item.function)
            return function, lambda value: _callable_as(value, function), True
        base = self.boundary(item.type)
        return (ANY, None, False) if base is None else (base.type, base.check, base.constrained)

    def _structure(self, item: ItemDefinition) -> tuple[FeelType, Check, bool]:
        parts = [(component.name, self._of_item(component)) for component in item.components]
        feel_type = ContextType(tuple((name, ANY if part is None else part.type) for name, part in parts))
        checks = [(name, None if part is None else part.check) for name, part in parts]

        def check(value: Value) -> bool:
            if type(value) is not dict:
                return False
            for name, inner in checks:
                if name not in value:
                    return False
                entry = value[name]
                if inner is not None and entry is not None and not inner(entry):
                    return False
            return True

        return feel_type, check, any(part is not None and part.constrained for _, part in parts)

    def _signature(self, function: FunctionItem) -> FunctionType:
        types = (self.boundary(parameter.type) for parameter in function.parameters)
        result = self.boundary(function.result)
        return FunctionType(
            tuple(ANY if found is None else found.type for found in types), ANY if result is None else result.type
        )


def _callable_as(value: Value, wanted: FunctionType) -> bool:
    """Whether a function can be called as ``wanted``; what it leaves undeclared is not held against it."""
    if not isinstance(value, Function) or wanted.parameters is None:
        return isinstance(value, Function)
    if len(value.parameters) != len(wanted.parameters):
        return False
    pairs = zip(wanted.parameters, value.parameters, strict=True)
    takes = all(parameter.type is None or subtype(given, parameter.type) for given, parameter in pairs)
    return takes and (value.result is None or value.result == ANY or subtype(value.result, wanted.result))


def parameter_type(boundary: Boundary | None) -> FeelType | None:
    """The type that FEEL converts an argument to before a call; function types are looked at here instead."""
    if boundary is None:
        return None
    return ANY_FUNCTION if isinstance(boundary.type, FunctionType) else boundary.type


def result_type(declared: FeelType) -> FeelType:
    """What a function whose variable has this type answers; older models put the answer's type itself there."""
    if isinstance(declared, FunctionType):
        return ANY if declared == ANY_FUNCTION else declared.result
    return declared


def boundary_of(feel_type: FeelType) -> Boundary:
    """The boundary of a FEEL type without constraints."""
    cls = _CLASSES.get(feel_type.name) if isinstance(feel_type, SimpleType) else None
    if cls is None:
        if isinstance(feel_type, FunctionType):
            return _boundary(feel_type, lambda value: _callable_as(value, feel_type), False)
        return _boundary(feel_type, lambda value: conforms(value, feel_type), False)

    def convert(value: Value) -> Value:
        return value if value is None or type(value) is cls else coerce(value, feel_type)

    return Boundary(feel_type, lambda value: type(value) is cls, convert)


def _boundary(feel_type: FeelType, check: Check | None, constrained: bool) -> Boundary:
    holds = check if check is not None else lambda _: True

    def convert(value: Value) -> Value:
        if value is None or holds(value):
            return value
        converted = coerce(value, feel_type)
        if converted is None or holds(converted):
            return converted
        return null("constraint", "值不在允许的范围内", "the value is not among the allowed values")

    return Boundary(feel_type, holds, convert, constrained)


def constraint(tests: UnaryTests) -> Check:
    """Whether a value satisfies unary tests; a text that is no FEEL is satisfied by nothing."""
    cell = read_cell(tests.text) if tests.language is None else None
    if cell is not None and (cell.kind is not None or cell.is_any):
        kind, holds = cell.kind, cell.holds
        if not cell.negated and all(span.is_point for span in cell.spans):
            values = frozenset(span.low for span in cell.spans)
            return lambda value: type(value) is kind and value in values
        return lambda value: kind is None or (type(value) is kind and holds(value))
    try:
        function = compile_unary(tests.text).function(())
    except FeelError:
        return lambda _: False
    return lambda value: function(value) is True


def _both(first: Check | None, second: Check) -> Check:
    return second if first is None else lambda value: first(value) and second(value)


def _list_check(check: Check | None) -> Check:
    if check is None:
        return lambda value: type(value) is list
    return lambda value: type(value) is list and all(item is None or check(item) for item in value)
