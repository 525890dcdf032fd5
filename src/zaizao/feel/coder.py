"""FEEL syntax trees to Python code (DMN 1.5, 10.3.2).

The rule: each node becomes a Python expression with a *kind*, which is what is known for certain of its value:
``number``, ``string``, ``boolean``, or nothing. Where kinds are known, Python's own operators are used; where not,
the three-valued operators of this room. Code is built as a syntax tree, names only what ``WORLD`` and the coder itself
put there, and holds text of the expression in constants only.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Collection, Sequence
from decimal import Decimal
from typing import Any, Final, TypeAlias

from . import comparison, python_tree as py
from .functions import BUILT_INS, BuiltIn
from .nodes import (
    Anything,
    Between,
    Binary,
    Bound,
    Call,
    ContextOf,
    Definition,
    Filter,
    For,
    If,
    In,
    InstanceOf,
    Interval,
    Iterator,
    ListOf,
    Literal,
    Logic,
    Name,
    NamedCall,
    Negation,
    Node,
    Path,
    Quantified,
    Tests,
    walk,
)
from .session import evaluation
from .speculation import Atom, atom_of
from .values import Date, DateTime, DaysTime, Function, Parameter, Range, Time, Value, YearsMonths
from .world import WORLD, external

#: A Python expression and the kind of its value.
Coded: TypeAlias = tuple[ast.expr, str | None]

_OPERATIONS: Final = {
    "+": "add",
    "-": "subtract",
    "*": "multiply",
    "/": "divide",
    "**": "power",
    "=": "equal",
    "!=": "unequal",
    "<": "less",
    "<=": "at_most",
    ">": "greater",
    ">=": "at_least",
}
_KIND_OF: Final[dict[type, str]] = {Decimal: "number", str: "string", bool: "boolean"}
CLASS_OF: Final = {"number": "Decimal", "string": "str", "boolean": "bool"}
_SCALARS: Final = (Decimal, str, bool, Date, Time, DateTime, DaysTime, YearsMonths, Range, type(None))
_TRUTHS: Final = (Logic, Between, In, Quantified, InstanceOf)
_TESTED: Final = "?"


def _keeps_partial(nodes: Sequence[Node]) -> bool:
    """Whether a body does more with ``partial`` than look at single results or count and add them."""
    uses = sum(isinstance(one, Name) and one.name == "partial" for one in nodes)
    looks = sum(isinstance(one, Filter) and one.value == Name("partial") for one in nodes)
    reckons = sum(
        isinstance(one, Call) and one.arguments == (Name("partial"),) and one.function in _RECKON for one in nodes
    )
    return looks + reckons < uses or any(isinstance(one, Definition) for one in nodes)


_RECKON: Final = (Name("count"), Name("sum"), Name("min"), Name("max"), Name("mean"))


class Coder:
    """The coding of one expression. ``names`` are the declared variables; they hide built-in functions."""

    def __init__(self, names: Collection[str] = ()) -> None:
        self.declared = names
        self.world: dict[str, Any] = dict(WORLD)
        self.variables: dict[str, str] = {}
        self.defaults: dict[str, BuiltIn] = {}
        self.scopes: list[dict[str, str] | str] = []
        self.atoms: dict[Atom, tuple[str, str]] = {}
        self.count = 0
        #: Whether anything was used that takes steps, and whether numbers are reckoned with.
        self.takes_steps = False
        self.reckons = False

    def fresh(self, letter: str) -> str:
        """A new identifier."""
        self.count += 1
        return f"{letter}{self.count}"

    def hold(self, value: Any) -> ast.expr:
        """A constant that code cannot spell."""
        identifier = self.fresh("k")
        self.world[identifier] = value
        return py.name(identifier)

    # ---------------------------------------------------------------- names

    def variable(self, name: str) -> str:
        """The identifier of a variable that the context gives."""
        if name not in self.variables:
            self.variables[name] = f"v{len(self.variables)}"
        return self.variables[name]

    def built_in(self, name: str) -> BuiltIn | None:
        """The built-in function that the name means here."""
        if name in self.declared or any(isinstance(scope, dict) and name in scope for scope in self.scopes):
            return None
        return BUILT_INS.get(name)

    def resolve(self, name: str, called: bool = False) -> ast.expr:
        """The value of a name: innermost scope first; in a filter, an entry of the item first."""
        items: list[str] = []
        found: ast.expr | None = None
        for scope in reversed(self.scopes):
            if isinstance(scope, dict):
                if name in scope:
                    found = py.name(scope[name])
                    break
            else:
                items.append(scope)
                if name == "item":
                    found = py.name(scope)
                    break
        if found is None:
            built_in = self.built_in(name)
            if built_in is None:
                found = py.name(self.variable(name))
            elif called:
                found = self.hold(built_in)
            else:
                # Perhaps a variable that was not declared; the function if there is no such variable.
                self.defaults[name] = built_in
                found = py.name(self.variable(name))
        for scope in reversed(items):
            has = py.all_of([py.is_kind(py.name(scope), "dict"), py.compare(py.constant(name), "in", py.name(scope))])
            found = py.choose(has, py.item(py.name(scope), name), found)
        return found

    def local(self, name: str) -> bool:
        """Whether the name is bound inside the expression."""
        return any(isinstance(scope, str) or name in scope for scope in self.scopes)

    # ---------------------------------------------------------------- nodes

    def code(self, node: Node) -> Coded:
        """The code of any node."""
        if self.atoms:
            atom = atom_of(node)
            if atom is not None and atom in self.atoms and not self.local(atom[0]):
                identifier, kind = self.atoms[atom]
                return py.name(identifier), kind
        return _CODE[type(node)](self, node)

    def value(self, node: Node) -> ast.expr:
        """The code of any node, without its kind."""
        return self.code(node)[0]

    def literal(self, node: Literal) -> Coded:
        return self.fixed(node.value)

    def fixed(self, value: Value) -> Coded:
        """A constant value."""
        kind = _KIND_OF.get(type(value))
        if value is None or kind in ("string", "boolean"):
            return py.constant(value), kind
        return self.hold(value), kind

    def name_(self, node: Name) -> Coded:
        return self.resolve(node.name), None

    def list_of(self, node: ListOf) -> Coded:
        if len(node.items) > 8 and all(isinstance(item, Literal) for item in node.items):
            return py.call(
                "list", self.hold(tuple(item.value for item in node.items if isinstance(item, Literal)))
            ), None
        return py.sequence([self.value(item) for item in node.items]), None

    def context_of(self, node: ContextOf) -> Coded:
        if len({key for key, _ in node.entries}) < len(node.entries):
            return py.call("duplicate"), None
        scope: dict[str, str] = {}
        self.scopes.append(scope)
        entries = []
        for key, entry in node.entries:
            identifier = self.fresh("c")
            if isinstance(entry, Definition):
                scope[key] = identifier
            entries.append((key, py.keep(identifier, self.value(entry))))
            scope[key] = identifier
        self.scopes.pop()
        return py.mapping(entries), None

    def constant(self, node: Node) -> tuple[Value] | None:
        """The value of a node that needs no evaluation, in a tuple; None if it does."""
        if isinstance(node, Literal):
            return (node.value,)
        if isinstance(node, Call) and isinstance(node.function, Name) and node.arguments:
            built_in = self.built_in(node.function.name)
            if built_in is not None and built_in.constant and not any(isinstance(s, str) for s in self.scopes):
                arguments = [self.constant(argument) for argument in node.arguments]
                if all(argument is not None for argument in arguments):
                    with evaluation():
                        value = built_in.call(*(argument[0] for argument in arguments if argument is not None))
                    return (value,) if isinstance(value, _SCALARS) and value is not None else None
        return None

    def interval(self, node: Interval) -> Coded:
        start, end = self.constant(node.start), self.constant(node.end)
        included = (node.start_included, node.end_included)
        if start is not None and end is not None:
            found = comparison.interval(start[0], end[0], *included)
            if found is not None:
                return self.hold(found), None
        ends = (self.value(node.start), self.value(node.end))
        return py.call("interval", *ends, *(py.constant(one) for one in included)), None

    def bound(self, node: Bound) -> Coded:
        return py.call("comparison_range", py.constant(node.operator), self.value(node.value)), None

    def negation(self, node: Negation) -> Coded:
        self.reckons = True
        operand, kind = self.code(node.operand)
        return (py.minus(operand), kind) if kind == "number" else (py.call("negate", operand), None)

    def binary(self, node: Binary) -> Coded:
        """Operators in a row lean left and may be many, so they are coded from the leftmost on, without recursion."""
        chain: list[Binary] = []
        left: Node = node
        while isinstance(left, Binary):
            chain.append(left)
            left = left.left
        coded = self.code(left)
        for one in reversed(chain):
            coded = self.operation(one.operator, coded, self.code(one.right))
        return coded

    def operation(self, operator: str, left: Coded, right: Coded) -> Coded:
        """One operator on coded operands."""
        kinds = {left[1], right[1]}
        if operator in py.COMPARISONS:
            return self.comparison(operator, left, right)
        self.reckons = True
        if kinds == {"number"} and operator in py.OPERATORS and self.atoms:
            return py.arithmetic(left[0], operator, right[0]), "number"
        return py.call(_OPERATIONS[operator], left[0], right[0]), None

    def comparison(self, operator: str, left: Coded, right: Coded) -> Coded:
        """A comparison: Python's own if the kinds are known, guarded if one side is a constant and one a variable."""
        (one, kind), (other, other_kind) = left, right
        if kind == other_kind and (kind in ("number", "string") or (kind == "boolean" and operator in ("=", "!="))):
            return py.compare(one, operator, other), "boolean"
        general = py.call(_OPERATIONS[operator], one, other)
        if isinstance(one, ast.Name) and kind is None and other_kind in ("number", "string"):
            return py.choose(py.is_kind(one, CLASS_OF[other_kind]), py.compare(one, operator, other), general), None
        return general, None

    def logic(self, node: Logic) -> Coded:
        coded = [self.code(operand) for operand in node.operands]
        if all(kind == "boolean" for _, kind in coded):
            join = py.all_of if node.operator == "and" else py.one_of
            return join([operand for operand, _ in coded]), "boolean"
        decisive, other = (False, True) if node.operator == "and" else (True, False)
        kept = [(self.fresh("t"), operand) for operand, _ in coded]
        decided = [py.compare(py.keep(temp, operand), "is", py.constant(decisive)) for temp, operand in kept]
        known = [py.compare(py.name(temp), "is", py.constant(other)) for temp, _ in kept]
        rest = py.choose(py.all_of(known), py.constant(other), py.constant(None))
        return py.choose(py.one_of(decided), py.constant(decisive), rest), None

    def between(self, node: Between) -> Coded:
        value, low, high = (self.code(part) for part in (node.value, node.low, node.high))
        if value[1] == low[1] == high[1] and value[1] in ("number", "string"):
            return py.within(low[0], "<=", value[0], "<=", high[0]), "boolean"
        return py.call("between", value[0], low[0], high[0]), None

    def if_(self, node: If) -> Coded:
        condition, kind = self.code(node.condition)
        yes, no = self.code(node.yes), self.code(node.no)
        if isinstance(condition, ast.Constant):
            return yes if condition.value is True else no
        test = condition if kind == "boolean" else py.compare(condition, "is", py.constant(True))
        return py.choose(test, yes[0], no[0]), yes[1] if yes[1] == no[1] else None

    def path(self, node: Path) -> Coded:
        return py.call("path", self.value(node.value), py.constant(node.name)), None

    def instance(self, node: InstanceOf) -> Coded:
        return py.call("instance_of", self.value(node.value), self.hold(node.type)), "boolean"

    # ---------------------------------------------------------------- lists

    def filter(self, node: Filter) -> Coded:
        self.takes_steps = True
        items = self.value(node.value)
        condition = node.condition
        if isinstance(condition, Literal) and isinstance(condition.value, Decimal):
            return py.call("at", items, self.value(condition)), None
        item = self.fresh("i")
        self.scopes.append(item)
        test = py.function([item], self.value(condition))
        self.scopes.pop()
        compares = isinstance(condition, Binary) and condition.operator in py.COMPARISONS
        sure = compares or isinstance(condition, _TRUTHS)
        return py.call("select" if sure else "filtered", items, test), None

    def domains(self, iterators: Sequence[Iterator]) -> tuple[list[ast.expr], list[str]]:
        """The domains as code, each seeing the variables before it; and the variables."""
        found: list[ast.expr] = []
        variables: list[str] = []
        for iterator in iterators:
            found.append(self.domain(iterator))
            variables.append(self.fresh("i"))
            self.scopes.append({iterator.name: variables[-1]})
        return found, variables

    def domain(self, iterator: Iterator) -> ast.expr:
        """What an iterator goes through."""
        self.takes_steps = True
        if iterator.end is None:
            return py.call("domain", self.value(iterator.domain))
        return py.call("steps", self.value(iterator.domain), self.value(iterator.end))

    def for_(self, node: For) -> Coded:
        depth = len(self.scopes)
        domains, variables = self.domains(node.iterators)
        inner = walk(node.result)
        partial = any(isinstance(one, Name) and one.name == "partial" for one in inner)
        if partial:
            identifier = self.fresh("p")
            self.scopes.append({"partial": identifier})
        result = self.value(node.result)
        del self.scopes[depth:]
        if len(domains) == 1 and not partial and not any(isinstance(one, Definition) for one in inner):
            items = self.fresh("t")
            empty = py.compare(py.keep(items, domains[0]), "is", py.constant(None))
            return py.choose(empty, py.constant(None), py.each(result, variables[0], py.name(items))), None
        turn = py.function([*variables, identifier] if partial else variables, result)
        if partial:
            kept = py.constant(_keeps_partial(inner))
            return py.call("loop_partial", self.lazily(domains, variables), turn, kept), None
        return py.call("loop", self.lazily(domains, variables), turn), None

    def lazily(self, domains: Sequence[ast.expr], variables: Sequence[str]) -> ast.expr:
        """Each domain as a function of the variables before it."""
        return py.pair([py.function(variables[:place], domain) for place, domain in enumerate(domains)])

    def quantified(self, node: Quantified) -> Coded:
        depth = len(self.scopes)
        domains, variables = self.domains(node.iterators)
        condition = py.function(variables, self.value(node.condition))
        del self.scopes[depth:]
        return py.call(node.quantifier, self.lazily(domains, variables), condition), None

    # ---------------------------------------------------------------- functions

    def call(self, node: Call) -> Coded:
        fixed = self.constant(node)
        if fixed is not None:
            return self.fixed(fixed[0])
        self.reckons = True
        arguments = [self.value(argument) for argument in node.arguments]
        if isinstance(node.function, Name) and not any(isinstance(scope, str) for scope in self.scopes):
            built_in = self.built_in(node.function.name)
            if built_in is not None:
                entry = self.fresh("k")
                self.world[entry] = built_in.entry(len(arguments))
                self.takes_steps = self.takes_steps or built_in.takes_steps
                return py.call(entry, *arguments), None
        self.takes_steps = True
        return py.call("invoke", self.called(node.function), py.pair(arguments)), None

    def named_call(self, node: NamedCall) -> Coded:
        self.takes_steps = self.reckons = True
        names = [name for name, _ in node.arguments]
        if len(set(names)) < len(names):
            return py.call("duplicate"), None
        arguments = py.mapping([(name, self.value(argument)) for name, argument in node.arguments])
        return py.call("invoke_named", self.called(node.function), arguments), None

    def called(self, function: Node) -> ast.expr:
        """What is called."""
        return self.resolve(function.name, called=True) if isinstance(function, Name) else self.value(function)

    def definition(self, node: Definition) -> Coded:
        self.takes_steps = True
        parameters = tuple(Parameter(name, type) for name, type in node.parameters)
        if node.external:
            return self.hold(Function(parameters, external)), None
        scope = {name: self.fresh("a") for name, _ in node.parameters}
        variables = [scope[name] for name, _ in node.parameters]
        if len(set(variables)) < len(variables):
            return py.call("duplicate"), None
        atoms, self.atoms = self.atoms, {}
        self.scopes.append(scope)
        body = py.function(variables, self.value(node.body))
        self.scopes.pop()
        self.atoms = atoms
        return py.call("closure", self.hold(parameters), body), None

    # ---------------------------------------------------------------- tests

    def in_(self, node: In) -> Coded:
        value, kind = self.code(node.value)
        kept = value.id if isinstance(value, ast.Name) else self.fresh("t")
        self.scopes.append({_TESTED: kept})
        joined, joined_kind = self.joined([self.test((py.name(kept), kind), test, False) for test in node.tests])
        self.scopes.pop()
        if isinstance(value, ast.Name):
            return joined, joined_kind
        # Binds the value before the tests look at it; the condition is always true.
        bound = py.compare(py.keep(kept, value), "is", py.name(kept))
        return py.choose(bound, joined, py.constant(None)), joined_kind

    def joined(self, coded: Sequence[Coded]) -> Coded:
        """Any of several tests."""
        if len(coded) == 1:
            return coded[0]
        if all(kind == "boolean" for _, kind in coded):
            return py.one_of([test for test, _ in coded]), "boolean"
        return py.call("any_of", py.pair([test for test, _ in coded])), None

    def test(self, value: Coded, test: Node, cell: bool) -> Coded:
        """Whether ``value`` satisfies one test; in a ``cell``, a true expression satisfies too."""
        if isinstance(test, Bound):
            return self.comparison(test.operator, value, self.code(test.value))
        if isinstance(test, Anything):
            return py.constant(True), "boolean"
        if isinstance(test, Literal):
            return self.comparison("=", value, self.literal(test))
        if isinstance(test, Interval):
            return self.inside(value, test)
        coded = self.value(test)
        if any(isinstance(one, Name) and one.name == _TESTED for one in walk(test)):
            kept = self.fresh("t")
            truth = py.is_kind(py.keep(kept, coded), "bool")
            return py.choose(truth, py.name(kept), py.call("member", value[0], py.name(kept))), None
        return py.call("satisfies" if cell else "member", value[0], coded), None

    def inside(self, value: Coded, test: Interval) -> Coded:
        """Whether ``value`` lies in an interval."""
        start, end = self.constant(test.start), self.constant(test.end)
        general = py.call("member", value[0], self.interval(test)[0])
        if start is None or end is None or type(start[0]) is not type(end[0]):
            return general, None
        kind = _KIND_OF.get(type(start[0]))
        if kind not in ("number", "string"):
            return general, None
        within = py.within(
            self.fixed(start[0])[0],
            "<=" if test.start_included else "<",
            value[0],
            "<=" if test.end_included else "<",
            self.fixed(end[0])[0],
        )
        if value[1] == kind:
            return within, "boolean"
        return py.choose(py.is_kind(value[0], CLASS_OF[kind]), within, general), None

    def tests(self, node: Tests) -> Coded:
        value = (self.resolve(_TESTED), None)
        joined, kind = self.joined([self.test(value, test, True) for test in node.tests])
        if not node.negated:
            return joined, kind
        return (py.negated(joined), kind) if kind == "boolean" else (py.call("negation", joined), None)

    def anything(self, _: Anything) -> Coded:
        return py.constant(True), "boolean"


_CODE: Final[dict[type, Callable[[Coder, Any], Coded]]] = {
    Literal: Coder.literal,
    Name: Coder.name_,
    ListOf: Coder.list_of,
    ContextOf: Coder.context_of,
    Interval: Coder.interval,
    Bound: Coder.bound,
    Negation: Coder.negation,
    Binary: Coder.binary,
    Logic: Coder.logic,
    Between: Coder.between,
    In: Coder.in_,
    If: Coder.if_,
    For: Coder.for_,
    Quantified: Coder.quantified,
    Filter: Coder.filter,
    Path: Coder.path,
    Call: Coder.call,
    NamedCall: Coder.named_call,
    Definition: Coder.definition,
    InstanceOf: Coder.instance,
    Anything: Coder.anything,
    Tests: Coder.tests,
}
