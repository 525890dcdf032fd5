"""Options: combinations of proposals that were simulated, and the front that none of the others beats.

Rule kept: as-is and every option were simulated with the same seeds (common random numbers), so that differences are
paired. Cost per case is what the simulated log says plus the plan's standing cost spread over the week's cases.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from zaizao.problems import Text
from zaizao.redesign.evidence import Figure
from zaizao.redesign.plan import Plan
from zaizao.redesign.proposal import Proposal


class Objective(StrEnum):
    """What an option is judged by; values are measure keys. All are better when smaller."""

    MEDIAN = "cycle_time.median"
    P90 = "cycle_time.p90"
    COST = "cost.mean"
    MANUAL = "manual_share"

    @property
    def words(self) -> Text:
        """Its name in both languages."""
        return _WORDS[self]


_WORDS = {
    Objective.MEDIAN: Text("办理时长中位数", "median cycle time"),
    Objective.P90: Text("办理时长九成位数", "90th-percentile cycle time"),
    Objective.COST: Text("每案成本", "cost per case"),
    Objective.MANUAL: Text("人工占比", "manual share"),
}
AXES = (Objective.MEDIAN, Objective.COST, Objective.MANUAL)
"""The axes of the Pareto front."""


@dataclass(frozen=True, slots=True)
class Trial:
    """One combination that the search simulated once: proposal keys and what came out. ``front`` marks the best."""

    keys: tuple[str, ...]
    values: Mapping[Objective, float]
    risk: float
    front: bool = False


@dataclass(frozen=True, slots=True)
class Option:
    """A combination with replications behind it.

    ``figures`` are levels with 95 % intervals over replications; ``gains`` the paired relative differences to the
    as-is simulation (−0.3 is 30 % less), likewise. ``effort`` in person-days; ``risk`` is the chance-like sum of the
    proposals' risks, 1 − ∏(1 − rᵢ).
    """

    key: str
    name: Text
    proposals: tuple[Proposal, ...]
    plan: Plan
    figures: Mapping[Objective, Figure]
    gains: Mapping[Objective, Figure]
    effort: float
    risk: float


@dataclass(frozen=True, slots=True)
class OptionStep:
    """One proposal more, and what one simulation of all up to it gives."""

    proposal: Proposal
    values: Mapping[Objective, float]


@dataclass(frozen=True, slots=True)
class Baseline:
    """Random search at the same budget: hypervolume of its front beside the search's (share of the as-is box)."""

    evaluations: int
    search: float
    random: float


@dataclass(frozen=True, slots=True)
class Options:
    """All that the search found. ``front`` is sorted by median cycle time; ``chosen`` is one of it, and ``steps`` is that
    option step by step."""

    as_is: Option
    front: tuple[Option, ...]
    chosen: Option
    steps: tuple[OptionStep, ...]
    trials: tuple[Trial, ...]
    proposals: tuple[Proposal, ...]
    baseline: Baseline
    seed: int
    cases: int
    replications: int
    evaluations: int


def options_csv(options: Options) -> str:
    """The as-is and the front, one line each, with intervals, gains, moves and assumptions; UTF-8 text, LF."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    header = ["option", "chosen", "name_zh", "name_en"]
    for objective in Objective:
        header += [objective.value, f"{objective.value}.low", f"{objective.value}.high", f"{objective.value}.change"]
    writer.writerow([*header, "effort_person_days", "risk", "moves", "assumptions"])
    for option in (options.as_is, *options.front):
        row: list[str] = [option.key, "yes" if option is options.chosen else "", option.name.zh, option.name.en]
        for objective in Objective:
            figure = option.figures[objective]
            gain = option.gains.get(objective)
            row += [
                f"{figure.value:.6g}",
                f"{figure.low:.6g}",
                f"{figure.high:.6g}",
                f"{gain.value:.4f}" if gain else "",
            ]
        row += [f"{option.effort:g}", f"{option.risk:.3f}", "; ".join(p.key for p in option.proposals)]
        row.append("; ".join(f"{a.key}={a.value:g}" for p in option.proposals for a in p.assumptions))
        writer.writerow(row)
    return out.getvalue()


def name_of(proposals: Sequence[Proposal]) -> Text:
    """A name from the proposals' own words, the largest first gains leading."""
    if not proposals:
        return Text("现状", "as is")
    leading = sorted(proposals, key=lambda one: -one.gain.cycle)[:2]
    more = len(proposals) - len(leading)
    zh = "；".join(one.words.zh for one in leading) + (f" 等 {len(proposals)} 项" if more else "")
    en = "; ".join(one.words.en for one in leading) + (f" and {more} more" if more else "")
    return Text(zh, en)


def joint_risk(proposals: Sequence[Proposal]) -> float:
    """1 − ∏(1 − rᵢ)."""
    safe = 1.0
    for one in proposals:
        safe *= 1.0 - one.risk
    return 1.0 - safe
