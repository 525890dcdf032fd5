"""Nodes as SVG: tasks, sub-processes, calls, gateways and events with their marks.

Rule kept: form says the type, colour only says what the caller marks; words never leave their boxes.
Standard: BPMN 2.0.2 sections 10.3 (activities), 10.5 (events), 10.6 (gateways).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

from zaizao.bpmn.labels import fitting, line_height, wrap
from zaizao.bpmn.model import (
    Activity,
    Bounds,
    CallActivity,
    CancelDefinition,
    CompensationDefinition,
    ConditionalDefinition,
    ErrorDefinition,
    EscalationDefinition,
    Event,
    EventDefinition,
    EventPosition,
    FlowNode,
    Gateway,
    GatewayKind,
    LinkDefinition,
    MessageDefinition,
    MultiInstance,
    Shape,
    SignalDefinition,
    StandardLoop,
    SubProcess,
    SubProcessKind,
    Task,
    TaskKind,
    TerminateDefinition,
    TimerDefinition,
)
from zaizao.bpmn.picture.icons import ICONS, icon
from zaizao.bpmn.xml import printable

FONT = 12.0
SMALL = 11.0
TASK_ICONS: Mapping[TaskKind, str] = {
    TaskKind.USER: "user",
    TaskKind.SERVICE: "service",
    TaskKind.SCRIPT: "script",
    TaskKind.BUSINESS_RULE: "rule",
    TaskKind.SEND: "send",
    TaskKind.RECEIVE: "receive",
    TaskKind.MANUAL: "manual",
}
EVENT_ICONS: Mapping[type[EventDefinition], str] = {
    MessageDefinition: "message",
    TimerDefinition: "timer",
    ErrorDefinition: "error",
    EscalationDefinition: "escalation",
    SignalDefinition: "signal",
    ConditionalDefinition: "conditional",
    LinkDefinition: "link",
    CompensationDefinition: "compensation",
    TerminateDefinition: "terminate",
    CancelDefinition: "cancel",
}


def node_picture(node: FlowNode, shape: Shape, figure: str, *, crowded: bool = False) -> str:
    """The node's form, marks and words; ``figure`` is a small figure on it, above it where its border is ``crowded``."""
    match node:
        case Gateway():
            return _gateway(node, shape, figure)
        case Event():
            return _event(node, shape, figure)
        case SubProcess() if shape.expanded:
            return _expanded(node, shape, figure)
    return _activity(node, shape, figure, crowded)


def plain(text: str) -> str:
    """Text that may stand in a drawing."""
    return escape(printable(text))


def words(lines: Sequence[str], x: float, y: float, size: float, anchor: str = "middle", style: str = "") -> str:
    """Lines of text whose middle (or start) is at ``x``; ``y`` is the first base line."""
    if not lines:
        return ""
    rows = "".join(
        f'<tspan x="{x:g}" y="{y + index * line_height(size):g}">{plain(line)}</tspan>'
        for index, line in enumerate(lines)
    )
    extra = f" {style}" if style else ""
    own = f' style="font-size:{size:g}px"' if size not in (FONT, SMALL) else ""
    return f'<text class="{"s" if size == SMALL else "n"}{extra}" text-anchor="{anchor}"{own}>{rows}</text>'


def label(name: str, bounds: Bounds | None, anchor: Bounds) -> str:
    """A name outside its shape: in its own bounds, or below ``anchor``."""
    if not name:
        return ""
    width = max(bounds.width, 20.0) + 4 if bounds else 96.0
    lines = wrap(name, width, SMALL, 4, boxed=False)
    middle = bounds.x + bounds.width / 2 if bounds else anchor.x + anchor.width / 2
    top = bounds.y if bounds else anchor.y + anchor.height + 4
    return words(lines, middle, top + SMALL, SMALL, style="o")


def _activity(node: FlowNode, shape: Shape, figure: str, crowded: bool) -> str:
    x, y, width, height = shape.bounds
    thick = " call" if isinstance(node, CallActivity) else ""
    event = " dotted" if isinstance(node, SubProcess) and node.kind is SubProcessKind.EVENT else ""
    parts = [f'<rect class="b{thick}{event}" x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" rx="8"/>']
    if isinstance(node, SubProcess) and node.kind is SubProcessKind.TRANSACTION:
        parts.append(_inner_border(shape.bounds))
    marks = _marks(node)
    name = TASK_ICONS.get(node.kind) if isinstance(node, Task) else None
    if name:
        parts.append(icon(name, x + 7, y + 6, 15))
    head, foot = 10 if name else 0, (18 if marks else 0) + (14 if figure and not crowded else 0)
    room = height - head - foot
    size = fitting(node.name, width - 10, FONT)
    lines = wrap(node.name, width - 10, size, max(1, int(room / line_height(size))))
    tall = len(lines) * line_height(size)
    top = y + head + (room - tall) / 2
    if name and tall <= height - 44 and not figure and not marks:
        top = y + (height - tall) / 2
    parts.append(words(lines, x + width / 2, top + size - 0.5, size))
    parts.append(_row_of_marks(marks, x + width / 2, y + height - 17))
    if figure:
        base = y - 6 if crowded else y + height - 8 - (15 if marks else 0)
        parts.append(words([figure], x + width / 2, base, SMALL, style="q w" if crowded else "q"))
    return "".join(parts)


