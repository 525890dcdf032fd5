"""How a case answers each command: the table from command to events, or to a rejection.

Rule kept: an answer first looks whether the command applies (the job is still there, the timer still armed, the case
still lives); what does not apply is one ``Rejection`` and no change, so that duplicates and late comers are harmless.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from zaizao.engine import commands as c, records as r
from zaizao.engine.elements import BEHAVIOURS
from zaizao.engine.elements.loop import LoopBody
from zaizao.engine.executable import Executable, Role
from zaizao.engine.expressions import ExpressionFailed, at_time
from zaizao.engine.lifecycle import Status
from zaizao.engine.listening import (
    ASSIGNING,
    CANCELING,
    COMPLETING,
    DENIABLE,
    END,
    START,
    TASK_EVENTS,
    UPDATING,
    begin_next,
)
from zaizao.engine.records import IncidentKind, Rejection
from zaizao.engine.state import Case, Element, HumanTask, Job, Listening, Wait, copy, element_of
from zaizao.engine.step import PutOff, Step, Surroundings
from zaizao.engine.task_changes import as_it_is, change, go_on
from zaizao.engine.throwing import is_caught, throw_error, throw_escalation
from zaizao.engine.waits import arm, fire, occur


class Refused(Exception):
    """The command does not apply."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


def step(process: Executable, case: Case, command: c.Command, around: Surroundings) -> list[Any]:
    """Answer ``command``: the records in order, already applied to ``case``; or one rejection and no change."""
    this = Step(process, case, around)
    before = copy(case) if process.cancels else case
    try:
        if case.ended:
            raise Refused("case-ended", f"case {case.key} has ended")
        if process.timely:
            with at_time(around.now, around.zone):
                ANSWERS[type(command)](this, command)
                this.run()
        else:
            ANSWERS[type(command)](this, command)
            this.run()
    except Refused as refused:
        assert not this.records, "a command must be refused before it does anything"
        return [Rejection(type(command).__name__, refused.code, refused.reason)]
    except PutOff as put_off:
        for name in Case.__struct_fields__:
            setattr(case, name, getattr(before, name))
        this = Step(process, case, around)
        _put_off(this, command, put_off.tasks)
    return this.records


def _put_off(this: Step, command: c.Command, tasks: list[int]) -> None:
    """Keep ``command`` until the canceling listeners of ``tasks`` have run."""
    this.emit(r.Postponed(c.encode(command)))
    for number in tasks:
        element = this.case.elements[number]
        assert element.task is not None
        if element.task.changing == CANCELING:
            continue
        if element.listening is not None and element.listening.job is not None:
            this.emit(r.JobCanceled(element.listening.id))
        change(this, element, CANCELING, as_it_is(element.task))


def _carry_out(this: Step) -> None:
    """Carry out what was put off, if no task has still to be told."""
    told = all(e.task is None or e.task.changing != CANCELING for e in this.case.elements.values())
    if not told or not this.case.postponed:
        return
    commands = [c.decode(text) for text in this.case.postponed]
    this.emit(r.Resumed())
    for command in commands:
        try:
            if not this.case.ended:
                ANSWERS[type(command)](this, command)
                this.run()
        except Refused:
            continue  # what it was about is gone by now


def _element(this: Step, number: int) -> Element:
    element = this.case.elements.get(number)
    if element is None:
        raise Refused("not-found", f"no live element {number}")
    return element


def _start(this: Step, command: c.Start) -> None:
    case = this.case
    for index in command.before:
        _check_place(this, c.Activation(index))
    this.emit(r.CaseCreated(this.process.key, command.variables, command.parent, command.business_id))
    if command.tags:
        this.emit(r.CaseTagged(command.tags))
    resume = (command.start, *command.before)
    if not begin_next(this, case.elements[0], START, this.nodes[0].listeners.get(START, ()), resume):
        _begin_case(this, *resume)


