"""The pure core: ``step(process, case, command) -> records``.

Theory of operation. A command either applies or is rejected. What it sets off is worked through inside one step until
nothing moves by itself any more: tokens in motion stand on an agenda (first in, first out), each arrival activates a
node, each completed node puts tokens on the agenda again. When the agenda is empty the case *settles*: conditions are
looked at, inclusive joins are judged, scopes without life complete, and what can never go on becomes an incident.
Then the case waits for jobs, people, messages or time.

Rule kept: the step decides, records say what was decided, and only appliers change the case: every record is applied
by the code that replays it later, as it is written, so that when ``step`` returns the case stands after the last
record. No clock, no random source, no input or output here; ``now`` and decisions come in as arguments.
BPMN 2.0.2 chapter 13 (execution semantics).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from datetime import UTC, tzinfo
from typing import Any, NamedTuple

from zaizao.calendars import WorkCalendar
from zaizao.engine import records as r
from zaizao.engine.apply import APPLIERS
from zaizao.engine.compensation import remember
from zaizao.engine.elements.behaviour import BEHAVIOURS, LOOP
from zaizao.engine.executable import Executable, Node
from zaizao.engine.expressions import ExpressionFailed, put
from zaizao.engine.lifecycle import Status
from zaizao.engine.listening import END, START, begin_next
from zaizao.engine.records import DecidedStep, IncidentKind, Variables
from zaizao.engine.settling import settle
from zaizao.engine.state import Case, Element
from zaizao.engine.task_changes import must_be_told
from zaizao.engine.waits import arm, disarm, look_at_conditions

MOST_MOVES = 20_000
"""Activations in one step after which a case is taken for a loop that never waits."""


class Answer(NamedTuple):
    """What a decision gave: ``failure`` is empty where it succeeded; the rest as in ``DecisionTraced``."""

    output: Any
    version: str
    failure: str = ""
    steps: tuple[DecidedStep, ...] = ()
    root: int = 0
    requirements: int = 0


Decide = Callable[..., Answer]
"""``(decision, variables)``, and the key of the process where the version that was deployed with it is meant."""


def no_decisions(decision: str, _variables: Mapping[str, Any]) -> Answer:
    """Where no decision is deployed."""
    return Answer(None, "", f"no decision {decision!r} is deployed")


class Surroundings(NamedTuple):
    """What a step may know besides the case: the time (µs), the bank's zone, decisions, working calendars by name."""

    now: int
    zone: tzinfo = UTC
    decide: Decide = no_decisions
    calendars: Mapping[str, WorkCalendar] = {}


class PutOff(Exception):
    """The command would end user tasks whose canceling listeners have to run first."""

    def __init__(self, tasks: list[int]) -> None:
        super().__init__(f"tasks {tasks} must be told first")
        self.tasks = tasks