def _expanded(node: SubProcess, shape: Shape, figure: str) -> str:
    x, y, width, height = shape.bounds
    event = " dotted" if node.kind is SubProcessKind.EVENT else ""
    rectangle = f'<rect class="c{event}" x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" rx="8"/>'
    border = _inner_border(shape.bounds) if node.kind is SubProcessKind.TRANSACTION else ""
    title = words(wrap(node.name, width - 24, FONT, 1), x + 12, y + 18, FONT, "start", "h")
    note = words([figure], x + width - 12, y + 18, SMALL, "end", "q") if figure else ""
    marks = [mark for mark in _marks(node) if mark != "collapsed"]
    return rectangle + border + title + note + _row_of_marks(marks, x + width / 2, y + height - 17)


def _inner_border(bounds: Bounds) -> str:
    x, y, width, height = bounds
    size = f'width="{width - 6:g}" height="{height - 6:g}"'
    return f'<rect class="r" x="{x + 3:g}" y="{y + 3:g}" {size} rx="5.5"/>'


def _marks(node: FlowNode) -> list[str]:
    marks = []
    if isinstance(node, Activity):
        match node.loop:
            case MultiInstance(sequential=sequential):
                marks.append("sequence" if sequential else "each")
            case StandardLoop():
                marks.append("loop")
        if node.is_for_compensation:
            marks.append("compensation")
    if isinstance(node, SubProcess) and node.kind is SubProcessKind.AD_HOC:
        marks.append("adHoc")
    if isinstance(node, SubProcess | CallActivity):
        marks.append("collapsed")
    return marks


def _row_of_marks(marks: Sequence[str], middle: float, y: float) -> str:
    left = middle - len(marks) * 9
    return "".join(icon(mark, left + index * 18 + 2, y, 14) for index, mark in enumerate(marks))


def _gateway(node: Gateway, shape: Shape, figure: str) -> str:
    x, y, width, height = shape.bounds
    middle, centre = x + width / 2, y + height / 2
    diamond = f"M{middle:g} {y:g}L{x + width:g} {centre:g} {middle:g} {y + height:g} {x:g} {centre:g}z"
    size = min(width, height) * (0.56 if node.kind is GatewayKind.EVENT_BASED else 0.44)
    mark = icon(node.kind, middle - size / 2, centre - size / 2, size)
    note = words([figure], middle, y + height + 12, SMALL, style="q") if figure else ""
    named = Bounds(middle - 46, y - 18, 92, 14)
    return f'<path class="b" d="{diamond}"/>{mark}{label(node.name, shape.label or named, shape.bounds)}{note}'


def _event(node: Event, shape: Shape, figure: str) -> str:
    x, y, width, height = shape.bounds
    middle, centre, radius = x + width / 2, y + height / 2, min(width, height) / 2
    dashed = "" if node.interrupting else " dashed"
    style = "end" if node.position is EventPosition.END else "b"
    parts = [f'<circle class="{style} b{dashed}" cx="{middle:g}" cy="{centre:g}" r="{radius:g}"/>']
    if node.position in (EventPosition.CATCH, EventPosition.THROW, EventPosition.BOUNDARY):
        parts.append(f'<circle class="r{dashed}" cx="{middle:g}" cy="{centre:g}" r="{radius - 3.5:g}"/>')
    name = _event_icon(node)
    if name:
        size = radius * (1.24 if name == "terminate" else 1.06)
        parts.append(icon(name, middle - size / 2, centre - size / 2, size))
    parts.append(label(node.name, shape.label, shape.bounds))
    if figure:
        parts.append(words([figure], middle, y - 6, SMALL, style="q"))
    return "".join(parts)


def _event_icon(node: Event) -> str:
    if not node.definitions:
        return ""
    if len(node.definitions) > 1:
        name = "parallel" if node.parallel_multiple else "multiple"
    else:
        name = EVENT_ICONS[type(node.definitions[0])]
    throws = node.position in (EventPosition.THROW, EventPosition.END)
    return f"{name}.throw" if throws and f"{name}.throw" in ICONS else name
