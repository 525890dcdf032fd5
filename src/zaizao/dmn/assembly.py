"""Putting Python functions together from fixed templates.

Rule kept: the source holds only names that this package made up (``x0``, ``f3``) and never a word of a model; what
comes from a model reaches the function as a bound object.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import CodeType, FunctionType
from typing import Any

from zaizao.dmn.code import Code
from zaizao.dmn.item_types import Boundary


def assemble(parameters: Sequence[str], body: Sequence[str], bound: Mapping[str, Any]) -> Callable[..., Any]:
    """The function ``(parameters): body`` that sees ``bound`` and the builtin ``type``, and nothing else."""
    lines = [f"def made({', '.join(parameters)}):", *(f"    {line}" for line in body)]
    module = compile("\n".join(lines), "<dmn>", "exec", dont_inherit=True)
    (code,) = (constant for constant in module.co_consts if isinstance(constant, CodeType))
    return FunctionType(code, {"__builtins__": {"type": type}, **bound}, "made")


class Routine:
    """A function under construction: parameters for ``names``, then lines that call what was compiled."""

    def __init__(self, names: Sequence[str]) -> None:
        self.names = tuple(names)
        self.variables = {name: f"x{number}" for number, name in enumerate(self.names)}
        self.lines: list[str] = []
        self._bound: dict[str, Any] = {}
        self._made = 0
        self.is_light = True

    def bind(self, value: Any) -> str:
        """The made-up name under which the function sees ``value``."""
        name = f"k{len(self._bound)}"
        self._bound[name] = value
        return name

    def fresh(self) -> str:
        """A new local variable."""
        self._made += 1
        return f"v{self._made}"

    def value(self, code: Code) -> str:
        """The Python expression for ``code``, its names looked up in ``variables``."""
        arguments = [self.variables[name] for name in code.names]
        self.is_light &= code.is_light
        if code.is_name:
            return arguments[0]
        return f"{self.bind(code.call)}({', '.join(arguments)})"

    def converted(self, expression: str, boundary: Boundary | None) -> str:
        """The Python expression that brings ``expression`` to a declared type."""
        return expression if boundary is None else f"{self.bind(boundary.convert)}({expression})"

    def assign(self, name: str, expression: str) -> None:
        """From here on ``name`` is the value of ``expression``."""
        variable = self.fresh()
        self.lines.append(f"{variable} = {expression}")
        self.variables[name] = variable

    def finish(self, result: str) -> Code:
        """The function that answers ``result``."""
        parameters = [f"x{number}" for number in range(len(self.names))]
        made = assemble(parameters, [*self.lines, f"return {result}"], self._bound)
        return Code(self.names, made, is_light=self.is_light)
