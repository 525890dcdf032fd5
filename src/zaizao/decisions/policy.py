"""Policies: several decisions as one: filter, look up, score, choose.

Rule kept: steps run in order; each asks one decision and puts its value under the step's name for those after it; a
step whose ``stop`` is true ends the policy, and its ``answer`` is the value. So knock-outs stand first and cost
nothing more. A policy is TOML::

    answer = '{"action": grade.action, "score": score}'

    [[step]]
    name = "knock_out"
    decision = "loan-knock-outs"
    stop = "knock_out != null"
    answer = '{action: "refuse", score: null}'

    [[step]]
    name = "score"
    decision = "loan-score"
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from zaizao import feel
from zaizao.decisions.choice import Choice, Chooser, Reason
from zaizao.decisions.errors import DecisionError, refused
from zaizao.problems import Text

_STEP_KEYS = {"name", "decision", "stop", "answer"}


@dataclass(frozen=True, slots=True)
class PolicyStep:
    """Ask ``decision``; where ``stop`` holds afterwards, answer with ``answer``."""

    name: str
    decision: str
    stop: feel.Expression | None
    answer: feel.Expression | None


class Policy:
    """Steps over other decisions; ``ask`` finds the chooser of a name in the version that is live now."""

    def __init__(self, steps: tuple[PolicyStep, ...], answer: feel.Expression, ask: Callable[[str], Chooser]) -> None:
        self.steps = steps
        self._answer = answer
        self._ask = ask

    def choose(self, inputs: Mapping[str, Any]) -> Choice:
        """The answer of the step that stops, else of the whole; the reasons of all steps that ran, the last first."""
        known: dict[str, Any] = dict(inputs)
        reasons: list[Reason] = []
        details: dict[str, Any] = {}
        for step in self.steps:
            choice = self._ask(step.decision).choose(known)
            known[step.name] = choice.value
            details[step.name] = {"value": choice.value, **choice.details}
            reasons[:0] = choice.reasons
            if step.stop is not None and step.stop.evaluate(_feel(known)) is True:
                answer = step.answer or self._answer
                return Choice(feel.from_feel(answer.evaluate(_feel(known))), choice.reasons, details)
        return Choice(feel.from_feel(self._answer.evaluate(_feel(known))), tuple(reasons), details)


def _feel(known: Mapping[str, Any]) -> dict[str, feel.Value]:
    return {name: feel.to_feel(value) for name, value in known.items()}


def read_policy(body: bytes, ask: Callable[[str], Chooser], where: str = "policy") -> Policy:
    """The policy in ``body`` (TOML); ``DecisionError`` names what is wrong with it."""
    remedy = Text("请对照文档中的策略格式", "compare it with the policy format in the docs")
    try:
        document = tomllib.loads(body.decode())
        steps = tuple(_step(one, f"{where}: step {place}") for place, one in enumerate(document["step"], 1))
        answer = feel.compile(document["answer"])
    except DecisionError:
        raise
    except feel.FeelError as fault:
        raise DecisionError(fault.problems) from fault
    except (ValueError, TypeError, KeyError) as fault:
        raise refused(where, f"不是策略：{fault}", f"this is no policy: {fault}", remedy, "policy") from fault
    unknown = set(document) - {"step", "answer"}
    if unknown or not steps:
        names = ", ".join(sorted(unknown)) or "step"
        raise refused(where, f"策略的键不对：{names}", f"wrong keys: {names}", remedy, "policy")
    return Policy(steps, answer, ask)


def _step(one: Mapping[str, Any], where: str) -> PolicyStep:
    if set(one) - _STEP_KEYS or not {"name", "decision"} <= set(one):
        remedy = Text("一步只有 name、decision、stop、answer", "a step has name, decision, stop and answer")
        raise refused(where, "步骤的键不对", "wrong keys in a step", remedy, "policy")
    expressions = [feel.compile(one[key]) if key in one else None for key in ("stop", "answer")]
    return PolicyStep(str(one["name"]), str(one["decision"]), *expressions)
