"""Small decisions about loans that the tests share, and a service over one SQLite file."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from pathlib import Path

import sqlalchemy as sa

from zaizao import dmn
from zaizao.decisions import Categorical, Decisions, DecisionStore, Kind, Numeric, Part, Route, Scorecard

CARD = Scorecard(
    (
        Numeric("income", (3_000.0, 8_000.0), (10, 40, 70), 5),
        Categorical("employment", {"employed": 60, "self": 45}, 20),
        Numeric("overdue", (1.0, 3.0), (500, 430, 300), 380),
    )
)


def knock_outs(age: int = 18) -> bytes:
    """Refuse minors and listed persons: a DMN table, first hit."""
    columns = tuple(dmn.Input(expression=dmn.LiteralExpression(text=name)) for name in ("age", "listed"))
    rules = (
        dmn.Rule(id="minor", inputs=(f"< {age}", "-"), outputs=('"minor"',)),
        dmn.Rule(id="listed", inputs=("-", "true"), outputs=('"listed"',)),
    )
    table = dmn.DecisionTable(inputs=columns, outputs=(dmn.Output(),), rules=rules, hit_policy=dmn.HitPolicy.FIRST)
    data = tuple(
        dmn.InputData(id=name, name=name, variable=dmn.InformationItem(name=name, type=kind))
        for name, kind in (("age", "number"), ("listed", "boolean"))
    )
    needs = tuple(dmn.Requirement(target=f"#{one.id}", kind=dmn.RequirementKind.INPUT) for one in data)
    name = "knock outs"
    choice = dmn.Decision(
        id="knock", name=name, variable=dmn.InformationItem(name=name), logic=table, information=needs
    )
    return dmn.write(dmn.Definitions(namespace="urn:test", name=name, elements=(*data, choice)))


POLICY = b"""
answer = 'if score >= 560 then "approve" else "person"'

[[step]]
name = "knocked"
decision = "knock-outs"
stop = "knocked != null"
answer = '"refuse"'

[[step]]
name = "score"
decision = "score"
"""


class Service(Decisions):
    """A service with a clock that steps by one second and numbered ids."""

    def __init__(self, path: Path) -> None:
        seconds: Iterator[int] = count(1)
        numbers: Iterator[int] = count(1)
        store = DecisionStore(sa.create_engine(f"sqlite:///{path}"))
        super().__init__(store, now=lambda: next(seconds) * 1_000_000, identity=lambda: f"d{next(numbers):06d}")

    def publish(self, name: str, kind: Kind, body: bytes, *others: Route) -> int:
        """Add a version and make it the champion, by two people."""
        version = self.add(name, kind, body, author="wang")
        change = self.propose(name, [Route(version.number), *others], by="wang")
        self.confirm(change.revision, by="li")
        return version.number


GOOD = {"age": 40, "listed": False, "income": 9_000, "employment": "employed", "overdue": 0}
CHALLENGER = Part.CHALLENGER
