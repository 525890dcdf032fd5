"""The moves, one file each, in the order in which a combination applies them.

First the shape of the process (what need not be done, in which order, at the same time, by fewer hands), then who does
a step (small cases, machines, the customer), then times and people.
"""

from __future__ import annotations

from zaizao.redesign.facts import Facts
from zaizao.redesign.moves.automate import Automate
from zaizao.redesign.moves.buffer import BufferOutsideData
from zaizao.redesign.moves.capacity import Capacity
from zaizao.redesign.moves.case_manager import CaseManager
from zaizao.redesign.moves.channel import OnlineChannel
from zaizao.redesign.moves.compose import Compose
from zaizao.redesign.moves.hours import LongerHours
from zaizao.redesign.moves.knock_out import KnockOutOrder
from zaizao.redesign.moves.move import Move
from zaizao.redesign.moves.parallelise import Parallelise
from zaizao.redesign.moves.partner import PartnerIntegration
from zaizao.redesign.moves.prioritise import Prioritise
from zaizao.redesign.moves.resequence import ResequenceLate
from zaizao.redesign.moves.sample import SampleChecks
from zaizao.redesign.moves.single_entry import SingleEntry
from zaizao.redesign.moves.specialise import Specialise
from zaizao.redesign.moves.straight_through import StraightThrough
from zaizao.redesign.moves.triage import Triage
from zaizao.redesign.moves.unbatch import RemoveBatching
from zaizao.redesign.plan import Plan
from zaizao.redesign.proposal import Proposal
from zaizao.redesign.rules import violations

MOVES: tuple[Move, ...] = (
    ResequenceLate(),
    KnockOutOrder(),
    Compose(),
    Parallelise(),
    SampleChecks(),
    StraightThrough(),
    Triage(),
    OnlineChannel(),
    PartnerIntegration(),
    Automate(),
    SingleEntry(),
    BufferOutsideData(),
    RemoveBatching(),
    CaseManager(),
    Specialise(),
    Capacity(),
    LongerHours(),
    Prioritise(),
)
_RANK = {move.name: rank for rank, move in enumerate(MOVES)}


def propose(plan: Plan, facts: Facts) -> list[Proposal]:
    """Every proposal of every move for ``plan``, in the order of the moves."""
    return [proposal for move in MOVES for proposal in move.proposals(plan, facts)]


def apply_all(plan: Plan, proposals: list[Proposal]) -> Plan:
    """``plan`` with the proposals applied in the order of the moves; what no longer fits or breaks a rule stays out."""
    current = plan
    for proposal in sorted(proposals, key=lambda one: (_RANK[one.move], one.key)):
        changed = MOVES[_RANK[proposal.move]].apply(current, proposal)
        if changed is not None and not violations(plan, changed):
            current = changed
    return current


__all__ = ["MOVES", "Move", "apply_all", "propose"]