def _begin_case(this: Step, start: int = -1, *before: int) -> None:
    """Enter the case where its command said."""
    root, node = this.case.elements[0], this.nodes[0]
    try:
        if not this.arm_around(root):
            return
    except ExpressionFailed as failure:
        this.stop(root, IncidentKind.EXPRESSION, str(failure))
        return
    if before:
        for index in before:
            place(this, c.Activation(index))
        this.quiet.append(0)
    elif start >= 0:
        occur(this, this.nodes[start], 0)  # whatever starts the case has happened: an event, a received message
        this.quiet.append(0)
    else:
        BEHAVIOURS["process"].activate(this, root, node)


def _job(this: Step, number: int) -> tuple[Element, Job]:
    element = element_of(this.case, number)
    listening = element.listening if element is not None and number in this.case.listeners else None
    job = None if element is None else listening.job if listening is not None else element.job
    if element is None or job is None:
        raise Refused("not-found", f"no job {number}")
    return element, job


def _listening(this: Step, number: int) -> Listening | None:
    """The listener of job ``number``; ``None`` where the job is an element's own."""
    owner = this.case.listeners.get(number)
    return None if owner is None else this.case.elements[owner].listening


def _complete_job(this: Step, command: c.CompleteJob) -> None:
    element, _ = _job(this, command.id)
    listening = _listening(this, command.id)
    if listening is not None and listening.event in TASK_EVENTS:
        _complete_task_listener(this, element, listening, command)
        return
    if command.verdict is not None:
        raise Refused("invalid", f"job {command.id} is no task listener: it cannot deny or correct")
    _resolve_all(this, element)
    this.emit(r.JobCompleted(command.id))
    if listening is None:
        this.complete(element, command.variables)
    else:
        _listened(this, element, listening, command.variables)


def _listened(this: Step, element: Element, listening: Listening, variables: r.Variables) -> None:
    """An execution listener is done: take what it gives, and go on."""
    node = this.nodes[element.node]
    if listening.event == START:
        if variables:
            this.changed = True
            this.emit(r.VariablesSet(element.id, variables))
        if element.id:
            this.begin(element, node)
        elif not begin_next(this, element, START, node.listeners[START]):
            _begin_case(this, *listening.resume)
        return
    assert listening.event == END
    if variables:
        this.propagate(element.id if element.id == 0 or this.in_loop(element) else element.scope, variables)
    if element.id:
        this.complete(element)
    else:
        BEHAVIOURS["process"].emptied(this, element, node)


def _complete_task_listener(this: Step, element: Element, listening: Listening, command: c.CompleteJob) -> None:
    task, verdict = element.task, command.verdict or c.Verdict()
    assert task is not None and task.wanted is not None
    if command.variables:
        raise Refused("invalid", "a task listener hands on no variables")
    if verdict.denied and listening.event not in DENIABLE:
        raise Refused("invalid", f"{listening.event} cannot be denied")
    _resolve_all(this, element)
    this.emit(r.JobCompleted(command.id))
    if verdict.denied:
        this.emit(r.TaskDenied(element.id, task.changing, verdict.reason))
        return
    corrected = _corrected(task.wanted, verdict)
    if corrected != task.wanted:
        this.emit(r.TaskCorrected(element.id, corrected))
    go_on(this, element)
    if listening.event == CANCELING:
        _carry_out(this)


def _corrected(wanted: r.Wanted, verdict: c.Verdict) -> r.Wanted:
    """``wanted`` with what a listener put right."""
    names = ("groups", "users", "due", "follow_up", "priority")
    changes = {name: value for name in names if (value := getattr(verdict, name)) is not None}
    if verdict.assignee is not None:
        changes["assignee"] = verdict.assignee or None
    return msgspec.structs.replace(wanted, **changes)


def _resolve_all(this: Step, element: Element) -> None:
    for number, incident in list(this.case.incidents.items()):
        if incident.element == element.id:
            this.emit(r.IncidentResolved(number))


