"""Redesign: from measured facts to a better process that runs, with a number on it that holds.

Public names, by step of the loop:

- plans and rules: ``Plan``, ``plan_of``, ``Rules``, ``violations``, ``inferred_rules``
- facts: ``Facts``, ``ActivityFacts``, ``Order``, ``Check``, ``gather``
- moves: ``MOVES``, ``Move``, ``Proposal``, ``Gain``, ``Thinking``, ``propose``, ``apply_all``
- figures with provenance: ``Figure``, ``Evidence``, ``Basis``, ``Unit``, ``Assumption``
"""

from zaizao.redesign.errors import RedesignError
from zaizao.redesign.evidence import Assumption, Basis, Evidence, Figure, Unit
from zaizao.redesign.facts import ActivityFacts, Check, Facts, Order, gather, inferred_rules
from zaizao.redesign.moves import MOVES, Move, apply_all, propose
from zaizao.redesign.plan import AT_START, Automation, Executor, Plan, Rules, plan_of
from zaizao.redesign.proposal import Gain, Proposal
from zaizao.redesign.report import change, day, duration, money, number, share
from zaizao.redesign.rules import violations
from zaizao.redesign.thinking import Thinking

__all__ = [
    "AT_START",
    "MOVES",
    "ActivityFacts",
    "Assumption",
    "Automation",
    "Basis",
    "Check",
    "Evidence",
    "Executor",
    "Facts",
    "Figure",
    "Gain",
    "Move",
    "Order",
    "Plan",
    "Proposal",
    "RedesignError",
    "Rules",
    "Thinking",
    "Unit",
    "apply_all",
    "change",
    "day",
    "duration",
    "gather",
    "inferred_rules",
    "money",
    "number",
    "plan_of",
    "propose",
    "share",
    "violations",
]
