"""Rules of events: which definitions may stand where, links, timers, references of definitions (BPMN 10.5)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from lxml import etree

from zaizao.bpmn.rules.sheet import Fault, Sheet, children, extension, is_event_scope, is_true, kinds_of
from zaizao.bpmn.xml import local, text_of, unprefixed

_ALLOWED: Mapping[str, frozenset[str]] = {
    "top start": frozenset({"message", "timer", "signal", "conditional"}),
    "inner start": frozenset(),
    "event start": frozenset({"message", "timer", "error", "escalation", "signal", "conditional", "compensate"}),
    "event start, running on": frozenset({"message", "timer", "escalation", "signal", "conditional"}),
    "intermediateCatchEvent": frozenset({"message", "timer", "conditional", "link", "signal"}),
    "intermediateThrowEvent": frozenset({"message", "escalation", "compensate", "link", "signal"}),
    "endEvent": frozenset({"message", "error", "escalation", "cancel", "compensate", "signal", "terminate"}),
    "boundary": frozenset({"message", "timer", "escalation", "error", "cancel", "compensate", "conditional", "signal"}),
    "boundary, running on": frozenset({"message", "timer", "escalation", "conditional", "signal"}),
}
_MUST_HAVE = frozenset(
    {"event start", "event start, running on", "intermediateCatchEvent", "boundary", "boundary, running on"}
)
_TIMES = ("timeDate", "timeDuration", "timeCycle")
_DATE = r"-?\d{4,}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d|\[[\w/]+\])*)?"
_DURATION = r"-?P(?=\d|T\d)(\d+Y)?(\d+M)?(\d+W)?(\d+D)?(T(\d+H)?(\d+M)?(\d+(\.\d+)?S)?)?"
_CRON = r"(\S+\s+){5,6}\S+|@\w+( .*)?"
_FORMS: Mapping[str, re.Pattern[str]] = {
    "timeDate": re.compile(_DATE),
    "timeDuration": re.compile(_DURATION),
    "timeCycle": re.compile(rf"R(-?\d*)/({_DATE}/)?{_DURATION}(/{_DATE})?|{_CRON}"),
}


def places_allow_definitions(sheet: Sheet) -> Iterator[Fault]:
    """Each place of an event allows certain definitions and demands one or not."""
    for event in sheet.all(
        "startEvent", "intermediateCatchEvent", "intermediateThrowEvent", "endEvent", "boundaryEvent"
    ):
        place, kinds = _place(event), kinds_of(event)
        if not set(kinds) <= _ALLOWED[place]:
            yield event, "event.definition-misplaced"
        if not kinds and place in _MUST_HAVE:
            yield event, "event.no-definition"


def cancelling_needs_a_transaction(sheet: Sheet) -> Iterator[Fault]:
    """Cancel events end a transaction or stand on its border."""
    for event in sheet.all("endEvent", "boundaryEvent"):
        if "cancel" not in kinds_of(event):
            continue
        holder = event.getparent() if local(event) == "endEvent" else sheet.refer(event, "attachedToRef")
        if holder is None or local(holder) != "transaction":
            yield event, "event.cancel-outside"


def links_meet(sheet: Sheet) -> Iterator[Fault]:
    """Throwing and catching link events of one scope meet, by name or by reference, one catch for each throw."""
    for scope in {event.getparent() for event in sheet.all("intermediateThrowEvent", "intermediateCatchEvent")}:
        if scope is None:
            continue
        throws = [item for event in children(scope, "intermediateThrowEvent") for item in _links(event)]
        catches = [item for event in children(scope, "intermediateCatchEvent") for item in _links(event)]
        for one, others, code in ((throws, catches, "link.no-catch"), (catches, throws, "link.no-throw")):
            for definition in one:
                if not any(_meet(definition, other) for other in others):
                    yield _event_of(definition), code
        names = [definition.get("name") for definition in catches]
        for definition in catches:
            if names.count(definition.get("name")) > 1:
                yield _event_of(definition), "link.two-catches"
        for definition in throws:
            yield from _contradictions(sheet, definition)


def timers_say_when(sheet: Sheet) -> Iterator[Fault]:
    """A timer has one form, and a static one is written as ISO 8601 says."""
    for timer in sheet.all("timerEventDefinition"):
        forms = children(timer, *_TIMES)
        if len(forms) != 1:
            yield timer, "timer.forms"
        for form in forms:
            text = text_of(form)
            if not text:
                yield form, "expression.empty"
            elif not text.startswith("=") and "${" not in text and not _FORMS[local(form)].fullmatch(text):
                yield form, "timer.value"


def definitions_refer(sheet: Sheet) -> Iterator[Fault]:
    """What is sent or awaited is named; a thrown escalation has a code."""
    for definition in sheet.all("messageEventDefinition"):
        event = definition.getparent()
        has_job = event is not None and (
            extension(event, "taskDefinition") is not None or extension(definition, "taskDefinition") is not None
        )
        if not definition.get("messageRef") and not has_job:
            yield definition, "event.no-message"
    for definition in sheet.all("escalationEventDefinition"):
        event = definition.getparent()
        declared = sheet.refer(definition, "escalationRef")
        throws = event is not None and local(event) in ("endEvent", "intermediateThrowEvent")
        if throws and (declared is None or not declared.get("escalationCode")):
            yield definition, "event.no-escalation-code"
    for definition in sheet.all("signalEventDefinition"):
        if not definition.get("signalRef"):
            yield definition, "event.no-signal"
    for definition in sheet.all("conditionalEventDefinition"):
        if not children(definition, "condition"):
            yield definition, "condition.empty"


def _scope(event: etree._Element) -> etree._Element:
    parent = event.getparent()
    return event if parent is None else parent


def _place(event: etree._Element) -> str:
    tag = local(event)
    if tag == "boundaryEvent":
        return "boundary" if is_true(event, "cancelActivity", True) else "boundary, running on"
    if tag != "startEvent":
        return tag
    scope = _scope(event)
    if is_event_scope(scope):
        return "event start" if is_true(event, "isInterrupting", True) else "event start, running on"
    return "top start" if local(scope) == "process" else "inner start"


def _links(event: etree._Element) -> list[etree._Element]:
    return children(event, "linkEventDefinition")


def _event_of(definition: etree._Element) -> etree._Element:
    return _scope(definition)


def _named(definition: etree._Element, tag: str) -> list[str]:
    return [unprefixed(text_of(item)) for item in children(definition, tag)]


def _meet(one: etree._Element, other: etree._Element) -> bool:
    if one.get("name") and one.get("name") == other.get("name"):
        return True
    named = {*_named(one, "target"), *_named(one, "source")}
    return bool(other.get("id")) and other.get("id") in named


def _contradictions(sheet: Sheet, throw: etree._Element) -> Iterator[Fault]:
    """A throw that names a catch which names others."""
    for target in _named(throw, "target"):
        catch = sheet.by_id.get(target)
        sources = _named(catch, "source") if catch is not None else []
        if sources and throw.get("id") not in sources:
            yield _event_of(throw), "link.contradiction"


RULES = (
    places_allow_definitions,
    cancelling_needs_a_transaction,
    links_meet,
    timers_say_when,
    definitions_refer,
)
