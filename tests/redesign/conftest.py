"""A loan process with its facts, and one redesign of it, shared by the room's tests."""

from __future__ import annotations

import pytest

from redesign.blocks import loan
from zaizao.eventlog import EventLog
from zaizao.redesign import Facts, Initiative, Plan, Progress, Rules, Settings, apply_all, gather, plan_of, propose, run
from zaizao.simulation import simulate

INDEPENDENT = frozenset(
    frozenset(pair)
    for pair in (
        ("query bureau", "value house"),
        ("value house", "decide"),
        ("register", "site visit"),
        ("second look", "offer"),
    )
)
CHOSEN = (
    "automate:blacklist",
    "automate:decide",
    "automate:register",
    "capacity:underwriter+4",
    "knock-out-order:blacklist>documents>site_visit",
    "online-channel:intake",
    "parallelise:query_bureau|value_house",
    "triage:value_house",
)


def facts_of(plan: Plan) -> Facts:
    """Facts from a simulated log of the plan itself."""
    return gather(simulate(plan.process, plan.scenario, cases=2000, seed=2), plan)


@pytest.fixture(scope="session")
def plan() -> Plan:
    """The as-is: three checks in a row, a way back, outside data; independence declared where it is."""
    process, scenario = loan()
    return plan_of(process, scenario, Rules(independent=INDEPENDENT))


@pytest.fixture(scope="session")
def facts(plan: Plan) -> Facts:
    """Its facts."""
    return facts_of(plan)


@pytest.fixture(scope="session")
def redesigned(plan: Plan, facts: Facts) -> Plan:
    """Eight moves at once: order, parallel work, triage, decisions, a robot, a portal, people."""
    return apply_all(plan, [one for one in propose(plan, facts) if one.key in CHOSEN])


SETTINGS = Settings(seed=11, simulated_cases=300, evaluations=16, replications=2, rehearsed_cases=60, front=3)


@pytest.fixture(scope="session")
def log(plan: Plan) -> EventLog:
    return simulate(plan.process, plan.scenario, cases=800, seed=21)


@pytest.fixture(scope="session")
def heard() -> list[Progress]:
    return []


@pytest.fixture(scope="session")
def initiative(log: EventLog, heard: list[Progress]) -> Initiative:
    return run(
        log, settings=SETTINGS, source="loan.csv", digest="0" * 64, versions={"zaizao": "x"}, listen=heard.append
    )
