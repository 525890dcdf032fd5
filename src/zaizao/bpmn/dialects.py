"""Other engines' dialects (``camunda:`` 7, ``flowable:``, ``activiti:``) turned into ``zeebe:`` before reading.

Rule kept: the tree is rewritten in place, attribute by attribute; what is translated disappears from the file's dialect,
what is not stays as it was and is reported. A Java class becomes a job type that a worker must serve, and is reported as
such. Expressions are translated by ``juel``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping

from lxml import etree

from zaizao.bpmn.juel import Untranslatable, is_juel, to_feel
from zaizao.bpmn.xml import BPMN, ZEEBE, feel, literal, local, namespace, text_of, unprefixed
from zaizao.problems import Problem, Severity, Text

DIALECTS: Mapping[str, str] = {
    "http://camunda.org/schema/1.0/bpmn": "camunda",
    "http://flowable.org/bpmn": "flowable",
    "http://activiti.org/bpmn": "activiti",
}
_JOBS = frozenset({"serviceTask", "sendTask", "businessRuleTask", "endEvent", "intermediateThrowEvent"})
_EXPRESSIONS = (
    "conditionExpression", "completionCondition", "loopCardinality", "loopCondition", "condition", "timeDate",
    "timeDuration", "timeCycle",
)  # fmt: skip
# Attributes without effect here: the engine is asynchronous throughout and keeps its history by its own rules.
_IDLE = frozenset({
    "asyncBefore", "asyncAfter", "async", "exclusive", "historyTimeToLive", "isStartableInTasklist",
    "diagramRelationId", "modelerTemplate", "modelerTemplateVersion", "jobPriority", "triggerable",
    "autoStoreVariables",
})  # fmt: skip
_LISTENER_EVENTS: Mapping[str, str] = {
    "create": "creating", "assignment": "assigning", "update": "updating", "complete": "completing",
    "delete": "canceling", "start": "start", "end": "end",
}  # fmt: skip


def convert(root: etree._Element, source: str) -> list[Problem]:
    """Translate the tree's dialects in place; what could not be, or needs a person's hand, as problems."""
    used = set(re.findall(r"\{([^}]*)\}", " ".join(_names(root)))) & DIALECTS.keys()
    plain = any(is_juel(text_of(item)) for name in _EXPRESSIONS for item in root.iter(f"{{{BPMN}}}{name}"))
    if not used and not plain:
        return []
    conversion = _Conversion(source)
    for element in list(root.iter(f"{{{BPMN}}}*")):
        conversion.element(element)
    return conversion.problems


def _names(root: etree._Element) -> Iterator[str]:
    for element in root.iter(etree.Element):
        yield str(element.tag)
        yield from (str(name) for name in element.attrib)


class _Conversion:
    """One file's conversion and its report."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.problems: list[Problem] = []

    def element(self, element: etree._Element) -> None:
        """Translate one element of the notation."""
        tag = local(element)
        if tag in _EXPRESSIONS:
            self.expression(element)
        if tag == "userTask":
            self.people(element)
        if tag in _JOBS or (tag == "messageEventDefinition" and _has(element, "type", "class", "delegateExpression")):
            self.job(element)
        if tag == "scriptTask":
            self.script(element)
        if tag == "callActivity":
            self.call(element)
        if tag == "multiInstanceLoopCharacteristics":
            self.loop(element)
        if tag == "process" and (version := _take(element, "versionTag")):
            _extend(element, "versionTag", value=version)
        if tag in (*_JOBS, "process") and (priority := _take(element, "taskPriority")):
            _extend(element, "jobPriorityDefinition", priority=self.value(element, priority))
        for child in [item for item in _extensions(element) if namespace(item) in DIALECTS]:
            self.extension(element, child)
        for name in list(element.attrib):
            qualified = etree.QName(str(name))
            if qualified.namespace in DIALECTS:
                if qualified.localname in _IDLE:
                    del element.attrib[name]
                    self.idle(element, qualified.localname)
                else:
                    self.left(element, qualified.localname)

    # --- expressions ---

    def value(self, element: etree._Element, text: str) -> str:
        """A value as zeebe writes it: translated expressions begin with ``=``."""
        if not is_juel(text):
            return text
        try:
            return "=" + to_feel(text)
        except Untranslatable as reason:
            self.report(element, "expression", f"表达式 {text} 无法转成 FEEL（{reason}）",
                        f"the expression {text} has no FEEL counterpart ({reason})",
                        "改写成 FEEL", "write it in FEEL", Severity.ERROR)  # fmt: skip
            return text

    def expression(self, element: etree._Element) -> None:
        """The text of a standard expression element."""
        language = element.get("language", "") or _take(element, "resource")
        if language and "feel" not in language.lower() and "juel" not in language.lower():
            self.report(element, "language", f"条件用 {language} 写成", f"the expression is written in {language}",
                        "改写成 FEEL", "write it in FEEL", Severity.ERROR)  # fmt: skip
        elif is_juel(text_of(element)):
            translated = self.value(element, text_of(element))
            for inner in list(element):
                element.remove(inner)
            element.text = translated

    # --- elements ---

    def people(self, task: etree._Element) -> None:
        """A user task's assignment, dates, priority and form."""
        if not _native(task):
            _extend(task, "userTask")
        groups = {
            "assignmentDefinition": ("assignee", "candidateGroups", "candidateUsers"),
            "taskSchedule": ("dueDate", "followUpDate"),
            "priorityDefinition": ("priority",),
        }
        for extension, names in groups.items():
            found = {name: self.value(task, value) for name in names if (value := _take(task, name))}
            if found:
                _extend(task, extension, **found)
        key, form = _take(task, "formKey"), _take(task, "formRef")
        binding = _take(task, "formRefBinding")
        if form:
            _extend(task, "formDefinition", formId=form, **({"bindingType": binding} if binding else {}))
        elif key:
            _extend(task, "formDefinition", externalReference=self.value(task, key))

    def job(self, element: etree._Element) -> None:
        """Work done by code: an external topic as it is, Java code as a job type that a worker must serve."""
        decision = _take(element, "decisionRef") or _take(element, "decisionTableReferenceKey")
        if decision:
            binding = _take(element, "decisionRefBinding") or "latest"
            if (mapped := _take(element, "mapDecisionResult")) not in ("", "singleEntry", "singleResult"):
                self.report(element, "result", f"决策结果不再按 {mapped} 转换，变量得到决策本身的结果",
                            f"the decision's result is not mapped by {mapped}: the variable gets it as it is",
                            "检查用到这个变量的表达式", "check the expressions that use the variable")  # fmt: skip
            values = {"decisionId": self.value(element, decision), "bindingType": binding}
            _extend(element, "calledDecision", resultVariable=_take(element, "resultVariable") or "result", **values)
            return
        topic, kind = _take(element, "topic"), _take(element, "type")
        code = _take(element, "class") or _take(element, "delegateExpression") or _take(element, "expression")
        if not (topic or kind or code):
            return
        result = _take(element, "resultVariable") or _take(element, "resultVariableName")
        name = topic or (_job_name(code) if code else kind)
        holder = element.getparent() if local(element) == "messageEventDefinition" else element
        assert holder is not None
        _extend(holder, "taskDefinition", type=name, retries=_retries(element))
        fields = {
            item.get("name", ""): self.field(element, item) for item in _extensions(element) if local(item) == "field"
        }
        for item in [item for item in _extensions(element) if local(item) in ("field", "failedJobRetryTimeCycle")]:
            if local(item) == "failedJobRetryTimeCycle":
                self.idle(element, f"{local(item)} {text_of(item)}")
            _drop(item)
        headers = fields | ({"resultVariable": result} if result else {})
        if headers:
            inner = _extend(holder, "taskHeaders")
            for key, value in headers.items():
                etree.SubElement(inner, f"{{{ZEEBE}}}header", key=key, value=value)
        if not topic:
            self.report(element, "worker", f"Java 代码“{code or kind}”改为作业“{name}”，需要有工作者来执行",
                        f"the code “{code or kind}” became the job “{name}”, which a worker must serve",
                        "为这个作业类型写一个工作者", "write a worker for this job type")  # fmt: skip

    def field(self, element: etree._Element, item: etree._Element) -> str:
        """The value of an injected field."""
        text = item.get("stringValue") or item.get("expression") or text_of(item)
        return self.value(element, text)

    def script(self, task: etree._Element) -> None:
        """FEEL and simple expressions run here; other languages become a job for a script worker."""
        body = task.find(f"{{{BPMN}}}script")
        language, result = task.get("scriptFormat", "").lower(), _take(task, "resultVariable") or "result"
        text = text_of(body)
        if "feel" in language:
            _extend(task, "script", expression="=" + text.removeprefix("="), resultVariable=result)
        elif "juel" in language:
            _extend(task, "script", expression=self.value(task, text), resultVariable=result)
        elif body is not None and not _native(task):
            _extend(task, "taskDefinition", type="script", retries="3")
            inner = _extend(task, "taskHeaders")
            for key, value in (("language", language), ("resultVariable", result)):
                etree.SubElement(inner, f"{{{ZEEBE}}}header", key=key, value=value)
            self.report(task, "worker", f"{language or '未知语言'} 脚本改为作业“script”，需要有工作者来执行",
                        f"the {language or 'unknown'} script became the job “script”, which a worker must serve",
                        "改写成 FEEL，或为作业写一个工作者", "write it in FEEL, or write a worker")  # fmt: skip

    def call(self, call: etree._Element) -> None:
        """A call of another process with its variables."""
        if _native(call):
            return
        called = call.get("calledElement", "")
        passed = {
            kind: [i for i in _extensions(call) if local(i) == kind and namespace(i) in DIALECTS]
            for kind in ("in", "out")
        }
        everything = any(item.get("variables") == "all" for item in passed["out"]) or not passed["out"]
        binding, tag = _take(call, "calledElementBinding"), _take(call, "calledElementVersionTag")
        values = {"bindingType": binding} if binding in ("deployment", "versionTag") else {}
        values |= {"versionTag": tag} if tag else {}
        whole_in = any(item.get("variables") == "all" for item in passed["in"]) or not passed["in"]
        _extend(
            call,
            "calledElement",
            processId=self.value(call, called),
            propagateAllChildVariables=str(everything).lower(),
            propagateAllParentVariables=str(whole_in).lower(),
            **values,
        )
        if is_juel(called):
            del call.attrib["calledElement"]
        for kind, items in passed.items():
            for item in items:
                source = item.get("source") or item.get("sourceExpression") or ""
                if item.get("target"):
                    translated = self.value(call, source) if is_juel(source) else f"={source}"
                    _mapping(call, "input" if kind == "in" else "output", translated, item.get("target", ""))
                elif item.get("businessKey"):
                    self.left(call, "businessKey")
                _drop(item)

    def loop(self, loop: etree._Element) -> None:
        """A multi-instance loop over a collection."""
        collection, element = _take(loop, "collection"), _take(loop, "elementVariable")
        if collection:
            value = self.value(loop, collection) if is_juel(collection) else f"={collection}"
            _extend(
                loop, "loopCharacteristics", inputCollection=value, **({"inputElement": element} if element else {})
            )

    # --- extension elements ---

    def extension(self, element: etree._Element, item: etree._Element) -> None:
        """One extension element of the dialect."""
        handlers: Mapping[str, Callable[[etree._Element, etree._Element], bool]] = {
            "inputOutput": self.input_output,
            "properties": self.properties,
            "executionListener": self.listener,
            "taskListener": self.listener,
            "failedJobRetryTimeCycle": self.retry_cycle,
        }
        handler = handlers.get(local(item))
        if handler is not None and handler(element, item):
            _drop(item)
        else:
            self.left(element, local(item))

    def input_output(self, element: etree._Element, item: etree._Element) -> bool:
        """Input and output parameters as mappings; scripts in them have no counterpart."""
        whole = True
        for parameter in list(item):
            kind = "input" if local(parameter) == "inputParameter" else "output"
            translated = self.parameter(element, parameter)
            if translated is None:
                whole = False
                continue
            _mapping(element, kind, translated, parameter.get("name", ""))
            item.remove(parameter)
        return whole

    def parameter(self, element: etree._Element, holder: etree._Element) -> str | None:
        """A parameter's value: text, expression, list or map; ``None`` for a script."""
        inner = [child for child in holder if isinstance(child.tag, str)]
        if not inner:
            return self.value(element, text_of(holder))
        if local(inner[0]) == "list":
            values = [self.plain(element, value) for value in inner[0]]
            return f"=[{', '.join(values)}]"
        if local(inner[0]) == "map":
            entries = [f"{literal(entry.get('key', ''))}: {self.plain(element, entry)}" for entry in inner[0]]
            return f"={{{', '.join(entries)}}}"
        return None

    def plain(self, element: etree._Element, value: etree._Element) -> str:
        """A value inside a list or map, as FEEL."""
        return feel(self.value(element, text_of(value)))

    def properties(self, element: etree._Element, item: etree._Element) -> bool:
        """Name and value pairs."""
        holder = _extend(element, "properties")
        for pair in item:
            name = pair.get("name") or pair.get("id") or ""
            etree.SubElement(holder, f"{{{ZEEBE}}}property", name=name, value=pair.get("value", ""))
        return True

    def listener(self, element: etree._Element, item: etree._Element) -> bool:
        """A listener as a job that a worker must serve."""
        code = item.get("class") or item.get("delegateExpression") or item.get("expression")
        event = _LISTENER_EVENTS.get(item.get("event", ""))
        if event == "start" and local(element) in ("startEvent", "boundaryEvent"):
            event = "end"  # such an event has no work of its own: its start and its end are one moment
        late = event == "end" and local(element).endswith("Gateway")
        if not code or event is None or late or local(element) == "sequenceFlow":
            return False
        kind = local(item)
        holder = next((found for found in _extensions(element) if found.tag == f"{{{ZEEBE}}}{kind}s"), None)
        holder = _extend(element, f"{kind}s") if holder is None else holder
        etree.SubElement(holder, f"{{{ZEEBE}}}{kind}", eventType=event, type=_job_name(code))
        self.report(element, "worker", f"监听器“{code}”改为作业“{_job_name(code)}”，需要有工作者来执行",
                    f"the listener “{code}” became the job “{_job_name(code)}”, which a worker must serve",
                    "为这个作业类型写一个工作者", "write a worker for this job type")  # fmt: skip
        return True

    def retry_cycle(self, element: etree._Element, item: etree._Element) -> bool:
        """How long to wait between retries is the worker's affair."""
        self.idle(element, f"{local(item)} {text_of(item)}")
        return True

    # --- report ---

    def idle(self, element: etree._Element, name: str) -> None:
        """Something that is dropped because it would change nothing here."""
        self.report(element, "idle", f"“{name}”在本引擎中不起作用，已略去",
                    f"“{name}” changes nothing in this engine and is left out",
                    "无需处理", "nothing needs to be done", Severity.INFO)  # fmt: skip

    def left(self, element: etree._Element, name: str) -> None:
        """Something that stays as it was, without effect."""
        self.report(element, "left", f"“{name}”没有对应的写法，保留但不起作用",
                    f"“{name}” has no counterpart; it is kept without effect",
                    "按需要另行建模", "model it in another way where it matters")  # fmt: skip

    def report(self, element: etree._Element, code: str, zh: str, en: str, fix_zh: str, fix_en: str,
               severity: Severity = Severity.WARNING) -> None:  # fmt: skip
        """Add to the report, naming the element."""
        named: etree._Element | None = element
        while named is not None and not named.get("id"):
            named = named.getparent()
        place = f"{self.source}: " if self.source else ""
        where = f"{place}{local(named)} {named.get('id')}" if named is not None else f"{place}{local(element)}"
        self.problems.append(Problem(where, Text(zh, en), Text(fix_zh, fix_en), f"bpmn.dialect.{code}", severity))


