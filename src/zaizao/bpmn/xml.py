"""XML of process models: names, safe parsing, and fragments that are carried along without being understood.

Rule kept: hostile files are refused before they cost anything (no DOCTYPE, no entities, no network, bounded depth and
text), and a fragment's text is canonical, so that reading what was written gives the same text again.
Standards: BPMN 2.0.2 section 15 (exchange formats), XML 1.0, exclusive canonical XML.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from lxml import etree

from zaizao.bpmn.errors import BpmnError
from zaizao.problems import Problem, Text

BPMN = "http://www.omg.org/spec/BPMN/20100524/MODEL"
BPMNDI = "http://www.omg.org/spec/BPMN/20100524/DI"
DC = "http://www.omg.org/spec/DD/20100524/DC"
DI = "http://www.omg.org/spec/DD/20100524/DI"
ZEEBE = "http://camunda.org/schema/zeebe/1.0"
XSI = "http://www.w3.org/2001/XMLSchema-instance"

PREFIXES: Mapping[str, str] = {"bpmn": BPMN, "bpmndi": BPMNDI, "dc": DC, "di": DI, "zeebe": ZEEBE, "xsi": XSI}

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_PLAIN_LITERAL = re.compile(r'"([^"\\]*)"')
_NUMBER = re.compile(r"-?\d+(\.\d+)?")


def parse(content: bytes, *, source: str) -> etree._Element:
    """The root of an XML document; raises ``BpmnError`` for what is not well-formed or not safe."""
    if b"<!DOCTYPE" in content or b"<!ENTITY" in content:
        raise BpmnError(_doctype(source))
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(content, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise BpmnError(_malformed(source, str(error))) from error
    if root.getroottree().docinfo.internalDTD is not None:
        raise BpmnError(_doctype(source))
    return root


def content_of(where: Path | bytes | str) -> tuple[bytes, str]:
    """The bytes of a file, of a text that is XML itself, or of bytes; and the name of their source."""
    if isinstance(where, bytes):
        return where, ""
    if isinstance(where, str) and where.lstrip("\ufeff \t\r\n").startswith("<"):
        text = where.lstrip("\ufeff \t\r\n")
        return re.sub(r"^<\?xml[^>]*\?>", "", text).encode(), ""
    path = Path(where)
    try:
        return path.read_bytes(), path.name
    except OSError as error:
        reason = error.strerror or str(error)
        problem = Problem(
            path.name,
            Text(f"文件读不出来（{reason}）", f"the file cannot be read ({reason})"),
            Text("检查路径和权限", "check the path and the permissions"),
            "bpmn.unreadable",
        )
        raise BpmnError(problem) from error


def declared_prefixes(root: etree._Element, content: bytes) -> dict[str | None, str]:
    """The root's prefixes and those declared further in, where they do not contradict; writing declares all at once."""
    prefixes: dict[str | None, str] = dict(root.nsmap)
    for prefix, uri in re.findall(rb"xmlns:([\w.-]+)\s*=\s*[\"']([^\"'&]+)[\"']", content):
        prefixes.setdefault(prefix.decode(), uri.decode("utf-8", "replace"))
    return prefixes


def local(element: etree._Element) -> str:
    """The element's name without its namespace."""
    return etree.QName(element).localname


def namespace(element: etree._Element) -> str:
    """The element's namespace, or an empty text."""
    return etree.QName(element).namespace or ""


def unprefixed(reference: str) -> str:
    """A reference without its prefix: ``tns:Message_1`` names ``Message_1`` of the same file (BPMN 8.1.3)."""
    return reference.strip().rpartition(":")[2]


def text_of(element: etree._Element | None) -> str:
    """All text of an element, joined, without outer blanks."""
    return "" if element is None else "".join(str(part) for part in element.itertext()).strip()


def fragment(element: etree._Element, root_prefixes: Mapping[str | None, str]) -> str:
    """The element as canonical text that stands alone; prefixes that its content may use are declared."""
    copy = etree.fromstring(etree.tostring(element, with_tail=False))
    _drop_blanks(copy)
    local_prefixes = {
        prefix
        for node in element.iter(etree.Element)
        for prefix, uri in node.nsmap.items()
        if prefix and root_prefixes.get(prefix) != uri
    }
    content = etree.tostring(
        copy, method="c14n", exclusive=True, with_comments=False, inclusive_ns_prefixes=sorted(local_prefixes)
    )
    return content.decode()


