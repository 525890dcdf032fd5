"""Built-in functions of contexts (DMN 1.5, 10.3.4.11)."""

from __future__ import annotations

from ..session import null, spend
from ..values import Context, Value
from .registry import built_in


@built_in("get value(m: context, key: string)")
def get_value(m: Context, key: str) -> Value:
    """The entry with that key; null if there is none."""
    return m[key] if key in m else null("entry", f"上下文没有“{key}”", f"the context has no entry '{key}'")


@built_in("get entries(m: context)")
def get_entries(m: Context) -> list[Value]:
    """The entries as a list of contexts with ``key`` and ``value``."""
    return [{"key": key, "value": value} for key, value in m.items()]


@built_in("context(entries: list)")
def context(entries: list[Value]) -> Context | None:
    """The context that a list of entries with ``key`` and ``value`` describes."""
    built: Context = {}
    for entry in entries:
        key = entry.get("key") if type(entry) is dict and "value" in entry else None
        if type(key) is not str or key in built:
            return null("entry", "条目缺少键或值，或键重复", "an entry lacks its key or value, or a key occurs twice")
        built[key] = entry["value"]
    return built


@built_in("context put(context: context, key: string, value: Any)")
def context_put(context: Context, key: str, value: Value) -> Context:
    """The context with an entry added or replaced."""
    return {**context, key: value}


@built_in("context put(context: context, keys: list, value: Any)")
def context_put_deep(context: Context, keys: list[Value], value: Value) -> Context | None:
    """The same at a path of keys; null if there is no context on the way."""
    if not keys or not all(isinstance(key, str) for key in keys):
        return null("entry", "键须为文本", "the keys must be texts")
    spend(len(keys))
    first, *rest = keys
    if not rest:
        return {**context, first: value}
    inner = context.get(first)
    if type(inner) is not dict:
        return null("entry", f"“{first}”不是上下文", f"'{first}' is no context")
    deeper = context_put_deep(inner, rest, value)
    return None if deeper is None else {**context, first: deeper}


@built_in("context merge(contexts: list)")
def context_merge(contexts: list[Value]) -> Context | None:
    """The entries of all contexts; of equal keys the last counts."""
    if not all(type(context) is dict for context in contexts):
        return null("list-type", "列表含有非上下文", "the list has other than contexts")
    return {key: value for context in contexts for key, value in context.items()}
