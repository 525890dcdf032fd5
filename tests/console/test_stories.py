"""What people do in the console, from one end to the other, on the real server."""

import re
import time
from pathlib import Path
from typing import Any

import pytest

from console.models import small_loan
from console.serving import Served, SignIn
from zaizao import eventlog, scenarios

pytestmark = pytest.mark.slow


@pytest.fixture(scope="session")
def loan(served: Served) -> str:
    """The small loan deployed; its definition's key."""
    made = served.post("/v2/deployments", files={"resources": ("loan.bpmn", small_loan())})
    return str(made["deployments"][0]["processDefinition"]["processDefinitionKey"])


def _case(served: Served, **variables: Any) -> str:
    made = served.post("/v2/process-instances", json={"processDefinitionId": "small-loan", "variables": variables})
    return str(made["processInstanceKey"])


def test_an_initiative_goes_from_upload_to_proof(sign_in: SignIn, served: Served, tmp_path: Path) -> None:
    pack = scenarios.load(scenarios.bundled())
    eventlog.write(scenarios.generate(pack), tmp_path / "loans.csv")
    page = sign_in("li")
    page.goto(f"{served.url}/logs/import")
    page.set_input_files("input[type=file]", str(tmp_path / "loans.csv"))
    page.get_by_role("button", name="读取日志").click()
    page.get_by_role("button", name="建立再造项目").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_text("仿真与彩排的规模").click()
    for label, value in (("组合仿真次数", "8"), ("每次仿真案件", "150"), ("彩排案件", "20")):
        dialog.get_by_label(label).fill(value)
    dialog.get_by_role("button", name="开始").click()
    page.get_by_text("关闭页面也会继续运行").wait_for()
    page.get_by_role("link", name=re.compile("验证")).wait_for(timeout=400_000)
    for step in ("读取", "还原现状", "评估价值", "标定仿真", "再造", "构建", "彩排", "验证"):
        page.get_by_role("navigation", name="八个步骤").get_by_role("link", name=re.compile(step)).click()
        page.locator("main h2").first.wait_for()
    assert page.locator("table.plain-table tbody tr").count() >= 5
    page.get_by_role("button", name="看报告").click()
    report = page.frame_locator("iframe.frameless")
    report.locator("h1, h2").first.wait_for()


def test_a_designer_deploys_a_process_with_a_note(sign_in: SignIn, served: Served, tmp_path: Path) -> None:
    path = tmp_path / "drawn.bpmn"
    path.write_bytes(small_loan().replace(b"small-loan", b"drawn-loan"))
    page = sign_in("li")
    page.goto(f"{served.url}/studio")
    page.set_input_files("input[type=file]", str(path))
    page.get_by_text("没有问题，可以部署").wait_for()
    page.get_by_role("button", name="部署", exact=True).click()
    dialog = page.get_by_role("dialog")
    assert dialog.get_by_role("button", name="部署", exact=True).is_disabled(), "a version needs a note"
    dialog.get_by_label("版本说明").fill("第一版")
    dialog.get_by_role("button", name="部署", exact=True).click()
    page.get_by_text("已部署，新案件从现在起走这一版").wait_for()
    found = served.post("/v2/process-definitions/search", json={"filter": {"processDefinitionId": "drawn-loan"}})
    assert len(found["items"]) == 1


def test_what_is_wrong_in_a_drawing_is_named_while_it_is_drawn(sign_in: SignIn, served: Served, tmp_path: Path) -> None:
    path = tmp_path / "wrong.bpmn"
    path.write_bytes(small_loan().replace("=[&quot;受理&quot;]".encode(), b"=[1,"))
    page = sign_in("li")
    page.goto(f"{served.url}/studio")
    page.set_input_files("input[type=file]", str(path))
    page.get_by_role("region", name="问题").get_by_text("错误").first.wait_for()
    assert page.get_by_role("button", name="部署", exact=True).is_disabled()


