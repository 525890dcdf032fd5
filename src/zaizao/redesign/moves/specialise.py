"""Specialise or generalise: a kind of case to people who do nothing else, or people who learn a second role's work.

Formula: a specialist saves v·q·(1 − k)·processing, q the kind's share, k the specialist's share of the time; people of an
idle role who help a busy one bring its queue from that of its own people to that of both (Allen–Cunneen).
"""

from __future__ import annotations

from dataclasses import replace

from zaizao.problems import Text
from zaizao.redesign.estimate import hourly_rate, queue_wait
from zaizao.redesign.evidence import Assumption
from zaizao.redesign.facts import ActivityFacts, Facts
from zaizao.redesign.graph import Net
from zaizao.redesign.moves.move import HOUR, MINUTE, noted, percent, span
from zaizao.redesign.moves.splitting import Kind, split_off
from zaizao.redesign.naming import SPECIALIST
from zaizao.redesign.plan import Plan
from zaizao.redesign.proposal import Gain, Proposal
from zaizao.redesign.thinking import Thinking
from zaizao.simulation import CaseAttribute, Condition, Role

QUICKER = 0.85
"""Assumed share of the usual time that somebody needs who does only this kind."""
LEAST_PEOPLE = 4
SHARES = (0.2, 0.8)
"""The kind must be neither a handful nor nearly all."""
LONG = 5 * MINUTE
BUSY, IDLE = 0.6, 0.5


class Specialise:
    """Splits a role by kind of case, or lets an idle role help a busy one."""

    name = "specialise"
    words = Text("专人专办或一专多能", "specialise or generalise")
    thinking = Thinking.USER_VIEW
    condition = Text(
        f"同岗至少 {LEAST_PEOPLE} 人且案例有类别；或一岗忙、另一岗闲且无四眼要求",
        f"a role of at least {LEAST_PEOPLE} and a kind that every case has; or a busy and an idle role without four eyes",
    )
    formula = Text(
        "v·q·(1−k)·处理时间；或合岗前后的排队等待之差", "v·q·(1−k)·processing; or the queue before less after"
    )

    def proposals(self, plan: Plan, facts: Facts) -> list[Proposal]:
        """A specialist team per long human step; helpers per busy role."""
        kind = _kind(plan)
        found = [] if kind is None else [
            self._specialist(plan, fact, *kind)
            for fact in facts.activities.values()
            if fact.human and fact.processing >= LONG and _splittable(plan, fact.node)
        ]  # fmt: skip
        for busy, load in facts.roles.items():
            helper = _helper(plan, facts, busy) if load.utilisation > BUSY and load.executions > 0 else None
            if helper is not None:
                found.append(self._helped(facts, busy, helper))
        return sorted(found, key=lambda proposal: -proposal.gain.cycle)

    def apply(self, plan: Plan, proposal: Proposal) -> Plan | None:
        """The step split and some of its people set apart; or the idle role's people added to the busy role."""
        if proposal.key.startswith(f"{self.name}:help:"):
            changed = _with_help(plan, *proposal.targets)
        else:
            changed = _with_team(plan, proposal.targets[0], proposal.parameters["people"])
        return None if changed is None else noted(changed, proposal)

    def _specialist(self, plan: Plan, fact: ActivityFacts, attribute: str, value: str, share: float) -> Proposal:
        saved = fact.visits * share * (1.0 - QUICKER) * fact.processing
        people = max(1, round(share * QUICKER * len(plan.scenario.roles[fact.role or ""].resources)))
        return Proposal(
            key=f"{self.name}:{fact.node}",
            move=self.name,
            thinking=self.thinking,
            words=Text(
                f"“{fact.name}”中 {attribute}为“{value}”的由 {people} 名专人办理",
                f'"{fact.name}" with {attribute} "{value}" by {people} specialists',
            ),
            reason=Text(
                f"占 {percent(share)}，每次 {span(fact.processing).zh}",
                f"{percent(share)} of the cases, {span(fact.processing).en} each",
            ),
            targets=(fact.node,),
            gain=Gain(cycle=saved, cost=saved / HOUR * hourly_rate(plan.scenario, fact.role)),
            assumptions=(
                Assumption(
                    f"specialist:{fact.node}",
                    Text(
                        f"专人办理“{fact.name}”所需时间占比",
                        f'share of the time of "{fact.name}" that a specialist needs',
                    ),
                    QUICKER,
                ),
            ),
            parameters={"people": float(people)},
            effort=4.0,
            risk=0.1,
            group=f"step:{fact.node}",
        )

    def _helped(self, facts: Facts, busy: str, helper: str) -> Proposal:
        load, other = facts.roles[busy], facts.roles[helper]
        spare = other.people * (1.0 - other.utilisation)
        both = load.people + max(1, int(spare))
        service = load.demand / load.executions
        rate = load.utilisation * load.people / service
        before, after = queue_wait(load.people, rate, service, 1.0, 1.0), queue_wait(both, rate, service, 1.0, 1.0)
        share = 1.0 - after / before if before > 0 and before != float("inf") else 0.5
        wait = load.wait if load.wait != float("inf") else 24 * HOUR
        return Proposal(
            key=f"{self.name}:help:{busy}<{helper}",
            move=self.name,
            thinking=self.thinking,
            words=Text(f"“{helper}”也能办“{busy}”的事", f'"{helper}" can do the work of "{busy}" as well'),
            reason=Text(
                f"“{busy}”忙碌 {load.utilisation:.0%}，“{helper}”只有 {other.utilisation:.0%}",
                f'"{busy}" busy for {load.utilisation:.0%}, "{helper}" only {other.utilisation:.0%}',
            ),
            targets=(busy, helper),
            gain=Gain(cycle=wait * share * load.executions / max(facts.arrivals_per_week, 1e-9)),
            assumptions=(
                Assumption(
                    f"trained-too:{busy}<{helper}",
                    Text("经培训后同样熟练", "after training they are as skilled"),
                    1.0,
                ),
            ),
            effort=6.0,
            risk=0.1,
            group=f"role:{busy}",
        )


