"""Files to pictures, pictures to pages: PDF by pypdfium2, text by RapidOCR, codes by ZXing.

Rule kept: a page costs a bounded amount of work: files, pages and pixels have limits and what exceeds them is refused
with the limit in words. The recogniser runs on one thread a process; more processes read more pages at once. A PDF
that carries its own text is read from that text, which is exact, unless the caller asks for the picture.
"""

from __future__ import annotations

import io
import os
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from zaizao.documents.errors import DocumentError, refused
from zaizao.documents.page import Box, Page, Word, reading_order
from zaizao.problems import Text

if TYPE_CHECKING:
    from rapidocr import RapidOCR

Picture = Image.Image
LARGEST_FILE = 64 * 1024 * 1024
"""Bytes."""
MOST_PAGES = 500
MOST_PIXELS = 50_000_000
DOTS = 200
"""Dots an inch at which a PDF page becomes a picture."""
LONGEST_SIDE = 2_400
"""Pixels; a larger picture is made smaller before it is read."""


def pictures(source: str | Path | bytes) -> Iterator[Picture]:
    """The pages of a PDF, or the one picture of an image file, as RGB."""
    where, data = _taken(source)
    if data[:5] == b"%PDF-":
        yield from _pdf_pictures(where, data)
        return
    try:
        with Image.open(io.BytesIO(data)) as image:
            if image.width * image.height > MOST_PIXELS:
                raise _too_large(where, f"{image.width}×{image.height}")
            yield ImageOps.exif_transpose(image).convert("RGB")
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, SyntaxError, ValueError) as fault:
        remedy = Text("请提供 PDF、PNG 或 JPEG", "give a PDF, PNG or JPEG")
        raise refused(where, "不是可读的图片", f"no readable picture ({fault})", remedy, "picture") from fault


def _taken(source: str | Path | bytes) -> tuple[str, bytes]:
    if isinstance(source, bytes):
        where, data = "document", source
    else:
        where = Path(source).name
        with Path(source).open("rb") as file:
            data = file.read(LARGEST_FILE + 1)
    if len(data) > LARGEST_FILE:
        raise _too_large(where, f"> {LARGEST_FILE} B")
    return where, data


def _too_large(where: str, size: str) -> DocumentError:
    remedy = Text("请拆分或缩小后再试", "split it or make it smaller")
    return refused(where, f"文件过大（{size}）", f"too large ({size})", remedy, "large")


def _pdf_pictures(where: str, data: bytes) -> Iterator[Picture]:
    import pypdfium2

    try:
        pdf = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as fault:
        remedy = Text("请检查文件是否完整或加密", "check whether the file is whole or encrypted")
        raise refused(where, "PDF 打不开", f"the PDF cannot be opened ({fault})", remedy, "pdf") from fault
    try:
        pdf.init_forms()  # else filled forms and seals are not drawn
        if len(pdf) > MOST_PAGES:
            raise _too_large(where, f"{len(pdf)} pages")
        for number in range(len(pdf)):
            page = pdf[number]
            width, height = page.get_size()
            scale = min(DOTS / 72, (MOST_PIXELS / max(width * height, 1)) ** 0.5)
            yield page.render(scale=scale).to_pil().convert("RGB")
    finally:
        pdf.close()


@cache
def _reader() -> RapidOCR:
    import logging

    from rapidocr import RapidOCR

    logging.getLogger("RapidOCR").setLevel(logging.ERROR)
    threads = {"EngineConfig.onnxruntime.intra_op_num_threads": 1, "EngineConfig.onnxruntime.inter_op_num_threads": 1}
    return RapidOCR(params={**threads, "Global.log_level": "error"})


def recognise(picture: Picture) -> Page:
    """Read one picture."""
    scale = min(1.0, LONGEST_SIDE / max(picture.size))
    small = picture if scale == 1.0 else picture.resize((round(picture.width * scale), round(picture.height * scale)))
    pixels: NDArray[np.uint8] = np.asarray(small)[:, :, ::-1]
    found: Any = _reader()(pixels)
    words = []
    if found.boxes is not None:
        for corners, text, sure in zip(found.boxes, found.txts, found.scores, strict=True):
            left, top = corners.min(axis=0) / scale
            right, bottom = corners.max(axis=0) / scale
            words.append(Word(text, Box(float(left), float(top), float(right), float(bottom)), float(sure)))
    return Page(picture.width, picture.height, reading_order(words), codes(picture))


def codes(picture: Picture) -> tuple[str, ...]:
    """The texts of the two-dimensional codes on a picture, in order of place."""
    import zxingcpp

    return tuple(code.text for code in zxingcpp.read_barcodes(np.asarray(picture.convert("L"))))


def read_document(source: str | Path | bytes) -> list[Page]:
    """All pages of a file, read one after the other in this process."""
    return [recognise(picture) for picture in pictures(source)]


def _read_alone(source: str | Path | bytes) -> list[Page] | DocumentError:
    os.environ["OMP_NUM_THREADS"] = "1"
    try:
        return read_document(source)
    except DocumentError as refusal:
        return refusal


def read_documents(
    sources: Iterable[str | Path | bytes], *, processes: int
) -> Iterator[Sequence[Page] | DocumentError]:
    """Many files, in order, by a pool of ``processes``; a file that is refused gives its error as a value."""
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        yield from pool.map(_read_alone, sources)
