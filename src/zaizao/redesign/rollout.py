"""A roll-out in stages with a test that may stop early.

Theory: cases of the pilot are compared, pair by pair in order of arrival, with control cases of the same stratum. Under
"no difference" each pair favours the new way with probability ½. The test is Wald's mixture sequential probability ratio
(Robbins 1970; Johari et al. 2017): with a uniform prior on the probability that the new way wins, the likelihood ratio
after w wins in n pairs is ∫pʷ(1−p)ⁿ⁻ʷdp / ½ⁿ. By Ville's inequality its chance of ever exceeding 1/α without a
difference is at most α, however often one looks; so it may be looked at after every case. The interval beside it is the
confidence sequence that goes with it: all p whose own ratio has never exceeded 1/α.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from zaizao.problems import Text

LEVEL = 0.05
SHARES = (0.05, 0.2, 0.5, 1.0)
"""Share of the cases that go the new way, stage by stage."""
_STEPS = 24


class Verdict(StrEnum):
    """What the pairs seen so far say."""

    GO_ON = "go on"
    BETTER = "better"
    WORSE = "worse"

    @property
    def words(self) -> Text:
        """Its name in both languages."""
        return _WORDS[self]


_WORDS = {
    Verdict.GO_ON: Text("继续观察", "go on"),
    Verdict.BETTER: Text("新流程更好，可进入下一阶段", "the new way is better: next stage"),
    Verdict.WORSE: Text("新流程更差，停止并回退", "the new way is worse: stop and go back"),
}


@dataclass(frozen=True, slots=True)
class SequentialTest:
    """The pairs seen so far: ``wins`` of the new way, ``losses`` (equal pairs count half each way).

    ``peak`` is the largest log likelihood ratio so far; ``low`` and ``high`` the confidence sequence of the probability
    that a new case beats its control.
    """

    wins: float = 0.0
    losses: float = 0.0
    peak: float = 0.0
    low: float = 0.0
    high: float = 1.0
    level: float = LEVEL

    @property
    def pairs(self) -> int:
        """How many pairs were seen."""
        return round(self.wins + self.losses)

    @property
    def verdict(self) -> Verdict:
        """Better or worse once the ratio has exceeded 1/α; until then, go on."""
        if self.peak < -math.log(self.level):
            return Verdict.GO_ON
        return Verdict.BETTER if self.wins > self.losses else Verdict.WORSE

    def see(self, new: float, control: float) -> SequentialTest:
        """One pair more (cycle times, or anything that is better when smaller). A verdict stands once it is reached."""
        if self.verdict is not Verdict.GO_ON:
            return self
        half = 0.5 if new == control else 0.0
        wins = self.wins + (half or float(new < control))
        losses = self.losses + (half or float(new > control))
        ratio = _log_beta(wins + 1.0, losses + 1.0) + (wins + losses) * math.log(2.0)
        low, high = _interval(wins, losses, self.level)
        return SequentialTest(wins, losses, max(self.peak, ratio), max(low, self.low), min(high, self.high), self.level)


def _log_beta(a: float, b: float) -> float:
    return math.lgamma(a) + math.lgamma(b) - math.lgamma(a + b)


def _interval(wins: float, losses: float, level: float) -> tuple[float, float]:
    """All p for which the mixture's ratio against p is below 1/α; found by halving on either side of the share."""
    centre = wins / (wins + losses)
    mixture, limit = _log_beta(wins + 1.0, losses + 1.0), -math.log(level)

    def refused(p: float) -> bool:
        if not 0.0 < p < 1.0:
            return True
        return mixture - wins * math.log(p) - losses * math.log1p(-p) > limit

    def edge(outside: float) -> float:
        inside = centre
        for _ in range(_STEPS):
            middle = (inside + outside) / 2.0
            inside, outside = (inside, middle) if refused(middle) else (middle, outside)
        return outside

    return edge(0.0), edge(1.0)


@dataclass(frozen=True, slots=True)
class Stage:
    """``share`` of the cases go the new way until ``pairs`` are seen or the test speaks; then ``verdict``."""

    share: float
    pairs: int
    test: SequentialTest

    @property
    def verdict(self) -> Verdict:
        """What this stage's own pairs say."""
        return self.test.verdict


@dataclass(frozen=True, slots=True)
class Rollout:
    """The stages gone through, in order; ``verdict`` is the last one's."""

    stages: tuple[Stage, ...]

    @property
    def verdict(self) -> Verdict:
        """The last stage's."""
        return self.stages[-1].verdict if self.stages else Verdict.GO_ON


def roll_out(
    pairs: Iterable[tuple[float, float]], *, most: int, shares: Sequence[float] = SHARES, level: float = LEVEL
) -> Rollout:
    """Stages on a stream of (new, control) pairs: each begins anew with its own share of ``level``, so that over all
    stages the chance of a wrong verdict stays below it. A stage ends with a verdict or after ``most`` pairs; "worse"
    ends all, "better" leads to the next stage, and so does a stage that ran out without "worse"."""
    stages: list[Stage] = []
    stream = iter(pairs)
    for share in shares:
        test = SequentialTest(level=level / len(shares))
        seen = 0
        while seen < most and test.verdict is Verdict.GO_ON and (pair := next(stream, None)) is not None:
            test, seen = test.see(*pair), seen + 1
        if not seen:
            break
        stages.append(Stage(share, seen, test))
        if test.verdict is Verdict.WORSE:
            break
    return Rollout(tuple(stages))


@dataclass(frozen=True, slots=True)
class Unit:
    """A branch (or any unit that can go the new way as a whole): cases a week, and the share of them by what they touch
    (products, nodes of the process)."""

    name: str
    weekly: float
    mix: Mapping[str, float]


def choose_units(units: Sequence[Unit], *, count: int) -> tuple[Unit, ...]:
    """Pilot units that together see every product and node, of moderate volume: greedily, the one that adds most of what
    is not yet covered, then the one nearest to the median volume."""
    volumes = sorted(unit.weekly for unit in units)
    middle = volumes[len(volumes) // 2] if volumes else 0.0
    chosen: list[Unit] = []
    covered: set[str] = set()

    def key(unit: Unit) -> tuple[int, float, str]:
        fresh = len({name for name, share in unit.mix.items() if share > 0} - covered)
        return -fresh, abs(math.log((unit.weekly + 1e-9) / (middle + 1e-9))), unit.name

    left = list(units)
    while left and len(chosen) < count:
        best = min(left, key=key)
        left.remove(best)
        chosen.append(best)
        covered |= {name for name, share in best.mix.items() if share > 0}
    return tuple(chosen)


def matched_controls(pilot: Sequence[Unit], others: Sequence[Unit]) -> dict[str, str]:
    """For each pilot unit the control most like it in volume and mix, each control once (cheapest pairs first)."""
    pairs = sorted(
        (_unlike(unit, other), unit.name, other.name)
        for unit in pilot
        for other in others
        if other.name not in {one.name for one in pilot}
    )
    found: dict[str, str] = {}
    for _, unit, other in pairs:
        if unit not in found and other not in found.values():
            found[unit] = other
    return found


def _unlike(one: Unit, other: Unit) -> float:
    """Half the difference of the mixes (total variation) plus the size ratio's logarithm."""
    names = sorted(set(one.mix) | set(other.mix))
    apart = sum(abs(one.mix.get(name, 0.0) - other.mix.get(name, 0.0)) for name in names) / 2.0
    return apart + abs(math.log((one.weekly + 1e-9) / (other.weekly + 1e-9)))
