"""Forms: what a person may answer, read from Camunda's form JSON, and the check of answers against it.

Rule kept: an item is completed only with answers that its form allows; every fault is a problem that names its field.
A field that a condition hides needs no answer and keeps none. A field that is read-only keeps its value. Answers to
fields that the form does not have are refused. Conditions and option lists are FEEL over the case's data and the
answers; patterns are searched as in JavaScript, with a limit of time.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import regex  # type: ignore[import-untyped]

from zaizao import feel
from zaizao.inbox.answers import Answer, Field, Kinds, check_value
from zaizao.inbox.errors import FormError, trouble
from zaizao.problems import Problem

LARGEST = 1_000_000
"""Characters that a form may have."""
DEEPEST = 8
"""How deep groups may stand in groups."""
_GROUPS = {"group", "dynamiclist"}
_SHOWN_ONLY = {
    "text",
    "html",
    "image",
    "separator",
    "spacer",
    "button",
    "expression",
    "iframe",
    "table",
    "documentPreview",
}
_REMEDY = ("请在表单编辑器中改正", "correct it in the form editor")


@dataclass(frozen=True, slots=True)
class Part:
    """A field, group or list of a form. ``path`` is the key under which its answers stand; ``parts`` are inside."""

    path: str
    hide: feel.Expression | None
    field: Field | None = None
    parts: tuple[Part, ...] = ()
    repeated: bool = False


@dataclass(frozen=True, slots=True)
class Form:
    """A form that can be answered."""

    id: str
    parts: tuple[Part, ...]
    schema: dict[str, Any]


def read_form(schema: str | bytes | Mapping[str, Any]) -> Form:
    """A Camunda form. Raises ``FormError`` with everything that is wrong with it."""
    document = _document(schema)
    problems: list[Problem] = []
    name = str(document.get("id", ""))
    components = document.get("components")
    if not isinstance(components, list):
        what = ("表单没有 components", "the form has no components")
        raise FormError(trouble(f"form {name}", "form", what, _REMEDY))
    parts = tuple(_parts(components, f"form {name}", problems, 0))
    if problems:
        raise FormError(problems)
    return Form(name, parts, document)


def _document(schema: str | bytes | Mapping[str, Any]) -> dict[str, Any]:
    if isinstance(schema, Mapping):
        return dict(schema)
    try:
        if len(schema) > LARGEST:
            raise ValueError(f"more than {LARGEST} characters")
        document = json.loads(schema)
    except (ValueError, RecursionError) as error:
        what = (f"表单不是可读的 JSON：{error}", f"the form is no readable JSON: {error}")
        raise FormError(trouble("form", "form", what, _REMEDY)) from error
    if not isinstance(document, dict):
        raise FormError(trouble("form", "form", ("表单不是 JSON 对象", "the form is no JSON object"), _REMEDY))
    return document


def _parts(components: list[Any], where: str, problems: list[Problem], depth: int) -> Iterator[Part]:
    for number, component in enumerate(components):
        if not isinstance(component, dict) or depth > DEEPEST:
            what = (f"第 {number + 1} 个组件不可用", f"component {number + 1} cannot be used")
            problems.append(trouble(where, "form", what, _REMEDY))
            continue
        kind = str(component.get("type", ""))
        if kind in _SHOWN_ONLY:
            continue
        hide = _hide(component, where, problems)
        if kind in _GROUPS:
            inner = component.get("components")
            path = str(component.get("path") or "")
            parts = tuple(_parts(inner if isinstance(inner, list) else [], where, problems, depth + 1))
            yield Part(path, hide, None, parts, kind == "dynamiclist")
            continue
        found = _field(component, kind, where, problems)
        if found is not None:
            yield Part(found.key, hide, found)


def _hide(component: dict[str, Any], where: str, problems: list[Problem]) -> feel.Expression | None:
    condition = component.get("conditional")
    text = condition.get("hide") if isinstance(condition, dict) else None
    return _expression(text, where, problems) if isinstance(text, str) and text.startswith("=") else None


def _expression(text: str, where: str, problems: list[Problem]) -> feel.Expression | None:
    try:
        return feel.compile(text.removeprefix("="))
    except feel.FeelError as error:
        problems.extend(error.problems)
        what = (f"表达式 {text!r:.60} 有错", f"the expression {text!r:.60} is wrong")
        problems.append(trouble(where, "form", what, _REMEDY))
        return None


def _field(component: dict[str, Any], kind: str, where: str, problems: list[Problem]) -> Field | None:
    key = component.get("key")
    if kind not in set(Kinds) or not isinstance(key, str) or not key:
        what = (f"组件类型 {kind!r} 未知或没有 key", f"a component of type {kind!r} is unknown or has no key")
        problems.append(trouble(where, "form", what, _REMEDY))
        return None
    place = f"{where}: {key}"
    rules = component.get("validate")
    rules = rules if isinstance(rules, dict) else {}
    pattern = rules.get("pattern")
    try:
        compiled = regex.compile(pattern) if isinstance(pattern, str) and pattern else None
    except regex.error as error:
        what = (f"正则表达式有错：{error}", f"the pattern is wrong: {error}")
        problems.append(trouble(place, "form", what, _REMEDY))
        compiled = None
    values = component.get("values")
    options = None
    if isinstance(values, list):
        options = tuple(value.get("value") for value in values if isinstance(value, dict))
    listed = component.get("valuesExpression")
    source = component.get("valuesKey")
    expression = None
    if isinstance(listed, str) and listed:
        expression = _expression(listed, place, problems)
    elif isinstance(source, str) and source:
        expression = _expression(source, place, problems)
    label = component.get("label")
    return Field(
        key=key,
        kind=Kinds(kind),
        label=label if isinstance(label, str) else key,
        required=rules.get("required") is True,
        least=_number(rules.get("min"), place, problems),
        most=_number(rules.get("max"), place, problems),
        shortest=_number(rules.get("minLength"), place, problems),
        longest=_number(rules.get("maxLength"), place, problems),
        pattern=compiled,
        content=str(rules.get("validationType", "")),
        digits=_number(component.get("decimalDigits"), place, problems),
        options=options,
        options_from=expression,
        subtype=str(component.get("subtype", "")),
        read_only=component.get("readonly") is True or component.get("disabled") is True,
    )


def _number(value: Any, where: str, problems: list[Problem]) -> Any:
    """A limit; FEEL limits (text with ``=``) and empty ones are none."""
    if value is None or value == "":
        return None
    number = feel.to_feel(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
    if number is None and isinstance(value, str):
        try:
            return feel.to_feel(json.loads(value, parse_float=str, parse_int=int)) if value[0] != "=" else None
        except ValueError:
            number = None
    if number is None:
        problems.append(trouble(where, "form", (f"界限 {value!r:.30} 不是数", f"{value!r:.30} is no limit"), _REMEDY))
    return number


def check_answers(form: Form, answers: Mapping[str, Any], data: Mapping[str, Any]) -> list[Problem]:
    """What is wrong with ``answers`` given the case's ``data``: one problem a fault, ``where`` names the field."""
    return _Check(data).all(form.parts, answers, {**data, **answers}, "")


