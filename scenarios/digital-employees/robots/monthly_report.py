"""The robot that adds up a month's report from the branches' spreadsheets."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from openpyxl import Workbook, load_workbook

from zaizao.robots import BusinessException, Work, robot

HEAD = ("科目", "金额（元）")
TOTAL = "合计"


@robot(queue="monthly-report", zh="汇总月报", en="monthly report")
def monthly_report(work: Work) -> dict[str, Any]:
    """One workbook with a row for each account and a column for each branch; wrong sheets go to a person by name."""
    folder = Path(work.payload["folder"])
    branches: dict[str, dict[str, int]] = {}
    for sheet in sorted((folder / "sheets").glob("*.xlsx")):
        mended = folder / "mended" / sheet.name
        branches[sheet.stem] = read_sheet(mended if work.payload.get("corrected") and mended.exists() else sheet)
    accounts = sorted({account for lines in branches.values() for account in lines})
    write_report(folder / "report.xlsx", accounts, branches)
    told = json.dumps([[account, [branches[one].get(account, 0) for one in sorted(branches)]] for account in accounts])
    total = sum(fen for lines in branches.values() for fen in lines.values())
    return {"report_total": total, "report_digest": hashlib.sha256(told.encode()).hexdigest()}


def read_sheet(place: Path) -> dict[str, int]:
    """Fen by account; a sheet that is not as agreed, or does not add up, is a person's matter."""
    rows = list(load_workbook(place, read_only=True, data_only=True).active.iter_rows(values_only=True))
    if not rows or tuple(rows[0][:2]) != HEAD:
        raise BusinessException("SHEET", f"{place.name}: the first row is not {HEAD}")
    found: dict[str, int] = {}
    for number, (account, amount, *_) in enumerate(rows[1:], 2):
        if not isinstance(amount, int | float):
            raise BusinessException("SHEET", f"{place.name}: row {number} holds no number")
        if account == TOTAL:
            if round(amount * 100) != sum(found.values()):
                raise BusinessException("SHEET", f"{place.name}: the total does not add up")
            return found
        found[str(account)] = found.get(str(account), 0) + round(amount * 100)
    raise BusinessException("SHEET", f"{place.name}: there is no total")


def write_report(place: Path, accounts: list[str], branches: dict[str, dict[str, int]]) -> None:
    """Written beside and then put in place, so that a repeat leaves one whole report."""
    book = Workbook()
    sheet = book.active
    names = sorted(branches)
    sheet.append(["科目", *names, TOTAL])
    for account in accounts:
        row = [branches[name].get(account, 0) for name in names]
        sheet.append([account, *(fen / 100 for fen in row), sum(row) / 100])
    beside = place.with_name("report.part.xlsx")
    book.save(beside)
    beside.replace(place)
