"""The decision service with its log: choices a second, one caller and sixteen, on SQLite with full durability.

A policy of two steps: knock-outs as a DMN table, a scorecard of three characteristics. Each choice is given when it is
on disk.
"""

from __future__ import annotations

import tempfile
import threading
import time
from itertools import count
from pathlib import Path

import sqlalchemy as sa

from zaizao import dmn
from zaizao.decisions import (
    Categorical,
    Decisions,
    DecisionStore,
    Kind,
    Numeric,
    Route,
    Scorecard,
    write_scorecard,
)

CARD = Scorecard(
    (
        Numeric("income", (3_000.0, 8_000.0), (10, 40, 70), 5),
        Categorical("employment", {"employed": 60, "self": 45}, 20),
        Numeric("overdue", (1.0, 3.0), (500, 430, 300), 380),
    )
)
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
ROW = {"age": 40, "income": 9_000, "employment": "employed", "overdue": 0}
CALLS = 2_000


def knock_outs() -> bytes:
    """One first-hit table on the age."""
    column = dmn.Input(expression=dmn.LiteralExpression(text="age"))
    rule = dmn.Rule(id="minor", inputs=("< 18",), outputs=('"minor"',))
    table = dmn.DecisionTable(inputs=(column,), outputs=(dmn.Output(),), rules=(rule,))
    age = dmn.InputData(id="age", name="age", variable=dmn.InformationItem(name="age", type="number"))
    need = dmn.Requirement(target="#age", kind=dmn.RequirementKind.INPUT)
    variable = dmn.InformationItem(name="knocked")
    choice = dmn.Decision(id="k", name="knocked", variable=variable, logic=table, information=(need,))
    return dmn.write(dmn.Definitions(namespace="urn:bench", name="knocked", elements=(age, choice)))


def service(path: Path) -> Decisions:
    """A service in one file, with the policy live."""
    engine = sa.create_engine(f"sqlite:///{path}")
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA journal_mode=WAL")
    sa.event.listen(engine, "connect", lambda raw, _: raw.execute("PRAGMA synchronous=FULL"))
    numbers = count(1)
    made = Decisions(DecisionStore(engine), now=time.time_ns, identity=lambda: f"{next(numbers):012d}")
    parts = (
        ("knock-outs", Kind.DMN, knock_outs()),
        ("score", Kind.SCORECARD, write_scorecard(CARD)),
        ("loan", Kind.POLICY, POLICY),
    )
    for name, kind, body in parts:
        version = made.add(name, kind, body, author="a")
        made.confirm(made.propose(name, [Route(version.number)], by="a").revision, by="b")
    return made


def rate(asked: Decisions, callers: int) -> float:
    """Choices a second, wall time."""

    def ask() -> None:
        for _ in range(CALLS // callers):
            asked.decide("loan", ROW, key="c")

    threads = [threading.Thread(target=ask) for _ in range(callers)]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return CALLS / (time.perf_counter() - began)


def main() -> None:
    """Print the figures."""
    with tempfile.TemporaryDirectory() as folder:
        asked = service(Path(folder) / "decisions.db")
        for callers in (1, 16):
            print(f"decisions with log, {callers:2d} callers: {rate(asked, callers):8,.0f} a second (target 1,000)")
        began = time.perf_counter()
        asked.decide_all("loan", [("c", ROW)] * CALLS)
        print(f"decisions with log, in one batch: {CALLS / (time.perf_counter() - began):8,.0f} a second")
