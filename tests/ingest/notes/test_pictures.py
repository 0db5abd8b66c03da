"""The text in pictures: only when it is asked for, as a note that shows the picture; what cannot be read is listed."""

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from ingest.config import Settings
from ingest.errors import NoteError
from ingest.notes import convert
from ingest.notes.formats import picture
from ingest.notes.read import find_notes, make_note
from ingest.passages.split import split
from ingest.passages.text import body_text
from ingest.schema import Converted


def drawn(text: str, size: tuple[int, int] = (700, 90)) -> bytes:
    image = Image.new("RGB", size, "white")
    ImageDraw.Draw(image).text((20, 20), text, fill="black", font=ImageFont.load_default(36))
    file = io.BytesIO()
    image.save(file, "PNG")
    return file.getvalue()


def test_pictures_are_notes_only_when_their_text_is_wanted(tmp_path: Path) -> None:
    for name in ("a.md", "b.png", "c/d.JPG"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"x")
    assert find_notes(tmp_path, Settings()).paths == ("a.md",)
    assert find_notes(tmp_path, Settings(picture_text=True)).paths == ("a.md", "b.png", "c/d.JPG")


def test_a_picture_stands_above_the_text_in_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ingest.notes.read.convert", lambda *rest: Converted("发车 8:05\n\\# 二号站台"))
    made = make_note("旅行/车 票.png", b"x", Settings(picture_text=True))
    assert made.text.split("\n\n") == [
        "![车 票.png](%E8%BD%A6%20%E7%A5%A8.png)",
        "图中文字 (text in picture):",
        "发车 8:05\n\\# 二号站台",
    ]
    (passage,) = split(made, 200).passages
    assert passage.heading_path == ("车 票",) and "发车" in body_text(passage) and "%E8" not in body_text(passage)
    monkeypatch.setattr("ingest.notes.read.convert", lambda *rest: Converted(""))
    assert make_note("b.png", b"x", Settings(picture_text=True)).text == ""


def test_without_the_extra_it_is_listed_with_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(convert, "_PICTURE", missing := convert.Format("picture", package="no-such-package"))
    monkeypatch.setitem(convert.FORMATS, ".png", missing)
    with pytest.raises(NoteError, match=r"\.\[ocr\]"):
        make_note("a.png", drawn("x"), Settings())


@pytest.mark.parametrize("data", [b"", b"\x89PNG\r\n\x1a\n noise", drawn("x")[:80], drawn("", (9000, 9000))])
def test_what_is_no_picture_or_too_large_is_listed(data: bytes) -> None:
    with pytest.raises(NoteError):
        picture.convert(data)


def test_an_icon_is_not_read() -> None:
    assert picture.convert(drawn("x", (20, 300))).text == ""


@pytest.mark.parametrize(("size", "tiles"), [((700, 90), 1), ((300, 1500), 5), ((400, 400), 1), ((50, 2000), 40)])
def test_pieces_of_a_long_picture_are_whole_lines(size: tuple[int, int], tiles: int) -> None:
    pixels = np.full((size[1], size[0], 3), 255, np.uint8)
    pixels[10 : min(size[1], 700) : 20, ::2] = 0  # lines of text, one row each
    found = list(picture._tiles(pixels))
    assert 1 <= len(found) <= tiles and sum(map(len, found)) >= size[1]
    assert np.array_equal(np.concatenate(found)[: size[1]], pixels)
    assert all(len(tile) <= 2 * size[0] and not (tile[0] == 0).any() for tile in found)


@pytest.mark.slow
@pytest.mark.parametrize("text", ["Checkpoint every 500 steps", "learning rate 3e-4"])
def test_the_text_of_a_picture_is_read(text: str) -> None:
    pytest.importorskip("rapidocr", reason="the extra `ocr` is not installed")
    made = make_note("a.png", drawn(text), Settings(picture_text=True))
    assert text.replace(" ", "") in made.text.replace(" ", "")
