"""Reading boxed expressions (DMN 7.3, 8, 10.2.1): one method per expression, found by its XML name."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import TypeVar

from lxml import etree

from zaizao.dmn.model import (
    MODEL_NAMESPACE,
    Aggregation,
    Binding,
    BoxedContext,
    BoxedList,
    Conditional,
    ContextEntry,
    DecisionTable,
    Expression,
    Filter,
    For,
    FunctionDefinition,
    FunctionKind,
    HitPolicy,
    ImportedValues,
    InformationItem,
    Input,
    Invocation,
    LiteralExpression,
    Output,
    Quantified,
    Relation,
    Rule,
)
from zaizao.dmn.parts import Parts, Place
from zaizao.dmn.xmlsource import current, elements, local_name
from zaizao.problems import Text

_TEXT = f"{{{MODEL_NAMESPACE}}}text"
_Choice = TypeVar("_Choice", bound=StrEnum)


def as_function(element: etree._Element, place: Place) -> FunctionDefinition:
    """An ``encapsulatedLogic`` or ``functionDefinition`` element."""
    return ExpressionReader(place).function(element)


class ExpressionReader:
    """Turns expression elements into objects; problems go to ``place``."""

    def __init__(self, place: Place) -> None:
        self.place = place

    def read(self, element: etree._Element) -> Expression | None:
        """The expression that ``element`` is; ``None`` with a problem when it is none."""
        reader = _READERS.get(local_name(element))
        if reader is None:
            parent = element.getparent()
            self.place.unexpected(element, element if parent is None else parent)
            return None
        return reader(self, element)

    def only(self, parts: Parts) -> Expression | None:
        """The one expression among what is left in ``parts``; taken."""
        for child in parts.left():
            if local_name(child) in _READERS:
                taken = parts.one(local_name(child))
                return None if taken is None else self.read(taken)
        return None

    def inside(self, parts: Parts, tag: str) -> Expression | None:
        """The expression inside the child ``tag`` (if, then, in, return, …)."""
        child = parts.one(tag)
        if child is None:
            self.place.missing(parts.element, tag)
            return None
        inner = Parts(child, self.place)
        expression = self.only(inner)
        inner.finish()
        return expression

    def type_of(self, element: etree._Element) -> str | None:
        """The declared type of an expression."""
        return self.place.type_name(element, element.get("typeRef"))

    def literal(self, element: etree._Element) -> LiteralExpression:
        parts = Parts(element, self.place)
        imported = parts.one("importedValues")
        literal = LiteralExpression(
            **parts.common(),
            text=parts.text("text") or "",
            type=self.type_of(element),
            language=self.place.language(element.get("expressionLanguage")),
            imported=self._imported(imported) if imported is not None else None,
        )
        parts.finish()
        return literal

    def _imported(self, element: etree._Element) -> ImportedValues:
        parts = Parts(element, self.place)
        values = ImportedValues(
            **parts.common(),
            namespace=element.get("namespace") or "",
            import_type=current(element.get("importType") or ""),
            imported_element=parts.text("importedElement") or "",
            name=element.get("name") or "",
            location=element.get("locationURI"),
            language=self.place.language(element.get("expressionLanguage")),
        )
        parts.finish()
        return values

    def table(self, element: etree._Element) -> DecisionTable:
        parts = Parts(element, self.place)
        table = DecisionTable(
            **parts.common(),
            inputs=tuple(self._input(child) for child in parts.all("input")),
            outputs=tuple(self._output(child) for child in parts.all("output")),
            annotations=tuple(child.get("name") or "" for child in parts.all("annotation")),
            rules=tuple(self._rule(child) for child in parts.all("rule")),
            hit_policy=self._choice(element, "hitPolicy", HitPolicy) or HitPolicy.UNIQUE,
            aggregation=self._choice(element, "aggregation", Aggregation),
            output_label=element.get("outputLabel"),
            orientation=element.get("preferredOrientation"),
            type=self.type_of(element),
        )
        parts.finish()
        return table

    def _choice(self, element: etree._Element, attribute: str, choices: type[_Choice]) -> _Choice | None:
        text = element.get(attribute)
        if text is None:
            return None
        try:
            return choices(text)
        except ValueError:
            allowed = ", ".join(choice.value for choice in choices)
            self.place.report(
                element,
                Text(f"{attribute} 的值 {text!r} 无效", f"{attribute} has the unknown value {text!r}"),
                Text(f"请使用以下之一：{allowed}", f"use one of {allowed}"),
                "dmn.read.value",
            )
            return None

    def _input(self, element: etree._Element) -> Input:
        parts = Parts(element, self.place)
        expression = parts.one("inputExpression")
        if expression is None:
            self.place.missing(element, "inputExpression")
        column = Input(
            **parts.common(),
            expression=self.literal(expression) if expression is not None else LiteralExpression(""),
            values=parts.tests("inputValues"),
        )
        parts.finish()
        return column

    def _output(self, element: etree._Element) -> Output:
        parts = Parts(element, self.place)
        default = parts.one("defaultOutputEntry")
        column = Output(
            **parts.common(),
            name=element.get("name"),
            type=self.type_of(element),
            values=parts.tests("outputValues"),
            default=self.literal(default) if default is not None else None,
        )
        parts.finish()
        return column

    def _rule(self, element: etree._Element) -> Rule:
        parts = Parts(element, self.place)
        inputs, outputs = parts.all("inputEntry"), parts.all("outputEntry")
        ids = tuple(cell.get("id") for cell in (*inputs, *outputs))
        rule = Rule(
            **parts.common(),
            inputs=tuple([self._cell(cell) for cell in inputs]),
            outputs=tuple([self._cell(cell) for cell in outputs]),
            annotations=tuple(self._cell(cell) for cell in parts.all("annotationEntry")),
            cell_ids=ids if any(ids) else (),
        )
        parts.finish()
        return rule

    def _cell(self, element: etree._Element) -> str:
        if self.place.language(element.get("expressionLanguage")) is not None:
            self.place.report(
                element,
                Text("单元格使用了 FEEL 以外的语言", "the cell is written in a language other than FEEL"),
                Text("请改写为 FEEL", "write it in FEEL"),
                "dmn.language",
            )
        text = element.find(_TEXT)
        return "" if text is None else text.text or ""

    def context(self, element: etree._Element) -> BoxedContext:
        parts = Parts(element, self.place)
        entries = tuple(self._entry(child) for child in parts.all("contextEntry"))
        parts.finish()
        return BoxedContext(**parts.common(), entries=entries, type=self.type_of(element))

    def _entry(self, element: etree._Element) -> ContextEntry:
        parts = Parts(element, self.place)
        entry = ContextEntry(**parts.common(), variable=parts.variable(), value=self.only(parts))
        parts.finish()
        return entry

    def relation(self, element: etree._Element) -> Relation:
        parts = Parts(element, self.place)
        columns = tuple(Parts(child, self.place).item() for child in parts.all("column"))
        rows = tuple(self._expressions(child) for child in parts.all("row"))
        parts.finish()
        return Relation(**parts.common(), columns=columns, rows=rows, type=self.type_of(element))

    def _expressions(self, element: etree._Element) -> tuple[Expression, ...]:
        found = (self.read(child) for child in Parts(element, self.place).rest())
        return tuple(expression for expression in found if expression is not None)

    def list(self, element: etree._Element) -> BoxedList:
        common = Parts(element, self.place).common()
        return BoxedList(**common, items=self._expressions(element), type=self.type_of(element))

    def invocation(self, element: etree._Element) -> Invocation:
        parts = Parts(element, self.place)
        bindings = tuple(self._binding(child) for child in parts.all("binding"))
        call = Invocation(**parts.common(), function=self.only(parts), bindings=bindings, type=self.type_of(element))
        parts.finish()
        return call

    def _binding(self, element: etree._Element) -> Binding:
        parts = Parts(element, self.place)
        parameter = parts.one("parameter")
        if parameter is None:
            self.place.missing(element, "parameter")
        item = InformationItem("") if parameter is None else Parts(parameter, self.place).item()
        binding = Binding(item, self.only(parts))
        parts.finish()
        return binding

    def function(self, element: etree._Element) -> FunctionDefinition:
        parts = Parts(element, self.place)
        function = FunctionDefinition(
            **parts.common(),
            parameters=tuple(Parts(child, self.place).item() for child in parts.all("formalParameter")),
            body=self.only(parts),
            kind=self._choice(element, "kind", FunctionKind) or FunctionKind.FEEL,
            type=self.type_of(element),
        )
        parts.finish()
        return function

    def conditional(self, element: etree._Element) -> Conditional:
        parts = Parts(element, self.place)
        choice = Conditional(
            **parts.common(),
            test=self.inside(parts, "if"),
            then=self.inside(parts, "then"),
            otherwise=self.inside(parts, "else"),
            type=self.type_of(element),
        )
        parts.finish()
        return choice

    def filter(self, element: etree._Element) -> Filter:
        parts = Parts(element, self.place)
        kept = Filter(
            **parts.common(),
            collection=self.inside(parts, "in"),
            match=self.inside(parts, "match"),
            type=self.type_of(element),
        )
        parts.finish()
        return kept

    def loop(self, element: etree._Element) -> For:
        parts = Parts(element, self.place)
        loop = For(
            **parts.common(),
            variable=element.get("iteratorVariable") or "",
            collection_type=self._collection_type(element),
            collection=self.inside(parts, "in"),
            result=self.inside(parts, "return"),
            type=self.type_of(element),
        )
        parts.finish()
        return loop

    def quantified(self, element: etree._Element) -> Quantified:
        parts = Parts(element, self.place)
        quantified = Quantified(
            **parts.common(),
            every=local_name(element) == "every",
            variable=element.get("iteratorVariable") or "",
            collection_type=self._collection_type(element),
            collection=self.inside(parts, "in"),
            satisfies=self.inside(parts, "satisfies"),
            type=self.type_of(element),
        )
        parts.finish()
        return quantified

    def _collection_type(self, element: etree._Element) -> str | None:
        for child in elements(element):
            if local_name(child) == "in":
                return self.type_of(child)
        return None


_READERS: dict[str, Callable[[ExpressionReader, etree._Element], Expression]] = {
    "literalExpression": ExpressionReader.literal,
    "decisionTable": ExpressionReader.table,
    "context": ExpressionReader.context,
    "relation": ExpressionReader.relation,
    "list": ExpressionReader.list,
    "invocation": ExpressionReader.invocation,
    "functionDefinition": ExpressionReader.function,
    "conditional": ExpressionReader.conditional,
    "filter": ExpressionReader.filter,
    "for": ExpressionReader.loop,
    "some": ExpressionReader.quantified,
    "every": ExpressionReader.quantified,
}
