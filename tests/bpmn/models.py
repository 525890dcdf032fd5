"""Random process models: block-structured ones with loops, and any graph of nodes; and the rules a whole one keeps."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import strategies as st

from zaizao.bpmn import (
    Activity,
    CallActivity,
    CalledDecision,
    CalledElement,
    Coded,
    Definitions,
    ErrorDefinition,
    Event,
    EventPosition,
    FlowNode,
    Gateway,
    GatewayKind,
    HumanWork,
    Job,
    Lane,
    Listener,
    Mapped,
    Message,
    MessageDefinition,
    MultiInstance,
    Process,
    Script,
    SequenceFlow,
    SignalDefinition,
    StandardLoop,
    SubProcess,
    SubProcessKind,
    Task,
    TaskKind,
    TerminateDefinition,
    TimerDefinition,
    TimerKind,
    flows_of,
)

words = st.text(alphabet="审批贷款 abcXYZ<>&\"'=\\，。", max_size=14).map(str.strip)
feel = st.sampled_from(['"P1D"', "x > 5", 'contains(y, "a\\"b")', "[1, 2]", '"=odd"', '"two words"', "amount * 1.5"])
xml_names = st.sampled_from(["extra", "{http://example.org/x}color", "{http://example.org/x}note"])
fragments = st.sampled_from(
    [
        '<x:mark xmlns:x="http://example.org/x" level="3"><x:inner>text &amp; more</x:inner></x:mark>',
        '<zeebe:executionListeners xmlns:zeebe="http://camunda.org/schema/zeebe/1.0"></zeebe:executionListeners>',
    ]
)


@st.composite
def tasks(draw: st.DrawFn, key: str) -> Task:
    kind = draw(st.sampled_from(list(TaskKind)))
    loop = draw(
        st.sampled_from(
            [
                None,
                None,
                MultiInstance(collection="items", element="item", output_collection="r", output_element="item.x"),
                MultiInstance(collection="", cardinality="3", sequential=True, completion="done"),
                StandardLoop("x > 1", test_before=True, maximum=3),
            ]
        )
    )
    return Task(
        id=key,
        name=draw(words),
        documentation=draw(words),
        kind=kind,
        job=draw(st.none() | jobs),
        human=draw(st.none() | people) if kind is TaskKind.USER else None,
        listeners=draw(st.sampled_from([(), (Listener("start", '"log"'), Listener("end", "kind", "n"))])),
        decision=draw(st.none() | st.builds(CalledDecision, feel, st.just("answer"))),
        script=draw(st.none() | st.builds(Script, feel, st.just("result"))),
        inputs=tuple(draw(st.lists(st.builds(Mapped, feel, st.just("target")), max_size=2))),
        properties=draw(st.sampled_from([{}, {"标签": "值 & <值>"}])),
        foreign=tuple(draw(st.lists(fragments, max_size=2, unique=True))),
        attributes=draw(st.dictionaries(xml_names, words.filter(bool), max_size=2)),
        loop=loop,
    )


jobs = st.builds(
    Job, feel, st.sampled_from(["3", "n + 1"]), st.just({"k": "v"}), priority=st.sampled_from([None, "5", "n * 2"])
)
people = st.builds(
    HumanWork,
    assignee=feel,
    candidate_groups=st.just('["a", "b"]'),
    due=feel,
    listeners=st.sampled_from([(), (Listener("completing", '"check"', "1"),)]),
)


@st.composite
def blocks(draw: st.DrawFn, depth: int, key: str) -> tuple[list[FlowNode], list[tuple[str, str, str]], str, str]:
    """Nodes, links (source, target, name), entry and exit of one block."""
    kind = draw(st.sampled_from(["task", "task", "sequence", "xor", "and", "loop", "sub"] if depth else ["task"]))
    if kind == "task":
        node = draw(tasks(key))
        return [node], [], key, key
    if kind == "sub":
        nodes, links, entry, out = draw(blocks(depth - 1, key + "i"))
        start = Event(id=key + "s", position=EventPosition.START)
        end = Event(id=key + "e", position=EventPosition.END, name=draw(words))
        links = [(start.id, entry, ""), *links, (out, end.id, "")]
        scope = SubProcess(
            id=key,
            name=draw(words),
            kind=draw(st.sampled_from([SubProcessKind.EMBEDDED, SubProcessKind.TRANSACTION])),
            nodes=(start, *nodes, end),
            flows=tuple(flow(*link) for link in links),
        )
        return [scope], [], key, key
    parts = [draw(blocks(depth - 1, f"{key}{index}")) for index in range(draw(st.integers(2, 3)))]
    nodes = [node for part in parts for node in part[0]]
    links = [link for part in parts for link in part[1]]
    if kind == "sequence":
        links += [(one[3], other[2], "") for one, other in pairwise(parts)]
        return nodes, links, parts[0][2], parts[-1][3]
    gateway = GatewayKind.PARALLEL if kind == "and" else GatewayKind.EXCLUSIVE
    split = Gateway(id=key + "S", kind=gateway, name=draw(words) if kind == "xor" else "")
    join = Gateway(id=key + "J", kind=gateway)
    if kind == "loop":
        first = parts[0]
        links = [*first[1], (join.id, first[2], ""), (first[3], split.id, ""), (split.id, join.id, draw(words))]
        return [join, *first[0], split], links, join.id, split.id
    links += [(split.id, part[2], draw(words)) for part in parts] + [(part[3], join.id, "") for part in parts]
    return [split, *nodes, join], links, split.id, join.id


def flow(source: str, target: str, name: str = "", condition: str | None = None) -> SequenceFlow:
    return SequenceFlow(id=f"f_{source}_{target}", source=source, target=target, name=name, condition=condition)


@st.composite
def processes(draw: st.DrawFn, depth: int = 2, *, interrupted: bool = True) -> Process:
    nodes, links, entry, out = draw(blocks(depth, "n"))
    start = Event(id="start", position=EventPosition.START, definitions=draw(definitions_of_start))
    end = Event(id="end", position=EventPosition.END, definitions=draw(definitions_of_end))
    links = [("start", entry, ""), *links, (out, "end", "")]
    boundary: list[FlowNode] = []
    hosts = [node.id for node in nodes if isinstance(node, Activity)]
    if interrupted and hosts and draw(st.booleans()):
        boundary = [
            Event(
                id="late",
                name=draw(words),
                position=EventPosition.BOUNDARY,
                attached_to=draw(st.sampled_from(hosts)),
                interrupting=draw(st.booleans()),
                definitions=(TimerDefinition(TimerKind.DURATION, '"P1D"'),),
            ),
            CallActivity(id="help", name=draw(words), called=CalledElement('"helper"', False)),
            Event(id="given_up", position=EventPosition.END),
        ]
        links += [("late", "help", ""), ("help", "given_up", "")]
    everything = [start, *nodes, *boundary, end]
    lanes: tuple[Lane, ...] = ()
    if draw(st.integers(0, 3)) == 0:
        side = {node.id: draw(st.booleans()) for node in everything}
        names = [tuple(node.id for node in everything if side[node.id] is which) for which in (True, False)]
        lanes = tuple(Lane(id=f"lane{index}", name=draw(words), nodes=part) for index, part in enumerate(names))
    condition = draw(st.none() | feel)
    flows = tuple(flow(source, target, name, condition if name else None) for source, target, name in links)
    return Process(id="p", name=draw(words), nodes=tuple(everything), flows=flows, lanes=lanes)


definitions_of_start = st.sampled_from([(), (MessageDefinition("m1"),), (SignalDefinition("s1"),)])
definitions_of_end = st.sampled_from([(), (TerminateDefinition(),), (ErrorDefinition("e1", id="ed"),)])


def definitions(process: Process) -> Definitions:
    return Definitions(
        processes=(process,),
        namespaces={"x": "http://example.org/x"},
        messages=(Message(id="m1", name="消息", correlation_key="order.id"),),
        errors=(Coded(id="e1", name="fault", code="E-1"),),
        signals=(Coded(id="s1", name="bell", code="bell"),),
    )


def faults(process: Process) -> list[str]:
    """What is not whole in the process; empty when it is well-formed."""
    nodes = [node.id for node in process.walk()]
    flows = flows_of(process)
    known, sources = set(nodes), {item.id: item.source for item in flows}
    found = [f"id twice: {key}" for key in {*nodes, *sources} if [*nodes, *(f.id for f in flows)].count(key) > 1]
    found += [f"loose end: {item.id}" for item in flows if not {item.source, item.target} <= known]
    found += [f"lane names {key}" for lane in process.lanes for key in lane.nodes if key not in known]
    for node in process.walk():
        if isinstance(node, Event) and node.attached_to and node.attached_to not in known:
            found.append(f"host gone: {node.id}")
        if isinstance(node, Activity | Gateway) and node.default and sources.get(node.default) != node.id:
            found.append(f"default of {node.id}")
    return found