def test_an_operator_solves_an_incident(sign_in: SignIn, served: Served, loan: str) -> None:
    key = _case(served, customer="客户一")
    task = served.post("/v2/user-tasks/search", json={"filter": {"processInstanceKey": key}})["items"][0]
    served.post(f"/v2/user-tasks/{task['userTaskKey']}/completion", json={})
    asked = {"type": "score", "timeout": 60_000, "maxJobsToActivate": 10, "requestTimeout": -1}
    job = next(
        job for job in served.post("/v2/jobs/activation", json=asked)["jobs"] if job["processInstanceKey"] == key
    )
    served.post(f"/v2/jobs/{job['jobKey']}/failure", json={"retries": 0, "errorMessage": "评分服务超时"})
    page = sign_in("chen")
    page.goto(f"{served.url}/operations/instances/{key}")
    page.get_by_text("停在异常上：评分").wait_for()
    page.get_by_text("评分服务超时").wait_for()
    page.get_by_role("button", name="重试", exact=True).click()
    page.get_by_text("已重试 1 件").wait_for()
    page.get_by_text("正在：评分").wait_for()
    assert served.post("/v2/jobs/activation", json=asked)["jobs"], "the job is there to be taken again"


def test_a_clerk_finishes_a_work_item(sign_in: SignIn, served: Served, loan: str) -> None:
    key = _case(served, customer="客户二")
    item = _item(served, key, "受理核对")
    page = sign_in("chen")
    page.goto(f"{served.url}/inbox/{item}")
    page.get_by_role("button", name="认领", exact=True).click()
    page.get_by_role("button", name="完成", exact=True).click()
    page.get_by_text(re.compile("已办结|已提交")).first.wait_for()
    assert [row["elementId"] for row in _standing(served, key)] == ["score"]


def test_the_second_person_confirms_and_the_first_cannot(sign_in: SignIn, served: Served) -> None:
    ticket = {
        "id": "pair-1",
        "kind": "ticket",
        "subject": "冲正 12,300.00 元",
        "groups": ["审批"],
        "fourEyes": ["审批"],
    }
    served.post("/api/inbox/items", json=ticket)
    first = sign_in("chen")
    first.goto(f"{served.url}/inbox/pair-1")
    first.get_by_role("button", name="认领", exact=True).click()
    first.get_by_role("button", name="提交复核").click()
    first.get_by_text("本人不能复核自己的提交").wait_for()
    assert first.get_by_role("button", name="复核同意").count() == 0
    refused = first.evaluate(
        """async () => {
          const session = await (await fetch('/api/session')).json();
          const headers = { 'Content-Type': 'application/json', 'X-CSRF-Token': session.csrfToken };
          return (await fetch('/api/inbox/items/pair-1/confirm', { method: 'POST', headers, body: '{}' })).status;
        }"""
    )
    assert refused == 409
    second = sign_in("zhao")
    second.goto(f"{served.url}/inbox/pair-1")
    second.get_by_role("button", name="复核同意").click()
    second.get_by_text("已办结").first.wait_for()


def test_a_deployment_waits_for_a_second_person(sign_in: SignIn, served: Served, tmp_path: Path) -> None:
    path = tmp_path / "proposed.bpmn"
    path.write_bytes(small_loan().replace(b"small-loan", b"proposed-loan"))
    designer = sign_in("li")
    designer.goto(f"{served.url}/studio")
    designer.set_input_files("input[type=file]", str(path))
    designer.get_by_text("没有问题，可以部署").wait_for()
    designer.get_by_role("button", name="部署", exact=True).click()
    designer.get_by_label("版本说明").fill("利率调整")
    designer.get_by_role("button", name="提请第二人批准").click()
    designer.get_by_text("已提请第二人批准").wait_for()
    approver = sign_in("zhao")
    approver.goto(f"{served.url}/administration/approvals")
    approver.get_by_text("利率调整").first.click()
    approver.get_by_role("button", name="批准", exact=True).click()
    approver.get_by_text("已处理").wait_for()
    found = served.post("/v2/process-definitions/search", json={"filter": {"processDefinitionId": "proposed-loan"}})
    assert len(found["items"]) == 1


def _item(served: Served, case: str, subject: str) -> str:
    for _ in range(40):
        found = served.post("/api/inbox/items/search", json={"filter": {"case": case}})["items"]
        mine = [item["id"] for item in found if item["subject"] == subject]
        if mine:
            return str(mine[0])
        time.sleep(0.25)
    raise AssertionError(f"no item {subject} for case {case}")


def _standing(served: Served, case: str) -> list[dict[str, Any]]:
    asked = {"filter": {"processInstanceKey": case, "state": "ACTIVE"}}
    found = served.post("/v2/element-instances/search", json=asked)["items"]
    return [row for row in found if row["type"] != "PROCESS"]