def _fail_job(this: Step, command: c.FailJob) -> None:
    element, job = _job(this, command.id)
    if job.status is not Status.ACTIVE:
        raise Refused("job-failed", f"job {command.id} has no retries left")
    retries = max(0, command.retries)
    retry_at = this.now + command.back_off if retries and command.back_off > 0 else 0
    this.emit(r.JobFailed(command.id, retries, command.message, retry_at))
    if command.variables:
        this.emit(r.VariablesSet(element.id, command.variables))
    if not retries:
        this.stop(element, _kind_of_trouble(this, command.id), command.message or "no retries left")


def _kind_of_trouble(this: Step, job: int) -> IncidentKind:
    """Which incident a job without retries is."""
    listening = _listening(this, job)
    if listening is None:
        return IncidentKind.JOB
    return IncidentKind.TASK_LISTENER if listening.event in TASK_EVENTS else IncidentKind.LISTENER


def _throw_job_error(this: Step, command: c.ThrowJobError) -> None:
    element, _ = _job(this, command.id)
    listening = _listening(this, command.id)
    if listening is not None and listening.event in TASK_EVENTS:
        raise Refused("invalid", "a task listener throws no error: it denies")
    if listening is not None and not is_caught(this, element, command.code):
        # A listener has nothing to leave behind: it stays, to be run again once someone saw to it.
        this.emit(r.JobFailed(command.id, 0, command.message))
        this.stop(element, IncidentKind.LISTENER, f"nobody catches error {command.code!r}: {command.message}")
        return
    _resolve_all(this, element)
    this.emit(r.JobErrorThrown(command.id, command.code, command.message))
    throw_error(this, element, command.code, command.message, command.variables)


def _update_job(this: Step, command: c.UpdateJob) -> None:
    _, job = _job(this, command.id)
    retries = job.retries if command.retries is None else command.retries
    if retries < 1 and command.retries is not None:
        raise Refused("invalid", "retries must be 1 or more")
    priority = job.priority if command.priority is None else command.priority
    this.emit(r.JobUpdated(command.id, retries, priority))


def _task(this: Step, number: int) -> tuple[Element, HumanTask]:
    element = this.case.elements.get(number)
    if element is None or element.task is None:
        raise Refused("not-found", f"no task {number}")
    if element.task.changing:
        raise Refused("changing", f"task {number} is {element.task.changing}: its listeners have not all answered")
    return element, element.task


def _assign_task(this: Step, command: c.AssignTask) -> None:
    element, task = _task(this, command.id)
    if task.assignee not in (None, command.assignee) and not command.override:
        raise Refused("assigned", f"task {command.id} belongs to {task.assignee}")
    wanted = msgspec.structs.replace(as_it_is(task), assignee=command.assignee, action=command.action)
    change(this, element, ASSIGNING, wanted)


def _update_task(this: Step, command: c.UpdateTask) -> None:
    element, task = _task(this, command.id)
    wanted = r.Wanted(
        task.assignee,
        task.groups if command.groups is None else command.groups,
        task.users if command.users is None else command.users,
        task.due if command.due is None else command.due,
        task.follow_up if command.follow_up is None else command.follow_up,
        task.priority if command.priority is None else command.priority,
        action=command.action,
    )
    change(this, element, UPDATING, wanted)


def _complete_task(this: Step, command: c.CompleteTask) -> None:
    element, task = _task(this, command.id)
    by = command.by or task.assignee
    if COMPLETING in this.nodes[element.node].listeners:
        wanted = msgspec.structs.replace(
            as_it_is(task), assignee=by, variables=command.variables, action=command.action
        )
        change(this, element, COMPLETING, wanted)
        return
    this.emit(r.TaskCompleted(command.id, by, command.action))
    this.complete(element, command.variables)


