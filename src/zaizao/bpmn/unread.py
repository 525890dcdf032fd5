"""Reading an element without losing anything: take out what is known, and what is left is foreign.

Rule kept: nothing of a file disappears. Whatever a reader does not ask for stays in ``attributes`` and ``foreign``.
"""

from __future__ import annotations

from collections.abc import Mapping

from lxml import etree

from zaizao.bpmn.xml import BPMN, BPMNDI, ZEEBE, attributes_of, fragment, local, namespace, ordered, text_of
from zaizao.bpmn.xml_parts import LAST, schema_rank

Prefixes = Mapping[str | None, str]


class Unread:
    """What of one element has not been read yet: attributes, children, extension elements."""

    def __init__(self, element: etree._Element, prefixes: Prefixes) -> None:
        self.tag = local(element)
        self._prefixes = prefixes
        self._attributes = attributes_of(element)
        self._children: list[etree._Element] = []
        self._extensions: list[etree._Element] = []
        self.text = text_of(element)
        for child in element:
            if child.tag == f"{{{BPMN}}}extensionElements":
                self._extensions.extend(child)
            elif namespace(child) not in (BPMN, BPMNDI):
                self._extensions.append(child)
            else:
                self._children.append(child)

    def attribute(self, name: str, default: str = "") -> str:
        """The attribute's value, taken out."""
        return self._attributes.pop(name, default)

    def optional(self, name: str) -> str | None:
        """The attribute's value, taken out; ``None`` when absent or empty."""
        return self._attributes.pop(name, "") or None

    def flag(self, name: str, default: bool) -> bool:
        """An ``xsd:boolean`` attribute, taken out."""
        value = self._attributes.pop(name, "")
        return value in ("true", "1") if value else default

    def children(self, *names: str) -> list[etree._Element]:
        """All BPMN children with these names, taken out, in document order."""
        tags = {f"{{{BPMN}}}{name}" for name in names}
        found = [child for child in self._children if child.tag in tags]
        self._children = [child for child in self._children if child.tag not in tags]
        return found

    def child(self, name: str) -> etree._Element | None:
        """The first BPMN child with this name, taken out; others of the name stay."""
        tag = f"{{{BPMN}}}{name}"
        for position, child in enumerate(self._children):
            if child.tag == tag:
                return self._children.pop(position)
        return None

    def extension(self, name: str, holding: str = "") -> etree._Element | None:
        """The first ``zeebe:`` extension with this name (that holds one named ``holding``), taken out."""
        tag = f"{{{ZEEBE}}}{name}"
        for position, child in enumerate(self._extensions):
            if child.tag == tag and (not holding or child.find(f"{{{ZEEBE}}}{holding}") is not None):
                return self._extensions.pop(position)
        return None

    def documentation(self) -> str:
        """The first documentation's text, taken out when it is plain text without attributes."""
        for position, child in enumerate(self._children):
            if child.tag == f"{{{BPMN}}}documentation" and not len(child) and not child.attrib:
                self._children.pop(position)
                return child.text or ""
        return ""

    def drop_others(self, kept: str) -> None:
        """Forget the children of other namespaces: they are read elsewhere."""
        self._children = [child for child in self._children if isinstance(child.tag, str) and namespace(child) == kept]

    @property
    def attributes(self) -> dict[str, str]:
        """The attributes nobody asked for."""
        return ordered(self._attributes)

    def foreign(self) -> tuple[str, ...]:
        """The children and extensions nobody asked for, as XML text; extensions come last."""
        rest = [*self._children, *self._extensions]
        rest.sort(key=lambda child: schema_rank(child) if namespace(child) == BPMN else LAST)
        return tuple(fragment(child, self._prefixes) for child in rest)
