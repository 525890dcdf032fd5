"""The children of one XML element while it is read: taken by name, and complained about when left over."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypedDict

from lxml import etree

from zaizao.dmn.model import FEEL_NAMESPACE, MODEL_NAMESPACE, InformationItem, UnaryTests
from zaizao.dmn.xmlsource import DMNDI, XSI, current, elements, local_name, xml_text
from zaizao.problems import Problem, Text

_OWN = f"{{{MODEL_NAMESPACE}}}"


class Common(TypedDict):
    """The arguments of ``model.Element``."""

    id: str | None
    label: str | None
    description: str | None
    attributes: dict[str, str]
    foreign: tuple[str, ...]


class Identified(TypedDict):
    """The same for an element that must have an id."""

    id: str
    label: str | None
    description: str | None
    attributes: dict[str, str]
    foreign: tuple[str, ...]


class Named(Identified):
    """The same for an element that must have an id and a name."""

    name: str


@dataclass(slots=True)
class Place:
    """Where reading is: the file, its namespace and imports, and the problems so far."""

    file: str
    namespace: str
    imports: dict[str, str]
    problems: list[Problem] = field(default_factory=list)
    counter: int = 0

    def where(self, element: etree._Element) -> str:
        """``"loan.dmn: decision Route (line 12)"``."""
        name = element.get("name") or element.get("id") or ""
        return f"{self.file}: {local_name(element)} {name}".rstrip() + f" (line {element.sourceline})"

    def report(self, element: etree._Element, what: Text, remedy: Text, code: str) -> None:
        """Adds a problem at ``element``."""
        self.problems.append(Problem(self.where(element), what, remedy, code))

    def unexpected(self, child: etree._Element, parent: etree._Element) -> None:
        """``child`` may not stand in ``parent``."""
        tag = local_name(child)
        self.report(
            parent,
            Text(f"此处不允许元素 {tag}", f"the element {tag} is not allowed here"),
            Text("请对照 DMN 1.5 模式修正", "correct it after the DMN 1.5 schema"),
            "dmn.read.unexpected-element",
        )

    def missing(self, element: etree._Element, part: str) -> None:
        """``element`` lacks a part that the standard demands."""
        self.report(
            element,
            Text(f"缺少 {part}", f"{part} is missing"),
            Text("请在建模工具中补全", "complete it in the modeller"),
            "dmn.read.missing",
        )

    def named(self, element: etree._Element) -> str:
        """The name, or a problem."""
        name = element.get("name")
        if name is None:
            self.missing(element, "name")
            return ""
        return name

    def identity(self, element: etree._Element) -> str:
        """The id; made up from the order in the file where the file has none."""
        given = element.get("id")
        if given:
            return given
        self.counter += 1
        return f"_{local_name(element)}_{self.counter}"

    def type_name(self, element: etree._Element, text: str | None) -> str | None:
        """A type reference as FEEL writes it: prefixes of XML namespaces become import names."""
        if not text:
            return None
        prefix, colon, local = text.partition(":")
        uri = element.nsmap.get(prefix) if colon else None
        if uri is None:
            return text
        uri = current(uri)
        if uri in (FEEL_NAMESPACE, self.namespace):
            return local
        name = self.imports.get(uri)
        return text if name is None else f"{name}.{local}" if name else local

    def language(self, uri: str | None) -> str | None:
        """An expression language; ``None`` for FEEL, the default."""
        if uri is None or current(uri) == FEEL_NAMESPACE or uri.lower() == "feel":
            return None
        return uri

    def target(self, href: str | None) -> str:
        """An href as the model's target: the bare id for an element of this model."""
        namespace, _, fragment = (href or "").partition("#")
        if not fragment:
            return namespace
        return fragment if namespace in ("", self.namespace) else f"{namespace}#{fragment}"


class Parts:
    """The children of ``element``: extension elements apart, the rest by tag."""

    def __init__(self, element: etree._Element, place: Place) -> None:
        self.element = element
        self.place = place
        self._children: dict[str, list[etree._Element]] = {}
        self._foreign: list[str] = []
        self._description: str | None = None
        for child in elements(element):
            tag = str(child.tag)
            if tag.startswith(_OWN):
                local = tag[len(_OWN) :]
                if local == "description":
                    self._description = child.text or ""
                elif local == "extensionElements":
                    self._foreign.extend(xml_text(inner) for inner in elements(child))
                else:
                    self._children.setdefault(local, []).append(child)
            elif not tag.startswith(f"{{{DMNDI}}}"):
                self._foreign.append(xml_text(child))

    def common(self) -> Common:
        """What every element may carry."""
        element = self.element
        extra = {
            str(name): str(value)
            for name, value in element.attrib.items()
            if str(name)[0] == "{" and not str(name).startswith(f"{{{XSI}}}")
        }
        return {
            "id": element.get("id"),
            "label": element.get("label"),
            "description": self._description,
            "attributes": extra,
            "foreign": tuple(self._foreign),
        }

    def identified(self) -> Identified:
        """``common`` with an id in any case."""
        common = self.common()
        return {**common, "id": self.place.identity(self.element)}

    def named(self) -> Named:
        """``identified`` with the name."""
        return {**self.identified(), "name": self.place.named(self.element)}

    def one(self, tag: str) -> etree._Element | None:
        """The child with this tag, taken; the first of several (the others stay and are reported)."""
        found = self._children.get(tag)
        if not found:
            return None
        child = found.pop(0)
        if not found:
            del self._children[tag]
        return child

    def all(self, tag: str) -> list[etree._Element]:
        """The children with this tag, taken."""
        return self._children.pop(tag, [])

    def rest(self) -> list[etree._Element]:
        """All children left, taken, in document order."""
        self._children.clear()
        return [child for child in elements(self.element) if self._is_content(child)]

    def left(self) -> list[etree._Element]:
        """All children left, not taken."""
        return [child for children in self._children.values() for child in children]

    def text(self, tag: str) -> str | None:
        """The text of a child."""
        child = self.one(tag)
        return None if child is None else "".join(str(piece) for piece in child.itertext())

    def tests(self, tag: str) -> UnaryTests | None:
        """A child that holds unary tests."""
        child = self.one(tag)
        if child is None:
            return None
        parts = Parts(child, self.place)
        tests = UnaryTests(
            **parts.common(),
            text=parts.text("text") or "",
            language=self.place.language(child.get("expressionLanguage")),
        )
        parts.finish()
        return tests

    def item(self) -> InformationItem:
        """This element itself as a typed name."""
        type_name = self.place.type_name(self.element, self.element.get("typeRef"))
        item = InformationItem(**self.common(), name=self.element.get("name") or "", type=type_name)
        self.finish()
        return item

    def variable(self) -> InformationItem | None:
        """The child ``variable``."""
        child = self.one("variable")
        return None if child is None else Parts(child, self.place).item()

    def finish(self) -> None:
        """Reports what nobody took."""
        for child in self.left():
            self.place.unexpected(child, self.element)

    @staticmethod
    def _is_content(child: etree._Element) -> bool:
        tag = str(child.tag)
        return tag.startswith(_OWN) and tag[len(_OWN) :] not in ("description", "extensionElements")