def _wait(this: Step, element: int, wait: int) -> tuple[Element, Wait]:
    here = this.case.elements.get(element)
    armed = (here.waits or {}).get(wait) if here else None
    if here is None or armed is None:
        raise Refused("not-found", f"wait {wait} of element {element} is not armed any more")
    return here, armed


def _fire_timer(this: Step, command: c.FireTimer) -> None:
    element, wait = _wait(this, command.element, command.wait)
    if wait.due > this.now:
        raise Refused("too-early", f"timer {command.wait} is due later")
    fire(this, element, wait, {})


def _correlate(this: Step, command: c.Correlate) -> None:
    element, wait = _wait(this, command.element, command.wait)
    fire(this, element, wait, command.variables)


def _resolve_incident(this: Step, command: c.ResolveIncident) -> None:
    incident = this.case.incidents.get(command.id)
    if incident is None:
        raise Refused("not-found", f"no open incident {command.id}")
    element = this.case.elements[incident.element]
    job = element.job or (element.listening.job if element.listening is not None else None)
    about_job = incident.kind in (IncidentKind.JOB, IncidentKind.LISTENER, IncidentKind.TASK_LISTENER)
    if about_job and job is not None and job.retries < 1:
        raise Refused("no-retries", "set the job's retries first")
    this.emit(r.IncidentResolved(command.id))
    retry(this, element, incident.kind)


def retry(this: Step, element: Element, kind: IncidentKind) -> None:
    """Go on where the incident stopped ``element``."""
    node = this.nodes[element.node]
    if kind is IncidentKind.DEADLOCK:
        this.quiet.append(element.id)
    elif kind is IncidentKind.MIGRATION:
        _arm_missing(this, element, this.events_around(element))
        this.changed = True
    elif element.job is not None:
        this.emit(r.JobRetried(element.id))
    elif element.listening is not None and element.listening.job is not None:
        this.emit(r.JobRetried(element.listening.id))
    elif element.task is not None and element.task.changing:
        go_on(this, element)
    elif element.status is Status.ACTIVATING:
        _enter_again(this, element)
    elif element.status is Status.COMPLETING:
        this.complete(element)
    elif element.loop is not None or (node.loop is not None and not this.in_loop(element)):
        BEHAVIOURS["loop"].retry(this, element, node)
    elif kind is IncidentKind.EXPRESSION:
        BEHAVIOURS[node.kind].retry(this, element, node)
    else:
        BEHAVIOURS[node.kind].activate(this, element, node)


def _enter_again(this: Step, element: Element) -> None:
    """Repeat the input mappings of an element that could not be entered."""
    node = this.nodes[element.node]
    loop = this.case.elements[element.scope].loop
    own = LoopBody.own(loop, node, element.index) if loop is not None else None
    try:
        variables = this.mapped_inputs(node, element.scope, own)
    except ExpressionFailed as failure:
        this.stop(element, IncidentKind.EXPRESSION, str(failure))
        return
    this.emit(r.ElementActivated(element.id, node.index, element.scope, element.flow, variables, element.index))
    this.begin(element, node)


def _set_variables(this: Step, command: c.SetVariables) -> None:
    element = _element(this, command.element)
    if element.task is not None and UPDATING in this.nodes[element.node].listeners:
        element, task = _task(this, command.element)
        wanted = msgspec.structs.replace(as_it_is(task), variables=command.variables, local=command.local)
        change(this, element, UPDATING, wanted)
    elif command.local:
        this.changed = True
        this.emit(r.VariablesSet(command.element, command.variables))
    else:
        this.propagate(command.element, command.variables)


def _cancel_case(this: Step, command: c.CancelCase) -> None:
    this.terminate(0)
    this.emit(r.CaseTerminated(command.reason))


def _called(this: Step, number: int) -> Element:
    element = this.case.elements.get(number)
    if element is None or this.nodes[element.node].kind != "callActivity":
        raise Refused("not-found", f"call activity {number} ended already")
    return element


