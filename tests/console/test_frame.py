"""The frame: signing in, languages, large type, what a viewer may not, and nothing that a screen reader stumbles on."""

from typing import Any

import pytest

from console.serving import AXE, Served, SignIn

pytestmark = pytest.mark.slow
SCREENS = ("/", "/logs", "/logs/import", "/initiatives", "/library", "/library/city-bank-loan", "/studio", "/operations",
           "/inbox", "/robots", "/risk", "/centres", "/administration/users", "/administration/audit", "/about")  # fmt: skip


def test_a_wrong_password_is_refused_in_words_and_a_right_one_opens_the_overview(browser: Any, served: Served) -> None:
    context = browser.new_context(locale="zh-CN")
    page = context.new_page()
    page.goto(served.url)
    page.fill("input[name=name]", "sun")
    page.fill("input[name=password]", "not the password")
    page.keyboard.press("Enter")
    page.get_by_text("用户名或密码不正确").wait_for()
    page.fill("input[name=password]", "Zaizao-2026-console")
    page.keyboard.press("Enter")
    page.locator("nav.rail").wait_for()
    assert page.locator("h1").inner_text()
    context.close()


def test_the_language_switch_changes_every_word_of_the_frame_and_stays_after_a_reload(sign_in: SignIn) -> None:
    page = sign_in("sun")
    assert page.locator("html").get_attribute("lang") == "zh-CN"
    page.get_by_role("button", name="English").click()
    page.get_by_role("link", name="Process map").wait_for()
    page.reload()
    page.get_by_role("link", name="Findings").wait_for()
    assert page.locator("html").get_attribute("lang") == "en"
    assert "日志" not in page.locator("nav.rail").inner_text()


def test_the_care_mode_makes_type_larger(sign_in: SignIn) -> None:
    page = sign_in("sun")
    size = "parseFloat(getComputedStyle(document.body).fontSize)"
    before = page.evaluate(size)
    page.get_by_role("button", name="大字").click()
    assert page.evaluate(size) >= before * 1.2
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), "nothing runs off the side"


def test_a_viewer_sees_no_act_and_is_refused_by_the_server(sign_in: SignIn) -> None:
    page = sign_in("sun")
    page.get_by_role("link", name="再造项目").first.click()
    page.wait_for_load_state("networkidle")
    assert page.get_by_role("button", name="新建项目").count() == 0
    assert page.get_by_role("link", name="管理").count() == 0
    status = page.evaluate(
        """async () => {
          const session = await (await fetch('/api/session')).json();
          const headers = { 'Content-Type': 'application/json', 'X-CSRF-Token': session.csrfToken };
          return (await fetch('/api/logs/generated', { method: 'POST', headers, body: '{"pack":"city-bank-loan"}' })).status;
        }"""
    )
    assert status == 403


def test_a_deep_link_that_leads_nowhere_helps_back(sign_in: SignIn, served: Served) -> None:
    page = sign_in("sun")
    page.goto(f"{served.url}/nowhere/at/all")
    page.get_by_role("button", name="回驾驶舱").click()
    page.locator("nav.rail a.active").wait_for()


def test_no_screen_has_a_serious_accessibility_violation(sign_in: SignIn, served: Served) -> None:
    if not AXE.is_file():
        pytest.skip("axe-core is not there: run `npm ci --ignore-scripts` in console/")
    page = sign_in("wang")
    found: list[str] = []
    for path in SCREENS:
        page.goto(served.url + path)
        page.wait_for_load_state("networkidle")
        page.evaluate(AXE.read_text("utf-8"))
        broken = page.evaluate(
            "axe.run(document, { resultTypes: ['violations'] }).then((found) => found.violations"
            ".filter((one) => ['serious', 'critical'].includes(one.impact))"
            ".map((one) => one.id + ': ' + one.nodes.slice(0, 3).map((node) => node.html.slice(0, 160)).join(' | ')))"
        )
        found += [f"{path} {one}" for one in broken]
    assert found == []


def test_the_first_meaningful_screen_is_there_within_a_second_and_a_half(sign_in: SignIn, served: Served) -> None:
    page = sign_in("sun")
    times = []
    for _ in range(3):
        page.goto(served.url)
        page.locator("h1").wait_for()
        times.append(page.evaluate("performance.now()"))
    assert min(times) < 1500, times
