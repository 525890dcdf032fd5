"""Rules of collaborations: message flows between pools, participants, global conversations (BPMN 9)."""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree

from zaizao.bpmn.rules.sheet import EVENTS, Fault, Sheet, kinds_of
from zaizao.bpmn.xml import BPMN, local, namespace, unprefixed

_SENDING = frozenset({"intermediateThrowEvent", "endEvent"})
_IN_GLOBAL = frozenset(
    [
        "documentation",
        "extensionElements",
        "participant",
        "messageFlow",
        "correlationKey",
        "participantAssociation",
        "messageFlowAssociation",
    ]
)


def message_flows_join_pools(sheet: Sheet) -> Iterator[Fault]:
    """A message flow leaves one pool and enters another."""
    pools = {
        unprefixed(pool.get("processRef", "")): pool for pool in sheet.all("participant") if pool.get("processRef")
    }
    for flow in sheet.all("messageFlow"):
        source, target = sheet.refer(flow, "sourceRef"), sheet.refer(flow, "targetRef")
        if source is None or target is None:
            continue
        one, other = _pool(source, pools), _pool(target, pools)
        if one is not None and one is other:
            yield flow, "message-flow.same-pool"


def message_flows_meet_messages(sheet: Sheet) -> Iterator[Fault]:
    """Throwing message events send, catching ones receive."""
    for flow in sheet.all("messageFlow"):
        source, target = sheet.refer(flow, "sourceRef"), sheet.refer(flow, "targetRef")
        if source is not None and not _talks(source, sends=True):
            yield source, "message-flow.sender"
        if target is not None and not _talks(target, sends=False):
            yield target, "message-flow.receiver"


def participants_count(sheet: Sheet) -> Iterator[Fault]:
    """A participant's multiplicity is a range of whole numbers that are not negative."""
    for range_ in sheet.all("participantMultiplicity"):
        least, most = _whole(range_.get("minimum", "0")), _whole(range_.get("maximum", "1"))
        if least is None or most is None or most < 1 or most < least:
            yield range_, "participant.range"


def global_conversations_are_bare(sheet: Sheet) -> Iterator[Fault]:
    """A global conversation holds participants and message flows only."""
    for conversation in sheet.all("globalConversation"):
        if any(namespace(item) == BPMN and local(item) not in _IN_GLOBAL for item in conversation):
            yield conversation, "conversation.content"


def _talks(element: etree._Element, *, sends: bool) -> bool:
    if local(element) not in EVENTS:
        return True
    return (local(element) in _SENDING) is sends and "message" in kinds_of(element)


def _pool(element: etree._Element, pools: dict[str, etree._Element]) -> etree._Element | None:
    if local(element) == "participant":
        return element
    while element is not None and local(element) != "process":
        parent = element.getparent()
        if parent is None:
            return None
        element = parent
    return pools.get(element.get("id", ""))


def _whole(text: str) -> int | None:
    return int(text) if text.isdigit() else None


RULES = (message_flows_join_pools, message_flows_meet_messages, participants_count, global_conversations_are_bare)
