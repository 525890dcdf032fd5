"""Functions of other languages (DMN 10.2.1.7, 10.3.2.13.3): never run; a registered Python function may stand in.

A Java function is known by ``"class#method signature"``, for example ``"java.lang.Math#max(double, double)"``; blanks
do not count.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from zaizao.dmn.cells import constant
from zaizao.dmn.code import Scope
from zaizao.dmn.model import BoxedContext, FunctionDefinition, LiteralExpression
from zaizao.dmn.reasons import null
from zaizao.feel import Function, Parameter, Value, to_feel
from zaizao.problems import Problem, Severity, Text

Externals = Mapping[str, Callable[..., object]]


def external_name(box: FunctionDefinition) -> str:
    """``"class#method signature"`` of a boxed Java function, without blanks; empty parts where it says none."""
    texts = {"class": "", "method signature": ""}
    if isinstance(box.body, BoxedContext):
        for entry in box.body.entries:
            if entry.variable is not None and isinstance(entry.value, LiteralExpression):
                texts[entry.variable.name] = str(constant(entry.value.text) or "")
    return _plain(f"{texts['class']}#{texts['method signature']}")


def external_function(
    externals: Externals, box: FunctionDefinition, parameters: Sequence[Parameter], scope: Scope
) -> Function:
    """The registered stand-in as a FEEL function; else one that answers null, and a problem."""
    name = external_name(box)
    stand_in = next((function for key, function in externals.items() if _plain(key) == name), None)
    if stand_in is None:
        scope.problems.append(unsupported(scope.where, f"{box.kind.value} {name}"))
        return Function(tuple(parameters), lambda *_: _refused(), name)

    def call(*arguments: Value) -> Value:
        try:
            return to_feel(stand_in(*arguments))
        except Exception as error:  # whatever a foreign function does, an evaluation yields a value
            kind = type(error).__name__
            return null("external", f"外部函数失败：{kind}", f"the external function failed: {kind}")

    return Function(tuple(parameters), call, name)


def unsupported(where: str, name: str) -> Problem:
    """The problem of a function that is not written in FEEL."""
    return Problem(
        where,
        Text(f"外部函数 {name} 不会被执行", f"the external function {name} is not run"),
        Text(
            "请用 FEEL 改写，或以同名注册 Python 函数", "write it in FEEL or register a Python function under its name"
        ),
        "dmn.external",
        Severity.WARNING,
    )


def _plain(name: str) -> str:
    return "".join(name.split())


def _refused() -> Value:
    return null("external", "外部函数不会被执行", "external functions are not run")