def _child_completed(this: Step, command: c.ChildCompleted) -> None:
    element = _called(this, command.element)
    node = this.nodes[element.node]
    called = getattr(node.source, "called", None)
    keep = bool(node.outputs) or called is None or called.propagate_all_child
    this.complete(element, command.variables if keep else None)


def _child_failed(this: Step, command: c.ChildFailed) -> None:
    throw_error(this, _called(this, command.element), command.code, command.message)


def _child_escalated(this: Step, command: c.ChildEscalated) -> None:
    throw_escalation(this, _called(this, command.element), command.code)


def _child_refused(this: Step, command: c.ChildRefused) -> None:
    this.stop(_called(this, command.element), IncidentKind.CALLED, command.reason)


def _activate_ad_hoc(this: Step, command: c.ActivateAdHoc) -> None:
    element = _element(this, command.element)
    inside = {node.index for node in this.nodes if node.parent == element.node}
    if this.nodes[element.node].kind != "adHoc" or not inside.issuperset(command.nodes):
        raise Refused("invalid", "not activities of an active ad-hoc sub-process")
    for index in command.nodes:
        this.emit(r.Advanced(element.id))
        this.activate(this.nodes[index], element.id)


def place(this: Step, wish: c.Activation) -> None:
    """Start before ``wish.node``: in its live scope, which is entered first where it is not there."""
    node = this.nodes[wish.node]
    scope = wish.scope if wish.scope >= 0 else _scope_for(this, node.parent)
    if wish.variables:
        this.emit(r.VariablesSet(scope, dict(wish.variables)))
    join = (this.case.elements[scope].joins or {}).get(node.index)
    if join is not None:  # starting before a join lets it fire now, with whatever waits there
        this.emit(r.JoinFired(scope, node.index, tuple(join.tokens)))
    this.activate(node, scope)


def _check_place(this: Step, wish: c.Activation) -> None:
    """Refuse a wish that ``place`` could not carry out."""
    node = this.nodes[wish.node] if 0 < wish.node < len(this.nodes) else None
    never = ("boundaryEvent", "event")
    if node is None or node.kind in never or node.for_compensation or node.role in (Role.EVENT_START, Role.CHOICE):
        raise Refused("invalid", f"cannot start before node {wish.node}")
    parent = node.parent
    while wish.scope < 0 and parent > 0:
        scope = this.nodes[parent]
        found = sum(1 for e in this.case.elements.values() if e.node == parent and e.loop is None)
        if found == 1:
            return
        if found:
            raise Refused("ambiguous", f"{found} live elements of {scope.id}: say which one")
        if scope.loop is not None or scope.kind == "event":
            raise Refused("invalid", f"{scope.id} has no live element, and cannot be entered from outside")
        parent = scope.parent


def _scope_for(this: Step, index: int) -> int:
    """The live element of scope ``index``; entered now where there is none."""
    if index == 0:
        return 0
    for element in this.case.elements.values():
        if element.node == index and element.loop is None:
            return element.id
    node = this.nodes[index]
    outer = _scope_for(this, node.parent)
    number = this.case.following
    this.emit(r.ElementActivated(number, index, outer))
    this.arm_around(this.case.elements[number])
    return number


def _modify(this: Step, command: c.ModifyCase) -> None:
    for number in command.terminate:
        if number == 0:
            raise Refused("invalid", "cancel the case instead of its root")
        _element(this, number)
    for wish in command.activate:
        _check_place(this, wish)
    if command.variables:
        this.propagate(0, dict(command.variables))
    for wish in command.activate:
        place(this, wish)
    for number in command.terminate:
        element = this.case.elements.get(number)
        if element is not None:
            this.quiet.append(element.scope)
            this.terminate(number)
    _look_at_stuck(this)


def _look_at_stuck(this: Step) -> None:
    """Tokens that waited for ever may have company now: judge them again."""
    for number, incident in list(this.case.incidents.items()):
        if incident.kind is IncidentKind.DEADLOCK:
            this.emit(r.IncidentResolved(number))
            this.quiet.append(incident.element)