class Step:
    """One step of one case: its records so far, and the tokens still in motion.

    ``told`` are the elements that were there when the step began, in a process with canceling listeners: a task that
    begins and ends within one step was never there for anyone.
    """

    __slots__ = (
        "agenda",
        "around",
        "case",
        "changed",
        "deferred",
        "moves",
        "nodes",
        "now",
        "process",
        "quiet",
        "records",
        "told",
    )

    def __init__(self, process: Executable, case: Case, around: Surroundings) -> None:
        self.process = process
        self.nodes = process.nodes
        self.case = case
        self.around = around
        self.now = around.now
        self.records: list[Any] = []
        self.agenda: deque[tuple[int, int]] = deque()
        self.quiet: list[int] = []
        self.deferred: list[int] = []
        self.changed = False
        self.moves = 0
        self.told = tuple(case.elements) if process.cancels else ()

    def emit(self, event: Any) -> None:
        """Record ``event`` and apply it."""
        APPLIERS[type(event)](self.case, event)
        self.records.append(event)

    # --- tokens ---

    def run(self) -> None:
        """Move tokens until none moves by itself."""
        agenda = self.agenda
        while True:
            while agenda:
                flow, scope = agenda.popleft()
                self.arrive(flow, scope)
            if not settle(self):
                return

    def arrive(self, flow: int, scope: int) -> None:
        """A token reaches the end of ``flow``; it is lost where its scope ended meanwhile."""
        if scope not in self.case.elements:
            return
        node = self.nodes[self.process.flows[flow].target]
        if node.joins:
            self.emit(r.TokenArrived(scope, node.index, flow))
            BEHAVIOURS[node.kind].arrived(self, scope, node)
            self.quiet.append(scope)
        else:
            self.activate(node, scope, flow)

    def activate(self, node: Node, scope: int, flow: int = -1) -> None:
        """Start ``node`` inside ``scope``."""
        number = self.case.following
        if node.plain:
            self.emit(r.ElementActivated(number, node.index, scope, flow))
            element = self.case.elements[number]
            self.moves += 1
            if self.moves > MOST_MOVES:
                self.stop(element, IncidentKind.RUNAWAY, f"{MOST_MOVES} activations without a wait")
            else:
                BEHAVIOURS[node.kind].activate(self, element, node)
        elif node.loop is not None:
            self.emit(r.ElementActivated(number, node.index, scope, flow))
            BEHAVIOURS[LOOP].activate(self, self.case.elements[number], node)
        else:
            self.enter(node, scope, flow)

    def enter(self, node: Node, scope: int, flow: int = -1, index: int = 0, own: Variables | None = None) -> None:
        """Start one run of ``node``, with variables ``own``: map its inputs, arm its events, begin its work."""
        number = self.case.following
        self.moves += 1
        try:
            if self.moves > MOST_MOVES:
                raise ExpressionFailed(f"{MOST_MOVES} activations without a wait")
            variables = self.mapped_inputs(node, scope, own)
        except ExpressionFailed as failure:
            self.emit(r.ElementEntered(number, node.index, scope, flow, index))
            kind = IncidentKind.RUNAWAY if self.moves > MOST_MOVES else IncidentKind.EXPRESSION
            self.stop(self.case.elements[number], kind, str(failure))
            return
        self.emit(r.ElementActivated(number, node.index, scope, flow, variables, index))
        self.begin(self.case.elements[number], node)

    def begin(self, element: Element, node: Node) -> None:
        """Run the start listeners, arm the events around ``element`` and start its work."""
        if node.listeners and begin_next(self, element, START, node.listeners.get(START, ())):
            return
        try:
            undisturbed = self.arm_around(element)
        except ExpressionFailed as failure:
            self.stop(element, IncidentKind.EXPRESSION, str(failure))
            return
        if undisturbed:
            BEHAVIOURS[node.kind].activate(self, element, node)

    def arm_around(self, element: Element) -> bool:
        """Arm boundary events and event sub-processes; ``False`` where one fired at once and interrupted."""
        number = element.id
        events = self.events_around(element)
        for index in events:
            arm(self, element, self.nodes[index])
        if events and look_at_conditions(self, element):
            return number in self.case.elements and not self.interrupted(number)
        return True

    def events_around(self, element: Element) -> tuple[int, ...]:
        """The boundary events and starts of event sub-processes for which ``element`` may wait."""
        node = self.nodes[element.node]
        if not node.boundaries and not node.event_starts:
            return ()
        if self.in_loop(element):
            return node.event_starts
        return (*node.boundaries, *node.event_starts) if node.loop is None else node.boundaries

    def in_loop(self, element: Element) -> bool:
        """Whether ``element`` is one run inside a loop body of the same node."""
        return element.id != 0 and self.case.elements[element.scope].loop is not None

    def interrupted(self, scope: int) -> bool:
        """Whether an interrupting event sub-process has taken over ``scope``."""
        for child in self.case.elements.values():
            if child.scope == scope and self.nodes[child.node].kind == "event":
                start = next(iter(self.starts_of(child.node)), None)
                if start is not None and start.interrupting:
                    return True
        return False

    def starts_of(self, sub_process: int) -> list[Node]:
        """The start events of an event sub-process."""
        parent = self.nodes[self.nodes[sub_process].parent]
        return [self.nodes[index] for index in parent.event_starts if self.nodes[index].parent == sub_process]

    def mapped_inputs(self, node: Node, scope: int, own: Variables | None) -> Variables | None:
        """The variables of a new element: ``own`` and its input mappings."""
        if not node.inputs:
            return own
        variables = dict(own) if own else {}
        for target, expression in node.inputs:
            put(variables, target, expression.evaluate(self.case, scope, variables))
        return variables

    # --- completing ---

    def complete(self, element: Element, variables: Variables | None = None) -> None:
        """The work of ``element`` is done: hand its variables on, choose its flows, end it."""
        node = self.nodes[element.node]
        if node.plain:
            if variables:
                self.propagate(element.id, variables)
            if node.only >= 0:
                self.emit(r.ElementCompleted(element.id))
                self.agenda.append((node.only, element.scope))
                return
        elif node.listeners and element.loop is None:
            if not self.heard_out(element, node, variables):
                return
        elif not self.hand_on(element, node, variables):
            return
        if self.in_loop(element):
            if not BEHAVIOURS[LOOP].ending(self, element, node):
                return
            self.end(element, node)
            self.quiet.append(element.scope)
            return
        try:
            flows = self.chosen(element, node)
        except ExpressionFailed as failure:
            self.hold(element, IncidentKind.CONDITION, str(failure))
            return
        self.end(element, node)
        self.leave(element.scope, flows)

    def heard_out(self, element: Element, node: Node, variables: Variables | None) -> bool:
        """Hand on, then run the end listeners; ``False`` where one of them has to be waited for."""
        here = element.listening
        if here is not None and here.event == END:
            if here.job is not None:
                return False
        elif not self.hand_on(element, node, variables):
            return False
        plans = node.listeners.get(END)
        if not plans:
            return True
        if element.status is Status.ACTIVE:
            self.emit(r.ElementCompleting(element.id))
            disarm(self, element)
        return not begin_next(self, element, END, plans)

    def leave(self, scope: int, flows: tuple[int, ...]) -> None:
        """Send a token along each of ``flows``; a scope that gets none may be without life now."""
        if flows:
            for flow in flows:
                self.agenda.append((flow, scope))
        else:
            self.quiet.append(scope)
            around = self.nodes[self.case.elements[scope].node]
            if around.collects:
                BEHAVIOURS[around.kind].collect(self, self.case.elements[scope], around)

    def hand_on(self, element: Element, node: Node, variables: Variables | None) -> bool:
        """Output mappings into the scope, or all ``variables`` where there are none."""
        if not node.outputs or element.loop is not None:
            if variables:
                self.propagate(element.id, variables)
            return True
        if variables:
            self.emit(r.VariablesSet(element.id, variables))
        results: Variables = {}
        try:
            for target, expression in node.outputs:
                put(results, target, expression.evaluate(self.case, element.id))
        except ExpressionFailed as failure:
            self.hold(element, IncidentKind.EXPRESSION, str(failure))
            return False
        # A run of a loop keeps what is its own (the output element), others hand everything to their scope.
        self.propagate(element.id if self.in_loop(element) else element.scope, results)
        return True

    def chosen(self, element: Element, node: Node) -> tuple[int, ...]:
        """The flows that a token takes out of an activity or event (BPMN 13.3.2: all whose condition holds)."""
        flows = self.process.flows
        taken = []
        conditional = matched = False
        for index in node.outgoing:
            condition = flows[index].condition
            if index == node.default:
                continue
            if condition is None:
                taken.append(index)
            else:
                conditional = True
                if condition.truth(self.case, element.id):
                    matched = True
                    taken.append(index)
        if not matched and node.default >= 0:
            taken.append(node.default)
        if not taken and conditional:
            raise ExpressionFailed(f"no condition holds on the flows out of {node.id}")
        return tuple(taken) * node.completion_quantity

    def end(self, element: Element, node: Node) -> None:
        """End ``element`` as modelled: disarm its events, remember how to undo it."""
        if element.waits:
            disarm(self, element)
        if element.kept or node.handler >= 0:
            remember(self, element, node)
        self.emit(r.ElementCompleted(element.id))

    def hold(self, element: Element, kind: IncidentKind, message: str) -> None:
        """``element`` has done its work but cannot leave."""
        if element.status is Status.ACTIVE:
            self.emit(r.ElementCompleting(element.id))
        self.stop(element, kind, message)

    def stop(self, element: Element, kind: IncidentKind, message: str) -> None:
        """Raise an incident."""
        self.emit(r.IncidentRaised(self.case.following, element.id, kind, message))

    def propagate(self, element: int, variables: Variables) -> None:
        """Set each variable where it is already known, from ``element`` upwards, else in the case."""
        self.changed = True
        elements = self.case.elements
        if element == 0 or (elements[element].variables is None and elements[element].scope == 0):
            self.emit(r.VariablesSet(0, variables))
            return
        places: dict[int, Variables] = {}
        for name, value in variables.items():
            here = element
            while here != 0:
                known = elements[here].variables
                if known is not None and name in known:
                    break
                here = elements[here].scope
            places.setdefault(here, {})[name] = value
        for place, values in places.items():
            self.emit(r.VariablesSet(place, values))

    # --- terminating ---

    def terminate(self, number: int, keep_root: bool = False) -> None:
        """End element ``number`` and everything inside it, inner first; ``keep_root`` spares the element itself."""
        elements = self.case.elements
        doomed = {number: None}
        for element in elements.values():
            if element.scope in doomed:
                doomed[element.id] = None
        if keep_root:
            del doomed[number]
        if self.told:
            waiting = [n for n in doomed if n in self.told and must_be_told(self, elements[n])]
            if waiting:
                raise PutOff(waiting)
        if self.case.incidents:
            for incident, about in list(self.case.incidents.items()):
                if about.element in doomed or (keep_root and about.element == number):
                    self.emit(r.IncidentResolved(incident))
        for inner in reversed(doomed):
            self.cut(elements[inner])
        for inner in (*doomed, number):
            self.agenda = deque(token for token in self.agenda if token[1] != inner) if self.agenda else self.agenda

    def clear(self, scope: int) -> None:
        """End everything inside ``scope``, waiting tokens too, but not the scope itself."""
        self.terminate(scope, keep_root=True)
        for node, join in list((self.case.elements[scope].joins or {}).items()):
            self.emit(r.JoinFired(scope, node, tuple(join.tokens)))

    def cut(self, element: Element) -> None:
        """End one element before its work is done."""
        if element.job is not None:
            self.emit(r.JobCanceled(element.id))
        if element.listening is not None and element.listening.job is not None:
            self.emit(r.JobCanceled(element.listening.id))
        if element.task is not None:
            self.emit(r.TaskCanceled(element.id))
        if element.waits:
            disarm(self, element)
        if self.nodes[element.node].kind == "callActivity" and element.loop is None:
            self.emit(r.ChildAbandoned(element.id))
        self.emit(r.ElementTerminated(element.id))
