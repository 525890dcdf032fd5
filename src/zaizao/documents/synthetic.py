"""Synthetic documents for tests and packs: seeded facts, drawn as a page, spoilt as a scan or a photo.

Rule kept: the same seed gives the same picture and the same facts; the facts are what a perfect reader would return
(``Extract.values``). Nothing is copied from a real document: layouts are our own, near enough to the real ones that
labels stand where people know them.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from zaizao.documents import people as p
from zaizao.documents.amounts import spell
from zaizao.documents.drawing import Sheet
from zaizao.documents.kinds import DocumentKind


class Quality(StrEnum):
    """How a page reached us."""

    CLEAN = "clean"
    """Rendered, as a PDF gives it."""
    SCAN = "scan"
    """Slightly turned, grey, noisy, compressed."""
    PHOTO = "photo"
    """Taken by hand: perspective, uneven light, noise, strong compression."""


@dataclass(frozen=True, slots=True)
class Synthetic:
    """A picture and the facts on it."""

    kind: DocumentKind
    picture: Image.Image
    facts: dict[str, Any]


def make(kind: DocumentKind, luck: Generator, quality: Quality = Quality.CLEAN) -> Synthetic:
    """One document of ``kind``."""
    facts, sheet = _MAKERS[kind](luck)
    return Synthetic(kind, spoil(sheet.picture, luck, quality), facts)


def _money(fen: int) -> str:
    return f"¥{fen // 100:,}.{fen % 100:02d}"


def _day(one: date) -> str:
    return f"{one.year}年{one.month:02d}月{one.day:02d}日"


def _licence(luck: Generator) -> tuple[dict[str, Any], Sheet]:
    name, region, address = p.firm(luck)
    code, person = p.credit_code(luck, region), p.person(luck)
    founded = p.some_day(luck, date(2005, 1, 1), date(2024, 12, 31))
    capital = int(luck.integers(1, 100)) * 50 * 1_000_000
    scope = "技术开发、技术咨询、技术服务；计算机系统服务；销售电子产品、建筑材料、日用品；货物进出口；企业管理咨询。"
    sheet = Sheet(1600, 1130)
    sheet.frame()
    sheet.centre(120, "营业执照", 84)
    sheet.label(90, 250, "统一社会信用代码", code, size=32)
    sheet.code(1320, 90, f"http://www.gsxt.gov.cn/{code}", 190)
    rows = (
        ("名　　称", name),
        ("类　　型", "有限责任公司（自然人投资或控股）"),
        ("法定代表人", person),
        ("注册资本", spell(capital).replace("整", "整")),
        ("成立日期", _day(founded)),
        ("营业期限", f"{_day(founded)}至长期"),
        ("住　　所", address),
    )
    for place, (label, value) in enumerate(rows):
        sheet.label(90, 330 + 68 * place, label, value, size=34, value_at=330)
    sheet.label(90, 330 + 68 * len(rows), "经营范围", scope, size=34, value_at=330, width=36)
    sheet.seal(1290, 900, "市场监督管理局")
    facts = {
        "code": code,
        "name": name,
        "type": "有限责任公司（自然人投资或控股）",
        "person": person,
        "capital": capital,
        "founded": founded,
        "term": f"{_day(founded)}至长期",
        "address": address,
        "scope": scope,
    }
    return facts, sheet


def _identity_front(luck: Generator) -> tuple[dict[str, Any], Sheet]:
    region, address = p.home(luck)
    born = p.some_day(luck, date(1955, 1, 1), date(2005, 12, 31))
    number, name = p.identity_number(luck, region, born), p.person(luck)
    sex = "女" if int(number[16]) % 2 == 0 else "男"
    sheet = Sheet(1080, 680, "#EEF4F6")
    sheet.label(70, 70, "姓名", name, size=42, value_at=190)
    sheet.label(70, 155, "性别", sex, size=36, value_at=190)
    sheet.label(320, 155, "民族", "汉", size=36, value_at=430)
    sheet.label(70, 235, "出生", f"{born.year} 年 {born.month} 月 {born.day} 日", size=36, value_at=190)
    sheet.label(70, 315, "住址", address, size=36, value_at=190, width=13)
    sheet.label(70, 570, "公民身份号码", number, size=42, value_at=370)
    sheet.portrait(760, 70, 250, 330, luck)
    facts = {"name": name, "sex": sex, "people": "汉", "born": born, "address": address, "number": number}
    return facts, sheet


def _identity_back(luck: Generator) -> tuple[dict[str, Any], Sheet]:
    _, address = p.home(luck)
    issuer = address[: address.index("区") + 1 if "区" in address else 3] + "公安局"
    begin = p.some_day(luck, date(2008, 1, 1), date(2024, 12, 31))
    begin = begin.replace(day=min(begin.day, 28))
    until = date.max if luck.random() < 0.2 else begin.replace(year=begin.year + 20)
    words = "长期" if until == date.max else f"{until:%Y.%m.%d}"
    sheet = Sheet(1080, 680, "#EEF4F6")
    sheet.seal(70, 60, "", round_only=True)
    sheet.centre(120, "中华人民共和国", 60)
    sheet.centre(220, "居民身份证", 76)
    sheet.label(240, 470, "签发机关", issuer, size=38, value_at=440)
    sheet.label(240, 560, "有效期限", f"{begin:%Y.%m.%d}-{words}", size=38, value_at=440)
    return {"issuer": issuer, "valid": (begin, until)}, sheet


def _party(luck: Generator) -> tuple[str, str, str]:
    return p.firm(luck)[0], p.account(luck), p.pick(luck, p.BANKS) + "营业部"


def _receipt(luck: Generator) -> tuple[dict[str, Any], Sheet]:
    payer, payee = _party(luck), _party(luck)
    amount = int(luck.integers(10_000, 500_000_000))
    when = p.some_day(luck, date(2024, 1, 1), date(2025, 12, 31))
    serial = f"{when:%Y%m%d}" + "".join(map(str, luck.integers(0, 10, 12)))
    purpose = p.pick(luck, ("货款", "服务费", "工程款", "往来款", "租金"))
    sheet = Sheet(1600, 900)
    sheet.centre(70, "银行电子回单", 56)
    sheet.label(90, 170, "交易流水号", serial, size=30, value_at=290)
    sheet.label(1000, 170, "交易日期", _day(when), size=30, value_at=1170)
    for left, who, (name, number, bank) in ((90, "付款人", payer), (820, "收款人", payee)):
        sheet.label(left, 250, who + "户名", name, size=30, value_at=left + 220)
        sheet.label(left, 320, who + "账号", number, size=30, value_at=left + 220)
        sheet.label(left, 390, who + "开户行", bank, size=30, value_at=left + 220)
    sheet.rule(440)
    sheet.label(90, 480, "大写金额", "人民币" + spell(amount), size=32, value_at=290)
    sheet.label(90, 560, "小写金额", _money(amount), size=32, value_at=290)
    sheet.label(820, 560, "用途", purpose, size=32, value_at=960)
    sheet.seal(1260, 620, "电子回单专用章")
    facts = {
        "serial": serial,
        "date": when,
        "payer": payer[0],
        "payer_account": payer[1],
        "payer_bank": payer[2],
        "payee": payee[0],
        "payee_account": payee[1],
        "payee_bank": payee[2],
        "amount": amount,
        "spelled": amount,
        "purpose": purpose,
    }
    return facts, sheet


def _invoice(luck: Generator) -> tuple[dict[str, Any], Sheet]:
    (buyer, buyer_region, _), (seller, seller_region, _) = p.firm(luck), p.firm(luck)
    codes = p.credit_code(luck, buyer_region), p.credit_code(luck, seller_region)
    net = int(luck.integers(10_000, 90_000_000))
    tax = (net * 13 + 50) // 100
    when = p.some_day(luck, date(2024, 1, 1), date(2025, 12, 31))
    number = "".join(map(str, luck.integers(0, 10, 20)))
    sheet = Sheet(1600, 1050)
    sheet.centre(70, "电子发票（增值税专用发票）", 52)
    sheet.label(1010, 150, "发票号码", number, size=30, value_at=1170)
    sheet.label(1010, 210, "开票日期", _day(when), size=30, value_at=1170)
    sheet.rule(270)
    for left, who, name, code in ((90, "购买方", buyer, codes[0]), (820, "销售方", seller, codes[1])):
        sheet.label(left, 310, who + "名称", name, size=30, value_at=left + 200)
        sheet.label(left, 380, who + "税号", code, size=30, value_at=left + 200)
    sheet.rule(440)
    for place, words in enumerate(("项目", "数量", "单价", "税率")):
        sheet.text(90 + 360 * place, 470, words, 28)
    for place, words in enumerate(("*信息技术服务*软件服务", "1", f"{net / 100:.2f}", "13%")):
        sheet.text(90 + 360 * place, 530, words, 28)
    sheet.label(90, 680, "金额合计", _money(net), size=30, value_at=250)
    sheet.label(820, 680, "税额合计", _money(tax), size=30, value_at=980)
    sheet.rule(740)
    sheet.label(90, 780, "价税合计（大写）", spell(net + tax), size=32, value_at=390)
    sheet.label(1110, 780, "（小写）", _money(net + tax), size=32, value_at=1250)
    facts = {
        "number": number,
        "date": when,
        "buyer": buyer,
        "buyer_code": codes[0],
        "seller": seller,
        "seller_code": codes[1],
        "net": net,
        "tax": tax,
        "spelled": net + tax,
        "total": net + tax,
    }
    return facts, sheet


def _statement(luck: Generator) -> tuple[dict[str, Any], Sheet]:
    holder, number = p.firm(luck)[0], p.account(luck)
    begin = date(int(luck.integers(2023, 2026)), int(luck.integers(1, 13)), 1)
    until = begin.replace(day=28)
    opening = int(luck.integers(0, 900_000_000))
    moves = [int(fen) for fen in luck.integers(-opening // 12 - 1, 80_000_000, 8)]
    sheet = Sheet(1600, 1300)
    sheet.centre(70, "账户对账单", 56)
    sheet.label(90, 170, "户名", holder, size=30, value_at=230)
    sheet.label(900, 170, "账号", number, size=30, value_at=1040)
    sheet.label(90, 240, "起始日期", _day(begin), size=30, value_at=260)
    sheet.label(900, 240, "截止日期", _day(until), size=30, value_at=1070)
    sheet.rule(300)
    columns = (90, 430, 760, 1030, 1300)
    for left, words in zip(columns, ("日期", "摘要", "借方", "贷方", "余额"), strict=True):
        sheet.text(left, 325, words, 28)
    balance = opening
    for place, fen in enumerate(moves):
        balance += fen
        row = (f"{begin:%Y-%m}-{place * 3 + 1:02d}", p.pick(luck, ("转账", "货款", "工资", "税费")),
               "" if fen >= 0 else _money(-fen), _money(fen) if fen >= 0 else "", _money(balance))  # fmt: skip
        for left, words in zip(columns, row, strict=True):
            sheet.text(left, 390 + 60 * place, words, 26)
    debit, credit = sum(-fen for fen in moves if fen < 0), sum(fen for fen in moves if fen >= 0)
    foot = (("期初余额", opening), ("借方合计", debit), ("贷方合计", credit), ("期末余额", balance))
    for place, (label, fen) in enumerate(foot):
        sheet.label(
            90 + 800 * (place % 2),
            920 + 80 * (place // 2),
            label,
            _money(fen),
            size=30,
            value_at=270 + 800 * (place % 2),
        )
    facts = {"holder": holder, "account": number, "from": begin, "until": until}
    return {**facts, "opening": opening, "debit": debit, "credit": credit, "closing": balance}, sheet


_MAKERS = {
    DocumentKind.BUSINESS_LICENCE: _licence,
    DocumentKind.IDENTITY_FRONT: _identity_front,
    DocumentKind.IDENTITY_BACK: _identity_back,
    DocumentKind.RECEIPT: _receipt,
    DocumentKind.INVOICE: _invoice,
    DocumentKind.STATEMENT: _statement,
}


def spoil(picture: Image.Image, luck: Generator, quality: Quality) -> Image.Image:
    """The page as a scanner or a telephone would give it."""
    if quality is Quality.CLEAN:
        return picture
    if quality is Quality.SCAN:
        turned = picture.rotate(float(luck.normal(0, 0.4)), Image.Resampling.BICUBIC, fillcolor="white")
        soft = turned.filter(ImageFilter.GaussianBlur(0.6)).convert("L").convert("RGB")
        return _pressed(_noisy(soft, luck, 5.0), 70)
    held = _held(picture, luck)
    return _pressed(_noisy(_lit(held.filter(ImageFilter.GaussianBlur(0.8)), luck), luck, 7.0), 60)


def _held(picture: Image.Image, luck: Generator) -> Image.Image:
    """On a table, seen from a little aside."""
    width, height = picture.size
    board = Image.new("RGB", (width + 160, height + 160), "#8C7A66")
    board.paste(picture, (80, 80))
    shift = luck.uniform(-0.02, 0.02, 8) * min(board.size)
    corners = np.array([0, 0, 0, board.height, board.width, board.height, board.width, 0], float) + shift
    return board.transform(board.size, Image.Transform.QUAD, corners.tolist(), Image.Resampling.BICUBIC)


def _lit(picture: Image.Image, luck: Generator) -> Image.Image:
    """Brighter on one side than on the other."""
    width, height = picture.size
    across, down = luck.uniform(-0.18, 0.18, 2)
    light = 0.95 + across * np.linspace(-1, 1, width)[None, :, None] + down * np.linspace(-1, 1, height)[:, None, None]
    return _image(np.asarray(picture, float) * light)


def _noisy(picture: Image.Image, luck: Generator, strength: float) -> Image.Image:
    pixels = np.asarray(picture, float)
    return _image(pixels + luck.normal(0, strength, (*pixels.shape[:2], 1)))


def _image(pixels: NDArray[np.float64]) -> Image.Image:
    return Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))


def _pressed(picture: Image.Image, quality: int) -> Image.Image:
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=quality)
    return Image.open(io.BytesIO(out.getvalue())).convert("RGB")


def as_file(picture: Image.Image, kind: str = "PNG") -> bytes:
    """The picture as the bytes of a PNG, JPEG or one-page PDF."""
    out = io.BytesIO()
    picture.save(out, kind)
    return out.getvalue()
