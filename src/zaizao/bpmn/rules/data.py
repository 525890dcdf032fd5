"""Rules of data: items, inputs and outputs, what services and messages carry, resources (BPMN 10.4, 10.3.1, 8.4)."""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree

from zaizao.bpmn.rules.sheet import Fault, Sheet, child, children, definitions_of, is_true
from zaizao.bpmn.xml import local, text_of, unprefixed

_COLLECTIONS = ("dataInput", "dataOutput", "dataObject")


def collections_agree(sheet: Sheet) -> Iterator[Fault]:
    """Data is a collection exactly when its item is."""
    for data in sheet.all(*_COLLECTIONS):
        item = sheet.refer(data, "itemSubjectRef")
        if item is not None and is_true(item, "isCollection") != is_true(data, "isCollection"):
            yield data, "data.collection"


def states_are_in_names(sheet: Sheet) -> Iterator[Fault]:
    """A reference to data in a state is named after both: ``Invoice [paid]``."""
    for reference in sheet.all("dataObjectReference"):
        state = child(reference, "dataState")
        stated = state.get("name", "") if state is not None else ""
        if stated and not reference.get("name", "").endswith(f"[{stated}]"):
            yield reference, "data.state-name"


def embedded_scopes_have_no_inputs(sheet: Sheet) -> Iterator[Fault]:
    """An embedded sub-process sees the data around it; it declares no inputs and outputs."""
    for scope in sheet.all("subProcess", "transaction", "adHocSubProcess"):
        if child(scope, "ioSpecification") is not None:
            yield scope, "data.embedded"


def data_flows_the_right_way(sheet: Sheet) -> Iterator[Fault]:
    """Nothing is written into a process's input or read from its output; both ends have the same structure."""
    for process in sheet.all("process"):
        specification = child(process, "ioSpecification")
        if specification is None:
            continue
        inputs = {item.get("id") for item in children(specification, "dataInput")}
        outputs = {item.get("id") for item in children(specification, "dataOutput")}
        for link in process.iter():
            if local(link) == "dataOutputAssociation" and _ends(link, "targetRef") & inputs:
                yield link, "data.into-input"
            if local(link) == "dataInputAssociation" and _ends(link, "sourceRef") & outputs:
                yield link, "data.from-output"
    for link in sheet.all("dataInputAssociation", "dataOutputAssociation"):
        ends = [sheet.point(child(link, tag)) for tag in ("sourceRef", "targetRef")]
        items = [_item(sheet, end) for end in ends]
        plain = child(link, "transformation") is None and child(link, "assignment") is None
        if plain and items[0] is not None and items[1] is not None and not _same(items[0], items[1]):
            yield link, "data.structure"


def sets_hold_together(sheet: Sheet) -> Iterator[Fault]:
    """Every input and output is in a set; optional and running ones are in the same set; sets refer to each other."""
    for specification in sheet.all("ioSpecification"):
        for kind, one, other in (("Input", "inputSet", "outputSetRefs"), ("Output", "outputSet", "inputSetRefs")):
            sets = children(specification, one)
            grouped = {name for item in sets for name in _ends(item, f"data{kind}Refs")}
            for data in children(specification, f"data{kind}"):
                if data.get("id") not in grouped:
                    yield data, "data.no-set"
            for item in sets:
                inside = _ends(item, f"data{kind}Refs")
                if not _ends(item, f"optional{kind}Refs") | _ends(item, f"whileExecuting{kind}Refs") <= inside:
                    yield item, "data.set-member"
                for name in _ends(item, other):
                    back = sheet.by_id.get(name or "")
                    own = "inputSetRefs" if kind == "Input" else "outputSetRefs"
                    if back is not None and item.get("id") not in _ends(back, own):
                        yield item, "data.sets-disagree"


def services_take_what_they_are_given(sheet: Sheet) -> Iterator[Fault]:
    """Inputs and outputs of a task are the items of the messages of its operation, one each."""
    for task in sheet.all("serviceTask", "sendTask", "receiveTask"):
        specification = child(task, "ioSpecification")
        operation, message = sheet.refer(task, "operationRef"), sheet.refer(task, "messageRef")
        if specification is None or (operation is None and message is None):
            continue
        given = (
            message
            if operation is None or local(task) != "serviceTask"
            else sheet.point(child(operation, "inMessageRef"))
        )
        answer = message if local(task) == "receiveTask" else sheet.point(
            child(operation, "outMessageRef") if operation is not None else None
        )  # fmt: skip
        for kind, carried in (("Input", given), ("Output", answer)):
            data = children(specification, f"data{kind}")
            if len(data) > 1 or len(children(specification, f"{kind.lower()}Set")) > 1:
                yield task, "service.one"
            item = sheet.refer(carried, "itemRef") if carried is not None else None
            if data and item is not None and not _same_or_missing(item, _item(sheet, data[0])):
                yield data[0], "service.item"


