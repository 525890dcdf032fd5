"""PNML in and out: Petri nets as ISO/IEC 15909-2 writes them.

Rule kept: hostile files are refused before they cost anything (no DOCTYPE, no entities, no network, bounded size, depth
and text). Pages are flattened and reference nodes followed. A transition is silent where it has no name or is marked
invisible the way ProM and PM4Py do. Where no final marking is written, the only place that nothing leaves is the end.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path

from lxml import etree

from zaizao.mining.errors import MiningError
from zaizao.mining.petri import MOST_TOKENS, Arc, PetriNet, PetriTransition
from zaizao.problems import Problem, Text

_LARGEST = 64 * 1024 * 1024
_NAMESPACE = "http://www.pnml.org/version-2009/grammar/pnml"
_TYPE = "http://www.pnml.org/version-2009/grammar/ptnet"
_INVISIBLE = "$invisible$"


def read_pnml(source: str | Path | bytes) -> PetriNet:
    """The first net of a PNML file (or of its bytes). Raises ``MiningError`` for what is unsafe, broken or no net."""
    name = "net.pnml" if isinstance(source, bytes) else Path(source).name
    root = _root(source, name)
    net = next((e for e in root.iter() if _tag(e) == "net"), None)
    if net is None:
        raise _refused(
            name, "没有 net 元素", "there is no net element", "请导出为 PNML", "export it as PNML", "not-pnml"
        )
    final_part = next((e for e in net.iter() if _tag(e) == "finalmarkings"), None)
    elements = list(_elements(net))
    places = {e.get("id", ""): e for e in elements if _tag(e) == "place"}
    steps = {e.get("id", ""): e for e in elements if _tag(e) == "transition"}
    refers = {
        e.get("id", ""): e.get("ref", "") for e in elements if _tag(e) in ("referencePlace", "referenceTransition")
    }
    if not steps or "" in places or "" in steps or len(places) + len(steps) != len(places.keys() | steps.keys()):
        raise _refused(
            name, "没有变迁，或编号缺失、重复", "it has no transition, or ids are missing or doubled", "请检查导出", "check the export",
            "broken-pnml",
        )  # fmt: skip
    arcs = tuple(_arc(e, name, places.keys(), steps.keys(), refers) for e in elements if _tag(e) == "arc")
    start = {p: n for p, e in places.items() if (n := _number(_text(e, "initialMarking"), name, p, 0))}
    label = _text(net, "name")
    return PetriNet(
        name=label or net.get("id", "") or name,
        places=tuple(places),
        transitions=tuple(PetriTransition(t, _label(e)) for t, e in steps.items()),
        arcs=arcs,
        start=start,
        final=_final(final_part, places, arcs, name, refers),
        place_names={p: text for p, e in places.items() if (text := _text(e, "name"))},
    )


def write_pnml(net: PetriNet) -> bytes:
    """``net`` as PNML, the same bytes every time; final marking and silence in the way that PM4Py and ProM read."""
    root = etree.fromstring(f'<pnml xmlns="{_NAMESPACE}"/>'.encode())
    top = _child(root, "net", id="net1", type=_TYPE)
    _worded(top, "name", net.name)
    page = _child(top, "page", id="page1")
    for place in net.places:
        one = _child(page, "place", id=place)
        _worded(one, "name", net.place_names.get(place, place))
        if net.start.get(place):
            _worded(one, "initialMarking", str(net.start[place]))
    for transition in net.transitions:
        one = _child(page, "transition", id=transition.id)
        _worded(one, "name", transition.id if transition.label is None else transition.label)
        if transition.label is None:
            _child(one, "toolspecific", tool="ProM", version="6.4", activity=_INVISIBLE, localNodeID=transition.id)
    for number, arc in enumerate(net.arcs, start=1):
        one = _child(page, "arc", id=f"arc{number}", source=arc.source, target=arc.target)
        if arc.weight != 1:
            _worded(one, "inscription", str(arc.weight))
    marking = _child(_child(top, "finalmarkings"), "marking")
    for place in net.places:
        if net.final.get(place):
            _worded(_child(marking, "place", idref=place), "", str(net.final[place]))
    etree.indent(root)
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8")) + b"\n"


def _elements(parent: etree._Element) -> Iterator[etree._Element]:
    """All below ``parent`` but the final markings, whose places are no places of their own."""
    for element in parent:
        if _tag(element) != "finalmarkings":
            yield element
            yield from _elements(element)


def _child(parent: etree._Element, tag: str, **attributes: str) -> etree._Element:
    return etree.SubElement(parent, f"{{{_NAMESPACE}}}{tag}", attributes)


def _worded(parent: etree._Element, tag: str, text: str) -> None:
    inner = _child(parent, tag) if tag else parent
    _child(inner, "text").text = "".join(c for c in text if c in "\t\n" or ord(c) >= 32)


def _root(source: str | Path | bytes, name: str) -> etree._Element:
    try:
        data = source if isinstance(source, bytes) else Path(source).read_bytes()
    except OSError as fault:
        raise _refused(
            name,
            f"不能读取（{fault.strerror}）",
            f"it cannot be read ({fault.strerror})",
            "请检查路径",
            "check the path",
            "unreadable-pnml",
        ) from fault
    if len(data) > _LARGEST:
        raise _refused(
            name, "文件超过 64 MB", "it is larger than 64 MB", "请拆分模型", "split the model", "pnml-too-large"
        )
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        reason = str(error).splitlines()[0][:200]
        raise _refused(
            name,
            f"不是合格的 XML（{reason}）",
            f"it is not well-formed XML ({reason})",
            "请重新导出",
            "export it again",
            "broken-pnml",
        ) from error
    if root.getroottree().docinfo.internalDTD is not None:
        raise _refused(
            name,
            "含有 DOCTYPE，不予读取",
            "it has a DOCTYPE, which is refused",
            "请去掉 DOCTYPE",
            "remove the DOCTYPE",
            "unsafe-pnml",
        )
    return root


def _tag(element: etree._Element) -> str:
    return etree.QName(element).localname if isinstance(element.tag, str) else ""


def _text(element: etree._Element, child: str) -> str:
    """The text of ``<child><text>…</text></child>``, or of ``<child><value>…</value></child>`` as older tools write."""
    for one in element:
        if _tag(one) == child:
            words = next((e.text for e in one if _tag(e) in ("text", "value")), one.text)
            return (words or "").strip()
    return ""


def _label(element: etree._Element) -> str | None:
    for one in element:
        if _tag(one) == "toolspecific" and one.get("activity") == _INVISIBLE:
            return None
    return _text(element, "name") or None


def _number(text: str, name: str, where: str, default: int) -> int:
    if not text:
        return default
    # Some tools write a colour before the number: "Default,1".
    digits = text.rsplit(",", 1)[-1].strip()
    if not (digits.isascii() and digits.isdigit() and len(digits) <= 4 and int(digits) <= MOST_TOKENS):
        raise _refused(
            f"{name}: {where}", f"数量“{text[:40]}”不是 0 到 {MOST_TOKENS}", f'"{text[:40]}" is no number from 0 to {MOST_TOKENS}',
            "请改正", "correct it", "broken-pnml",
        )  # fmt: skip
    return int(digits)


def _followed(node: str, refers: dict[str, str]) -> str:
    for _ in range(len(refers) + 1):
        if node not in refers:
            return node
        node = refers[node]
    return ""


def _arc(
    element: etree._Element, name: str, places: Collection[str], steps: Collection[str], refers: dict[str, str]
) -> Arc:
    source, target = (_followed(element.get(end, ""), refers) for end in ("source", "target"))
    fits = (source in places and target in steps) or (source in steps and target in places)
    weight = _number(_text(element, "inscription"), name, element.get("id", "arc"), 1)
    if not fits or weight == 0:
        raise _refused(
            f"{name}: {element.get('id', 'arc')}",
            f"弧 {source} → {target} 没有连接库所与变迁",
            f"the arc {source} → {target} does not join a place and a transition",
            "请改正该弧",
            "correct the arc",
            "broken-pnml",
        )
    return Arc(source, target, weight)


def _final(
    part: etree._Element | None,
    places: dict[str, etree._Element],
    arcs: tuple[Arc, ...],
    name: str,
    refers: dict[str, str],
) -> dict[str, int]:
    marking = None if part is None else next((e for e in part if _tag(e) == "marking"), None)
    if marking is not None:
        written = {}
        for element in marking:
            place = _followed(element.get("idref", ""), refers)
            words = next((e.text for e in element if _tag(e) in ("text", "value")), "1")
            if place in places and (tokens := _number((words or "").strip(), name, place, 1)):
                written[place] = tokens
        if written:
            return written
    left = {arc.source for arc in arcs}
    ends = [place for place in places if place not in left]
    if len(ends) != 1:
        raise _refused(
            name, f"没有终止标识，且没有后续的库所有 {len(ends)} 个", f"no final marking is written, and {len(ends)} places have nothing after them",
            "请写明 finalmarkings", "write finalmarkings", "no-final-marking",
        )  # fmt: skip
    return {ends[0]: 1}


def _refused(where: str, zh: str, en: str, remedy_zh: str, remedy_en: str, code: str) -> MiningError:
    return MiningError(Problem(where, Text(zh, en), Text(remedy_zh, remedy_en), f"mining.{code}"))
