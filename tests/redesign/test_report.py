"""The report: figures as people read them, charts from plain numbers, one page that needs nothing from outside."""

from __future__ import annotations

import base64
import re
import shutil
import subprocess
from pathlib import Path
from xml.etree import ElementTree

import pytest

from zaizao.problems import Language, Text
from zaizao.redesign import Initiative, duration, money, number, render_report, share
from zaizao.redesign.report.blocks import csv_link
from zaizao.redesign.report.charts import Bubble, Interval, Stack, bubbles, intervals, quantile, stacks, ticks

TITLE = Text("贷款审批", "Loan approval")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.4, "0.40 s"), (59, "59 s"), (90, "1.5 min"), (7200, "2 h"), (86400 * 2.94, "2.9 d"), (86400 * 143, "143 d")],
)
def test_durations_keep_a_unit_in_which_the_number_is_readable(seconds: float, words: str) -> None:
    assert duration(seconds).en == words


def test_money_is_read_in_the_units_of_each_language() -> None:
    assert (money(52_900).zh, money(52_900).en) == ("¥529", "¥529")
    assert (money(1_234_500_00).zh, money(1_234_500_00).en) == ("¥123 万", "¥1,234 k")
    assert money(-1500).en == "−¥15"


def test_shares_and_numbers_never_show_more_than_three_digits() -> None:
    assert share(0.0312).en == "3.1 %"
    assert share(0.94).en == "94 %"
    assert number(1234.5) == "1,234"
    assert number(float("nan")) == "–"


def test_axes_are_divided_by_round_numbers_of_their_unit() -> None:
    assert ticks(0, 86400 * 10, 5, 86400) == [86400 * step for step in (0, 2, 4, 6, 8, 10)]


def test_quantiles_interpolate_between_neighbours() -> None:
    assert quantile([0.0, 10.0], 0.25) == 2.5


def test_charts_are_drawn_in_both_languages_and_are_well_formed() -> None:
    row = Interval(Text("方案 1", "option 1"), 5.0, 4.0, 6.0, Text("−50 %", "−50 %"), chosen=True)
    drawings = [
        intervals([row], reference=10.0, goal=7.0, show=duration, unit=1.0, title=TITLE),
        stacks([Stack(TITLE, (1.0, 2.0))], [TITLE, TITLE], show=duration, unit=1.0, title=TITLE),
        bubbles([Bubble(TITLE, 0.4, 0.5, 0.6, 0.7)], title=TITLE),
    ]
    for drawing in drawings:
        root = ElementTree.fromstring(drawing)
        classes = {name for text in root.iter("text") for name in text.get("class", "").split()}
        assert {"zh", "en"} <= classes


def test_a_picture_gives_its_data_as_csv_that_spreadsheets_read() -> None:
    link = csv_link(["步骤", "count"], [["审批", 3]])
    content = base64.b64decode(link.split(",", 1)[1])
    assert content.startswith(b"\xef\xbb\xbf")
    assert content.decode("utf-8-sig") == "步骤,count\r\n审批,3\r\n"


def test_the_page_holds_everything_and_every_figure_its_source(initiative: Initiative) -> None:
    page = render_report(initiative, title=TITLE)
    assert "贷款审批" in page
    assert "Loan approval" in page
    outside = re.sub(r"http://www\.w3\.org/\S+", "", page)
    assert "http" not in re.sub(r"data:text/csv[^\"]+", "", outside)
    assert page.count("<table") + page.count('class="diagram') <= page.count('class="source"')
    for stage in initiative.proof.figures.values():
        for figure in stage.values():
            assert figure.evidence.how.zh
            assert figure.evidence.how.en


def test_the_same_initiative_renders_to_the_same_page(initiative: Initiative) -> None:
    assert render_report(initiative, title=TITLE) == render_report(initiative, title=TITLE)


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine; CI installs it")
def test_a_browser_shows_the_language_asked_for_and_reports_no_error(initiative: Initiative, tmp_path: Path) -> None:
    page = tmp_path / "report.html"
    page.write_text(render_report(initiative, title=TITLE, language=Language.ZH), encoding="utf-8")
    shown = {}
    for language in ("zh", "en"):
        run = subprocess.run(
            [
                str(CHROMIUM),
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-background-networking",
                "--no-first-run",
                "--disable-component-update",
                "--disable-sync",
                "--enable-logging=stderr",
                f"--user-data-dir={tmp_path / language}",
                "--dump-dom",
                f"{page.as_uri()}?lang={language}",
            ],
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        )
        assert "Uncaught" not in run.stderr
        shown[language] = run.stdout
    assert re.search(r'<html[^>]* lang="en"', shown["en"])
    assert re.search(r'<html[^>]* lang="zh"', shown["zh"])
