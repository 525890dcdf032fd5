"""Verification of decision tables: gaps, overlaps, rules that never decide, cells of the wrong type, idle columns.

Method: the constants of a column cut its domain into pieces; each piece knows which rules hold on it, as bits (the same
bits as the index). A rule is a box over the pieces, so overlaps and subsumption are intersections per column, and gaps
are found by walking the columns until no rule is left. Cells that take FEEL get the benefit of the doubt: they may
cover a gap and may avoid an overlap. The walk is bounded; a table too rich to finish says so.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from zaizao.dmn.cells import Cell, Constant, read_cell
from zaizao.dmn.index import Column, build_column, hits
from zaizao.dmn.model import DecisionTable, HitPolicy
from zaizao.feel import Date, string_of
from zaizao.problems import Problem, Severity, Text

_MOST_STEPS = 200_000
_MOST_SHOWN = 20
_MOST_UNREACHABLE = 100
_MOST_PIECES = 10_000_000
_WIDEST = 80
_KIND_NAMES: Mapping[type, str] = {Decimal: "number", str: "string", bool: "boolean", Date: "date"}
_SINGLE_HIT = (HitPolicy.UNIQUE, HitPolicy.ANY, HitPolicy.FIRST, HitPolicy.PRIORITY)


class FindingKind(StrEnum):
    """What verification can find."""

    GAP = "gap"
    OVERLAP = "overlap"
    SUBSUMED = "subsumed"
    UNREACHABLE = "unreachable"
    CELL_TYPE = "cell-type"
    OUTSIDE = "outside"
    EMPTY = "empty"
    UNUSED_INPUT = "unused-input"
    UNFINISHED = "unfinished"


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding: the ``rules`` concerned (from 1), ``values`` that show it (FEEL tests by column), the problem."""

    kind: FindingKind
    rules: tuple[int, ...]
    values: Mapping[str, str]
    problem: Problem


@dataclass(slots=True)
class _Axis:
    """A column as pieces: FEEL text and bits; ``certain`` without the cells that take FEEL."""

    label: str
    texts: list[str]
    bits: list[int]
    residual: int

    def certain(self, piece: int) -> int:
        return self.bits[piece] & ~self.residual

    def groups(self) -> dict[int, int]:
        """One piece for each different set of rules."""
        found: dict[int, int] = {}
        for piece, bits in enumerate(self.bits):
            found.setdefault(bits, piece)
        return found


def verify(
    table: DecisionTable,
    where: str = "table",
    domains: Sequence[str | None] = (),
    kinds: Sequence[type | None] = (),
) -> list[Finding]:
    """What is wrong or odd with the rules.

    ``domains`` are FEEL unary tests per input column that limit its values (else the column's own input values do);
    ``kinds`` are the types of the inputs where they are known to be ``Decimal``, ``str`` or ``bool``.
    """
    limits = [
        (domains[at] if at < len(domains) else None) or (column.values.text if column.values else None)
        for at, column in enumerate(table.inputs)
    ]
    cells = [[_cell_text(rule.inputs, at) for rule in table.rules] for at in range(len(table.inputs))]
    axes = [
        _axis(column.label or column.expression.text, texts, limit)
        for column, texts, limit in zip(table.inputs, cells, limits, strict=True)
    ]
    found = [*_cell_types(table, where, cells, kinds), *_columns(table, where, cells, limits)]
    if not table.rules or any(not axis.bits for axis in axes):
        return found
    if table.hit_policy in _SINGLE_HIT and not any(column.default for column in table.outputs):
        found.extend(_gaps(table, where, axes))
    touching, covering = _relations(axes, len(table.rules))
    found.extend(_overlaps(table, where, axes, touching, covering))
    if table.hit_policy is HitPolicy.FIRST:
        found.extend(_unreachable(table, where, axes, touching))
    return found


def _cell_text(row: Sequence[str], at: int) -> str:
    return row[at] if at < len(row) else "-"