def _extensions(element: etree._Element) -> list[etree._Element]:
    holder = element.find(f"{{{BPMN}}}extensionElements")
    return [] if holder is None else [item for item in holder if isinstance(item.tag, str)]


def _native(element: etree._Element) -> bool:
    """Whether the element already speaks the native dialect (a file read and written before)."""
    return any(namespace(item) == ZEEBE for item in _extensions(element))


def _extend(element: etree._Element, tag: str, **attributes: str) -> etree._Element:
    holder = element.find(f"{{{BPMN}}}extensionElements")
    if holder is None:
        holder = etree.Element(f"{{{BPMN}}}extensionElements")
        element.insert(0, holder)
    return etree.SubElement(holder, f"{{{ZEEBE}}}{tag}", attributes)


def _mapping(element: etree._Element, kind: str, source: str, target: str) -> None:
    found = next((item for item in _extensions(element) if item.tag == f"{{{ZEEBE}}}ioMapping"), None)
    holder = _extend(element, "ioMapping") if found is None else found
    etree.SubElement(holder, f"{{{ZEEBE}}}{kind}", source=source, target=target)


def _has(element: etree._Element, *names: str) -> bool:
    return any(element.get(f"{{{uri}}}{name}") for uri in DIALECTS for name in names)


def _take(element: etree._Element, name: str) -> str:
    for uri in DIALECTS:
        value = str(element.attrib.pop(f"{{{uri}}}{name}", ""))
        if value:
            return value
    return ""


def _drop(item: etree._Element) -> None:
    parent = item.getparent()
    if parent is not None:
        parent.remove(item)


def _job_name(code: str) -> str:
    """A job type for Java code: the class's own name, the bean's, or bean and method."""
    called = re.match(r"[$#]\{\s*([\w.]+)", code)
    return called[1] if called else unprefixed(code).rpartition(".")[2]


def _retries(element: etree._Element) -> str:
    cycle = next((text_of(item) for item in _extensions(element) if local(item) == "failedJobRetryTimeCycle"), "")
    found = re.match(r"R(\d+)/", cycle)
    return found[1] if found else "3"
