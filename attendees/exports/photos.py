"""A stored photo as a badge prints it: upright, cropped, no larger than the printer can show, without metadata."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageOps

from netevent.core.images import DAMAGED, on_white, opened
from netevent.core.images import ImageRefused as PhotoError

__all__ = ["Photo", "PhotoError", "badge_photo"]

DOTS_PER_POINT = 300 / 72
QUALITIES = (80, 72, 64, 56)
MOST_BYTES = 21_000


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
        with opened(path) as image:
            image.draft("RGB", (max(pixels), max(pixels)))  # a JPEG is decoded no larger than needed, whichever way it is turned
            upright = ImageOps.exif_transpose(image)
            cropped = ImageOps.fit(upright, _no_larger(pixels, upright.size), Image.Resampling.BICUBIC, centering=(0.5, 0.4))
            return _encoded(on_white(cropped))
    except DAMAGED as error:
        raise PhotoError("broken") from error


def _no_larger(pixels: tuple[int, int], source: tuple[int, int]) -> tuple[int, int]:
    """The frame in pixels, smaller when the source has fewer: enlarging adds bytes and nothing to see."""
    scale = min(1.0, max(source[0] / pixels[0], source[1] / pixels[1]))
    return max(1, round(pixels[0] * scale)), max(1, round(pixels[1] * scale))


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