def _kind(plan: Plan) -> tuple[str, str, float] | None:
    """The first attribute with a value of middling frequency: its name, the value, the share."""
    for attribute in plan.scenario.attributes:
        for value, share in sorted(_shares(attribute).items(), key=lambda pair: -pair[1]):
            if SHARES[0] <= share <= SHARES[1]:
                return attribute.name, value, share
    return None


def _shares(attribute: CaseAttribute) -> dict[str, float]:
    whole = sum(attribute.values.values())
    return {value: weight / whole for value, weight in attribute.values.items()} if whole > 0 else {}


def _splittable(plan: Plan, task_id: str) -> bool:
    net = Net(plan.process)
    task = net.task(task_id)
    if task is None or not plan.human(task_id) or net.only_out(task_id) is None:
        return False
    role = plan.scenario.roles.get(plan.scenario.work[task_id].role or "")
    people = 0 if role is None else len(role.resources)
    return people >= LEAST_PEOPLE and not (plan.protected(task) or task_id in plan.automated or plan.fallback(task_id))


def _with_team(plan: Plan, task_id: str, people: float) -> Plan | None:
    kind = _kind(plan)
    if kind is None or not _splittable(plan, task_id):
        return None
    attribute, value, share = kind
    scenario = plan.scenario
    name = scenario.work[task_id].role
    assert name is not None
    role = scenario.roles[name]
    size = int(min(people, len(role.resources) - 1))
    team = Role(f"{name} · {value}", role.resources[-size:])
    if team.name in scenario.roles:
        return None
    others = tuple(
        other for one in scenario.attributes if one.name == attribute for other in one.values if other != value
    )
    roles = {**scenario.roles, name: replace(role, resources=role.resources[:-size]), team.name: team}
    split = Kind(
        conditions=(Condition(attribute, (value,)), Condition(attribute, others)),
        label=f"{attribute}: {value}",
        share=share,
        factor=QUICKER,
        suffix=SPECIALIST,
        role=team.name,
    )
    return split_off(replace(plan, scenario=replace(scenario, roles=roles)), task_id, split)


def _helper(plan: Plan, facts: Facts, busy: str) -> str | None:
    """The idlest role of people that may help."""
    able = [name for name, load in facts.roles.items() if name != busy and load.utilisation <= IDLE]
    able = [name for name in able if _may_help(plan, busy, name)]
    return min(able, key=lambda name: facts.roles[name].utilisation, default=None)


def _may_help(plan: Plan, busy: str, helper: str) -> bool:
    """Both are people, none is in both already, and no four-eyes pair lies across them."""
    roles = plan.scenario.roles
    if busy not in roles or helper not in roles or busy == helper:
        return False
    people = [resource for name in (busy, helper) for resource in roles[name].resources]
    names = [{resource.name for resource in roles[name].resources} for name in (busy, helper)]
    if not all(names) or any(resource.automatic for resource in people) or names[0] & names[1]:
        return False
    done = {
        name: {
            activity
            for node in plan.process.nodes
            if (work := plan.scenario.work.get(node.id)) is not None and work.role == name
            for activity in plan.contains(node)
        }
        for name in (busy, helper)
    }
    return not any(plan.rules.apart(a, b) for a in done[busy] for b in done[helper])


def _with_help(plan: Plan, busy: str, helper: str) -> Plan | None:
    if not _may_help(plan, busy, helper):
        return None
    roles = plan.scenario.roles
    both = replace(roles[busy], resources=(*roles[busy].resources, *roles[helper].resources))
    return replace(plan, scenario=replace(plan.scenario, roles={**roles, busy: both}))