def kept_answers(form: Form, answers: Mapping[str, Any], data: Mapping[str, Any]) -> dict[str, Any]:
    """The answers without those of hidden fields."""
    return _kept(form.parts, answers, {**data, **answers})


def _hidden(part: Part, context: Mapping[str, Any]) -> bool:
    return part.hide is not None and part.hide.evaluate({n: feel.to_feel(v) for n, v in context.items()}) is True


def _kept(parts: tuple[Part, ...], answers: Mapping[str, Any], context: Mapping[str, Any]) -> dict[str, Any]:
    kept: dict[str, Any] = {}
    for part in parts:
        if _hidden(part, context):
            continue
        if part.field is not None:
            if part.path in answers:
                kept[part.path] = answers[part.path]
        elif not part.path:
            kept.update(_kept(part.parts, answers, context))
        elif part.path in answers:
            inner = answers[part.path]
            if part.repeated:
                kept[part.path] = [_kept(part.parts, row, {**context, **row}) for row in inner]
            else:
                kept[part.path] = _kept(part.parts, inner, {**context, **inner})
    return kept


class _Check:
    """One check of answers; ``data`` is what the case holds."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        self.data = data

    def all(
        self, parts: tuple[Part, ...], answers: Mapping[str, Any], context: Mapping[str, Any], prefix: str
    ) -> list[Problem]:
        """Problems of one level, unknown answers included."""
        known: set[str] = set()
        found = list(self.level(parts, answers, context, prefix, known))
        for key in answers:
            if key not in known:
                what = ("表单没有这个字段", "the form has no such field")
                found.append(trouble(prefix + key, "unknown-field", what, ("请去掉它", "leave it out")))
        return found

    def level(
        self,
        parts: tuple[Part, ...],
        answers: Mapping[str, Any],
        context: Mapping[str, Any],
        prefix: str,
        known: set[str],
    ) -> Iterator[Problem]:
        """Problems of the parts; ``known`` collects the keys that may be answered here."""
        for part in parts:
            known.add(part.path)
            hidden = _hidden(part, context)
            if part.field is not None:
                given = Answer(part.path in answers, answers.get(part.path), self.data.get(part.path))
                if not hidden:
                    yield from check_value(part.field, given, context, prefix + part.path)
            elif not part.path:
                if hidden:
                    known.update(inner.path for inner in part.parts)
                else:
                    yield from self.level(part.parts, answers, context, prefix, known)
            elif not hidden:
                yield from self.inside(part, answers.get(part.path), context, prefix + part.path)

    def inside(self, part: Part, value: Any, context: Mapping[str, Any], where: str) -> Iterator[Problem]:
        """Problems inside a group or list with its own key."""
        rows = value if part.repeated else [value if value is not None else {}]
        if rows is None:
            rows = []
        if not isinstance(rows, list) or not all(isinstance(row, Mapping) for row in rows):
            words = ("应为一组字段", "a group of fields is expected")
            yield trouble(where, "wrong-type", words, ("请按表单填写", "fill in the form"))
            return
        for number, row in enumerate(rows):
            prefix = f"{where}[{number}]." if part.repeated else f"{where}."
            yield from self.all(part.parts, row, {**context, **row}, prefix)
