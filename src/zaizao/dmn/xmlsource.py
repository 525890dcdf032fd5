"""XML in: a hostile-input-safe parse of DMN files and their namespaces through the versions 1.1 to 1.5.

Rule kept: nothing outside the given bytes is ever read, a document type is refused, size and depth are bounded (lxml's
own limits: 10 MB a text, 256 levels), and the tree that leaves here is in the namespaces of DMN 1.5.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from lxml import etree

from zaizao.dmn.errors import DmnError
from zaizao.dmn.model import FEEL_NAMESPACE, MODEL_NAMESPACE
from zaizao.problems import Problem, Text

DMNDI = "https://www.omg.org/spec/DMN/20230324/DMNDI/"
DC = "http://www.omg.org/spec/DMN/20180521/DC/"
DI = "http://www.omg.org/spec/DMN/20180521/DI/"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
LARGEST = 64 * 1024 * 1024

# Every URI that an earlier version used, by what DMN 1.5 calls it.
CURRENT = {
    "http://www.omg.org/spec/DMN/20151101/dmn.xsd": MODEL_NAMESPACE,
    "http://www.omg.org/spec/DMN/20180521/MODEL/": MODEL_NAMESPACE,
    "https://www.omg.org/spec/DMN/20191111/MODEL/": MODEL_NAMESPACE,
    "https://www.omg.org/spec/DMN/20211108/MODEL/": MODEL_NAMESPACE,
    "http://www.omg.org/spec/FEEL/20140401": FEEL_NAMESPACE,
    "http://www.omg.org/spec/DMN/20180521/FEEL/": FEEL_NAMESPACE,
    "https://www.omg.org/spec/DMN/20191111/FEEL/": FEEL_NAMESPACE,
    "https://www.omg.org/spec/DMN/20211108/FEEL/": FEEL_NAMESPACE,
    "http://www.omg.org/spec/DMN/20180521/DMNDI/": DMNDI,
    "https://www.omg.org/spec/DMN/20191111/DMNDI/": DMNDI,
    "https://www.omg.org/spec/DMN/20211108/DMNDI/": DMNDI,
}


def current(uri: str) -> str:
    """``uri`` as DMN 1.5 writes it; other URIs stay."""
    return CURRENT.get(uri, uri)


def source_name(source: Path | str | bytes) -> str:
    """What problems call this source."""
    return Path(source).name if isinstance(source, Path | str) else "model.dmn"


def parse(source: Path | str | bytes) -> etree._Element:
    """The root of a DMN document, in 1.5 namespaces.

    Raises ``DmnError`` for a missing or oversized file, malformed XML, a DOCTYPE and a root that is not DMN.
    """
    name = source_name(source)
    data = source if isinstance(source, bytes) else _load(Path(source), name)
    if len(data) > LARGEST:
        raise DmnError(
            Problem(
                name,
                Text("文件超过 64 MB", "the file is larger than 64 MB"),
                Text("请拆分模型", "split the model"),
                "dmn.xml.too-large",
            )
        )
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise DmnError(
            Problem(
                name,
                Text(f"不是格式良好的 XML：{error}", f"not well-formed XML: {error}"),
                Text("请从建模工具重新导出文件", "export the file again from the modeller"),
                "dmn.xml.malformed",
            )
        ) from None
    if root.getroottree().docinfo.internalDTD is not None:
        raise DmnError(
            Problem(
                name,
                Text("文件含有 DOCTYPE 声明", "the file has a DOCTYPE"),
                Text("请删除 DOCTYPE：决策模型不需要它", "remove it: decision models need none"),
                "dmn.xml.doctype",
            )
        )
    _modernise(root)
    if root.tag != f"{{{MODEL_NAMESPACE}}}definitions":
        raise DmnError(
            Problem(
                name,
                Text(f"根元素 {root.tag} 不是 DMN 模型", f"the root element {root.tag} is no DMN model"),
                Text("请提供 DMN 1.2 至 1.5 的 definitions 文件", "give a definitions file of DMN 1.2 to 1.5"),
                "dmn.xml.root",
            )
        )
    return root


def _load(path: Path, name: str) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise DmnError(
            Problem(
                name,
                Text(f"无法读取文件：{error.strerror}", f"the file cannot be read: {error.strerror}"),
                Text("请检查路径和权限", "check the path and the permissions"),
                "dmn.xml.unreadable",
            )
        ) from None


def _modernise(root: etree._Element) -> None:
    """Rename the tags of earlier versions in place."""
    if not any(uri in CURRENT for uri in root.nsmap.values()):
        return
    for element in root.iter(etree.Element):
        uri, brace, local = str(element.tag)[1:].partition("}")
        if brace and uri in CURRENT:
            element.tag = f"{{{CURRENT[uri]}}}{local}"


def local_name(element: etree._Element) -> str:
    """The tag without its namespace."""
    return str(element.tag).rpartition("}")[2]


def elements(parent: etree._Element) -> Iterator[etree._Element]:
    """Child elements, without entity references that stayed unresolved."""
    return (child for child in parent if isinstance(child.tag, str))


def xml_text(element: etree._Element) -> str:
    """An element as canonical XML text that stands alone; the same text whenever it is read again."""
    return etree.tostring(element, method="c14n", exclusive=True, with_comments=False, with_tail=False).decode()
