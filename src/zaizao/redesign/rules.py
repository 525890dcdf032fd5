"""Side conditions, checked on the result: whatever a move did, a plan that breaks a rule is not kept.

Moves respect the rules by their own conditions; this is the second pair of eyes. Order is judged on the graph: a bound
pair must stay ordered in every way it was, and must not become possible the other way round.
"""

from __future__ import annotations

from zaizao.problems import Problem, Text
from zaizao.redesign.graph import Net
from zaizao.redesign.plan import Plan


def violations(before: Plan, after: Plan) -> list[Problem]:
    """Rules of ``before`` that ``after`` breaks; empty where all hold."""
    return [*_order(before, after), *_kept(before, after), *_four_eyes(after)]


def _places(plan: Plan) -> dict[str, list[str]]:
    """Activity name → ids of the tasks that do it."""
    places: dict[str, list[str]] = {}
    for node in plan.process.nodes:
        for name in plan.contains(node):
            places.setdefault(name, []).append(node.id)
    return places


def _ordered(plan: Plan, first: str, second: str) -> tuple[bool, bool]:
    """Whether some way leads from ``first`` to ``second``, and whether some way leads back."""
    net, places = Net(plan.process), _places(plan)
    forward = back = False
    for a in places.get(first, []):
        for b in places.get(second, []):
            if a == b:
                names = plan.contains(net.nodes[a])
                forward |= names.index(first) < names.index(second)
                back |= names.index(first) > names.index(second)
            else:
                forward |= b in net.after(a)
                back |= a in net.after(b)
    return forward, back


def _order(before: Plan, after: Plan) -> list[Problem]:
    found = []
    for first, second in sorted(before.rules.order):
        was, now = _ordered(before, first, second), _ordered(after, first, second)
        if (was[0] and not now[0]) or (now[1] and not was[1]):
            found.append(
                Problem(
                    after.process.id,
                    Text(f"“{first}”必须在“{second}”之前", f'"{first}" must come before "{second}"'),
                    Text("去掉改变先后的动作", "leave out the move that changes the order"),
                    "redesign.order",
                )
            )
    return found


def _kept(before: Plan, after: Plan) -> list[Problem]:
    places, were = _places(after), _places(before)
    found = []
    for name in sorted(before.rules.kept):
        was_human = any(before.human(node) for node in were.get(name, []))
        nodes = places.get(name, [])
        if name in were and (not nodes or (was_human and not all(after.human(node) for node in nodes))):
            found.append(
                Problem(
                    after.process.id,
                    Text(f"“{name}”须由人工保留", f'"{name}" must stay, done by people'),
                    Text("去掉取消或自动化它的动作", "leave out the move that removes or automates it"),
                    "redesign.kept",
                )
            )
    return found


def _four_eyes(after: Plan) -> list[Problem]:
    places = _places(after)
    found = []
    for pair in sorted(tuple(sorted(pair)) for pair in after.rules.four_eyes if len(pair) == 2):
        first, second = (set(places.get(name, [])) for name in pair)
        roles = [after.scenario.work[node].role for node in first | second if node in after.scenario.work]
        people = {
            resource.name
            for role in roles
            if role is not None and role in after.scenario.roles
            for resource in after.scenario.roles[role].resources
        }
        if first & second or (first and second and roles and len(people) < 2):
            found.append(
                Problem(
                    after.process.id,
                    Text(f"“{pair[0]}”与“{pair[1]}”须由两人分办", f'"{pair[0]}" and "{pair[1]}" need two people'),
                    Text("去掉合并两者的动作", "leave out the move that joins them"),
                    "redesign.four-eyes",
                )
            )
    return found
