"""Ways told apart by their history: a discovered model made to remember where a case comes from.

A block-structured miner joins ways before it splits them again; a case that was refused then meets the choice between
refusal and going on as if nothing were known. Where the log shows that cases coming from one step all take one way at
the later choice, their flow is led there directly (what compilers call jump threading). A sound model stays sound: only
exclusive gateways lie between, and what a case can do afterwards is a part of what it could do before. Steps inside
parallel parts are left alone, for there the log's next event may belong to another branch.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from zaizao.bpmn import Activity, Definitions, Gateway, GatewayKind, Process, SequenceFlow, layout
from zaizao.mining import DirectlyFollows
from zaizao.redesign.graph import Net, edit, fresh

FEWEST = 20
"""Cases that must have come this way before anything is concluded."""
PURE = 0.98
"""From this share on, a way counts as the only one."""
ROUNDS = 100


def remembering(model: Definitions, flow: DirectlyFollows) -> Definitions:
    """The model with ways told apart by the step that a case comes from; laid out again where it changed."""
    process = model.processes[0]
    follows = _follows(flow)
    for _ in range(ROUNDS):
        changed = _once(process, follows)
        if changed is None:
            break
        process = _tidied(changed)
    if process is model.processes[0]:
        return model
    return layout(replace(model, processes=(process, *model.processes[1:]), diagram=None))


def _follows(flow: DirectlyFollows) -> dict[str, dict[str, int]]:
    """Activity → next activity → how often."""
    found: dict[str, dict[str, int]] = {}
    for (source, target), count in flow.as_dict().items():
        found.setdefault(source, {})[target] = count
    return found


def _once(process: Process, follows: Mapping[str, Mapping[str, int]]) -> Process | None:
    """The process after the first change that applies; None where none does."""
    net = Net(process)
    parallel = _inside_parallel(net)
    for flow in process.flows:
        origins = _origins(net, flow)
        split = _next_split(net, flow) if origins and not origins & parallel else None
        if split is None or split == flow.source:
            continue
        names = {net.nodes[origin].name for origin in origins}
        mass = {way.id: sum(_mass(net, way, follows.get(name, {})) for name in names) for way in net.outgoing[split]}
        whole = sum(mass.values())
        best = max(mass, key=lambda way: mass[way])
        if whole >= FEWEST and mass[best] >= PURE * whole:
            target = next(way.target for way in net.outgoing[split] if way.id == best)
            return _led(process, net, flow, target)
    return None


def _led(process: Process, net: Net, flow: SequenceFlow, target: str) -> Process:
    """``flow`` led to ``target``, which gets a join before it where it is not one already."""
    if _is_join(net, target):
        return edit(process, flows=[replace(flow, target=target)])
    before = net.only_in(target)
    if before is not None and _is_join(net, before.source):
        return edit(process, flows=[replace(flow, target=before.source)])
    join = fresh(process, f"Join_{target}")
    turned = [replace(into, target=join) for into in net.incoming[target] if into.id != flow.id]
    onward = SequenceFlow(id=fresh(process, f"Flow_{join}"), source=join, target=target)
    return edit(process, put=[Gateway(id=join)], flows=[*turned, replace(flow, target=join), onward])


def _is_join(net: Net, node: str) -> bool:
    found = net.nodes[node]
    return isinstance(found, Gateway) and found.kind is GatewayKind.EXCLUSIVE and len(net.outgoing[node]) == 1


def _origins(net: Net, flow: SequenceFlow) -> set[str]:
    """The steps that a case on ``flow`` may have done last; empty where the flow may come from the start."""
    found: set[str] = set()
    seen: set[str] = set()
    stack = [flow.source]
    while stack:
        node = stack.pop()
        if node in seen:
            continue
        seen.add(node)
        if isinstance(net.nodes[node], Activity):
            found.add(node)
        elif not net.incoming[node]:
            return set()
        else:
            stack.extend(into.source for into in net.incoming[node])
    return found


def _next_split(net: Net, flow: SequenceFlow) -> str | None:
    """The exclusive choice that ``flow`` leads to through joins; None where work or a parallel part comes first.

    At least one join must lie between: without it the choice is the flow's own.
    """
    node, joined = flow.target, False
    for _ in range(len(net.nodes)):
        found = net.nodes[node]
        if not isinstance(found, Gateway) or found.kind is not GatewayKind.EXCLUSIVE:
            return None
        joined |= len(net.incoming[node]) > 1
        if len(net.outgoing[node]) > 1:
            return node if joined else None
        node = net.outgoing[node][0].target
    return None


def _mass(net: Net, way: SequenceFlow, following: Mapping[str, int]) -> int:
    """How often the activities that ``way`` reaches first came next in the log."""
    names: set[str] = set()
    seen: set[str] = set()
    stack = [way.target]
    while stack:
        node = stack.pop()
        if node in seen:
            continue
        seen.add(node)
        if isinstance(net.nodes[node], Activity):
            names.add(net.nodes[node].name)
        else:
            stack.extend(flow.target for flow in net.outgoing[node])
    return sum(count for name, count in following.items() if name in names)


def _inside_parallel(net: Net) -> set[str]:
    """Nodes that lie between a parallel split and a parallel join."""
    gateways = [n.id for n in net.nodes.values() if isinstance(n, Gateway) and n.kind is not GatewayKind.EXCLUSIVE]
    splits = [node for node in gateways if len(net.outgoing[node]) > 1]
    joins = {node for node in gateways if len(net.incoming[node]) > 1}
    return {node for split in splits for node in net.after(split) if joins & net.after(node)}


def _tidied(process: Process) -> Process:
    """Without what can no longer be reached, and without gateways that neither split nor join."""
    net = Net(process)
    live = net.reachable(node for node in net.nodes if not net.incoming[node] and net.outgoing[node])
    gone = [node for node in net.nodes if node not in live]
    cut = [flow.id for flow in process.flows if flow.source not in live or flow.target not in live]
    process = edit(process, drop=gone, cut=cut)
    while True:
        net = Net(process)
        idle = next(
            (
                node.id
                for node in process.nodes
                if isinstance(node, Gateway) and len(net.incoming[node.id]) == 1 and len(net.outgoing[node.id]) == 1
            ),
            None,
        )
        if idle is None:
            return process
        into, out = net.incoming[idle][0], net.outgoing[idle][0]
        process = edit(process, drop=[idle], cut=[out.id], flows=[replace(into, target=out.target)])
