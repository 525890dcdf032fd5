"""Kinds of documents: which labels they carry, what stands behind each, what must hold between the fields.

Rule kept: a kind is data. A field is read from the words behind its label, turned into its value by its reader, and
checked; what cannot be read or fails its check is unsure and goes to a person beside the picture.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from zaizao.documents.amounts import day, plain_amount, spelled_amount
from zaizao.documents.numbers import identity_of, is_card_number, is_credit_code
from zaizao.problems import Text

Reader = Callable[[str], Any]
Check = Callable[[Mapping[str, Any]], bool]


class DocumentKind(StrEnum):
    """What a page is."""

    BUSINESS_LICENCE = "business-licence"
    IDENTITY_FRONT = "identity-front"
    IDENTITY_BACK = "identity-back"
    RECEIPT = "receipt"
    INVOICE = "invoice"
    STATEMENT = "statement"


@dataclass(frozen=True, slots=True)
class FieldRule:
    """One field: the labels before it, how its words become a value (``None``: unreadable), lines it may run over."""

    name: str
    title: Text
    labels: tuple[str, ...]
    read: Reader
    lines: int = 1
    needed: bool = True


@dataclass(frozen=True, slots=True)
class Agreement:
    """What must hold between fields; ``blames`` are unsure where it does not."""

    code: str
    words: Text
    holds: Check
    blames: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class KindRule:
    """A kind: words that tell it from others, its fields, what must agree."""

    kind: DocumentKind
    title: Text
    marks: tuple[str, ...]
    fields: tuple[FieldRule, ...]
    agreements: tuple[Agreement, ...] = ()


def words(text: str) -> str | None:
    """Words without the spaces between them."""
    found = re.sub(r"\s+", "", text).strip(":：,，;；")
    return found or None


def _credit_code(text: str) -> str | None:
    found = re.sub(r"[^0-9A-Z]", "", text.upper()).replace("O", "0").replace("I", "1")
    return found if is_credit_code(found) else None


def _identity(text: str) -> str | None:
    found = re.sub(r"[^0-9X]", "", text.upper())
    return found if identity_of(found) else None


def _digits(text: str) -> str | None:
    found = re.sub(r"\D", "", text)
    return found or None


def _account(text: str) -> str | None:
    found = re.sub(r"\D", "", text)
    return found if 8 <= len(found) <= 25 and (len(found) not in (16, 19) or is_card_number(found)) else None


def _any_amount(text: str) -> int | None:
    plain = plain_amount(text)
    return plain if plain is not None else spelled_amount(text)


def _day(text: str) -> date | None:
    return day(re.sub(r"[^\d年月日\-./长期]", "", text))


def _span(text: str) -> tuple[date, date] | None:
    parts = [day(part) for part in re.split(r"至|--|—|~|-(?=\d{4}|长)", re.sub(r"\s", "", text), maxsplit=1)]
    return (parts[0], parts[1]) if len(parts) == 2 and parts[0] and parts[1] else None


def _people(text: str) -> str | None:
    found = re.match(r"[一-鿿]+", text.strip())
    return found.group(0) if found else None


def _sex(text: str) -> str | None:
    return next((sign for sign in ("男", "女") if sign in text), None)


def _known(fields: Mapping[str, Any], *names: str) -> bool:
    return all(fields.get(name) is not None for name in names)


LICENCE = KindRule(
    DocumentKind.BUSINESS_LICENCE,
    Text("营业执照", "business licence"),
    ("营业执照", "统一社会信用代码", "法定代表人", "经营范围"),
    (
        FieldRule("code", Text("统一社会信用代码", "social credit code"), ("统一社会信用代码",), _credit_code, lines=2),
        FieldRule("name", Text("名称", "name"), ("名称",), words, lines=2),
        FieldRule("type", Text("类型", "type"), ("类型",), words),
        FieldRule("person", Text("法定代表人", "legal person"), ("法定代表人", "负责人", "经营者"), words),
        FieldRule("capital", Text("注册资本", "registered capital"), ("注册资本",), _any_amount, needed=False),
        FieldRule("founded", Text("成立日期", "founded"), ("成立日期", "注册日期"), _day),
        FieldRule("term", Text("营业期限", "term"), ("营业期限",), words, needed=False),
        FieldRule("address", Text("住所", "address"), ("住所", "经营场所"), words, lines=3),
        FieldRule("scope", Text("经营范围", "scope"), ("经营范围",), words, lines=8),
    ),
)

IDENTITY_FRONT = KindRule(
    DocumentKind.IDENTITY_FRONT,
    Text("身份证人像面", "identity card, front"),
    ("姓名", "性别", "民族", "住址", "公民身份号码"),
    (
        FieldRule("name", Text("姓名", "name"), ("姓名",), words),
        FieldRule("sex", Text("性别", "sex"), ("性别",), _sex),
        FieldRule("people", Text("民族", "people"), ("民族",), _people),
        FieldRule("born", Text("出生", "born"), ("出生",), _day),
        FieldRule("address", Text("住址", "address"), ("住址",), words, lines=3),
        FieldRule("number", Text("公民身份号码", "identity number"), ("公民身份号码",), _identity, lines=2),
    ),
    (
        Agreement(
            "born",
            Text("出生日期与身份号码一致", "the day of birth is the number's"),
            lambda f: not _known(f, "born", "number") or _identity_says(f, "born", f["born"]),
            ("born", "number"),
        ),
        Agreement(
            "sex",
            Text("性别与身份号码一致", "the sex is the number's"),
            lambda f: not _known(f, "sex", "number") or _identity_says(f, "female", f["sex"] == "女"),
            ("sex", "number"),
        ),
    ),
)


def _identity_says(fields: Mapping[str, Any], name: str, value: object) -> bool:
    found = identity_of(fields["number"])
    return found is not None and getattr(found, name) == value


IDENTITY_BACK = KindRule(
    DocumentKind.IDENTITY_BACK,
    Text("身份证国徽面", "identity card, back"),
    ("中华人民共和国", "居民身份证", "签发机关", "有效期限"),
    (
        FieldRule("issuer", Text("签发机关", "issuer"), ("签发机关",), words),
        FieldRule("valid", Text("有效期限", "valid"), ("有效期限",), _span),
    ),
    (
        Agreement(
            "valid",
            Text("起始早于截止", "it begins before it ends"),
            lambda f: not _known(f, "valid") or f["valid"][0] < f["valid"][1],
            ("valid",),
        ),
    ),
)

RECEIPT = KindRule(
    DocumentKind.RECEIPT,
    Text("银行电子回单", "bank receipt"),
    ("回单", "付款人", "收款人", "交易流水"),
    (
        FieldRule("serial", Text("交易流水号", "serial"), ("交易流水号", "流水号"), _digits),
        FieldRule("date", Text("交易日期", "date"), ("交易日期", "记账日期"), _day),
        FieldRule("payer", Text("付款人户名", "payer"), ("付款人户名", "付款人名称"), words),
        FieldRule("payer_account", Text("付款人账号", "payer's account"), ("付款人账号",), _account),
        FieldRule("payer_bank", Text("付款人开户行", "payer's bank"), ("付款人开户行",), words, needed=False),
        FieldRule("payee", Text("收款人户名", "payee"), ("收款人户名", "收款人名称"), words),
        FieldRule("payee_account", Text("收款人账号", "payee's account"), ("收款人账号",), _account),
        FieldRule("payee_bank", Text("收款人开户行", "payee's bank"), ("收款人开户行",), words, needed=False),
        FieldRule("amount", Text("小写金额", "amount"), ("小写金额", "金额小写"), plain_amount),
        FieldRule("spelled", Text("大写金额", "amount in words"), ("大写金额", "金额大写"), spelled_amount),
        FieldRule("purpose", Text("用途", "purpose"), ("用途", "摘要"), words, needed=False),
    ),
    (
        Agreement(
            "amount",
            Text("大小写金额一致", "both amounts agree"),
            lambda f: not _known(f, "amount", "spelled") or f["amount"] == f["spelled"],
            ("amount", "spelled"),
        ),
    ),
)

INVOICE = KindRule(
    DocumentKind.INVOICE,
    Text("增值税发票", "VAT invoice"),
    ("发票", "发票号码", "开票日期", "价税合计"),
    (
        FieldRule("number", Text("发票号码", "number"), ("发票号码",), _digits),
        FieldRule("date", Text("开票日期", "date"), ("开票日期",), _day),
        FieldRule("buyer", Text("购买方名称", "buyer"), ("购买方名称",), words),
        FieldRule("buyer_code", Text("购买方税号", "buyer's code"), ("购买方税号",), _credit_code),
        FieldRule("seller", Text("销售方名称", "seller"), ("销售方名称",), words),
        FieldRule("seller_code", Text("销售方税号", "seller's code"), ("销售方税号",), _credit_code),
        FieldRule("net", Text("金额合计", "net"), ("金额合计",), plain_amount),
        FieldRule("tax", Text("税额合计", "tax"), ("税额合计",), plain_amount),
        FieldRule(
            "spelled", Text("价税合计（大写）", "total in words"), ("价税合计大写", "价税合计（大写）"), spelled_amount
        ),
        FieldRule("total", Text("小写", "total"), ("（小写）", "价税合计小写"), plain_amount),
    ),
    (
        Agreement(
            "sum",
            Text("金额加税额等于价税合计", "net and tax make the total"),
            lambda f: not _known(f, "net", "tax", "total") or f["net"] + f["tax"] == f["total"],
            ("net", "tax", "total"),
        ),
        Agreement(
            "spelled",
            Text("大小写合计一致", "both totals agree"),
            lambda f: not _known(f, "spelled", "total") or f["spelled"] == f["total"],
            ("spelled", "total"),
        ),
    ),
)

STATEMENT = KindRule(
    DocumentKind.STATEMENT,
    Text("账户对账单", "account statement"),
    ("对账单", "户名", "账号", "期初余额", "期末余额"),
    (
        FieldRule("holder", Text("户名", "holder"), ("户名",), words),
        FieldRule("account", Text("账号", "account"), ("账号",), _account),
        FieldRule("from", Text("起始日期", "from"), ("起始日期",), _day),
        FieldRule("until", Text("截止日期", "until"), ("截止日期",), _day),
        FieldRule("opening", Text("期初余额", "opening balance"), ("期初余额",), plain_amount),
        FieldRule("debit", Text("借方合计", "debits"), ("借方合计",), plain_amount),
        FieldRule("credit", Text("贷方合计", "credits"), ("贷方合计",), plain_amount),
        FieldRule("closing", Text("期末余额", "closing balance"), ("期末余额",), plain_amount),
    ),
    (
        Agreement(
            "balance",
            Text("期初减借方加贷方等于期末", "opening less debits plus credits is the closing balance"),
            lambda f: (
                not _known(f, "opening", "debit", "credit", "closing")
                or f["opening"] - f["debit"] + f["credit"] == f["closing"]
            ),
            ("opening", "debit", "credit", "closing"),
        ),
    ),
)

KINDS: dict[DocumentKind, KindRule] = {
    rule.kind: rule for rule in (LICENCE, IDENTITY_FRONT, IDENTITY_BACK, RECEIPT, INVOICE, STATEMENT)
}
