"""Real recognition of synthetic documents: what a page says comes out, and what is unsure goes to a person."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from zaizao.documents import (
    Box,
    DocumentError,
    DocumentKind,
    Page,
    Quality,
    Word,
    as_file,
    cjk_face,
    extract,
    kind_of,
    make,
    pictures,
    read_document,
    read_documents,
    recognise,
)

needs_face = pytest.mark.skipif(cjk_face() is None, reason="no Chinese typeface is installed (fonts-noto-cjk)")


def shares(kinds: list[DocumentKind], quality: Quality, seeds: range) -> tuple[float, list[str]]:
    """The share of fields that are exactly right, and those that were wrong yet taken for sure."""
    right, wrong, fields = 0, [], 0
    for kind in kinds:
        for seed in seeds:
            document = make(kind, np.random.default_rng(seed), quality)
            page = recognise(document.picture)
            assert kind_of(page) is kind
            found = extract(page, kind)
            for name, value in document.facts.items():
                fields += 1
                right += found.fields[name].value == value
                if found.fields[name].sure and found.fields[name].value != value:
                    wrong.append(f"{kind} {seed} {name}: {found.fields[name].value!r} for {value!r}")
    return right / fields, wrong


@needs_face
@pytest.mark.parametrize("kind", DocumentKind)
def test_a_scan_gives_its_fields(kind: DocumentKind) -> None:
    share, wrong = shares([kind], Quality.SCAN, range(1))
    assert share == 1.0
    assert wrong == []


@needs_face
@pytest.mark.slow
def test_key_fields_of_scans_are_exact_in_ninety_nine_of_a_hundred() -> None:
    share, wrong = shares(list(DocumentKind), Quality.SCAN, range(1000, 1012))
    assert share >= 0.99
    assert len(wrong) <= 3, wrong


@needs_face
@pytest.mark.slow
def test_photos_are_read_and_what_is_wrong_is_seldom_sure() -> None:
    share, wrong = shares(list(DocumentKind), Quality.PHOTO, range(2000, 2006))
    assert share >= 0.95
    assert len(wrong) <= 4, wrong


@needs_face
def test_the_licence_code_is_read_from_a_photo() -> None:
    document = make(DocumentKind.BUSINESS_LICENCE, np.random.default_rng(5), Quality.PHOTO)
    assert any(document.facts["code"] in text for text in recognise(document.picture).codes)


@needs_face
def test_the_same_seed_draws_the_same_page() -> None:
    one, two = (make(DocumentKind.INVOICE, np.random.default_rng(3), Quality.PHOTO) for _ in range(2))
    assert one.facts == two.facts
    assert one.picture.tobytes() == two.picture.tobytes()


def written(*lines: str) -> Page:
    """A page of lines, each one word, read with certainty."""
    words = tuple(Word(line, Box(50, 60 * n, 50 + 30 * len(line), 60 * n + 40), 0.99) for n, line in enumerate(lines))
    return Page(1000, 1000, words)


FRONT = ("姓名 王艳", "性别 女 民族 汉", "出生 1949年12月31日", "住址 北京市朝阳区", "公民身份号码 11010519491231002X")


def test_labels_on_one_line_are_told_apart() -> None:
    found = extract(written(*FRONT), DocumentKind.IDENTITY_FRONT)
    assert (found.values["sex"], found.values["people"], found.values["name"]) == ("女", "汉", "王艳")
    assert found.unsure == []


def test_fields_that_disagree_are_unsure_whatever_the_reader_thought() -> None:
    page = written(*(line.replace("12月31日", "12月30日") for line in FRONT))
    found = extract(page, DocumentKind.IDENTITY_FRONT)
    assert [field.name for field in found.unsure] == ["born", "number"]
    assert found.fields["born"].doubts[0].en == "does not hold: the day of birth is the number's"


def test_a_number_that_fails_its_check_is_no_value() -> None:
    page = written(*(line.replace("002X", "0021") for line in FRONT))
    field = extract(page, DocumentKind.IDENTITY_FRONT).fields["number"]
    assert (field.value, field.sure) == (None, False)
    assert field.box is not None


def test_a_page_of_no_known_kind_has_none() -> None:
    assert kind_of(written("菜单", "宫保鸡丁 38元")) is None


@needs_face
def test_a_pool_reads_many_files_in_order_and_a_bad_one_is_a_value(tmp_path: Path) -> None:
    good = make(DocumentKind.IDENTITY_BACK, np.random.default_rng(1)).picture
    paths = [tmp_path / name for name in ("a.png", "b.pdf", "c.png")]
    paths[0].write_bytes(as_file(good))
    paths[1].write_bytes(as_file(good, "PDF"))
    paths[2].write_bytes(b"no picture")
    found = list(read_documents(paths, processes=2))
    assert isinstance(found[2], DocumentError)
    for pages in found[:2]:
        assert not isinstance(pages, DocumentError)
        assert kind_of(pages[0]) is DocumentKind.IDENTITY_BACK


@pytest.mark.parametrize("data", [b"", b"%PDF-1.7 cut", b"\x89PNG\r\n\x1a\nbroken", b"GIF89a"])
def test_what_is_no_document_is_refused_with_words(data: bytes) -> None:
    with pytest.raises(DocumentError):
        list(pictures(data))


def test_a_picture_of_absurd_size_is_refused_before_it_is_opened() -> None:
    out = io.BytesIO()
    Image.new("1", (9_000, 9_000)).save(out, "PNG")
    with pytest.raises(DocumentError, match="too large"):
        list(pictures(out.getvalue()))


def test_an_empty_page_has_no_words() -> None:
    assert read_document(as_file(Image.new("RGB", (400, 300), "white")))[0].words == ()
