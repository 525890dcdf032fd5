"""What a move is: one change of a plan with its conditions, its first estimate, its way of thinking.

Theory: a move reads facts and offers proposals; a proposal is a value that can be shown, refused or combined. Applying
a proposal gives a new plan, or ``None`` where other changes have taken away what it stood on; that is an expected
outcome in a search, not an error. A move never breaks the plan's rules (four eyes, legal order, data needs, steps that
stay) and keeps a sound process sound.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Protocol

from zaizao.problems import Text
from zaizao.redesign.facts import Facts
from zaizao.redesign.plan import Plan
from zaizao.redesign.proposal import Proposal
from zaizao.redesign.thinking import Thinking

MINUTE = 60.0
HOUR = 3600.0


class Move(Protocol):
    """One kind of change. ``words`` names it; ``condition`` says when it applies; ``formula`` its first estimate."""

    name: str
    words: Text
    thinking: Thinking
    condition: Text
    formula: Text

    def proposals(self, plan: Plan, facts: Facts) -> list[Proposal]:
        """What could be done to ``plan``, best first estimate first; empty where nothing applies."""
        ...

    def apply(self, plan: Plan, proposal: Proposal) -> Plan | None:
        """``plan`` with the proposal carried out and noted in ``applied``; None where it no longer fits."""
        ...


def noted(plan: Plan, proposal: Proposal) -> Plan:
    """The plan with ``proposal`` added to its history."""
    return replace(plan, applied=(*plan.applied, proposal))


def manual_points(facts: Facts, human: float, total: float) -> float:
    """Share points by which the manual share falls when executions per case change by ``human`` and ``total``."""
    whole = facts.executions_per_case + total
    return facts.manual_share - (facts.manual_per_case + human) / whole if whole > 0 else 0.0


def percent(value: float) -> str:
    """A share in words: 0.125 → 12.5 %; whole numbers from 10 % on."""
    return f"{value:.0%}" if value >= 0.1 else f"{value:.1%}"


def span(seconds: float) -> Text:
    """A duration in words, in the unit that suits."""
    for size, zh, en in ((86400.0, "天", "d"), (HOUR, "小时", "h"), (MINUTE, "分钟", "min")):
        if abs(seconds) >= size:
            return Text(f"{seconds / size:.1f} {zh}", f"{seconds / size:.1f} {en}")
    return Text(f"{seconds:.0f} 秒", f"{seconds:.0f} s")
