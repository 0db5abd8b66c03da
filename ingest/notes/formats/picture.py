"""Picture -> Markdown: the lines of text in it, by rapidocr with the models that its wheel brings."""

import io
import logging
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
from PIL import Image

from ingest.errors import NoteError
from ingest.notes.formats.markdown import escaped, without_tags
from ingest.schema import Converted

_Pixels = npt.NDArray[np.uint8]  # [rows, columns, 3]: blue, green, red
_MOST_PIXELS = 40_000_000
_SMALLEST = 32  # pixels of a side: what is smaller is an icon
_ONE_THREAD = {f"EngineConfig.onnxruntime.{kind}_op_num_threads": 1 for kind in ("intra", "inter")}


def convert(data: bytes) -> Converted:
    """The text from top to bottom, '' when there is none.

    Raises:
        NoteError: when it is no picture, or too large.
    """
    try:
        with Image.open(io.BytesIO(data)) as picture:
            if picture.width * picture.height > _MOST_PIXELS:
                raise NoteError("note.picture")
            if min(picture.size) < _SMALLEST:
                return Converted("")
            pixels = np.asarray(picture.convert("RGB"))[:, :, ::-1]
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise NoteError("note.picture") from error
    return Converted("\n".join(_lines(pixels)))


def _lines(pixels: _Pixels) -> Iterator[str]:
    from rapidocr import RapidOCR

    logging.disable(logging.INFO)  # it tells which model it loads
    read = RapidOCR(params={**_ONE_THREAD, "EngineConfig.onnxruntime.enable_cpu_mem_arena": False})
    for tile in _tiles(pixels):
        for line in read(tile).txts or ():
            yield escaped(without_tags(" ".join(line.split())))


def _tiles(pixels: _Pixels) -> Iterator[_Pixels]:
    """The picture in pieces that are not much longer one way than the other, as the models need them.

    A long screenshot is cut where least is drawn, a narrow strip gets a border.
    """
    height, width = pixels.shape[:2]
    ink = pixels.std(axis=(1, 2))
    top = 0
    while height - top > 2 * width:
        cut = top + width + int(ink[top + width : top + 2 * width].argmin())
        yield pixels[top:cut]
        top = cut
    rest = pixels[top:]
    missing = max(width // 3 - len(rest), 0)
    yield np.pad(rest, ((0, missing), (0, 0), (0, 0)), constant_values=255)
