"""The report: one self-contained page in two languages, and the figures as people read them."""

from zaizao.redesign.report.could_be import label
from zaizao.redesign.report.figures import day, duration, money, number, share
from zaizao.redesign.report.page import render_report
from zaizao.redesign.report.reading import compact, gain, gain_span, joined, level, span

__all__ = [
    "compact",
    "day",
    "duration",
    "gain",
    "gain_span",
    "joined",
    "label",
    "level",
    "money",
    "number",
    "render_report",
    "share",
    "span",
]
