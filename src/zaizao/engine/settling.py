"""Settling: what follows when no token is in motion any more.

Rule kept: in this order, and again from the start after each change: conditions that became true; inclusive joins;
scopes without life; and last, joins that can never fire. An inclusive join fires when it has a token and no other
token of its scope can still reach one of its empty flows without reaching a filled one (BPMN 2.0.2 table 13.3).
Where inclusive joins wait only for each other, the one whose token came first goes. A scope in which nothing lives
but tokens at a join is a deadlock: an incident, never silence.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from zaizao.engine.elements.behaviour import BEHAVIOURS, LOOP
from zaizao.engine.records import IncidentKind
from zaizao.engine.state import Element
from zaizao.engine.waits import look_at_conditions

if TYPE_CHECKING:
    from zaizao.engine.step import Step


def settle(step: Step) -> bool:
    """Take the next consequence; whether tokens may be in motion again."""
    if step.deferred:
        _throw_deferred(step, step.deferred.pop(0))
        return True
    if step.changed:
        step.changed = False
        if look_at_conditions(step):
            return True
    if not step.quiet and not step.case.joining:
        return False
    if step.case.joining and _judge_joins(step):
        return True
    stuck: list[Element] = []
    while step.quiet:
        scope = step.case.elements.get(step.quiet.pop(0))
        if scope is None or (scope.children and not _hears_each_child(step, scope)):
            continue
        if scope.listening is not None and scope.listening.job is not None:
            continue
        if scope.joins and any(join.tokens for join in scope.joins.values()):
            stuck.append(scope)
            continue
        _emptied(step, scope)
        if step.agenda or step.changed:
            step.quiet.extend(element.id for element in stuck)
            return True
    for scope in stuck:
        _deadlock(step, scope)
    return bool(step.agenda or step.quiet)


def _hears_each_child(step: Step, scope: Element) -> bool:
    return scope.loop is not None or step.nodes[scope.node].kind == "adHoc"


def _throw_deferred(step: Step, number: int) -> None:
    """A signal goes out only when every other token has come to rest, so that all who wait hear it."""
    element = step.case.elements.get(number)
    if element is not None:
        node = step.nodes[element.node]
        BEHAVIOURS[node.kind].throw(step, element, node)


def _emptied(step: Step, scope: Element) -> None:
    """Nothing lives in ``scope`` any more."""
    if scope.undoing is not None:
        BEHAVIOURS["compensation"].emptied(step, scope, step.nodes[scope.node])
    elif scope.loop is not None:
        BEHAVIOURS[LOOP].emptied(step, scope, step.nodes[scope.node])
    else:
        node = step.nodes[scope.node]
        BEHAVIOURS[node.kind].emptied(step, scope, node)


def _judge_joins(step: Step) -> bool:
    """Let inclusive and complex joins look at the whole scope; whether one fired."""
    for scope in _joining(step):
        for index in list(scope.joins or ()):
            node = step.nodes[index]
            if BEHAVIOURS[node.kind].judged(step, scope, node):
                return True
        if scope.children == 0 and _break_tie(step, scope):
            return True
    return False


def _joining(step: Step) -> list[Element]:
    """The scopes with waiting tokens; a huge loop beside them is not looked through."""
    scopes: list[Element] = []
    for element in step.case.elements.values():
        if element.joins:
            scopes.append(element)
            if len(scopes) == step.case.joining:
                break
    return scopes


def _break_tie(step: Step, scope: Element) -> bool:
    """Inclusive joins that wait only for each other: the first one goes."""
    for index, join in (scope.joins or {}).items():
        node = step.nodes[index]
        if join.tokens and BEHAVIOURS[node.kind].forced(step, scope, node):
            return True
    return False


def _deadlock(step: Step, scope: Element) -> None:
    known = any(
        incident.element == scope.id and incident.kind is IncidentKind.DEADLOCK
        for incident in step.case.incidents.values()
    )
    if not known:
        waiting = ", ".join(step.nodes[index].id for index, join in (scope.joins or {}).items() if join.tokens)
        step.stop(scope, IncidentKind.DEADLOCK, f"tokens wait for ever at {waiting}")
