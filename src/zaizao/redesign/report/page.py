"""Render the report: one self-contained HTML page, both languages inside, nothing fetched from outside."""

from __future__ import annotations

from importlib import resources

from jinja2 import DictLoader, Environment, StrictUndefined
from markupsafe import Markup

from zaizao import __version__
from zaizao.problems import Language, Text
from zaizao.redesign.initiative import Initiative
from zaizao.redesign.report.as_is import as_is
from zaizao.redesign.report.could_be import could_be
from zaizao.redesign.report.figures import day
from zaizao.redesign.report.first_screen import first_screen
from zaizao.redesign.report.methods import methods
from zaizao.redesign.report.pilot_proof import pilot_proof
from zaizao.redesign.report.running import running
from zaizao.redesign.report.why import why


def render_report(initiative: Initiative, *, title: Text | None = None, language: Language = Language.ZH) -> str:
    """The whole page as HTML text; ``language`` is the one shown first (a switch stands on the page)."""
    folder = resources.files("zaizao.redesign.report")
    template = folder.joinpath("report.html.j2").read_text(encoding="utf-8")
    style = folder.joinpath("report.css").read_text(encoding="utf-8")
    environment = Environment(loader=DictLoader({"report": template}), autoescape=True, undefined=StrictUndefined)
    log = initiative.as_is.log
    figures = initiative.as_is.figures
    period = f"{day(figures.since, log.zone).en} – {day(figures.until, log.zone).en}"
    name = title or Text.both(initiative.reading.source)
    page = environment.get_template("report").render(
        language=language.value,
        version=__version__,
        css=Markup(style),  # noqa: S704 - our own file
        kicker=Text("流程再造报告", "Process re-engineering report"),
        title=name,
        subtitle=Text(
            f"{period}，{figures.cases:,} 个案例，{figures.events:,} 次活动，{figures.activities} 种活动",
            f"{period}, {figures.cases:,} cases, {figures.events:,} executions of {figures.activities} activities",
        ),
        sections=[
            first_screen(initiative),
            as_is(initiative),
            why(initiative),
            could_be(initiative),
            running(initiative),
            pilot_proof(initiative),
            methods(initiative),
        ],
    )
    return page + "\n"
