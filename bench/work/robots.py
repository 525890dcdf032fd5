"""Robots: a ten-field browser form by a robot with its trace off, and items of pure file work a second.

The site is a stand-in on loopback; the file work adds up a spreadsheet of 200 rows by openpyxl. Target: 0.6 s median,
20 items a second.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from pathlib import Path

import sqlalchemy as sa

from zaizao.robots import NewItem, RobotStore, Work, Worker, chromium, robot

sys.path.insert(0, str(Path(__file__).parents[2] / "tests"))
FORMS = 30
SHEETS = 100


@robot(queue="forms", browser=True)
def fill(work: Work) -> dict[str, object]:
    """Fill ten fields and send them."""
    work.page.goto(work.payload["url"])
    for name, value in work.payload["form"].items():
        work.page.locator(f"input[name={name}]").fill(value)
    work.page.get_by_role("button").click()
    return {"receipt": work.page.locator("#receipt").inner_text()}


@robot(queue="sheets")
def add_up(work: Work) -> dict[str, object]:
    """Add up the second column of a spreadsheet."""
    from openpyxl import load_workbook

    book = load_workbook(work.payload["file"], read_only=True)
    return {"sum": sum(row[1] for row in book.active.iter_rows(values_only=True))}


def worked(worker: Worker) -> list[float]:
    """Seconds of each item until nothing waits."""
    seconds = []
    while True:
        began = time.perf_counter()
        if worker.once() is None:
            return seconds
        seconds.append(time.perf_counter() - began)


def main() -> None:
    """Print the figures."""
    from openpyxl import Workbook

    from robots.bank_site import FIELDS, site

    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        store = RobotStore(sa.create_engine(f"sqlite:///{folder / 'robots.db'}"))
        for queue in ("forms", "sheets"):
            store.open_queue(queue)

        def serving(one: object) -> Worker:
            return Worker(store, one, name="bench", now=lambda: time.time_ns() // 1000, evidence=folder, trace=False)

        book = Workbook()
        for row in range(200):
            book.active.append([f"row {row}", row])
        book.save(folder / "sums.xlsx")
        store.add("sheets", [NewItem(f"s{n}", {"file": str(folder / "sums.xlsx")}) for n in range(SHEETS)], 0)
        seconds = worked(serving(add_up))
        print(f"file work: {len(seconds) / sum(seconds):6.1f} items a second (target 20)")
        if chromium() is None:
            print("browser form: no Chromium is installed")
            return
        with site() as served:
            forms = [{"url": served.url, "form": {f: f"{f} {n}" for f in FIELDS}} for n in range(FORMS)]
            store.add("forms", [NewItem(f"f{n}", form) for n, form in enumerate(forms)], 0)
            worker = serving(fill)
            median = statistics.median(worked(worker)[1:])
            worker.run(until_empty=True)
            print(f"ten-field form: {median:5.2f} s median of {FORMS - 1} (target 0.6)")
