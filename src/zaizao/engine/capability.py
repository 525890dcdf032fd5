"""Capabilities: a job's work as a typed Python function, with a manifest of what it takes, gives and may throw.

Rule kept: work is handed over at least once, so a capability gets the job's idempotency key and tolerates a repeat. What
comes in is checked against the function's annotations before it runs, what goes out before it is sent. Only errors that
the manifest declares are thrown into the process; anything else is a failure that a retry or a person deals with.
Nothing here reads a clock or a socket: who hands the job over passes everything in.
"""

from __future__ import annotations

import dataclasses
import inspect
import math
import re
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any, NamedTuple, TypeVar, get_type_hints

import msgspec

from zaizao.engine.errors import EngineError, problem
from zaizao.problems import Text

MARK = "__zaizao_capability__"
_TYPE = re.compile(r"[^\s/?#]{1,200}")
_PLACE = re.compile(r"^(.*?)(?: - at `\$(.*)`)?$", re.DOTALL)
_FIELD = re.compile(r"required field `(.*?)`")
Function = TypeVar("Function", bound=Callable[..., Any])


class BusinessError(Exception):
    """Ends the job with a BPMN error that the model may catch; the code must stand in the manifest."""

    def __init__(self, code: str, message: str = "", variables: Mapping[str, Any] | None = None) -> None:
        self.code = code
        self.message = message
        self.variables = dict(variables or {})
        super().__init__(f"{code}: {message}")


class Unfit(Exception):
    """The work cannot be done, and trying again would not help: no retry is used up, a person has to look."""


class JobCall(NamedTuple):
    """What is known of the job beyond its variables; an argument annotated with this type gets it.

    ``idempotency`` is the same for every repeat of the job; ``deadline`` is µs UTC; ``retries`` are those left.
    """

    key: int
    job_type: str
    idempotency: str
    case: int = 0
    process_id: str = ""
    element: str = ""
    headers: Mapping[str, str] = {}
    retries: int = 0
    deadline: int = 0


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What a capability does, for people and for programs. ``cost`` is fen a call; schemas are JSON Schema."""

    type: str
    title_zh: str
    title_en: str
    words: str
    input: dict[str, Any]
    output: dict[str, Any]
    errors: tuple[str, ...]
    cost: int
    timeout_seconds: int


class Done(NamedTuple):
    """The job is done; ``variables`` go into the process."""

    variables: dict[str, Any]


class Threw(NamedTuple):
    """The job ends with a declared business error."""

    code: str
    message: str
    variables: dict[str, Any]


class Failed(NamedTuple):
    """The job could not be done; ``again`` says whether trying once more may help."""

    message: str
    again: bool


@dataclasses.dataclass(frozen=True, slots=True)
class Capability:
    """A function ready to take jobs."""

    manifest: Manifest
    function: Callable[..., Any]
    shape: Any
    """The type that the job's variables are converted to."""
    whole: str | None
    """The argument that takes the whole input; ``None`` where each field is an argument."""
    call: str | None
    """The argument that takes the ``JobCall``."""
    answer: Any
    """The annotation of what is returned."""

    def run(self, call: JobCall, variables: Mapping[str, Any]) -> Done | Threw | Failed:
        """Do the job; never raises for what the function does, short of ending the process."""
        try:
            given = self._given(variables)
        except msgspec.ValidationError as fault:
            return Failed(f"{self.manifest.type}: {_words(str(fault))}", again=False)
        if self.call is not None:
            given[self.call] = call
        try:
            answer = self.function(**given)
        except BusinessError as error:
            if error.code in self.manifest.errors:
                return Threw(error.code, error.message, plain(error.variables))
            words = f"{self.manifest.type} threw {error.code!r}, which its manifest does not declare: {error.message}"
            return Failed(words, again=False)
        except Unfit as unfit:
            return Failed(f"{self.manifest.type}: {unfit}", again=False)
        except Exception as fault:
            return Failed(f"{self.manifest.type}: {type(fault).__name__}: {fault}", again=True)
        return self._done(answer)

    def _given(self, variables: Mapping[str, Any]) -> dict[str, Any]:
        if self.shape is None:
            return {}
        if hasattr(self.shape, "model_validate"):
            try:
                return {str(self.whole): self.shape.model_validate(dict(variables))}
            except ValueError as fault:
                raise msgspec.ValidationError(str(fault)) from fault
        found = msgspec.convert(dict(variables), self.shape)
        if self.whole is not None:
            return {self.whole: found}
        return {name: getattr(found, name) for name in self.shape.__struct_fields__}

    def _done(self, answer: Any) -> Done | Failed:
        try:
            variables = {} if answer is None else plain(answer)
            if not isinstance(variables, dict):
                return Failed(f"{self.manifest.type} returned {type(answer).__name__}, not named values", again=False)
            if self.answer is not None and not hasattr(self.answer, "model_validate"):
                msgspec.convert(variables, self.answer)
        except (msgspec.ValidationError, TypeError, ValueError) as fault:
            return Failed(f"{self.manifest.type} returned what it does not declare: {_words(str(fault))}", again=False)
        return Done(variables)


