"""Coded FEEL expressions to Python functions: the guess, the general case, and the way into an evaluation.

The rule: a first body assumes the kinds that the expression suggests (``a * b`` suggests numbers), guards them once,
and is used when they hold; the second assumes nothing and is made when it is first needed. Both give the same: an
arithmetic trap in the first leads into the second, which makes null of it.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Collection, Mapping, Sequence
from types import CodeType, FunctionType
from typing import Final

from . import python_tree as py
from .coder import CLASS_OF, Coder
from .nodes import Node
from .speculation import Atom, assumed
from .values import Value

_PASS: Final = ast.Pass(lineno=1, col_offset=0, end_lineno=1, end_col_offset=0)


class Compiler(Coder):
    """The making of one Python function of an expression."""

    def guess(self, node: Node) -> list[ast.stmt] | None:
        """The body that tries the guesses and leaves what they do not fit to ``general``; None if there are none."""
        guesses = assumed(node, self.declared)
        if not guesses:
            return None
        guards = self.guards(guesses)
        fast = py.give(self.value(node))
        self.atoms = {}
        tried = py.when(py.all_of(guards), [py.attempt([fast], "ArithmeticError", [_PASS])])
        order = list(self.variables)
        self.world["general"] = _Later(node, self.declared, order)
        rest = py.call("general", *(py.name(self.variables[name]) for name in order))
        return self.limited([tried, py.give(rest)])

    def body(self, node: Node) -> list[ast.stmt]:
        """The body that assumes nothing."""
        return self.limited([py.give(self.value(node))])

    def limited(self, statements: Sequence[ast.stmt]) -> list[ast.stmt]:
        """The statements, made null when a limit stops them."""
        return [py.attempt(statements, "LIMITS", [py.give(py.call("stopped", py.name("error")))], "error")]

    def guards(self, guesses: Mapping[Atom, str]) -> list[ast.expr]:
        """The tests that the guesses hold; they bind what is found on a path."""
        guards: list[ast.expr] = []
        contexts: dict[Atom, str] = {}
        for atom, kind in guesses.items():
            identifier = self.variable(atom[0])
            for place, key in enumerate(atom[1:], 2):
                prefix = atom[: place - 1]
                if prefix not in contexts:
                    contexts[prefix] = identifier
                    guards.append(py.is_kind(py.name(identifier), "dict"))
                found = contexts.get(atom[:place]) or self.fresh("q")
                if atom[:place] not in contexts and place == len(atom):
                    guards.append(py.is_kind(py.keep(found, py.get(py.name(identifier), key)), CLASS_OF[kind]))
                elif atom[:place] not in contexts:
                    contexts[atom[:place]] = found
                    guards.append(py.is_kind(py.keep(found, py.get(py.name(identifier), key)), "dict"))
                identifier = found
            if len(atom) == 1:
                guards.append(py.is_kind(py.name(identifier), CLASS_OF[kind]))
            self.atoms[atom] = (identifier, kind)
        return guards

    def entered(self, arguments: Sequence[str], statements: Sequence[ast.stmt]) -> list[ast.stmt]:
        """The statements inside an evaluation: they may be called when none is running."""
        if self.takes_steps:
            again = py.call("protected", py.name("itself"), *(py.name(one) for one in arguments))
            running = py.attribute(py.name("STATE"), "active")
            return [py.when(py.negated(running), [py.give(again)]), *statements]
        if self.reckons:
            other = py.compare(py.name("before"), "is not", py.name("DECIMAL128"))
            enter = py.when(other, [py.do(py.call("setcontext", py.name("DECIMAL128")))])
            leave = py.when(other, [py.do(py.call("setcontext", py.name("before")))])
            return [py.assign("before", py.call("getcontext")), enter, py.at_last(statements, [leave])]
        return list(statements)

    def positional(self, node: Node, names: Sequence[str], guess: bool = True) -> Callable[..., Value]:
        """The function of the variables in the given order; what it does not need is ignored."""
        body = (self.guess(node) if guess else None) or self.body(node)
        arguments = [self.variables.get(name) or self.fresh("u") for name in names]
        missing = [py.assign(own, self.default(name)) for name, own in self.variables.items() if name not in names]
        return self.made(arguments, self.entered(arguments, [*missing, *body]))

    def default(self, name: str) -> ast.expr:
        """What a variable is that was not given: null, or the built-in function of that name."""
        return self.hold(self.defaults[name]) if name in self.defaults else py.constant(None)

    def looked_up(self, context: ast.expr, name: str) -> ast.expr:
        """A variable from a context that may lack it."""
        found = py.call("unbound", context, py.constant(name))
        if name not in self.defaults:
            return found
        has = py.compare(py.constant(name), "in", context)
        return py.choose(has, py.item(context, name), self.default(name))

    def from_context(self, node: Node) -> Callable[[Mapping[str, Value]], Value]:
        """The function of a context."""
        body = self.guess(node) or self.body(node)
        context = py.name("context")
        quick = [py.assign(own, py.item(context, name)) for name, own in self.variables.items()]
        slow = [py.assign(own, self.looked_up(context, name)) for name, own in self.variables.items()]
        bind = [py.attempt(quick, "KeyError", slow)] if quick else []
        return self.made(["context"], self.entered(["context"], [*bind, *body]))

    def made(self, arguments: Sequence[str], statements: Sequence[ast.stmt]) -> Callable[..., Value]:
        """The Python function."""
        module = compile(py.define("itself", arguments, statements), "<feel>", "exec")
        code = next(one for one in module.co_consts if isinstance(one, CodeType))
        made = FunctionType(code, self.world, "feel")
        self.world["itself"] = made
        return made


class _Later:
    """The general code of an expression, made when a guess first fails."""

    def __init__(self, node: Node, declared: Collection[str], order: Sequence[str]) -> None:
        self.source = (node, declared, order)
        self.made: Callable[..., Value] | None = None

    def __call__(self, *values: Value) -> Value:
        if self.made is None:
            node, declared, order = self.source
            self.made = Compiler(declared).positional(node, order, guess=False)
        return self.made(*values)
