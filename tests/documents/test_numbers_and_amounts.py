"""Check characters, amounts and days, as their standards have them."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, strategies as st

from zaizao.documents import (
    credit_check,
    day,
    identity_check,
    identity_of,
    is_card_number,
    is_credit_code,
    luhn_check,
    plain_amount,
    spell,
    spelled_amount,
)

CREDIT = "0123456789ABCDEFGHJKLMNPQRTUWXY"


def test_published_examples_pass() -> None:
    assert is_credit_code("91350100M000100Y43")  # the example of GB 32100-2015
    assert identity_of("11010519491231002X") is not None  # the example of GB 11643-1999
    assert is_card_number("6222021234567890128"[:-1] + luhn_check("622202123456789012"))


def test_residents_of_hong_kong_macau_and_taiwan_have_numbers() -> None:
    for region in ("810000", "820000", "830000"):
        body = region + "19900101" + "001"
        found = identity_of(body + identity_check(body))
        assert found is not None
        assert (found.born, found.female) == (date(1990, 1, 1), False)
    body = "840000" + "19900101" + "001"
    assert identity_of(body + identity_check(body)) is None


@given(st.text("0123456789", min_size=6, max_size=6), st.text(CREDIT, min_size=9, max_size=9), st.data())
def test_one_wrong_character_is_always_found_in_a_credit_code(region: str, organ: str, data: st.DataObject) -> None:
    body = "91" + region + organ
    code = body + credit_check(body)
    assert is_credit_code(code)
    place = data.draw(st.integers(8, 17))
    other = data.draw(st.sampled_from([sign for sign in CREDIT if sign != code[place]]))
    assert not is_credit_code(code[:place] + other + code[place + 1 :])


@given(st.dates(date(1920, 1, 1), date(2020, 12, 31)), st.integers(0, 999), st.integers(14, 16), st.integers(1, 9))
def test_one_wrong_digit_is_always_found_in_an_identity_number(born: date, order: int, place: int, step: int) -> None:
    body = f"110105{born:%Y%m%d}{order:03d}"
    number = body + identity_check(body)
    found = identity_of(number)
    assert found is not None
    assert found.born == born
    wrong = number[:place] + str((int(number[place]) + step) % 10) + number[place + 1 :]
    assert identity_of(wrong) is None


@pytest.mark.parametrize(
    "text", ["", "1101051949123100２X", "110105194912310021", "99999919491231002X", "11010519491331002X"]
)
def test_what_is_no_identity_number_is_none(text: str) -> None:
    assert identity_of(text) is None


@given(st.integers(0, 10**13))
def test_an_amount_in_words_is_read_back(fen: int) -> None:
    assert spelled_amount(spell(fen)) == fen


@pytest.mark.parametrize(
    ("words", "fen"),
    [
        ("人民币壹万贰仟叁佰肆拾伍元陆角柒分", 1_234_567),
        ("壹亿零伍佰万元整", 10_500_000_000),
        ("壹拾万零叁拾元零伍分", 10_003_005),
        ("叁角", 30),
        ("大写：贰拾元正", 2_000),
        ("一百二十元整", 12_000),
    ],
)
def test_amounts_in_words_as_bills_have_them(words: str, fen: int) -> None:
    assert spelled_amount(words) == fen


@pytest.mark.parametrize(
    ("words", "fen"),
    [("¥1,234.50", 123_450), ("￥ 0.07", 7), ("12345元", 1_234_500), ("1，000.00", 100_000), ("-5.5", -550)],
)
def test_plain_amounts(words: str, fen: int) -> None:
    assert plain_amount(words) == fen


@pytest.mark.parametrize("words", ["", "1,23.4", "12.345", "壹", "元", "abc", "壹元贰元"])
def test_what_is_no_amount_is_none(words: str) -> None:
    assert plain_amount(words) is None
    assert spelled_amount(words) is None


def test_days_in_every_spelling() -> None:
    assert {day(text) for text in ("2024年1月3日", "2024-01-03", "2024.01.03", "2024 年 01 月 03 日")} == {
        date(2024, 1, 3)
    }
    assert day("长期") == date.max
    assert day("2024年2月30日") is None
