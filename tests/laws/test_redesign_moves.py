"""Laws of the moves on random processes: sound stays sound, rules stay kept, what is offered can be done."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import HealthCheck, given, settings, strategies as st

from redesign.blocks import Drawing, problems_of, scenario_of
from zaizao.bpmn import EventPosition, GatewayKind
from zaizao.redesign import Plan, Rules, apply_all, build, gather, plan_of, propose, violations
from zaizao.redesign.estimate import visits
from zaizao.simulation import simulate

BLOCK = st.sampled_from(("task", "check", "loop", "optional", "parallel", "outside"))


def drawn(blocks: list[str], pairs: list[tuple[int, int]]) -> Plan:
    """A process of the blocks in a row; some pairs of its tasks are ordered, some declared independent."""
    d = Drawing()
    here = d.event("start", EventPosition.START)
    names: list[str] = []

    def task(minutes: float, role: str, delay: float = 0.0) -> str:
        name = f"step_{len(names)}"
        names.append(name)
        return d.task(name, minutes, role, delay=delay)

    def then(node: str) -> str:
        nonlocal here
        d.flow(here, node)
        here = node
        return node

    rejects: list[str] = []
    for number, block in enumerate(blocks):
        role = "clerk" if number % 2 else "underwriter"
        if block in ("task", "outside"):
            then(task(10 + 5 * number, role, 4.0 if block == "outside" else 0.0))
        elif block == "check":
            then(task(8 + number, role))
            then(d.gateway(f"ok_{number}"))
            rejects.append(f"ok_{number}")
        elif block == "loop":
            top, out = d.gateway(f"top_{number}"), f"out_{number}"
            then(top)
            then(task(6, role))
            then(d.gateway(out))
            d.choose(out, {d.flow(out, top): 0.2})
        elif block == "optional":
            split, join = d.gateway(f"split_{number}"), d.gateway(f"join_{number}")
            then(split)
            skip = d.flow(split, join)
            then(task(12, role))
            then(join)
            d.choose(split, {skip: 0.4})
        else:
            fork, join = (d.gateway(f"{end}_{number}", GatewayKind.PARALLEL) for end in ("fork", "join"))
            then(fork)
            for _ in range(2):
                here = fork
                then(task(15, role))
                d.flow(here, join)
            here = join
    then(task(5, "clerk"))
    then(d.event("end", EventPosition.END))
    if rejects:
        d.task("letter", 1, None)
        join = d.gateway("refused")
        for gateway in rejects:
            d.choose(gateway, {d.flow(gateway, join): 0.2})
        d.flow(join, "letter")
        d.flow("letter", d.event("no", EventPosition.END))
    for gateway, branching in list(d.branching.items()):
        rest = [flow.id for flow in d.flows if flow.source == gateway and flow.id not in branching.weights]
        left = 1 - sum(branching.weights.values())
        d.choose(gateway, {**branching.weights, **{flow: left / len(rest) for flow in rest}})
    spoken = [name.replace("_", " ") for name in names]
    count = len(spoken)
    ordered = frozenset((spoken[a % count], spoken[b % count]) for a, b in pairs if a % count < b % count)
    free = frozenset(frozenset((a, b)) for a, b in pairwise(spoken) if (a, b) not in ordered)
    rules = Rules(order=ordered, kept=frozenset(spoken[:1]), independent=free)
    return plan_of(d.process(), scenario_of(d, per_hour=1.0), rules)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(BLOCK, min_size=1, max_size=6),
    st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), max_size=3),
    st.data(),
)
def test_any_combination_of_proposals_leaves_a_sound_process_that_keeps_every_rule(
    blocks: list[str], pairs: list[tuple[int, int]], data: st.DataObject
) -> None:
    plan = drawn(blocks, pairs)
    assert problems_of(plan.process) == []
    facts = gather(simulate(plan.process, plan.scenario, cases=60, seed=1), plan)
    proposals = propose(plan, facts)
    chosen = data.draw(st.lists(st.sampled_from(proposals), unique_by=lambda one: one.key, max_size=8))
    changed = apply_all(plan, chosen)
    assert problems_of(changed.process) == []
    assert violations(plan, changed) == []
    nodes = {node.id for node in changed.process.nodes}
    assert set(changed.scenario.work) <= nodes
    assert all(sum(branching.weights.values()) > 0.999 for branching in changed.scenario.branching.values())
    found = visits(changed.process, changed.scenario)
    ends = [node for node in nodes if not any(flow.source == node for flow in changed.process.flows)]
    assert abs(sum(found[node] for node in ends) - 1.0) < 1e-6
    simulate(changed.process, changed.scenario, cases=30, seed=2)
    build(changed)
