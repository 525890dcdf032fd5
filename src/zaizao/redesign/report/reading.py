"""How figures with provenance are read: level, interval, source line. One rule per unit for the whole report."""

from __future__ import annotations

from collections.abc import Callable

from zaizao.problems import Text
from zaizao.redesign.evidence import Basis, Evidence, Figure, Unit
from zaizao.redesign.report.blocks import Cell
from zaizao.redesign.report.figures import duration, duration_unit, money, number, share

_SHOW: dict[Unit, Callable[[float], Text]] = {
    Unit.SECONDS: duration,
    Unit.FEN: money,
    Unit.SHARE: share,
    Unit.COUNT: lambda value: Text.both(number(value)),
    Unit.PER_DAY: lambda value: Text(f"{number(value)} /天", f"{number(value)} /d"),
}
_BASIS = {
    Basis.LOG: Text("日志", "log"),
    Basis.SIMULATION: Text("仿真", "simulation"),
    Basis.REHEARSAL: Text("彩排", "rehearsal"),
    Basis.FORMULA: Text("公式", "formula"),
    Basis.ASSUMPTION: Text("假设", "assumption"),
    Basis.PERSON: Text("人工判断", "a person"),
}


def shown(unit: Unit, value: float) -> Text:
    """``value`` in words of ``unit``."""
    return _SHOW[unit](value)


def level(figure: Figure) -> Text:
    """The figure's value."""
    return shown(figure.unit, figure.value)


def span(figure: Figure) -> Text:
    """The 95 % interval as ``(low – high)``; empty where the figure is exact."""
    if figure.low == figure.high or figure.low != figure.low:
        return Text("", "")
    low, high = shown(figure.unit, figure.low), shown(figure.unit, figure.high)
    return Text(f"({low.zh} – {high.zh})", f"({low.en} – {high.en})")


def compact(figure: Figure) -> Text:
    """Value and half-width of the interval in one unit: ``3.2 ±0.2 天``; for narrow tables."""
    half = (figure.high - figure.low) / 2
    if figure.unit is Unit.SECONDS:
        size, zh, en = duration_unit(figure.value)
        both = _plus_minus(figure.value / size, half / size)
        return Text(f"{both} {zh}", f"{both} {en}")
    if figure.unit is Unit.FEN:
        return Text.both(f"¥{_plus_minus(figure.value / 100, half / 100)}")
    if figure.unit is Unit.SHARE:
        return Text.both(f"{_plus_minus(figure.value * 100, half * 100)} %")
    return level(figure)


def _plus_minus(value: float, half: float) -> str:
    decimals = 0 if abs(value) >= 100 else 1
    return f"{value:,.{decimals}f} ±{half:,.{decimals}f}"


def gain(figure: Figure) -> Text:
    """A relative difference with its sign: ``−38 %``."""
    return Text.both(_signed(figure.value))


def gain_span(figure: Figure) -> Text:
    """The interval of a relative difference."""
    return Text.both(f"({_signed(figure.low)} … {_signed(figure.high)})")


def _signed(value: float) -> str:
    percent = value * 100
    sign = "+" if percent >= 0.5 else "−" if percent <= -0.5 else "±"
    return f"{sign}{abs(percent):.0f} %"


def cell(figure: Figure | None, css: str = "") -> Cell:
    """The figure with its interval as a table cell."""
    if figure is None:
        return Cell(Text.both("–"))
    return Cell(level(figure), span(figure), css, raw=f"{figure.value:.6g}")


def basis(evidence: Evidence) -> Text:
    """What a figure rests on, in a word."""
    return _BASIS[evidence.basis]


def source(evidence: Evidence) -> Text:
    """The source line: basis, query, seed."""
    seed = "" if evidence.seed is None else f" · seed {evidence.seed}"
    word = basis(evidence)
    return Text(f"来源：{word.zh} · {evidence.how.zh}{seed}", f"Source: {word.en} · {evidence.how.en}{seed}")


def joined(texts: list[Text], zh: str = "、", en: str = ", ") -> Text:
    """Texts as one list."""
    return Text(zh.join(text.zh for text in texts), en.join(text.en for text in texts))
