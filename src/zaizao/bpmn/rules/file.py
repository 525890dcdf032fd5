"""Rules that only the file can break: what objects cannot say, because writing always gets it right.

Checked on reading, once; what is found stands in ``Definitions.findings`` (BPMN 8.3.13, 8.3.2, 15).
"""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree

from zaizao.bpmn.rules.sheet import EVENTS, Fault, Sheet, children
from zaizao.bpmn.xml import XSI, local, text_of, unprefixed
from zaizao.problems import Problem

_FORMAL = (
    "conditionExpression",
    "completionCondition",
    "activationCondition",
    "loopCondition",
    "loopCardinality",
    "timeDate",
    "timeDuration",
    "timeCycle",
    "transformation",
)


def file_findings(root: etree._Element, source: str) -> list[Problem]:
    """What only the file itself shows, as problems."""
    sheet = Sheet(root, source)
    return [sheet.problem(fault) for rule in _RULES for fault in rule(sheet)]


def lists_of_flows_are_true(sheet: Sheet) -> Iterator[Fault]:
    """Where nodes list their flows, they list all of them and no others."""
    if not sheet.all("incoming", "outgoing"):
        return
    for node in sheet.nodes():
        for tag, flows in (("incoming", sheet.incoming), ("outgoing", sheet.outgoing)):
            listed = {unprefixed(text_of(item)) for item in children(node, tag)}
            if listed != {flow.get("id") for flow in flows.get(node, ())}:
                yield node, "file.flow-list"


def expressions_are_formal(sheet: Sheet) -> Iterator[Fault]:
    """An expression that is to be run says so by its type, and is not empty."""
    for element in sheet.all(*_FORMAL):
        kind = unprefixed(element.get(f"{{{XSI}}}type", ""))
        if kind != "tFormalExpression":
            yield element, "run.informal"
        elif not text_of(element):
            yield element, "expression.empty"


def shared_definitions_are_roots(sheet: Sheet) -> Iterator[Fault]:
    """A reference to an event definition names one at the top of the file."""
    for reference in sheet.all("eventDefinitionRef"):
        event = reference.getparent()
        found = sheet.point(reference)
        holder = found.getparent() if found is not None else None
        if holder is not sheet.root and event is not None and local(event) in EVENTS:
            yield event, "file.definition-reference"


_RULES = (lists_of_flows_are_true, expressions_are_formal, shared_definitions_are_roots)