def _migrate(this: Step, command: c.MigrateCase) -> None:
    used = {element.node for element in this.case.elements.values()}
    around = (Role.BOUNDARY, Role.EVENT_START, Role.CHOICE)
    armed = [(element, wait) for element in this.case.elements.values() for wait in (element.waits or {}).values()]
    gone = [
        (element, wait)
        for element, wait in armed
        if wait.node not in command.nodes and this.nodes[wait.node].role in around
    ]
    used |= {wait.node for element, wait in armed if (element, wait) not in gone}
    used |= {index for element in this.case.elements.values() for index in (element.joins or {})}
    kept = [
        entry for element in this.case.elements.values() for entry in (*(element.kept or ()), *(element.undoing or ()))
    ]
    used |= {index for entry in kept for index in (entry.node, entry.handler, *entry.owners)}
    missing = [this.nodes[index].id for index in sorted(used - set(command.nodes))]
    tokens = {
        flow
        for element in this.case.elements.values()
        for join in (element.joins or {}).values()
        for flow in (*join.tokens, *join.fired)
    }
    missing += [this.process.flows[flow].id for flow in sorted(tokens - set(command.flows))]
    if missing:
        raise Refused("unmapped", f"no target for {', '.join(missing)}")
    for element, wait in gone:
        this.emit(r.WaitCanceled(wait.id, element.id))
    this.emit(r.CaseMigrated(command.process, command.nodes, command.flows))


def _arm_events(this: Step, command: c.ArmEvents) -> None:
    """Arm what a migration brought; an event that cannot be armed is an incident, the migration stands.

    Tokens that wait at a gateway are judged anew: it may have other ways in now.
    """
    for element in list(this.case.elements.values()):
        if element.status is Status.ACTIVE and element.id in this.case.elements:
            _arm_missing(this, element, command.nodes)
        for index, join in list((element.joins or {}).items()):
            node = this.nodes[index]
            if node.joins:
                BEHAVIOURS[node.kind].arrived(this, element.id, node)
                this.quiet.append(element.id)
            else:
                tokens = tuple(join.tokens)
                this.emit(r.JoinFired(element.id, index, tokens))
                for flow in tokens:
                    this.activate(node, element.id, flow)
    _look_at_stuck(this)
    this.changed = True


def _arm_missing(this: Step, element: Element, only: tuple[int, ...]) -> None:
    """Arm those events around ``element`` (of ``only``) for which it does not wait."""
    waited = {wait.node for wait in (element.waits or {}).values()}
    node, events = this.nodes[element.node], this.events_around(element)
    if node.kind == "eventBasedGateway":
        events = tuple(this.process.flows[flow].target for flow in node.outgoing)
    try:
        for index in events:
            if index in only and index not in waited:
                arm(this, element, this.nodes[index])
    except ExpressionFailed as failure:
        this.stop(element, IncidentKind.MIGRATION, str(failure))


ANSWERS: dict[type[Any], Callable[[Step, Any], None]] = {
    c.Start: _start,
    c.CompleteJob: _complete_job,
    c.FailJob: _fail_job,
    c.ThrowJobError: _throw_job_error,
    c.UpdateJob: _update_job,
    c.AssignTask: _assign_task,
    c.UpdateTask: _update_task,
    c.CompleteTask: _complete_task,
    c.FireTimer: _fire_timer,
    c.Correlate: _correlate,
    c.ResolveIncident: _resolve_incident,
    c.SetVariables: _set_variables,
    c.CancelCase: _cancel_case,
    c.ChildCompleted: _child_completed,
    c.ChildFailed: _child_failed,
    c.ChildEscalated: _child_escalated,
    c.ChildRefused: _child_refused,
    c.ActivateAdHoc: _activate_ad_hoc,
    c.ModifyCase: _modify,
    c.MigrateCase: _migrate,
    c.ArmEvents: _arm_events,
}
