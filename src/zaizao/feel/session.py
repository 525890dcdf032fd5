"""What surrounds one evaluation: decimal128 arithmetic, the clock, the step limit and the reasons for nulls.

The rule: an evaluation ends. Every turn of a loop and every call of a function written in FEEL costs one step; when
the steps are spent, the evaluation is null. Steps, not seconds, so that the same input always gives the same result.
"""

from __future__ import annotations

import decimal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final, TypeVar

from zaizao.problems import Problem, Severity, Text

from .decimal128 import DECIMAL128
from .values import DateTime

_Value = TypeVar("_Value")

STEPS: Final = 1_000_000
#: Longest text that an operator or built-in makes, in characters.
LONGEST_TEXT: Final = 10_000_000


class StepsSpent(Exception):
    """The evaluation took more steps than it may."""


#: What ends an evaluation early, or a part of it.
LIMITS: Final = (StepsSpent, RecursionError, ArithmeticError)


class _State(threading.local):
    clock: Callable[[], DateTime] | None = None
    reasons: list[Problem] | None = None
    steps: int = 0
    active: bool = False


STATE: Final = _State()


@contextmanager
def batch(*, clock: Callable[[], DateTime] | None = None, reasons: list[Problem] | None = None) -> Iterator[None]:
    """Around many evaluations: sets decimal128 arithmetic once. ``clock`` answers ``now()`` and ``today()``,
    ``reasons`` collects why something became null. Each evaluation inside has steps of its own."""
    before = decimal.getcontext()
    saved = (STATE.clock, STATE.reasons)
    decimal.setcontext(DECIMAL128)
    STATE.clock = clock or STATE.clock
    STATE.reasons = reasons if reasons is not None else STATE.reasons
    try:
        yield
    finally:
        STATE.clock, STATE.reasons = saved
        decimal.setcontext(before)


@contextmanager
def evaluation(
    *,
    clock: Callable[[], DateTime] | None = None,
    reasons: list[Problem] | None = None,
    steps: int = STEPS,
) -> Iterator[None]:
    """Around one evaluation, of however many expressions: they share ``steps``, which bound the work. One that runs
    inside another shares the steps of the outer one."""
    with batch(clock=clock, reasons=reasons):
        if STATE.active:
            yield
            return
        STATE.steps = steps
        STATE.active = True
        try:
            yield
        finally:
            STATE.active = False


def spend(steps: int) -> None:
    """Pay for ``steps`` turns; raises when the evaluation has none left."""
    state = STATE
    state.steps -= steps
    if state.steps < 0 and state.active:
        raise StepsSpent


def null(code: str, zh: str, en: str) -> _Value | None:
    """Null, with its reason noted when somebody asked for reasons."""
    if STATE.reasons is not None:
        _note(code, zh, en)
    return None


def _note(code: str, zh: str, en: str) -> None:
    reason = Problem(
        where="FEEL",
        what=Text(zh, en),
        remedy=Text("检查表达式与输入数据", "check the expression and its input"),
        code=f"feel.{code}",
        severity=Severity.WARNING,
    )
    if STATE.reasons is not None and len(STATE.reasons) < 1000:
        STATE.reasons.append(reason)


def spend_text(length: int) -> None:
    """Pay for a text that was made; short ones are free."""
    if length > 1000:
        spend(length // 250)


def protected(function: Callable[..., Any], *arguments: Any) -> Any:
    """Call compiled code inside an evaluation of its own; only when none is running."""
    before = decimal.getcontext()
    decimal.setcontext(DECIMAL128)
    STATE.active = True
    STATE.steps = STEPS
    try:
        return function(*arguments)
    finally:
        STATE.active = False
        decimal.setcontext(before)


def bounded(function: Callable[..., Any], *arguments: Any) -> Any:
    """Call what goes through a whole value: lists that hold the same list many times unfold to any size, so it takes
    steps. Outside an evaluation it gets steps of its own and is null when they are spent."""
    if STATE.active:
        return function(*arguments)
    try:
        return protected(function, *arguments)
    except LIMITS as error:
        return stopped(error)


def stopped(error: Exception) -> Any:
    """Null because a limit stopped the evaluation."""
    if isinstance(error, StepsSpent):
        return null("steps", "计算步数超出上限", "the evaluation took more steps than it may")
    if isinstance(error, ArithmeticError):
        return null("arithmetic", "结果超出数字范围", "the result is out of range")
    return null("recursion", "函数调用嵌套过深", "functions call each other too deeply")
