"""Effects: what an event of one case sets off outside it.

Rule kept: an effect looks at the store only when its turn comes, so that two messages thrown in one step never reach
for the same waiting element, and a child that completes while its parent ends finds the parent gone, harmlessly.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from zaizao.engine import commands as c, parcels as p, records as r
from zaizao.engine.keys import case_of, inside, local_of
from zaizao.engine.records import ParentLink
from zaizao.engine.state import Case
from zaizao.engine.stores import CaseRow, CaseState, SubscriptionRow

if TYPE_CHECKING:
    from zaizao.engine.runtime import Runtime

MESSAGE_LIFE = 3_600_000_000
"""How long a message that a process throws waits for a taker: one hour, in µs."""


def _child_requested(runtime: Runtime, case: Case, event: r.ChildRequested) -> Callable[[], object]:
    def create() -> None:
        live = runtime.case(case.key)
        if live is None or event.element not in live.elements:
            return
        process = runtime.library.find(event.process, event.version_tag)
        if event.binding == "deployment":
            process = runtime.library.deployed_with(event.process, live.process) or process
        if process is None:
            reason = f"no process {event.process!r} is deployed"
            runtime.tell(case_of(case.key), c.ChildRefused(event.element, reason))
            return
        parent = ParentLink(inside(case.key, event.element), event.errors, event.escalations)
        runtime.create(process, c.Start(event.variables, parent=parent, business_id=case.business_id))

    return create


def _to_parent(make: Callable[[int, Case, Any], c.Command]) -> Callable[[Runtime, Case, Any], Callable[[], object]]:
    def effect(runtime: Runtime, case: Case, event: Any) -> Callable[[], object]:
        def tell() -> None:
            if case.parent is not None:
                key = case.parent.element
                runtime.tell(case_of(key), make(local_of(key), case, event))

        return tell

    return effect


def _child_abandoned(runtime: Runtime, case: Case, event: r.ChildAbandoned) -> Callable[[], object]:
    def cancel() -> None:
        parent = inside(case.key, event.element)
        for row in runtime.store.find(CaseRow, {"parent": parent, "state": CaseState.ACTIVE}):
            runtime.tell(case_of(row.key), c.CancelCase("its caller ended"))

    return cancel


def _signal_thrown(runtime: Runtime, case: Case, event: r.SignalThrown) -> Callable[[], object]:
    return lambda: runtime_broadcast(runtime, event.name, event.variables, case.key)


def runtime_broadcast(runtime: Runtime, name: str, variables: r.Variables, thrower: int = 0) -> int:
    """Throw signal ``name`` in every partition; how many heard it in this one."""
    runtime.send_all(p.Signal(name, variables))
    return hear_signal(runtime, name, variables, thrower)


def hear_signal(runtime: Runtime, name: str, variables: r.Variables, thrower: int = 0) -> int:
    """Give signal ``name`` to every case that waits for it (but the thrower) and every start; how many heard it."""
    heard = 0
    for row in runtime.store.subscriptions("signal", name):
        if case_of(row.key) != thrower:
            runtime.tell(case_of(row.key), c.Correlate(row.element, local_of(row.key), variables))
            heard += 1
    for start in runtime.library.starts("signal", name):
        runtime.create(runtime.library.executable(start.process), c.Start(dict(variables), start.node))
        heard += 1
    return heard


def _message_thrown(runtime: Runtime, _case: Case, event: r.MessageThrown) -> Callable[[], object]:
    def publish() -> None:
        home = runtime.home(event.key)
        if home == runtime.partition:
            runtime.post.publish(event.name, event.key, event.variables, MESSAGE_LIFE)
        else:
            runtime.send(home, p.Publication(event.name, event.key, event.variables, MESSAGE_LIFE))

    return publish


def _subscribed(runtime: Runtime, case: Case, event: r.Subscribed) -> Callable[[], object]:
    if event.kind is not r.WaitKind.MESSAGE:
        return lambda: None

    def offer() -> None:
        key, home = inside(case.key, event.id), runtime.home(event.key)
        if home == runtime.partition:
            runtime.post.offer_buffered(key)
            return
        row = runtime.store.get(SubscriptionRow, key)
        if row is not None:  # it may have ended again in the same step
            runtime.send(
                home, p.Opened(key, row.name, row.correlation, row.element, row.process_id, row.process, row.node)
            )

    return offer


EFFECTS: dict[type[Any], Callable[[Runtime, Case, Any], Callable[[], object]]] = {
    r.ChildRequested: _child_requested,
    r.ChildAbandoned: _child_abandoned,
    r.CaseCompleted: _to_parent(
        lambda local, case, _event: c.ChildCompleted(local, dict(case.elements[0].variables or {}))
    ),
    r.ErrorEscaped: _to_parent(lambda local, _case, event: c.ChildFailed(local, event.code, event.message)),
    r.EscalationEscaped: _to_parent(lambda local, _case, event: c.ChildEscalated(local, event.code)),
    r.SignalThrown: _signal_thrown,
    r.MessageThrown: _message_thrown,
    r.Subscribed: _subscribed,
}
