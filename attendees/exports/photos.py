"""A stored photo as a badge prints it: upright, cropped, no larger than the printer can show, without metadata."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from PIL import Image, ImageOps

FORMATS = ("JPEG", "PNG", "WEBP")  # anything else Pillow might hand to other programs
DOTS_PER_POINT = 300 / 72
QUALITIES = (80, 72, 64, 56)
MOST_BYTES = 21_000


class PhotoError(Exception):
    """`reason` is a stable word: `missing`, `not_an_image`, `too_large`, `broken`."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Photo:
    width: int
    height: int
    jpeg: bytes


def badge_photo(path: Path, width: float, height: float) -> Photo:
    """The photo for a frame of `width` by `height` points: at most 300 dots an inch and 21 kB.

    Raises:
        PhotoError: no file, not a JPEG, PNG or WebP, more than MAX_IMAGE_MEGAPIXELS, or damaged.
    """
    pixels = round(width * DOTS_PER_POINT), round(height * DOTS_PER_POINT)
    try:
        with _opened(path) as image:
            image.draft("RGB", (max(pixels), max(pixels)))  # a JPEG is decoded no larger than needed, whichever way it is turned
            upright = ImageOps.exif_transpose(image)
            cropped = ImageOps.fit(upright, _no_larger(pixels, upright.size), Image.Resampling.BICUBIC, centering=(0.5, 0.4))
            return _encoded(_on_white(cropped))
    except (OSError, ValueError, SyntaxError, ArithmeticError, KeyError, TypeError, IndexError) as error:
        raise PhotoError("broken") from error  # Pillow's readers fail in all these ways on damaged files


def _opened(path: Path) -> Image.Image:
    """The file with its header read; its size is checked before a single pixel is unpacked."""
    try:
        image = Image.open(path, formats=FORMATS)
    except FileNotFoundError as error:
        raise PhotoError("missing") from error
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise PhotoError("too_large") from error
    except (OSError, ValueError, SyntaxError) as error:
        raise PhotoError("not_an_image") from error
    if image.width * image.height > settings.MAX_IMAGE_MEGAPIXELS * 1_000_000:
        image.close()
        raise PhotoError("too_large")
    return image


def _no_larger(pixels: tuple[int, int], source: tuple[int, int]) -> tuple[int, int]:
    """The frame in pixels, smaller when the source has fewer: enlarging adds bytes and nothing to see."""
    scale = min(1.0, max(source[0] / pixels[0], source[1] / pixels[1]))
    return max(1, round(pixels[0] * scale)), max(1, round(pixels[1] * scale))


def _on_white(image: Image.Image) -> Image.Image:
    if image.mode in {"RGBA", "LA", "PA"} or "transparency" in image.info:
        layer = image.convert("RGBA")
        paper = Image.new("RGBA", layer.size, "white")
        return Image.alpha_composite(paper, layer).convert("RGB")
    return image.convert("RGB")


def _encoded(image: Image.Image) -> Photo:
    """As good as fits into MOST_BYTES: a lower quality first, then fewer pixels."""
    image.info.clear()  # comments and colour profiles would be written back
    while True:
        for quality in QUALITIES:
            out = io.BytesIO()
            image.save(out, "JPEG", quality=quality, optimize=True)
            if out.tell() <= MOST_BYTES:
                return Photo(image.width, image.height, out.getvalue())
        image = image.resize((max(1, image.width * 3 // 4), max(1, image.height * 3 // 4)), Image.Resampling.LANCZOS)