def from_fragment(text: str) -> etree._Element:
    """The element that ``fragment`` wrote (or that a caller wrote by hand: then it must be whole XML)."""
    return parse(text.encode(), source=text[:60])


def indent(element: etree._Element, level: int = 0) -> None:
    """Break lines between elements, two blanks a level; text that says something is left alone."""
    children = list(element)
    if not children or (element.text or "").strip() or any((child.tail or "").strip() for child in children):
        return
    element.text = "\n" + "  " * (level + 1)
    for child in children:
        child.tail = "\n" + "  " * (level + 1)
        indent(child, level + 1)
    children[-1].tail = "\n" + "  " * level


def printable(text: str) -> str:
    """The text with the replacement character for what XML 1.0 cannot hold (control characters of raw data)."""
    return _NOT_XML.sub("\ufffd", text)


def literal(text: str) -> str:
    """A FEEL string literal: ``charge`` becomes ``"charge"``."""
    for raw, escaped in (("\\", "\\\\"), ('"', '\\"'), ("\n", "\\n"), ("\r", "\\r"), ("\t", "\\t")):
        text = text.replace(raw, escaped)
    return f'"{text}"'


def feel(value: str) -> str:
    """A zeebe value as FEEL: ``=x`` is an expression, anything else a static text (a literal)."""
    return value[1:].strip() if value.startswith("=") else literal(value)


def feel_or_number(value: str) -> str:
    """As ``feel``, but a static number (retries, priority) stays one."""
    return value if _NUMBER.fullmatch(value) else feel(value)


def expression(value: str) -> str:
    """The text of a standard expression element: FEEL with or without ``=``; never a literal."""
    return value[1:].strip() if value.startswith("=") else value.strip()


def zeebe_value(text: str) -> str:
    """FEEL as a zeebe value; a plain literal is written as static text, as people do."""
    plain = _PLAIN_LITERAL.fullmatch(text)
    if plain and plain[1] and not plain[1].startswith("=") and plain[1] == plain[1].strip():
        return plain[1]
    return "=" + text


def zeebe_number(text: str) -> str:
    """As ``zeebe_value``, but a number stays static."""
    return text if _NUMBER.fullmatch(text) else zeebe_value(text)


def name_lists(groups: str) -> str:
    """Static ``a, b`` as the FEEL list that candidate groups and users are; an expression stays one."""
    if groups.startswith("="):
        return groups[1:].strip()
    return "[" + ", ".join(literal(name.strip()) for name in groups.split(",") if name.strip()) + "]"


def attributes_of(element: etree._Element) -> dict[str, str]:
    """The element's attributes as a plain mapping; names with a namespace in Clark notation."""
    return {str(name): str(value) for name, value in element.attrib.items()}


def ordered(attributes: Mapping[str, str]) -> dict[str, str]:
    """Attributes in one order, so that equal models have equal text."""
    return dict(sorted(attributes.items()))


def _drop_blanks(element: etree._Element) -> None:
    for node in element.iter(etree.Element):
        children = list(node)
        if not children or (node.text or "").strip() or any((child.tail or "").strip() for child in children):
            continue
        node.text = None
        for child in children:
            child.tail = None


def _doctype(source: str) -> Problem:
    return Problem(
        source or "XML",
        Text("文件带有 DOCTYPE 或实体定义，可能用于攻击", "the file has a DOCTYPE or entities, which can be an attack"),
        Text("删去 DOCTYPE 后重试；流程模型不需要它", "remove the DOCTYPE; process models need none"),
        "bpmn.doctype",
    )


def _malformed(source: str, reason: str) -> Problem:
    return Problem(
        source or "XML",
        Text(f"不是完整正确的 XML（{reason}）", f"this is not well-formed XML ({reason})"),
        Text("用建模工具重新导出该文件", "export the file again from the modeller"),
        "bpmn.malformed",
    )
