"""Comparison of fields and contracts; seals and ciphers."""

from __future__ import annotations

import io
from collections import Counter
from datetime import UTC, date, datetime, timedelta

import pytest
from asn1crypto import x509 as asn1
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import pkcs12
from hypothesis import given, strategies as st
from PIL import Image

from zaizao.documents import (
    Agreeing,
    Change,
    DocumentError,
    check_seals,
    cjk_face,
    codes,
    compare,
    is_card_number,
    open_text,
    pictures,
    seal,
    seal_code,
    seal_text,
    signer,
    sm3,
    text_changes,
)

NOW = datetime.now(UTC)
needs_face = pytest.mark.skipif(cjk_face() is None, reason="no Chinese typeface is installed (fonts-noto-cjk)")


def test_fields_are_compared_without_width_and_spaces() -> None:
    left = {
        "name": "北京恒信科技（集团）有限公司",
        "address": "北京市海淀区学院路1号",
        "founded": date(2020, 1, 1),
        "scope": "销售",
    }
    right = {
        "name": "北京恒信科技(集团) 有限公司",
        "address": "北京市海淀区学院路7号",
        "founded": date(2020, 1, 2),
        "phone": "1",
    }
    found = {one.name: one.agreeing for one in compare(left, right)}
    assert found == {
        "name": Agreeing.SAME,
        "address": Agreeing.NEAR,
        "founded": Agreeing.DIFFERENT,
        "scope": Agreeing.ONE_SIDE,
        "phone": Agreeing.ONE_SIDE,
    }


def test_a_contract_shows_what_changed_sentence_by_sentence() -> None:
    old = "借款金额为人民币100万元。年利率为4.5%。借款期限12个月。双方各执一份。"
    new = "借款金额为人民币100万元。年利率为5.4%。双方各执一份。争议提交仲裁。"
    changes = text_changes(old, new)
    assert [(one.change, one.place, one.old, one.new) for one in changes] == [
        (Change.CHANGED, 2, "年利率为4.5%。", "年利率为5.4%。"),
        (Change.REMOVED, 3, "借款期限12个月。", ""),
        (Change.ADDED, 5, "", "争议提交仲裁。"),
    ]
    assert "".join(piece.new for piece in changes[0].pieces) == "年利率为5.4%。"


@given(st.lists(st.sampled_from(["甲。", "乙方付款。", "丙方收款。", "丁。", "乙方不付款。"]), max_size=8), st.data())
def test_changes_lead_from_the_old_text_to_the_new(old: list[str], data: st.DataObject) -> None:
    new = data.draw(st.lists(st.sampled_from(["甲。", "乙方付款。", "丙方收款。", "戊。", "乙方不付。"]), max_size=8))
    changes = text_changes("".join(old), "".join(new))
    gone = Counter(one.old for one in changes if one.old)
    come = Counter(one.new for one in changes if one.new)
    assert Counter(old) - gone == Counter(new) - come
    assert not gone - Counter(old)
    assert not come - Counter(new)


def test_sm3_gives_the_digest_of_the_standard() -> None:
    assert sm3(b"abc").hex() == "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"  # GB/T 32905, A.1


@given(st.binary(max_size=200), st.integers(0, 10_000))
def test_a_sealed_text_opens_unless_it_was_changed(data: bytes, place: int) -> None:
    key = bytes(range(16))
    sealed = seal_text(key, data, lambda size: b"\x07" * size)
    assert open_text(key, sealed) == data
    at = place % len(sealed)
    with pytest.raises(DocumentError, match="changed"):
        open_text(key, sealed[:at] + bytes([sealed[at] ^ 1]) + sealed[at + 1 :])
    with pytest.raises(DocumentError):
        open_text(bytes(16), sealed)


def authority() -> tuple[bytes, asn1.Certificate]:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "测试银行 Test Bank")])
    made = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    made = made.not_valid_before(NOW - timedelta(days=1)).not_valid_after(NOW + timedelta(days=365))
    usage = x509.KeyUsage(True, True, False, False, False, True, False, False, False)
    made = made.add_extension(usage, True).add_extension(x509.BasicConstraints(True, None), True)
    certificate = made.sign(key, hashes.SHA256())
    store = pkcs12.serialize_key_and_certificates(b"seal", key, certificate, None, serialization.NoEncryption())
    return store, asn1.Certificate.load(certificate.public_bytes(serialization.Encoding.DER))


def contract() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (1240, 1754), "white").save(out, "PDF", resolution=150)
    return out.getvalue()


@needs_face
def test_a_sealed_contract_is_whole_and_a_changed_one_is_not() -> None:
    store, root = authority()
    plain = contract()
    sealed = seal(plain, signer(store), reason="合同用印", url="https://bank.example/seal/{code}", at=NOW)
    assert sealed.code == seal_code(plain)
    assert len(sealed.code) == 12
    assert is_card_number(sealed.code)  # the same check digit
    (good,) = check_seals(sealed.data, [root], NOW)
    assert good.good
    assert (good.signer, good.reason) == ("测试银行 Test Bank", "合同用印")
    spot = sealed.data.index(b"/MediaBox") + 11
    (bad,) = check_seals(sealed.data[:spot] + b"9" + sealed.data[spot + 1 :], [root], NOW)
    assert not bad.intact
    (stranger,) = check_seals(sealed.data, [], NOW)
    assert (stranger.intact, stranger.trusted) == (True, False)
    (page,) = pictures(sealed.data)
    assert any(sealed.code in text for text in codes(page.resize((page.width * 2, page.height * 2))))


@pytest.mark.parametrize("data", [b"", b"%PDF-1.7", b"text"])
def test_what_is_no_pdf_is_neither_sealed_nor_checked(data: bytes) -> None:
    store, root = authority()
    with pytest.raises(DocumentError):
        seal(data, signer(store), reason="r", url="u", at=NOW)
    with pytest.raises(DocumentError):
        check_seals(data, [root], NOW)


def test_a_wrong_key_file_is_refused() -> None:
    with pytest.raises(DocumentError, match="cannot be opened"):
        signer(b"no key")