def plain(value: Any) -> Any:
    """``value`` as JSON values with exact numbers; raises ``TypeError`` or ``ValueError`` for what JSON cannot say."""
    if hasattr(value, "model_dump"):
        value = value.model_dump()
    built = msgspec.to_builtins(value, builtin_types=(Decimal,), str_keys=True)
    _only_finite(built)
    return built


def _only_finite(value: Any) -> None:
    if isinstance(value, dict):
        for each in value.values():
            _only_finite(each)
    elif isinstance(value, list | tuple):
        for each in value:
            _only_finite(each)
    elif isinstance(value, float | Decimal) and not math.isfinite(value):
        raise ValueError(f"JSON has no number {value}")


def capability(
    job_type: str,
    *,
    title: str | Text = "",
    errors: Sequence[str] = (),
    cost: int = 0,
    timeout_seconds: int = 300,
) -> Callable[[Function], Function]:
    """Register a typed function as what does jobs of ``job_type``.

    Input is one dataclass, ``msgspec.Struct``, ``TypedDict`` or pydantic model, or keyword arguments; output is one of
    these, a mapping, or nothing. ``errors`` are the codes that it may throw by ``BusinessError``. ``EngineError`` for a
    signature that says too little.
    """

    def mark(function: Function) -> Function:
        setattr(function, MARK, _made(function, job_type, title, errors, cost, timeout_seconds))
        return function

    return mark


def capability_of(function: Callable[..., Any]) -> Capability:
    """What the decorator made of ``function``. ``EngineError`` where it was not decorated."""
    found = getattr(function, MARK, None)
    if not isinstance(found, Capability):
        name = getattr(function, "__name__", repr(function))
        remedy = Text("请加上 @capability(…)", "decorate it with @capability(…)")
        raise EngineError(problem(name, "不是能力函数", "this is no capability", "capability", remedy))
    return found


def _made(
    function: Callable[..., Any], job_type: str, title: str | Text, errors: Sequence[str], cost: int, seconds: int
) -> Capability:
    name = f"{function.__module__}.{function.__qualname__}"
    if not _TYPE.fullmatch(job_type):
        raise _unusable(name, f"作业类型 {job_type!r} 不可用", f"the job type {job_type!r} cannot be used")
    hints = get_type_hints(function)
    parameters = inspect.signature(function).parameters.values()
    untyped = [each.name for each in parameters if each.name not in hints or each.kind in (each.VAR_POSITIONAL,)]
    if untyped:
        raise _unusable(name, f"参数 {untyped[0]} 没有类型", f"the argument {untyped[0]} has no type")
    call = next((each.name for each in parameters if hints[each.name] is JobCall), None)
    inputs = [each for each in parameters if each.name != call]
    whole = inputs[0].name if len(inputs) == 1 and _is_record(hints[inputs[0].name]) else None
    shape: Any = hints[whole] if whole else _shape(job_type, inputs, hints)
    answer = hints.get("return")
    answer = None if answer in (None, type(None)) else answer
    words = inspect.getdoc(function) or ""
    said = title if isinstance(title, Text) else Text.both(title or words.split("\n")[0] or job_type)
    try:
        given, told = _schema(shape), _schema(answer)
    except TypeError as fault:
        raise _unusable(name, f"类型不能用 JSON 表达（{fault}）", f"a type has no JSON form ({fault})") from fault
    manifest = Manifest(
        type=job_type,
        title_zh=said.zh,
        title_en=said.en,
        words=words,
        input=given,
        output=told,
        errors=tuple(errors),
        cost=cost,
        timeout_seconds=seconds,
    )
    return Capability(manifest, function, shape, whole, call, answer)


def _shape(job_type: str, inputs: Sequence[inspect.Parameter], hints: Mapping[str, Any]) -> Any:
    if not inputs:
        return None
    fields: list[Any] = [
        (each.name, hints[each.name]) if each.default is each.empty else (each.name, hints[each.name], each.default)
        for each in inputs
    ]
    return msgspec.defstruct("Input", fields, kw_only=True, frozen=True, module=job_type)


def _is_record(hint: Any) -> bool:
    """Whether a type has named fields of its own."""
    return (
        dataclasses.is_dataclass(hint)
        or hasattr(hint, "__struct_fields__")
        or hasattr(hint, "model_validate")
        or hasattr(hint, "__required_keys__")
    )


def _schema(shape: Any) -> dict[str, Any]:
    if shape is None:
        return {"type": "object"}
    if hasattr(shape, "model_json_schema"):
        schema: dict[str, Any] = shape.model_json_schema()
        return schema
    return msgspec.json.schema(shape, schema_hook=_anything)


def _anything(hint: Any) -> dict[str, Any]:
    """``object`` is any value, as ``Any`` is."""
    if hint is object:
        return {"description": "any value"}  # an empty schema would count as none
    raise NotImplementedError


def _words(fault: str) -> str:
    """A validation fault with the field at its front."""
    match = _PLACE.match(fault)
    assert match is not None, "the pattern matches every text"
    what, where = match.group(1), (match.group(2) or "").strip(".")
    missing = _FIELD.search(what)
    if missing:
        return f"{'.'.join(filter(None, (where, missing.group(1))))}: required, and not there"
    return f"{where}: {what}" if where else what


def _unusable(name: str, zh: str, en: str) -> EngineError:
    remedy = Text("请改正函数的签名", "correct the function's signature")
    return EngineError(problem(name, zh, en, "capability", remedy))