def text_of(value: Constant) -> str:
    """A constant as FEEL."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Date):
        return f'date("{string_of(value)}")'
    return format(value, "f") if isinstance(value, Decimal) else f'"{value}"'


# --- pieces -------------------------------------------------------------------------------------------------------


def _axis(label: str, texts: Sequence[str], limit: str | None) -> _Axis:
    """The pieces of a column; the limit takes part as one more rule, whose bit then says which pieces exist."""
    domain = _domain(texts, limit)
    column = build_column([*texts, domain] if domain else texts)
    inside = 1 << len(texts)
    axis = _Axis(label, [], [], column.residual_bits)
    for text, bits in _pieces(column):
        if not domain or bits & inside:
            axis.texts.append(text)
            axis.bits.append(bits & (inside - 1))
    return axis


def _domain(texts: Sequence[str], limit: str | None) -> str | None:
    """The usable limit of a column: readable and of the type that the column tests; both truth values of a boolean."""
    kinds = {cell.kind for text in texts if (cell := read_cell(text)) is not None and cell.kind is not None}
    if kinds == {bool}:
        return "true, false"
    cell = read_cell(limit) if limit else None
    return limit if cell is not None and cell.kind is not None and kinds <= {cell.kind} else None


def _pieces(column: Column) -> Iterator[tuple[str, int]]:
    always = column.anything | column.residual_bits
    if column.bounds:
        bounds = [text_of(bound) for bound in column.bounds]
        for piece, bits in enumerate(column.pieces):
            at, on_bound = divmod(piece, 2)
            if on_bound:
                yield bounds[at], bits
            elif at == 0:
                yield f"< {bounds[0]}", bits
            elif at == len(bounds):
                yield f"> {bounds[-1]}", bits
            else:
                yield f"({bounds[at - 1]}..{bounds[at]})", bits
        return
    if column.kind is None:
        yield "-", always
        return
    for value, bits in column.exact.items():
        yield text_of(value), bits
    if column.kind is not bool or len(column.exact) < 2:
        yield f"not({', '.join(text_of(value) for value in column.exact)})", column.default


# --- findings -----------------------------------------------------------------------------------------------------


def _gaps(table: DecisionTable, where: str, axes: Sequence[_Axis]) -> Iterator[Finding]:
    found, finished = _uncovered(axes, (1 << len(table.rules)) - 1, None)
    for pieces in found:
        values = _values(axes, pieces)
        shown = _shown(values)
        problem = Problem(
            where,
            Text(f"没有规则覆盖：{shown}", f"no rule covers {shown}"),
            Text("请补充规则或设置默认输出", "add a rule or a default output"),
            "dmn.table.gap",
            Severity.WARNING,
        )
        yield Finding(FindingKind.GAP, (), values, problem)
    if not finished:
        yield _unfinished(where, "gap")


def _uncovered(
    axes: Sequence[_Axis], rules: int, box: int | None, most: int = _MOST_SHOWN, steps: int = _MOST_STEPS
) -> tuple[list[list[int]], bool]:
    """Boxes (piece per axis, shortest prefix) in which none of ``rules`` holds; with ``box``, only inside that rule
    and counting only what certainly holds. The second is whether the walk ended by itself."""
    found: list[list[int]] = []
    seen: set[tuple[int, int]] = set()
    options: list[dict[int, int]] = []
    own = 0 if box is None else 1 << box
    for axis in axes:
        if box is None:
            options.append(axis.groups())
        else:
            inside = [piece for piece, bits in enumerate(axis.bits) if bits & own]
            options.append({axis.certain(piece): piece for piece in reversed(inside)})
    stack: list[tuple[int, int, tuple[int, ...]]] = [(0, rules, ())]
    while stack:
        at, left, path = stack.pop()
        if not left:
            found.append(list(path))
            if len(found) >= most:
                return found, True
            continue
        if at == len(axes) or (at, left) in seen:
            continue
        seen.add((at, left))
        steps -= 1
        if steps < 0:
            return found, False
        stack.extend((at + 1, left & bits, (*path, piece)) for bits, piece in reversed(options[at].items()))
    return found, True


def _overlaps(
    table: DecisionTable, where: str, axes: Sequence[_Axis], touching: Sequence[int], covering: Sequence[int]
) -> Iterator[Finding]:
    """Pairs that hold together where the policy forbids it, and rules that another one makes redundant."""
    shown = 0
    for rule in range(len(table.rules)):
        for other in hits(covering[rule] & ~(1 << rule)):
            mutual = covering[other] >> rule & 1
            if table.rules[rule].outputs == table.rules[other].outputs and not (mutual and other > rule):
                yield _subsumed(where, rule, other, table, axes)
                break
        later = touching[rule] >> (rule + 1) << (rule + 1)
        for other in hits(later) if shown < _MOST_SHOWN else ():
            if _conflict(table, rule, other):
                shown += 1
                yield _overlap(where, rule, other, axes)
                if shown >= _MOST_SHOWN:
                    break


def _relations(axes: Sequence[_Axis], count: int) -> tuple[list[int], list[int]]:
    """Per rule: the rules that share a place with it for certain, and those that cover all of it for certain."""
    everything = (1 << count) - 1
    touching, covering = [everything] * count, [everything] * count
    for axis in axes:
        any_of, all_of = [0] * count, [everything] * count
        groups = [(bits, bits & ~axis.residual) for bits in axis.groups()]
        for bits, certain in groups:
            for rule in hits(certain):
                any_of[rule] |= certain
            for rule in hits(bits):
                all_of[rule] &= certain
        for rule in range(count):
            touching[rule] &= any_of[rule]
            covering[rule] &= all_of[rule]
    return touching, covering


def _conflict(table: DecisionTable, rule: int, other: int) -> bool:
    if table.hit_policy is HitPolicy.UNIQUE:
        return True
    return table.hit_policy is HitPolicy.ANY and table.rules[rule].outputs != table.rules[other].outputs


def _overlap(where: str, rule: int, other: int, axes: Sequence[_Axis]) -> Finding:
    pieces = [
        next(piece for piece in range(len(axis.bits)) if axis.bits[piece] >> rule & axis.bits[piece] >> other & 1)
        for axis in axes
    ]
    values = _values(axes, pieces)
    shown = _shown(values)
    problem = Problem(
        f"{where}, rule {other + 1}",
        Text(f"与规则 {rule + 1} 重叠：{shown}", f"it overlaps rule {rule + 1} at {shown}"),
        Text("请缩小其中一条规则的条件", "narrow one of the two"),
        "dmn.table.overlap",
    )
    return Finding(FindingKind.OVERLAP, (rule + 1, other + 1), values, problem)


def _subsumed(where: str, rule: int, other: int, table: DecisionTable, axes: Sequence[_Axis]) -> Finding:
    labels = [axis.label for axis in axes]
    values = dict(zip(labels, (_cell_text(table.rules[rule].inputs, at) for at in range(len(axes))), strict=False))
    problem = Problem(
        f"{where}, rule {rule + 1}",
        Text(
            f"被规则 {other + 1} 包含且输出相同：{_shown(values)}",
            f"rule {other + 1} covers it with the same output: {_shown(values)}",
        ),
        Text("可以删除该规则", "it can be removed"),
        "dmn.table.subsumed",
        Severity.WARNING,
    )
    return Finding(FindingKind.SUBSUMED, (rule + 1, other + 1), values, problem)


def _unreachable(table: DecisionTable, where: str, axes: Sequence[_Axis], touching: Sequence[int]) -> Iterator[Finding]:
    """Rules all of whose places earlier rules cover; the first hundred, and within a budget of pieces looked at."""
    budget, shown = _MOST_PIECES, 0
    for rule in range(1, len(table.rules)):
        earlier = touching[rule] & ((1 << rule) - 1)
        if not earlier:
            continue
        budget -= sum(len(axis.bits) for axis in axes)
        if budget < 0 or shown >= _MOST_UNREACHABLE:
            yield _unfinished(where, "unreachable")
            return
        free, finished = _uncovered(axes, earlier, rule, most=1, steps=2_000)
        if free or not finished:
            continue
        shown += 1
        values = {axis.label: _cell_text(table.rules[rule].inputs, at) for at, axis in enumerate(axes)}
        problem = Problem(
            f"{where}, rule {rule + 1}",
            Text(
                f"前面的规则已覆盖它的全部取值，永远不会命中：{_shown(values)}",
                f"the rules before it cover all of {_shown(values)}: it never decides",
            ),
            Text("请删除该规则或调整顺序", "remove it or move it up"),
            "dmn.table.unreachable",
            Severity.WARNING,
        )
        yield Finding(FindingKind.UNREACHABLE, (rule + 1,), values, problem)


def _cell_types(
    table: DecisionTable, where: str, cells: Sequence[Sequence[str]], kinds: Sequence[type | None]
) -> Iterator[Finding]:
    for column, texts, kind in zip(table.inputs, cells, kinds, strict=False):
        label = column.label or column.expression.text
        for rule, text in enumerate(texts, 1):
            cell = read_cell(text)
            if kind is None or cell is None or cell.kind in (None, kind):
                continue
            wanted, found = _KIND_NAMES[kind], _KIND_NAMES[cell.kind]
            problem = Problem(
                f"{where}, rule {rule}, input {label}",
                Text(
                    f"单元格 {_short(text)} 是 {found}，而输入是 {wanted}",
                    f"the cell {_short(text)} tests for {found}, but the input is {wanted}",
                ),
                Text(
                    "请改用与输入同类型的值；该规则永远不会命中",
                    "use values of the input's type: the rule never matches",
                ),
                "dmn.table.cell-type",
            )
            yield Finding(FindingKind.CELL_TYPE, (rule,), {label: text.strip()}, problem)


def _columns(
    table: DecisionTable, where: str, cells: Sequence[Sequence[str]], limits: Sequence[str | None]
) -> Iterator[Finding]:
    for at, column in enumerate(table.inputs):
        label = column.label or column.expression.text
        place = f"{where}, input {label}"
        if table.rules and all(text.strip() in ("-", "") for text in cells[at]):
            problem = Problem(
                place,
                Text("没有规则用到该输入列", "no rule tests this input"),
                Text("请删除该列或补上条件", "remove the column or test it"),
                "dmn.table.unused-input",
                Severity.WARNING,
            )
            yield Finding(FindingKind.UNUSED_INPUT, (), {label: "-"}, problem)
        limit = read_cell(limits[at] or "-")
        for rule, text in enumerate(cells[at], 1):
            cell = read_cell(text)
            if cell is not None and cell.spans and all(span.is_empty for span in cell.spans):
                yield _empty(f"{where}, rule {rule}, input {label}", rule, label, text)
            outside = _outside(cell, limit)
            if outside is not None:
                problem = Problem(
                    f"{where}, rule {rule}, input {label}",
                    Text(
                        f"{outside} 不在输入允许值 {limits[at]} 之内",
                        f"{outside} is not among the input's values {limits[at]}",
                    ),
                    Text("请修改单元格或允许值", "correct the cell or the allowed values"),
                    "dmn.table.outside",
                    Severity.WARNING,
                )
                yield Finding(FindingKind.OUTSIDE, (rule,), {label: outside}, problem)
    yield from _output_columns(table, where)


def _empty(where: str, rule: int, label: str, text: str) -> Finding:
    problem = Problem(
        where,
        Text(
            f"区间 {_short(text)} 不含任何值，该规则永远不会命中",
            f"no value lies in {_short(text)}: the rule never matches",
        ),
        Text("请修正区间的端点", "correct the ends of the interval"),
        "dmn.table.empty",
    )
    return Finding(FindingKind.EMPTY, (rule,), {label: text.strip()}, problem)


def _output_columns(table: DecisionTable, where: str) -> Iterator[Finding]:
    for at, column in enumerate(table.outputs):
        limit = read_cell(column.values.text) if column.values else None
        if limit is None or limit.kind is None:
            continue
        label = column.name or column.label or "output"
        for rule, row in enumerate(table.rules, 1):
            text = row.outputs[at] if at < len(row.outputs) else ""
            cell = read_cell(text)
            outside = None if cell is None or cell.is_any else _outside(cell, limit)
            if outside is not None and column.values is not None:
                problem = Problem(
                    f"{where}, rule {rule}, output {label}",
                    Text(
                        f"{outside} 不在输出允许值 {column.values.text} 之内",
                        f"{outside} is not among the output's values {column.values.text}",
                    ),
                    Text("请修改单元格或允许值", "correct the cell or the allowed values"),
                    "dmn.table.outside",
                    Severity.WARNING,
                )
                yield Finding(FindingKind.OUTSIDE, (rule,), {label: outside}, problem)


def _outside(cell: Cell | None, limit: Cell | None) -> str | None:
    """A constant of ``cell`` that ``limit`` excludes."""
    if cell is None or limit is None or cell.kind is None or limit.kind is not cell.kind:
        return None
    for span in cell.spans:
        if span.is_point and span.low is not None and not limit.holds(span.low):
            return text_of(span.low)
    return None


def _values(axes: Sequence[_Axis], pieces: Sequence[int]) -> dict[str, str]:
    shown = {axis.label: axis.texts[piece] for axis, piece in zip(axes, pieces, strict=False)}
    return {label: text for label, text in shown.items() if text != "-"}


def _shown(values: Mapping[str, str]) -> str:
    return ", ".join(f"{label}: {_short(text)}" for label, text in values.items()) or "-"


def _short(text: str) -> str:
    text = text.strip()
    return text if len(text) <= _WIDEST else f"{text[:_WIDEST]}…"


def _unfinished(where: str, what: str) -> Finding:
    problem = Problem(
        where,
        Text("表过于复杂，未能检查完全部组合", "the table is too rich to look at all combinations"),
        Text("请拆分决策表", "split the table"),
        f"dmn.table.unfinished-{what}",
        Severity.INFO,
    )
    return Finding(FindingKind.UNFINISHED, (), {}, problem)
