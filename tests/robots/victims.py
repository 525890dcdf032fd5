"""Robots that the tests run, also in processes of their own."""

from __future__ import annotations

import time
from pathlib import Path

from zaizao.robots import BusinessException, SystemException, Work, robot


@robot(queue="filing", browser=True, zh="备案", en="file with the site", secrets=("site",))
def file_account(work: Work) -> dict[str, object]:
    work.page.goto(work.payload["url"])
    for name, value in work.payload["form"].items():
        work.page.locator(f"input[name={name}]").fill(value)
    work.page.get_by_role("button").click()
    return {"receipt": work.page.locator("#receipt").inner_text()}


@robot(queue="sums")
def add_up(work: Work) -> dict[str, object]:
    kind = work.payload.get("kind")
    if kind == "wrong":
        raise BusinessException("no-amount", "the row has no amount")
    if kind == "broken":
        raise SystemException("the share is away")
    return {"sum": sum(work.payload["numbers"])}


@robot(queue="slow", lease=0.5)
def slow(work: Work) -> dict[str, object]:
    with Path(work.payload["log"]).open("a") as log:
        log.write(f"{work.item.reference} {work.item.attempt}\n")
    time.sleep(work.payload["seconds"])
    return {}
