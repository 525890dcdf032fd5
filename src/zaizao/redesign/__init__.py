"""Redesign: from measured facts to a better process that runs, with a number on it that holds.

Public names, by step of the loop:

- plans and rules: ``Plan``, ``plan_of``, ``Rules``, ``violations``, ``inferred_rules``
- facts: ``Facts``, ``ActivityFacts``, ``Order``, ``Check``, ``gather``
- moves: ``MOVES``, ``Move``, ``Proposal``, ``Gain``, ``Thinking``, ``propose``, ``apply_all``
- figures with provenance: ``Figure``, ``Evidence``, ``Basis``, ``Unit``, ``Assumption``
- value (step 3): ``value``, ``Valuation``, ``Segment``, ``Weights``
- options (step 5): ``search``, ``Options``, ``Option``, ``Objective``, ``Trial``, ``Baseline``, ``options_csv``
- to be (steps 6 and 7): ``build``, ``Built``, ``rehearse``, ``Rehearsal``
- pilot: ``roll_out``, ``SequentialTest``, ``choose_units``, ``matched_controls``; ``Router``, ``Bandit`` between versions
- proof (step 8): ``prove``, ``Proof``, ``Stage``, ``GoalResult``, ``Outcome``; ``effect``, ``benefit``, ``weekly``
- the whole: ``run``, ``Initiative``, ``Settings``, ``Step``, ``Progress``, ``initiative_toml``
"""

from zaizao.redesign.answers import Answer
from zaizao.redesign.benefits import Benefit, Effect, Weekly, benefit, drifting, effect, halves, weekly
from zaizao.redesign.build import Built, build
from zaizao.redesign.durations import draw
from zaizao.redesign.errors import RedesignError
from zaizao.redesign.evidence import Assumption, Basis, Evidence, Figure, Unit
from zaizao.redesign.facts import ActivityFacts, Check, Facts, Order, gather, inferred_rules
from zaizao.redesign.initiative import AsIs, Calibration, Discovery, Initiative, Progress, Reading, Settings, Step, run
from zaizao.redesign.moves import MOVES, Move, apply_all, propose
from zaizao.redesign.options import Baseline, Objective, Option, Options, OptionStep, Trial, options_csv
from zaizao.redesign.plan import AT_START, Automation, Executor, Plan, Rules, plan_of
from zaizao.redesign.proposal import Gain, Proposal
from zaizao.redesign.prove import GoalResult, Outcome, Proof, Stage, prove
from zaizao.redesign.record import initiative_toml
from zaizao.redesign.rehearse import Rehearsal, holds, rehearse
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
from zaizao.redesign.rollout import (
    Rollout,
    SequentialTest,
    Stage as RolloutStage,
    Unit as PilotUnit,
    Verdict,
    choose_units,
    matched_controls,
    roll_out,
)
from zaizao.redesign.routing import Bandit, Record, Route, Router, best_chances
from zaizao.redesign.rules import violations
from zaizao.redesign.search import search
from zaizao.redesign.steps import changes_of, step_by_step
from zaizao.redesign.thinking import Thinking
from zaizao.redesign.threading import remembering
from zaizao.redesign.value import Segment, Valuation, Weights, value
from zaizao.redesign.workforce import Item as Assignment, Workforce

__all__ = [
    "AT_START",
    "MOVES",
    "ActivityFacts",
    "Answer",
    "AsIs",
    "Assignment",
    "Assumption",
    "Automation",
    "Bandit",
    "Baseline",
    "Basis",
    "Benefit",
    "Built",
    "Calibration",
    "Check",
    "Discovery",
    "Effect",
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
    "OptionStep",
    "Options",
    "Order",
    "Outcome",
    "PilotUnit",
    "Plan",
    "Progress",
    "Proof",
    "Proposal",
    "Reading",
    "Record",
    "RedesignError",
    "Rehearsal",
    "Rollout",
    "RolloutStage",
    "Route",
    "Router",
    "Rules",
    "Segment",
    "SequentialTest",
    "Settings",
    "Stage",
    "Step",
    "Thinking",
    "Trial",
    "Unit",
    "Valuation",
    "Verdict",
    "Weekly",
    "Weights",
    "Workforce",
    "apply_all",
    "benefit",
    "best_chances",
    "build",
    "changes_of",
    "choose_units",
    "compact",
    "day",
    "draw",
    "drifting",
    "duration",
    "effect",
    "gain",
    "gain_span",
    "gather",
    "halves",
    "holds",
    "inferred_rules",
    "initiative_toml",
    "joined",
    "label",
    "level",
    "matched_controls",
    "money",
    "number",
    "options_csv",
    "plan_of",
    "propose",
    "prove",
    "rehearse",
    "remembering",
    "render_report",
    "roll_out",
    "run",
    "search",
    "share",
    "span",
    "step_by_step",
    "value",
    "violations",
    "weekly",
]
