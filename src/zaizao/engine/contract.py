"""The job contract as checks that anyone can run on a capability: no test framework is imported, problems are values.

    from zaizao.engine import Example, check_capability

    def test_score_keeps_the_contract():
        assert check_capability(score, [Example({"amount": 100}, gives={"score": 7})], effects=lambda: len(ledger)) == []

Rule kept: each problem names the example and says what was expected. A capability is called, really and repeatedly: give
it a sandbox, never production.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from zaizao.engine.capability import Capability, Done, Failed, JobCall, Threw, capability_of
from zaizao.engine.errors import problem
from zaizao.problems import Problem, Text

_FIX = Text("请改正能力函数", "correct the capability")
_WRONG: tuple[Any, ...] = ({"no": "such"}, [[]], "\x00 not this", -1, None, True)
"""Values of which none fits every type."""


@dataclass(frozen=True, slots=True)
class Example:
    """Variables of a job, and what must come of it: these values, this error, or (where neither is given) success."""

    variables: Mapping[str, Any]
    gives: Mapping[str, Any] | None = None
    throws: str = ""
    name: str = ""


def check_capability(
    function: Callable[..., Any],
    examples: Sequence[Example],
    *,
    effects: Callable[[], object] | None = None,
) -> list[Problem]:
    """Every way in which ``function`` breaks the job contract; empty where it keeps it.

    ``effects`` looks at the outside world that the capability changes (rows of a table, files, messages sent): what it
    says must be the same after a repeat as after the first call.
    """
    made = capability_of(function)
    found: list[Problem] = []
    if not examples:
        found.append(_problem(made, "examples", "没有例子", "there is no example"))
    for number, example in enumerate(examples, 1):
        where = example.name or f"example {number}"
        call = JobCall(number, made.manifest.type, f"contract-{made.manifest.type}-{number}", retries=3)
        found += _kept(made, where, example, call, effects)
        if number == 1:
            found += _input_checked(made, where, example, call, effects)
    return found


def _kept(
    made: Capability, where: str, example: Example, call: JobCall, effects: Callable[[], object] | None
) -> list[Problem]:
    """One example, twice under the same idempotency key."""
    began = time.monotonic()
    first = made.run(call, example.variables)
    took = time.monotonic() - began
    found = _expected(made, where, example, first)
    if took > made.manifest.timeout_seconds:
        seconds = made.manifest.timeout_seconds
        found.append(
            _problem(made, where, f"用时 {took:.1f} 秒，超过期限", f"took {took:.1f} s, its deadline is {seconds} s")
        )
    before = _looked(effects)
    again = made.run(call._replace(retries=2), example.variables)
    if again != first:
        words = f"a repeat with the same idempotency key gave {again!r}, the first time {first!r}"
        found.append(_problem(made, where, "重复执行的结果不同", words))
    after = _looked(effects)
    if before != after:
        words = f"a repeat had a second effect: {before!r} became {after!r}"
        found.append(_problem(made, where, "重复执行产生了第二次效果", words))
    return found


def _expected(made: Capability, where: str, example: Example, outcome: Done | Threw | Failed) -> list[Problem]:
    if isinstance(outcome, Failed):
        return [_problem(made, where, f"失败：{outcome.message}", f"failed: {outcome.message}")]
    if isinstance(outcome, Threw):
        if outcome.code != example.throws:
            return [_problem(made, where, f"抛出了 {outcome.code}", f"threw {outcome.code}, expected {_said(example)}")]
        return []
    if example.throws or (example.gives is not None and msgspec.to_builtins(dict(example.gives)) != outcome.variables):
        words = f"gave {outcome.variables!r}, expected {_said(example)}"
        return [_problem(made, where, f"结果是 {outcome.variables!r}", words)]
    return []


def _input_checked(
    made: Capability, where: str, example: Example, call: JobCall, effects: Callable[[], object] | None
) -> list[Problem]:
    """Wrong input is refused with the field's name, before anything has an effect."""
    found: list[Problem] = []
    before = _looked(effects)
    for field in example.variables:
        for wrong in _WRONG:
            if type(wrong) is type(example.variables[field]):
                continue
            outcome = made.run(
                call._replace(idempotency=f"{call.idempotency}-wrong"), {**example.variables, field: wrong}
            )
            if isinstance(outcome, Failed) and not outcome.again and field in outcome.message:
                break
        else:
            if field in _fields(made):
                words = f"no wrong value of {field!r} is refused by name: annotate it more closely"
                found.append(_problem(made, where, f"字段 {field} 的错误输入未被拒绝", words))
    after = _looked(effects)
    if before != after and not found:
        words = f"wrong input had an effect: {before!r} became {after!r}"
        found.append(_problem(made, where, "错误输入产生了效果", words))
    return found


def _fields(made: Capability) -> set[str]:
    schema = made.manifest.input
    reference = str(schema.get("$ref", "")).rsplit("/", 1)[-1]
    inner = schema.get("$defs", {}).get(reference, schema)
    return set(inner.get("properties", {}))


def _looked(effects: Callable[[], object] | None) -> object:
    return effects() if effects is not None else None


def _said(example: Example) -> str:
    if example.throws:
        return f"the error {example.throws}"
    return "success" if example.gives is None else repr(dict(example.gives))


def _problem(made: Capability, where: str, zh: str, en: str) -> Problem:
    return problem(f"{made.manifest.type}: {where}", zh, en, "contract", _FIX)
