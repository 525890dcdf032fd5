"""Redesign: from measured facts to a better process that runs, with a number on it that holds.

Public names, by step of the loop:

- plans and rules: ``Plan``, ``plan_of``, ``Rules``, ``violations``, ``inferred_rules``
- facts: ``Facts``, ``ActivityFacts``, ``Order``, ``Check``, ``gather``
- moves: ``MOVES``, ``Move``, ``Proposal``, ``Gain``, ``Thinking``, ``propose``, ``apply_all``
- figures with provenance: ``Figure``, ``Evidence``, ``Basis``, ``Unit``, ``Assumption``
- value (step 3): ``value``, ``Valuation``, ``Segment``, ``Weights``
- options (step 5): ``search``, ``Options``, ``Option``, ``Objective``, ``Trial``, ``Baseline``, ``options_csv``
- to be (steps 6 and 7): ``build``, ``Built``, ``rehearse``, ``Rehearsal``
- proof (step 8): ``prove``, ``Proof``, ``Stage``, ``GoalResult``, ``Outcome``
- the whole: ``run``, ``Initiative``, ``Settings``, ``Step``, ``Progress``, ``initiative_toml``
"""

from zaizao.redesign.answers import Answer
from zaizao.redesign.build import Built, build
from zaizao.redesign.errors import RedesignError
from zaizao.redesign.evidence import Assumption, Basis, Evidence, Figure, Unit
from zaizao.redesign.facts import ActivityFacts, Check, Facts, Order, gather, inferred_rules
from zaizao.redesign.initiative import AsIs, Calibration, Discovery, Initiative, Progress, Reading, Settings, Step, run
from zaizao.redesign.moves import MOVES, Move, apply_all, propose
from zaizao.redesign.options import Baseline, Objective, Option, Options, Trial, options_csv
from zaizao.redesign.plan import AT_START, Automation, Executor, Plan, Rules, plan_of
from zaizao.redesign.proposal import Gain, Proposal
from zaizao.redesign.prove import GoalResult, Outcome, Proof, Stage, prove
from zaizao.redesign.record import initiative_toml
from zaizao.redesign.rehearse import Rehearsal, rehearse
from zaizao.redesign.report import (
    compact,
    day,
    duration,
    gain,
    gain_span,
    joined,
    label,
    level,
    money,
    number,
    render_report,
    share,
    span,
)
from zaizao.redesign.rules import violations
from zaizao.redesign.search import search
from zaizao.redesign.thinking import Thinking
from zaizao.redesign.value import Segment, Valuation, Weights, value

__all__ = [
    "AT_START",
    "MOVES",
    "ActivityFacts",
    "Answer",
    "AsIs",
    "Assumption",
    "Automation",
    "Baseline",
    "Basis",
    "Built",
    "Calibration",
    "Check",
    "Discovery",
    "Evidence",
    "Executor",
    "Facts",
    "Figure",
    "Gain",
    "GoalResult",
    "Initiative",
    "Move",
    "Objective",
    "Option",
    "Options",
    "Order",
    "Outcome",
    "Plan",
    "Progress",
    "Proof",
    "Proposal",
    "Reading",
    "RedesignError",
    "Rehearsal",
    "Rules",
    "Segment",
    "Settings",
    "Stage",
    "Step",
    "Thinking",
    "Trial",
    "Unit",
    "Valuation",
    "Weights",
    "apply_all",
    "build",
    "compact",
    "day",
    "duration",
    "gain",
    "gain_span",
    "gather",
    "inferred_rules",
    "initiative_toml",
    "joined",
    "label",
    "level",
    "money",
    "number",
    "options_csv",
    "plan_of",
    "propose",
    "prove",
    "rehearse",
    "render_report",
    "run",
    "search",
    "share",
    "span",
    "value",
    "violations",
]
