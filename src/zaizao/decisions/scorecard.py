"""Scorecards: points for each characteristic, added up, with reason codes.

Rule kept: a card is readable data (JSON); every value falls into exactly one bin of its characteristic, an absent or
unknown one into the bin for the rest; more points mean less risk. Points to double the odds and reason codes by points
lost follow Siddiqi, *Credit Risk Scorecards*, chapters 10 and 12.
"""

from __future__ import annotations

import json
import math
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from zaizao.decisions.choice import Choice, Reason
from zaizao.decisions.errors import refused
from zaizao.problems import Text

REASONS = 4
"""Reason codes that a choice carries at most, as adverse-action notices do."""


@dataclass(frozen=True)
class Numeric:
    """Bins of a number: ``points[i]`` for values from ``bounds[i-1]`` (included) to ``bounds[i]``; ``rest`` for no number."""

    name: str
    bounds: tuple[float, ...]
    points: tuple[int, ...]
    rest: int

    def points_of(self, value: Any) -> int:
        """Points of one value."""
        if isinstance(value, bool) or not isinstance(value, int | float) or math.isnan(value):
            return self.rest
        return self.points[bisect_right(self.bounds, value)]

    @property
    def best(self) -> int:
        """The most points to be had."""
        return max(*self.points, self.rest)


@dataclass(frozen=True)
class Categorical:
    """Bins of a name: ``points`` by level, ``rest`` for any other or none."""

    name: str
    points: Mapping[str, int]
    rest: int

    def points_of(self, value: Any) -> int:
        """Points of one value."""
        return self.points.get(str(value), self.rest) if value is not None else self.rest

    @property
    def best(self) -> int:
        """The most points to be had."""
        return max(self.rest, *self.points.values())


@dataclass(frozen=True)
class Scorecard:
    """Points at ``base`` odds and ``double`` (points that double the odds of good to bad) say what a score means."""

    characteristics: tuple[Numeric | Categorical, ...]
    base_points: int = 600
    base_odds: float = 20.0
    double: int = 50

    def score(self, inputs: Mapping[str, Any]) -> int:
        """The sum of points."""
        return sum(part.points_of(inputs.get(part.name)) for part in self.characteristics)

    def odds(self, score: float) -> float:
        """Good to bad at ``score``."""
        return self.base_odds * math.pow(2.0, (score - self.base_points) / self.double)

    @cached_property
    def _best(self) -> tuple[int, ...]:
        return tuple(part.best for part in self.characteristics)

    def choose(self, inputs: Mapping[str, Any]) -> Choice:
        """Score, probability of default, and the characteristics that cost most points."""
        points = [part.points_of(inputs.get(part.name)) for part in self.characteristics]
        score = sum(points)
        lost = sorted(
            (
                (best - got, part.name)
                for part, got, best in zip(self.characteristics, points, self._best, strict=True)
                if best > got
            ),
            key=lambda one: (-one[0], one[1]),
        )
        reasons = tuple(Reason(name, float(cost)) for cost, name in lost[:REASONS])
        risk = 1.0 / (1.0 + self.odds(score))
        return Choice(score, reasons, {"probability": risk})


def write_scorecard(card: Scorecard) -> bytes:
    """The card as JSON that a person can read and change."""
    parts: list[dict[str, Any]] = []
    for part in card.characteristics:
        if isinstance(part, Numeric):
            parts.append({"name": part.name, "bounds": part.bounds, "points": part.points, "rest": part.rest})
        else:
            parts.append({"name": part.name, "levels": dict(part.points), "rest": part.rest})
    scale = {"base_points": card.base_points, "base_odds": card.base_odds, "double": card.double}
    return json.dumps({**scale, "characteristics": parts}, ensure_ascii=False, indent=2).encode()


def read_scorecard(body: bytes, where: str = "scorecard") -> Scorecard:
    """The card in ``body``; ``DecisionError`` names what is wrong with it."""
    try:
        document = json.loads(body)
        parts = tuple(
            _part(one, f"{where}: characteristic {place}") for place, one in enumerate(document["characteristics"], 1)
        )
        card = Scorecard(parts, int(document["base_points"]), float(document["base_odds"]), int(document["double"]))
    except (ValueError, TypeError, KeyError) as fault:
        remedy = Text("请对照文档中的评分卡格式", "compare it with the scorecard format in the docs")
        raise refused(where, f"不是评分卡：{fault}", f"this is no scorecard: {fault}", remedy, "scorecard") from fault
    if card.double <= 0 or card.base_odds <= 0 or not parts:
        remedy = Text("请填写正数与至少一个特征", "give positive figures and at least one characteristic")
        raise refused(where, "刻度或特征不可用", "scale or characteristics cannot be used", remedy, "scorecard")
    return card


def _part(one: Mapping[str, Any], where: str) -> Numeric | Categorical:
    name, rest = str(one["name"]), int(one["rest"])
    if "levels" in one:
        return Categorical(name, {str(level): int(points) for level, points in one["levels"].items()}, rest)
    bounds, points = tuple(map(float, one["bounds"])), tuple(map(int, one["points"]))
    if list(bounds) != sorted(set(bounds)) or len(points) != len(bounds) + 1:
        remedy = Text("界限须递增，分值比界限多一个", "bounds must rise, with one more points than bounds")
        raise refused(where, f"{name} 的分箱不可用", f"the bins of {name} cannot be used", remedy, "bins")
    return Numeric(name, bounds, points, rest)