def loops_take_items_of_their_collection(sheet: Sheet) -> Iterator[Fault]:
    """The item of a multi-instance loop is one element of the collection it runs over."""
    for loop in sheet.all("multiInstanceLoopCharacteristics"):
        for collection, single in (("loopDataInputRef", "inputDataItem"), ("loopDataOutputRef", "outputDataItem")):
            whole, part = sheet.point(child(loop, collection)), child(loop, single)
            item = _item(sheet, part)
            of = _item(sheet, whole)
            if item is None or of is None:
                continue
            if is_true(item, "isCollection") or item.get("structureRef") != of.get("structureRef"):
                yield loop, "loop.item"


def events_carry_their_items(sheet: Sheet) -> Iterator[Fault]:
    """Data of an event: one per definition that carries an item, in order, of the same structure."""
    for event in sheet.elements:
        if not local(event).endswith("Event"):
            continue
        data = children(event, "dataInput", "dataOutput")
        if not data:
            continue
        carried = [item for definition in definitions_of(event) if (item := _carried(sheet, definition)) is not None]
        if len(data) != len(carried):
            yield event, "event.data-count"
        elif any(not _same_or_missing(item, _item(sheet, one)) for item, one in zip(carried, data, strict=True)):
            yield event, "event.data-item"


def calls_match_what_they_call(sheet: Sheet) -> Iterator[Fault]:
    """A call has the inputs and outputs of what it calls; what offers an interface binds its operations."""
    for call in sheet.all("callActivity"):
        called = sheet.refer(call, "calledElement")
        wanted = child(called, "ioSpecification") if called is not None else None
        given = child(call, "ioSpecification")
        if wanted is None or given is None:
            continue
        for kind in ("dataInput", "dataOutput"):
            one, other = children(wanted, kind), children(given, kind)
            pairs = zip(one, other, strict=False)
            differ = any(not _same_or_missing(_item(sheet, a), _item(sheet, b)) for a, b in pairs)
            if len(one) != len(other) or differ:
                yield call, "call.data"
    for reference in sheet.all("supportedInterfaceRef"):
        holder = reference.getparent()
        if holder is not None and child(holder, "ioBinding") is None:
            yield holder, "interface.unbound"


def resources_are_bound_or_assigned(sheet: Sheet) -> Iterator[Fault]:
    """People are named by a resource (with parameters) or by an expression, not by both."""
    for role in sheet.all("resourceRole", "performer", "humanPerformer", "potentialOwner"):
        named = child(role, "resourceRef") is not None
        if named and child(role, "resourceAssignmentExpression") is not None:
            yield role, "resource.both"
        if not named and child(role, "resourceParameterBinding") is not None:
            yield role, "resource.unnamed"


def _carried(sheet: Sheet, definition: etree._Element) -> etree._Element | None:
    """The item that an event definition's message, signal, error or escalation carries."""
    kind = local(definition).removesuffix("EventDefinition")
    if kind not in ("message", "signal", "error", "escalation"):
        return None
    declared = sheet.refer(definition, f"{kind}Ref")
    return None if declared is None else sheet.refer(declared, "itemRef" if kind == "message" else "structureRef")


def _item(sheet: Sheet, data: etree._Element | None) -> etree._Element | None:
    """The item definition of data, through its reference where it is one."""
    if data is None:
        return None
    if local(data) == "dataObjectReference":
        data = sheet.refer(data, "dataObjectRef")
    return None if data is None else sheet.refer(data, "itemSubjectRef")


def _ends(element: etree._Element, tag: str) -> set[str | None]:
    return {unprefixed(text_of(item)) for item in children(element, tag)}


def _same(one: etree._Element, other: etree._Element) -> bool:
    """The same item, or the same stated structure."""
    return one is other or (bool(one.get("structureRef")) and one.get("structureRef") == other.get("structureRef"))


def _same_or_missing(one: etree._Element | None, other: etree._Element | None) -> bool:
    if one is None or other is None:
        return one is other
    return _same(one, other)


RULES = (
    collections_agree,
    states_are_in_names,
    embedded_scopes_have_no_inputs,
    data_flows_the_right_way,
    sets_hold_together,
    services_take_what_they_are_given,
    loops_take_items_of_their_collection,
    events_carry_their_items,
    calls_match_what_they_call,
    resources_are_bound_or_assigned,
)
