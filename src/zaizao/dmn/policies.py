"""Hit policies: what a table answers for the bits of the rules that matched (DMN 8.2.10 and 8.2.11)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from functools import reduce

from zaizao.dmn.code import Code, Scope, constant
from zaizao.dmn.index import hits
from zaizao.dmn.model import Aggregation, DecisionTable, HitPolicy
from zaizao.dmn.outputs import Outputs, same
from zaizao.dmn.reasons import null
from zaizao.feel import DECIMAL128, Value

Policy = Callable[[int, Sequence[Value]], Value]


def policy_of(table: DecisionTable, outputs: Outputs) -> Policy:
    """The function from matching bits (at least one) and the table's arguments to the answer."""
    policy = table.hit_policy
    if policy is HitPolicy.UNIQUE:
        return _several
    if policy is HitPolicy.ANY:
        return lambda bits, arguments: _any(_answers(outputs, bits, arguments))
    if policy is HitPolicy.PRIORITY:
        return lambda bits, arguments: min(_answers(outputs, bits, arguments), key=outputs.rank)
    if policy is HitPolicy.OUTPUT_ORDER and not outputs.ordered:
        return lambda bits, arguments: sorted(_answers(outputs, bits, arguments), key=outputs.rank)
    if policy is HitPolicy.COLLECT and table.aggregation is not None:
        if table.aggregation is Aggregation.COUNT:
            return lambda bits, _: Decimal(bits.bit_count())
        if len(outputs.columns) != 1:
            return _no_fold
        fold = _FOLDS[table.aggregation]
        return lambda bits, arguments: fold(_answers(outputs, bits, arguments))
    if outputs.all_constant and len(outputs.columns) == 1:
        values = outputs.values
        return lambda bits, _: [values[bit] for bit in hits(bits)]
    return lambda bits, arguments: _answers(outputs, bits, arguments)


def default_answer(table: DecisionTable, scope: Scope) -> Code:
    """What the table answers when no rule matches: the default outputs, else what its policy makes of nothing."""
    given = [column.default for column in table.outputs]
    if not any(given):
        if table.hit_policy is HitPolicy.COLLECT and table.aggregation in _OF_NOTHING:
            return Code((), _OF_NOTHING[table.aggregation], is_light=True)
        return constant(None)
    codes = [constant(None) if entry is None else scope.expression(entry.text) for entry in given]
    return _composed_default(table, codes, scope)


def _composed_default(table: DecisionTable, codes: Sequence[Code], scope: Scope) -> Code:
    names = tuple(sorted({name for code in codes for name in code.names}))
    places = [[names.index(name) for name in code.names] for code in codes]
    converts = [scope.types.boundary(column.type) for column in table.outputs]
    keys = [column.name or "" for column in table.outputs]
    listed = table.hit_policy in _LISTED and table.aggregation is None

    def answer(*arguments: Value) -> Value:
        values = [code.call(*[arguments[at] for at in own]) for code, own in zip(codes, places, strict=True)]
        values = [
            value if boundary is None else boundary.convert(value)
            for value, boundary in zip(values, converts, strict=True)
        ]
        single = values[0] if len(keys) == 1 else dict(zip(keys, values, strict=True))
        return [single] if listed and not isinstance(single, list) else single

    return Code(names, answer)


def _answers(outputs: Outputs, bits: int, arguments: Sequence[Value]) -> list[Value]:
    return [outputs.answer(bit, arguments) for bit in hits(bits)]


def _several(_bits: int, _arguments: Sequence[Value]) -> Value:
    return null("unique", "唯一命中表有多条规则命中", "several rules of a UNIQUE table match")


def _any(answers: Sequence[Value]) -> Value:
    first = answers[0]
    if all(same(first, other) for other in answers[1:]):
        return first
    return null("any", "命中规则的输出不一致", "the rules of an ANY table that match disagree")


def _no_fold(_bits: int, _arguments: Sequence[Value]) -> Value:
    return null("aggregation", "聚合只适用于单输出表", "only a table with one output can aggregate")


def _sum(answers: Sequence[Value]) -> Value:
    if not all(type(value) is Decimal for value in answers):
        return null("aggregation", "求和的输出不全是数字", "not all outputs to add are numbers")
    try:
        return reduce(DECIMAL128.add, answers)
    except ArithmeticError:
        return null("overflow", "求和结果超出数字范围", "the sum is too large")


def _smallest(answers: Sequence[Value]) -> Value:
    return _extreme(min, answers)


def _largest(answers: Sequence[Value]) -> Value:
    return _extreme(max, answers)


def _extreme(choose: Callable[[Sequence[Value]], Value], answers: Sequence[Value]) -> Value:
    if len({type(value) for value in answers}) > 1 or isinstance(answers[0], dict | list | bool | None):
        return null("aggregation", "输出无法比较大小", "the outputs cannot be ordered")
    try:
        return choose(answers)
    except TypeError:
        return null("aggregation", "输出无法比较大小", "the outputs cannot be ordered")


_FOLDS: dict[Aggregation, Callable[[Sequence[Value]], Value]] = {
    Aggregation.SUM: _sum,
    Aggregation.MIN: _smallest,
    Aggregation.MAX: _largest,
}
_OF_NOTHING: dict[Aggregation | None, Callable[[], Value]] = {None: list, Aggregation.COUNT: lambda: Decimal(0)}
_LISTED = (HitPolicy.COLLECT, HitPolicy.RULE_ORDER, HitPolicy.OUTPUT_ORDER)
