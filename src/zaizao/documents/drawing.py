"""A sheet to draw synthetic documents on: labels with values, frames, seals, codes, a portrait's shadow.

Rule kept: text is set in a CJK face found on the machine (Noto Sans CJK or another); without one nothing is drawn and
the error says what to install.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cache

import numpy as np
from numpy.random import Generator
from PIL import Image, ImageDraw, ImageFont

from zaizao.documents.errors import refused
from zaizao.problems import Text

_FACES = (("NotoSansCJK-Regular.ttc", 2), ("NotoSansSC-Regular.otf", 0), ("PingFang.ttc", 0), ("msyh.ttc", 0))
"""File names of faces with Chinese characters, each with the place of the simplified one; found where fonts lie."""


@cache
def cjk_face() -> tuple[str, int] | None:
    """The file name of a face with Chinese characters on this machine and its index, or ``None``."""
    for name, index in _FACES:
        try:
            ImageFont.truetype(name, 12, index=index)
        except OSError:
            continue
        return name, index
    return None


@cache
def _font(size: int) -> ImageFont.FreeTypeFont:
    face = cjk_face()
    if face is None:
        remedy = Text("请安装中文字体，例如 fonts-noto-cjk", "install a Chinese face, for example fonts-noto-cjk")
        raise refused("fonts", "没有中文字体", "there is no Chinese face", remedy, "font")
    name, index = face
    return ImageFont.truetype(name, size, index=index)


def qr_code(words: str) -> Image.Image:
    """A QR code, four pixels a module."""
    import zxingcpp

    code = zxingcpp.create_barcode(words, zxingcpp.BarcodeFormat.QRCode)
    return Image.fromarray(np.asarray(zxingcpp.write_barcode_to_image(code, scale=4))).convert("RGB")


_RED = "#C8323C"


def seal_face(holder: str, lines: Sequence[str], words: str) -> Image.Image:
    """A seal's face, 800 × 440 pixels: ``holder`` around a star in a ring, ``lines`` under it, ``words`` as a QR code."""
    face = Image.new("RGB", (800, 440), "white")
    draw = ImageDraw.Draw(face)
    draw.ellipse((10, 10, 350, 350), outline=_RED, width=9)
    star = [
        (180 + size * math.sin(turn * math.pi / 5), 180 - size * math.cos(turn * math.pi / 5))
        for turn, size in zip(range(10), (62, 25) * 5, strict=True)
    ]
    draw.polygon(star, fill=_RED)
    size = min(44, round(2 * math.pi * 130 * 0.72 / max(len(holder), 1)))
    for place, sign in enumerate(holder):
        turn = (place - (len(holder) - 1) / 2) * min(0.42, 4.4 / max(len(holder), 1))
        glyph = Image.new("L", (size * 2, size * 2), 0)
        ImageDraw.Draw(glyph).text((size, size), sign, font=_font(size), fill=255, anchor="mm")
        turned = glyph.rotate(-math.degrees(turn), Image.Resampling.BICUBIC)
        at = (round(180 + 130 * math.sin(turn)) - size, round(180 - 130 * math.cos(turn)) - size)
        face.paste(Image.new("RGB", turned.size, _RED), at, turned)
    for row, line in enumerate(lines):
        draw.text((20, 360 + 38 * row), line, font=_font(30), fill="#151515")
    face.paste(qr_code(words).resize((400, 400), Image.Resampling.NEAREST), (390, 0))
    return face


class Sheet:
    """A page of ``width`` × ``height`` pixels."""

    def __init__(self, width: int, height: int, paper: str = "#FFFFFF") -> None:
        self.picture = Image.new("RGB", (width, height), paper)
        self._draw = ImageDraw.Draw(self.picture)

    def text(self, left: int, top: int, words: str, size: int, ink: str = "#151515") -> None:
        """Words with their upper left corner at a place."""
        self._draw.text((left, top), words, font=_font(size), fill=ink)

    def centre(self, top: int, words: str, size: int) -> None:
        """Words in the middle of the sheet."""
        left = (self.picture.width - self._draw.textlength(words, font=_font(size))) / 2
        self.text(round(left), top, words, size)

    def label(
        self, left: int, top: int, label: str, value: str, *, size: int, value_at: int | None = None, width: int = 60
    ) -> None:
        """A label with its value to the right, broken after ``width`` characters."""
        self.text(left, top, label, size, "#3A4652")
        at = value_at if value_at is not None else left + round(self._draw.textlength(label + "　", font=_font(size)))
        for row in range(math.ceil(len(value) / width)):
            self.text(at, top + round(row * size * 1.35), value[row * width : (row + 1) * width], size)

    def frame(self) -> None:
        """A double line around the sheet."""
        for inset, line in ((24, 6), (38, 2)):
            box = (inset, inset, self.picture.width - inset, self.picture.height - inset)
            self._draw.rectangle(box, outline="#B08D3E", width=line)

    def rule(self, top: int) -> None:
        """A line across."""
        self._draw.line((80, top, self.picture.width - 80, top), fill="#777777", width=2)

    def seal(self, left: int, top: int, words: str, *, round_only: bool = False) -> None:
        """A round red seal."""
        self._draw.ellipse((left, top, left + 200, top + 200), outline=_RED, width=5)
        if not round_only:
            size = min(26, 180 // max(len(words), 1))
            self.text(left + 100 - len(words) * size // 2, top + 85, words, size, _RED)

    def code(self, left: int, top: int, words: str, side: int) -> None:
        """A QR code."""
        self.picture.paste(qr_code(words).resize((side, side), Image.Resampling.NEAREST), (left, top))

    def portrait(self, left: int, top: int, width: int, height: int, luck: Generator) -> None:
        """A grey shape of a head and shoulders."""
        grey = int(luck.integers(120, 170))
        self._draw.rectangle((left, top, left + width, top + height), fill="#DDE5EA")
        middle = left + width // 2
        self._draw.ellipse((middle - 60, top + 50, middle + 60, top + 190), fill=(grey, grey, grey))
        self._draw.pieslice((middle - 110, top + 190, middle + 110, top + 450), 180, 360, fill=(grey, grey, grey))
