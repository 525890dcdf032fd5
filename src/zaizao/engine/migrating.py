"""Planning changes of a running case: from names in the model to numbers in the case.

Rule kept: a migration maps every live element, waiting token and armed event to an element of the same kind in the
same (mapped) scope, or is refused with the names that are in the way; it never guesses.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from zaizao.engine import commands as c
from zaizao.engine.errors import CommandRejected
from zaizao.engine.executable import Executable
from zaizao.engine.expressions import exact
from zaizao.engine.keys import case_of, local_of
from zaizao.engine.records import Variables

if TYPE_CHECKING:
    from zaizao.engine.runtime import Runtime


def _process_of(runtime: Runtime, key: int) -> Executable:
    case = runtime.case(case_of(key))
    if case is None:
        raise CommandRejected("not-found", f"no live case {key}", key)
    return runtime.library.executable(case.process)


class Start(NamedTuple):
    """Start before ``element`` (a model id), inside the live element ``scope`` (a key; 0: found), where ``variables``
    are set first.
    """

    element: str
    scope: int = 0
    variables: Mapping[str, Any] = {}


def plan_modification(
    runtime: Runtime, key: int, starts: Sequence[Start], terminate: Sequence[int], variables: Variables
) -> c.ModifyCase:
    """The command for a modification by names and keys."""
    process = _process_of(runtime, key)
    unknown = [start.element for start in starts if start.element not in process.by_id]
    if unknown:
        raise CommandRejected("invalid", f"{process.id} has no {', '.join(unknown)}", key)
    named = (*terminate, *(start.scope for start in starts if start.scope))
    foreign = [element for element in named if case_of(element) != case_of(key)]
    if foreign:
        raise CommandRejected("invalid", f"elements of other cases: {foreign}", key)
    case = runtime.case(case_of(key))
    gone = [start.scope for start in starts if start.scope and case and local_of(start.scope) not in case.elements]
    if gone:
        raise CommandRejected("invalid", f"no live elements {gone}", key)
    wishes = tuple(
        c.Activation(
            process.by_id[start.element], local_of(start.scope) if start.scope else -1, exact(dict(start.variables))
        )
        for start in starts
    )
    return c.ModifyCase(wishes, tuple(local_of(element) for element in terminate), variables)


def plan_migration(
    runtime: Runtime, key: int, target: int, mapping: Mapping[str, str]
) -> tuple[c.MigrateCase, c.ArmEvents]:
    """The commands for a migration; names that are equal on both sides map by themselves.

    Boundary events and event sub-processes that are new are armed after it, those that are gone are disarmed; what
    has no counterpart but is waited for, or has begun, is in the way.
    """
    old = _process_of(runtime, key)
    new = runtime.library.executable(target)
    nodes = {0: 0}
    for name, index in old.by_id.items():
        there = new.by_id.get(mapping.get(name, name))
        if index and there is not None and _fits(old, index, new, there, mapping):
            nodes[index] = there
    flows = {
        flow.index: new.flow_by_id[flow.id]
        for flow in old.flows
        if flow.id in new.flow_by_id and new.flows[new.flow_by_id[flow.id]].target == nodes.get(flow.target)
    }
    return c.MigrateCase(target, nodes, flows), c.ArmEvents(
        tuple(sorted(set(range(len(new.nodes))) - {*nodes.values()}))
    )


def _fits(old: Executable, index: int, new: Executable, there: int, mapping: Mapping[str, str]) -> bool:
    """Whether node ``there`` can go on with what ``index`` began."""
    before, after = old.nodes[index], new.nodes[there]
    scope = old.nodes[before.parent].id if before.parent > 0 else ""
    new_scope = new.nodes[after.parent].id if after.parent > 0 else ""
    same_scope = mapping.get(scope, scope) == new_scope
    same_loop = (before.loop is None) == (after.loop is None)
    return before.kind == after.kind and same_scope and same_loop and len(before.triggers) == len(after.triggers)
