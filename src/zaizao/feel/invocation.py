"""Calling a function value (DMN 1.5, 10.3.2.13.2): arguments by position or by name, converted to the parameters.

The rule: a call that does not fit, in number, in names or in types, is null.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from .session import null, spend
from .types import coerce, conforms
from .values import Function, Value


def invoke(function: Value, arguments: Sequence[Value]) -> Value:
    """``function(a, b)``."""
    if not isinstance(function, Function):
        return null("no-function", "被调用的不是函数", "what is called is no function")
    if type(function) is not Function:
        return function.call(*arguments)
    if len(arguments) != len(function.parameters):
        return null("arguments", "参数个数不符", "the number of arguments does not fit the function")
    spend(1)
    if not function.typed:
        return function.call(*arguments)
    ready = [
        coerce(argument, parameter.type) for parameter, argument in zip(function.parameters, arguments, strict=True)
    ]
    if any(now is None and before is not None for now, before in zip(ready, arguments, strict=True)):
        return None
    result = function.call(*ready)
    return result if function.result is None or conforms(result, function.result) else coerce(result, function.result)


def invoke_named(function: Value, arguments: Mapping[str, Value]) -> Value:
    """``function(name: a)``."""
    if not isinstance(function, Function):
        return null("no-function", "被调用的不是函数", "what is called is no function")
    by_name = getattr(function, "by_name", None)
    if by_name is not None:
        return by_name(arguments)
    names = [parameter.name for parameter in function.parameters]
    if set(names) != arguments.keys():
        return null("arguments", "参数名称不符", "the names of the arguments do not fit the function")
    return invoke(function, [arguments[name] for name in names])
