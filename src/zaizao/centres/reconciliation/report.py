"""A run told to people: what agreed, what is suggested, what broke, how old it is."""

from __future__ import annotations

from collections.abc import Sequence

from zaizao.centres.reconciliation.run import Class, Run
from zaizao.problems import Language, Text

_CLASSES = {
    Class.MISSING: Text("缺失（仅左方有）", "missing (on the left only)"),
    Class.EXTRA: Text("多出（仅右方有）", "extra (on the right only)"),
    Class.DOUBLE: Text("重复", "double"),
    Class.AMOUNT: Text("金额不符", "amount differs"),
    Class.DATE: Text("日期不符", "date differs"),
    Class.SPLIT: Text("拆分不符", "split does not add up"),
}
_AGES = ((0, 1), (2, 7), (8, 30), (31, None))


def report(run: Run, language: Language = Language.ZH) -> str:
    """The run as Markdown; amounts in minor units, as the run has them."""

    def say(zh: str, en: str) -> str:
        return Text(zh, en).say(language)

    left, right = run.totals
    lines = [
        f"# {say('对账报告', 'Reconciliation')}: {run.model.name} ({run.as_of.isoformat()})",
        "",
        *_table(
            (say("", ""), say("左方", "left"), say("右方", "right")),
            [
                (say("笔数", "rows"), f"{run.rows[0]:,}", f"{run.rows[1]:,}"),
                (say("合计", "total"), f"{left:,}", f"{right:,}"),
            ],
        ),
        f"{say('差额', 'Difference')}: {left - right:,}",
        "",
        f"## {say('相符', 'Matched')}",
        "",
    ]
    matched = [(kind, f"{groups:,}", f"{rows:,}", f"{off:,}") for kind, (groups, rows, off) in run.kinds.items()]
    for rung in dict.fromkeys(one.rung for one in run.matches):
        some = [one for one in run.matches if one.rung is rung]
        rows = sum(len(one.left) + len(one.right) for one in some)
        matched.append((rung.value, f"{len(some):,}", f"{rows:,}", "0"))
    heads = (say("方式", "how"), say("组数", "groups"), say("笔数", "rows"), say("差额", "difference"))
    lines += _table(heads, matched)
    lines += [f"{say('待人工确认的建议', 'Suggestions for a person')}: {len(run.suggestions):,}", ""]
    lines += [f"## {say('差异', 'Breaks')}", ""]
    ages = run.breaks["age"].fill_null(0).to_list()
    classes = run.breaks["class"].to_list()
    spans = [f"{low}–{high}" if high is not None else f"≥ {low}" for low, high in _AGES]
    aged = [f"{span} {say('天', 'days')}" for span in spans]
    broken = []
    for name, (count, difference) in run.classes().items():
        own = [age for age, one in zip(ages, classes, strict=True) if one == name]
        by_age = [sum(age >= low and (high is None or age <= high) for age in own) for low, high in _AGES]
        broken.append((_CLASSES[name].say(language), f"{count:,}", f"{difference:,}", *(str(n) for n in by_age)))
    return "\n".join(
        [*lines, *_table((say("类别", "class"), say("项数", "breaks"), say("差额", "difference"), *aged), broken)]
    )


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    body = [heads, ["---"] + ["---:"] * (len(heads) - 1), *rows]
    return ["| " + " | ".join(row) + " |" for row in body] + [""]
