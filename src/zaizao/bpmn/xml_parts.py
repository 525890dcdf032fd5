"""Building one element: children in the schema's order, extensions in ``extensionElements``, foreign parts where they
belong.

Rule kept: the order of the BPMN schema's sequences, which tools check. Standard: BPMN 2.0.2 section 15 (the XSD files).
"""

from __future__ import annotations

from collections.abc import Iterable

from lxml import etree

from zaizao.bpmn.xml import BPMN, XSI, ZEEBE, from_fragment, local, namespace, printable

# The schema's sequence, where it matters; what is not named stands in the place of "flow elements".
_SEQUENCE = (
    ("documentation",),
    ("extensionElements",),
    ("import",),
    ("auditing", "monitoring", "categoryValueRef"),
    ("processRef", "interfaceRef", "endPointRef", "participantMultiplicity"),
    ("participant",),
    ("messageFlow",),
    ("incoming",),
    ("outgoing",),
    ("supportedInterfaceRef", "ioSpecification", "ioBinding"),
    ("property",),
    ("dataInput",),
    ("dataOutput",),
    ("dataInputAssociation",),
    ("dataOutputAssociation",),
    ("inputSet",),
    ("outputSet",),
    ("resourceRole", "performer", "humanPerformer", "potentialOwner"),
    ("loopDataInputRef",),
    ("loopDataOutputRef",),
    ("inputDataItem",),
    ("outputDataItem",),
    ("complexBehaviorDefinition",),
    ("loopCardinality", "loopCondition"),
    ("standardLoopCharacteristics", "multiInstanceLoopCharacteristics"),
    ("laneSet", "partitionElement"),
    ("flowNodeRef",),
    ("childLaneSet",),
    (),
    ("association", "group", "textAnnotation"),
    ("conversation", "subConversation", "callConversation", "conversationLink", "messageFlowAssociation"),
    ("completionCondition",),
    ("relationship",),
)
_REST = _SEQUENCE.index(())
LAST = len(_SEQUENCE)  # extensions stand behind everything of the notation
_RANK = {name: rank for rank, names in enumerate(_SEQUENCE) for name in names}


def schema_rank(element: etree._Element) -> int:
    """Where the schema wants the element among its siblings."""
    return _RANK.get(local(element), _REST)


class Parts:
    """The children of one element, collected in any order and put in the schema's order by ``close``."""

    def __init__(self, element: etree._Element) -> None:
        self.element = element
        self._extensions: list[etree._Element] = []

    def add(self, tag: str, /, **attributes: str) -> etree._Element:
        """A BPMN child; an empty name is left out."""
        given = {name: printable(value) for name, value in attributes.items() if name != "name" or value}
        return etree.SubElement(self.element, f"{{{BPMN}}}{tag}", given)

    def insert(self, element: etree._Element) -> None:
        """A ready child."""
        self.element.append(element)

    def document(self, text: str) -> None:
        """The documentation, if there is any."""
        if text:
            self.add("documentation").text = printable(text)

    def expression(self, tag: str, feel: str) -> None:
        """A formal expression in FEEL."""
        self.value(tag, f"={feel}" if feel else "")

    def value(self, tag: str, text: str) -> None:
        """A formal expression as it stands: a timer's may be static."""
        element = self.add(tag)
        prefix = next(prefix for prefix, uri in element.nsmap.items() if uri == BPMN)
        element.set(f"{{{XSI}}}type", f"{prefix}:tFormalExpression" if prefix else "tFormalExpression")
        element.text = printable(text) or None

    def extend(self, tag: str, /, **attributes: str | None) -> etree._Element:
        """A ``zeebe:`` extension element with the attributes that are not ``None``."""
        given = {name: printable(value) for name, value in attributes.items() if value is not None}
        element = etree.Element(f"{{{ZEEBE}}}{tag}", given, nsmap={"zeebe": ZEEBE})
        self._extensions.append(element)
        return element

    def extend_foreign(self, fragments: Iterable[str]) -> None:
        """Foreign parts: those of BPMN become children, others extension elements."""
        for text in fragments:
            element = from_fragment(text)
            if namespace(element) == BPMN:
                self.element.append(element)
            else:
                self._extensions.append(element)

    def close(self) -> None:
        """Put everything in its place."""
        if self._extensions:
            holder = self.add("extensionElements")
            holder.extend(self._extensions)
        children = sorted(self.element, key=schema_rank)
        self.element[:] = children
