"""An option step by step: what each proposal adds when the most worthwhile come first, and what changes in the model.

Rule kept: every step is simulated with the same cases and luck, each on top of those before it; the last is the option.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from zaizao.bpmn import Changes, diff
from zaizao.redesign.build import build
from zaizao.redesign.moves import apply_all
from zaizao.redesign.options import Option, OptionStep
from zaizao.redesign.plan import Plan
from zaizao.redesign.proposal import Proposal
from zaizao.redesign.replication import run_once


def step_by_step(plan: Plan, ordered: Sequence[Proposal], *, cases: int, seed: int) -> tuple[OptionStep, ...]:
    """The proposals in the order given, each with the figures of the plan so far."""
    plans = [apply_all(plan, list(ordered[: count + 1])) for count in range(len(ordered))]
    with ThreadPoolExecutor(2) as pool:
        values = list(pool.map(lambda changed: run_once(changed, cases, seed), plans))
    return tuple(OptionStep(proposal, found) for proposal, found in zip(ordered, values, strict=True))


def changes_of(plan: Plan, option: Option) -> Changes:
    """What an option changes in the deployable model of ``plan``."""
    return diff(build(plan).definitions, build(option.plan).definitions)
