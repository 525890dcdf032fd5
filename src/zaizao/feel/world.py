"""All that generated code may name: the operators of this room, a few Python types, and the way into an evaluation.

The rule: generated code has no built-ins of Python. What is not in this table, it cannot reach.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal, getcontext, setcontext
from typing import Any, Final

from . import access, arithmetic, comparison, invocation, types
from .decimal128 import DECIMAL128
from .session import LIMITS, STATE, null, protected, stopped
from .values import Function, Parameter, Value


def _closure(parameters: tuple[Parameter, ...], call: Callable[..., Value]) -> Function:
    return Function(parameters, call)


def external(*_: Value) -> Value:
    """What a function in another language yields here."""
    return null("external", "不支持外部函数", "external functions are not supported")


def _duplicate() -> Value:
    return null("duplicate-key", "上下文的键重复", "a key occurs twice in the context")


def _unbound(context: Mapping[str, Value], name: str) -> Value:
    """A variable from a context that may lack it."""
    if name in context:
        return context[name]
    return null("unbound", f"变量“{name}”没有值", f"the variable '{name}' has no value")


#: The global names of generated code.
WORLD: Final[dict[str, Any]] = {
    "__builtins__": {},
    "type": type,
    "Decimal": Decimal,
    "str": str,
    "bool": bool,
    "dict": dict,
    "list": list,
    "ArithmeticError": ArithmeticError,
    "KeyError": KeyError,
    "LIMITS": LIMITS,
    "DECIMAL128": DECIMAL128,
    "STATE": STATE,
    "getcontext": getcontext,
    "setcontext": setcontext,
    "protected": protected,
    "stopped": stopped,
    "unbound": _unbound,
    "closure": _closure,
    "duplicate": _duplicate,
    "instance_of": types.instance_of,
    "invoke": invocation.invoke,
    "invoke_named": invocation.invoke_named,
    "add": arithmetic.add,
    "subtract": arithmetic.subtract,
    "multiply": arithmetic.multiply,
    "divide": arithmetic.divide,
    "power": arithmetic.power,
    "negate": arithmetic.negate,
    "equal": comparison.equal,
    "unequal": comparison.unequal,
    "less": comparison.less,
    "greater": comparison.greater,
    "at_most": comparison.at_most,
    "at_least": comparison.at_least,
    "between": comparison.between,
    "member": comparison.member,
    "satisfies": comparison.satisfies,
    "interval": comparison.interval,
    "comparison_range": comparison.comparison_range,
    "any_of": comparison.any_of,
    "negation": comparison.negation,
    "path": access.path,
    "at": access.at,
    "select": access.select,
    "filtered": access.filtered,
    "domain": access.domain,
    "steps": access.steps,
    "loop": access.loop,
    "loop_partial": access.loop_partial,
    "some": access.some,
    "every": access.every,
}
