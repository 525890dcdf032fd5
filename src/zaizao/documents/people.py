"""Invented people and firms: names, numbers with right check characters, addresses.

Rule kept: everything comes from the generator that is passed in; numbers are right by their standards and belong to
nobody on purpose: firms carry a registration region, people a region of GB/T 2260.
"""

from __future__ import annotations

from datetime import date, timedelta

from numpy.random import Generator

from zaizao.documents.numbers import credit_check, identity_check, luhn_check

_SURNAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗"
_GIVEN = (
    "伟",
    "芳",
    "秀英",
    "敏",
    "静",
    "建国",
    "丽",
    "强",
    "磊",
    "晓明",
    "艳",
    "勇",
    "娟",
    "志远",
    "超",
    "雪梅",
    "文博",
    "佳怡",
)
_PLACES = (
    ("110108", "北京市海淀区", ("中关村大街", "学院路", "知春路")),
    ("310115", "上海市浦东新区", ("世纪大道", "张江路", "陆家嘴环路")),
    ("440305", "深圳市南山区", ("科技园路", "深南大道", "学府路")),
    ("330106", "杭州市西湖区", ("文三路", "天目山路", "莫干山路")),
    ("510107", "成都市武侯区", ("人民南路", "科华北路", "天府大道")),
    ("420106", "武汉市武昌区", ("中南路", "友谊大道", "和平大道")),
)
_WORDS = ("恒信", "远景", "华创", "金石", "蓝海", "瑞丰", "天成", "博远", "众合", "新程", "德润", "启明")
_TRADES = ("科技", "商贸", "建材", "食品", "物流", "电子", "咨询", "纺织")
BANKS = ("中国工商银行", "中国农业银行", "中国银行", "中国建设银行", "交通银行", "招商银行", "兴业银行")


def pick(luck: Generator, choices: tuple[str, ...] | str) -> str:
    """One of ``choices``."""
    return str(choices[int(luck.integers(len(choices)))])


def person(luck: Generator) -> str:
    """A name."""
    return pick(luck, _SURNAMES) + pick(luck, _GIVEN)


def firm(luck: Generator) -> tuple[str, str, str]:
    """Name, region code, address of a firm."""
    region, place, streets = _PLACES[int(luck.integers(len(_PLACES)))]
    name = f"{place[:2]}{pick(luck, _WORDS)}{pick(luck, _TRADES)}有限公司"
    address = (
        f"{place}{pick(luck, streets)}{luck.integers(1, 400)}号{luck.integers(1, 29)}层{luck.integers(101, 2999)}室"
    )
    return name, region, address


def home(luck: Generator) -> tuple[str, str]:
    """Region code and address of a person."""
    region, place, streets = _PLACES[int(luck.integers(len(_PLACES)))]
    return (
        region,
        f"{place}{pick(luck, streets)}{luck.integers(1, 400)}号{luck.integers(1, 30)}栋{luck.integers(101, 2999)}室",
    )


def credit_code(luck: Generator, region: str) -> str:
    """A social credit code of a firm registered in ``region``."""
    body = "91" + region + "".join(pick(luck, "0123456789ABCDEFGHJKLMNPQRTUWXY") for _ in range(9))
    return body + credit_check(body)


def identity_number(luck: Generator, region: str, born: date) -> str:
    """An identity number."""
    body = f"{region}{born:%Y%m%d}{luck.integers(1, 1000):03d}"
    return body + identity_check(body)


def account(luck: Generator) -> str:
    """A bank account of 19 digits that passes Luhn."""
    body = "62" + "".join(str(digit) for digit in luck.integers(0, 10, 16))
    return body + luhn_check(body)


def some_day(luck: Generator, first: date, last: date) -> date:
    """A day from ``first`` to ``last``."""
    return first + timedelta(days=int(luck.integers((last - first).days + 1)))
