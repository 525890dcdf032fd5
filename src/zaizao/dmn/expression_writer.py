"""Writing boxed expressions: one function per expression, the counterpart of ``expression_reader``."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import zip_longest
from typing import Any

from zaizao.dmn.markup import Attributes, Markup
from zaizao.dmn.model import (
    BoxedContext,
    BoxedList,
    Conditional,
    DecisionTable,
    Element,
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
    UnaryTests,
)


def write_expression(out: Markup, expression: Expression | None) -> None:
    """The expression as its own element; nothing for ``None``."""
    if expression is not None:
        _WRITERS[type(expression)](out, expression)


def write_function_parts(out: Markup, tag: str, function: FunctionDefinition) -> None:
    """A function definition under ``tag``."""
    kind = None if function.kind is FunctionKind.FEEL else function.kind.value
    with opened(out, tag, function, {"kind": kind, "typeRef": function.type}):
        for parameter in function.parameters:
            write_item(out, "formalParameter", parameter)
        write_expression(out, function.body)


@contextmanager
def opened(out: Markup, tag: str, element: Element, attributes: Attributes) -> Iterator[None]:
    """``element`` under ``tag``: what every element carries and ``attributes``, then what the caller writes."""
    with out.element(tag, common(element) | dict(attributes)):
        write_head(out, element)
        yield


def write_head(out: Markup, element: Element) -> None:
    """The children that every element may carry: description and extensions."""
    if element.description is not None:
        out.leaf("description", {}, element.description)
    if element.foreign:
        with out.element("extensionElements", {}):
            for xml in element.foreign:
                out.raw(xml)


def common(element: Element) -> dict[str, str | None]:
    """The attributes that every element may carry."""
    return {"id": element.id, "label": element.label, **element.attributes}


def write_item(out: Markup, tag: str, value: InformationItem | None) -> None:
    """A typed name under ``tag``."""
    if value is not None:
        with opened(out, tag, value, {"name": value.name, "typeRef": value.type}):
            pass


def write_tests(out: Markup, tag: str, value: UnaryTests | None) -> None:
    """Unary tests under ``tag``."""
    if value is not None:
        with opened(out, tag, value, {"expressionLanguage": value.language}):
            out.leaf("text", {}, value.text)


def _literal(out: Markup, value: LiteralExpression) -> None:
    _literal_as(out, "literalExpression", value)


def _literal_as(out: Markup, tag: str, value: LiteralExpression) -> None:
    with opened(out, tag, value, {"typeRef": value.type, "expressionLanguage": value.language}):
        if value.imported is not None:
            _imported(out, value.imported)
        else:
            out.leaf("text", {}, value.text)


def _imported(out: Markup, value: ImportedValues) -> None:
    attributes = {
        "name": value.name,
        "namespace": value.namespace,
        "importType": value.import_type,
        "locationURI": value.location,
        "expressionLanguage": value.language,
    }
    with opened(out, "importedValues", value, attributes):
        out.leaf("importedElement", {}, value.imported_element)


def _table(out: Markup, value: DecisionTable) -> None:
    attributes: Attributes = {
        "hitPolicy": None if value.hit_policy is HitPolicy.UNIQUE else value.hit_policy.value,
        "aggregation": value.aggregation.value if value.aggregation else None,
        "preferredOrientation": value.orientation,
        "outputLabel": value.output_label,
        "typeRef": value.type,
    }
    with opened(out, "decisionTable", value, attributes):
        for column in value.inputs:
            _input(out, column)
        for output in value.outputs:
            _output(out, output)
        for name in value.annotations:
            out.leaf("annotation", {"name": name or None})
        for rule in value.rules:
            _rule(out, rule)


def _input(out: Markup, value: Input) -> None:
    with opened(out, "input", value, {}):
        _literal_as(out, "inputExpression", value.expression)
        write_tests(out, "inputValues", value.values)


def _output(out: Markup, value: Output) -> None:
    with opened(out, "output", value, {"name": value.name, "typeRef": value.type}):
        write_tests(out, "outputValues", value.values)
        if value.default is not None:
            _literal_as(out, "defaultOutputEntry", value.default)


def _rule(out: Markup, value: Rule) -> None:
    with opened(out, "rule", value, {}):
        tagged = [("inputEntry", text) for text in value.inputs] + [("outputEntry", text) for text in value.outputs]
        for (tag, text), cell_id in zip_longest(tagged, value.cell_ids[: len(tagged)]):
            with out.element(tag, {"id": cell_id}):
                out.leaf("text", {}, text)
        for text in value.annotations:
            with out.element("annotationEntry", {}):
                out.leaf("text", {}, text)


def _context(out: Markup, value: BoxedContext) -> None:
    with opened(out, "context", value, {"typeRef": value.type}):
        for entry in value.entries:
            with opened(out, "contextEntry", entry, {}):
                write_item(out, "variable", entry.variable)
                write_expression(out, entry.value)


def _relation(out: Markup, value: Relation) -> None:
    with opened(out, "relation", value, {"typeRef": value.type}):
        for column in value.columns:
            write_item(out, "column", column)
        for row in value.rows:
            with out.element("row", {}):
                for cell in row:
                    write_expression(out, cell)


def _list(out: Markup, value: BoxedList) -> None:
    with opened(out, "list", value, {"typeRef": value.type}):
        for inner in value.items:
            write_expression(out, inner)


def _invocation(out: Markup, value: Invocation) -> None:
    with opened(out, "invocation", value, {"typeRef": value.type}):
        write_expression(out, value.function)
        for binding in value.bindings:
            with out.element("binding", {}):
                write_item(out, "parameter", binding.parameter)
                write_expression(out, binding.value)


def _function(out: Markup, value: FunctionDefinition) -> None:
    write_function_parts(out, "functionDefinition", value)


def _children(
    out: Markup,
    tag: str,
    value: Expression,
    attributes: Attributes,
    children: tuple[tuple[str, Expression | None], ...],
) -> None:
    """An expression whose parts each stand in an element of their own."""
    with opened(out, tag, value, {"typeRef": value.type, **attributes}):
        collection_type = getattr(value, "collection_type", None)
        for name, child in children:
            with out.element(name, {"typeRef": collection_type if name == "in" else None}):
                write_expression(out, child)


def _conditional(out: Markup, value: Conditional) -> None:
    _children(out, "conditional", value, {}, (("if", value.test), ("then", value.then), ("else", value.otherwise)))


def _filter(out: Markup, value: Filter) -> None:
    _children(out, "filter", value, {}, (("in", value.collection), ("match", value.match)))


def _for(out: Markup, value: For) -> None:
    parts = (("in", value.collection), ("return", value.result))
    _children(out, "for", value, {"iteratorVariable": value.variable}, parts)


def _quantified(out: Markup, value: Quantified) -> None:
    parts = (("in", value.collection), ("satisfies", value.satisfies))
    _children(out, "every" if value.every else "some", value, {"iteratorVariable": value.variable}, parts)


_WRITERS: dict[type[Expression], Callable[[Markup, Any], None]] = {
    LiteralExpression: _literal,
    DecisionTable: _table,
    BoxedContext: _context,
    Relation: _relation,
    BoxedList: _list,
    Invocation: _invocation,
    FunctionDefinition: _function,
    Conditional: _conditional,
    Filter: _filter,
    For: _for,
    Quantified: _quantified,
}
