"""Rules of names: ids are unique, and what is referred to exists and is of the right kind (BPMN 8.1, 15)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from lxml import etree

from zaizao.bpmn.rules.sheet import ACTIVITIES, EVENTS, NODES, Fault, Sheet
from zaizao.bpmn.xml import local, text_of, unprefixed

_MESSAGE = frozenset({"message"})
_ITEM = frozenset({"itemDefinition"})
_OPERATION = frozenset({"operation"})
_DATA = frozenset(
    {"dataInput", "dataOutput", "dataObject", "dataObjectReference", "dataStoreReference", "property", "dataStore"}
)
_COLLABORATION = frozenset({"collaboration", "choreography", "globalConversation"})
_TALKING = ACTIVITIES | EVENTS | {"participant", "conversation", "subConversation", "callConversation"}

_ATTRIBUTES: Mapping[str, frozenset[str]] = {
    "messageRef": _MESSAGE,
    "operationRef": _OPERATION,
    "signalRef": frozenset({"signal"}),
    "errorRef": frozenset({"error"}),
    "escalationRef": frozenset({"escalation"}),
    "itemRef": _ITEM,
    "itemSubjectRef": _ITEM,
    "attachedToRef": ACTIVITIES,
    "default": frozenset({"sequenceFlow"}),
    "dataObjectRef": frozenset({"dataObject"}),
    "dataStoreRef": frozenset({"dataStore"}),
    "categoryValueRef": frozenset({"categoryValue"}),
    "processRef": frozenset({"process"}),
    "definitionalCollaborationRef": _COLLABORATION,
    "parameterRef": frozenset({"resourceParameter"}),
    "activityRef": ACTIVITIES,
    "oneBehaviorEventRef": frozenset(),
    "noneBehaviorEventRef": frozenset(),
}
_ELEMENTS: Mapping[str, frozenset[str]] = {
    "inMessageRef": _MESSAGE,
    "outMessageRef": _MESSAGE,
    "operationRef": _OPERATION,
    "flowNodeRef": NODES,
    "dataInputRefs": frozenset({"dataInput"}),
    "dataOutputRefs": frozenset({"dataOutput"}),
    "inputSetRefs": frozenset({"inputSet"}),
    "outputSetRefs": frozenset({"outputSet"}),
    "loopDataInputRef": _DATA,
    "loopDataOutputRef": _DATA,
    "supportedInterfaceRef": frozenset({"interface"}),
    "interfaceRef": frozenset({"interface"}),
    "resourceRef": frozenset({"resource"}),
    "correlationPropertyRef": frozenset({"correlationProperty"}),
    "choreographyRef": frozenset({"choreography"}),
}
_ENDS: Mapping[str, frozenset[str]] = {
    "messageFlow": _TALKING,
    "conversationLink": _TALKING,
}


def ids_are_unique(sheet: Sheet) -> Iterator[Fault]:
    """No two elements share an id, and what is referred to needs one."""
    seen: set[str] = set()
    for element in sheet.elements:
        key = element.get("id")
        if key in seen:
            yield element, "id.twice"
        elif key:
            seen.add(key)
        elif local(element) in NODES | {"sequenceFlow", "process"}:
            yield element, "id.missing"


def references_resolve(sheet: Sheet) -> Iterator[Fault]:
    """Attributes and elements that refer name an element of the right kind."""
    imports = bool(sheet.all("import"))
    for element in sheet.elements:
        for attribute, kinds in _ATTRIBUTES.items():
            value = element.get(attribute)
            if value and not _fits(sheet, value, kinds, imports):
                yield element, "reference.wrong"
        tag = local(element)
        if tag in _ELEMENTS and not _fits(sheet, text_of(element), _ELEMENTS[tag], imports):
            yield element, "reference.wrong"
        structure = element.get("structureRef") if tag in ("signal", "error", "escalation") else None
        if structure and not _fits(sheet, structure, _ITEM, imports):
            yield element, "reference.wrong"
        if tag in _ENDS:
            for attribute in ("sourceRef", "targetRef"):
                if not _fits(sheet, element.get(attribute, ""), _ENDS[tag], imports):
                    yield element, "reference.wrong"


def data_associations_join_data(sheet: Sheet) -> Iterator[Fault]:
    """Data associations lead from data to data; associations between existing elements."""
    for link in sheet.all("dataInputAssociation", "dataOutputAssociation"):
        for end in link:
            if local(end) in ("sourceRef", "targetRef") and not _fits(sheet, text_of(end), _DATA, False):
                yield link, "reference.data"
    for link in sheet.all("association"):
        ends = (sheet.refer(link, "sourceRef"), sheet.refer(link, "targetRef"))
        if any(end is None or local(end) in ("message", "itemDefinition") for end in ends):
            yield link, "reference.wrong"


def participants_are_known(sheet: Sheet) -> Iterator[Fault]:
    """Partners and choreographies name participants."""
    for reference in sheet.all("participantRef"):
        if not _fits(sheet, text_of(reference), frozenset({"participant"}), False):
            parent = reference.getparent()
            yield (reference if parent is None else parent), "reference.wrong"


def _fits(sheet: Sheet, value: str, kinds: frozenset[str], imports: bool) -> bool:
    found: etree._Element | None = sheet.by_id.get(unprefixed(value))
    if found is None:
        return imports and bool(value)
    return not kinds or local(found) in kinds


RULES = (ids_are_unique, references_resolve, data_associations_join_data, participants_are_known)
