"""Pictures that people send: known by their content, and measured before a single pixel is unpacked."""

from __future__ import annotations

from pathlib import Path
from typing import IO

from django.conf import settings
from PIL import Image

FORMATS = ("JPEG", "PNG", "WEBP")  # anything else Pillow might hand to other programs
# Pillow's readers fail in all these ways on damaged files
DAMAGED = (OSError, ValueError, SyntaxError, ArithmeticError, KeyError, TypeError, IndexError)
ORIENTATION = 0x0112
TURNED = (5, 6, 7, 8)  # orientations that swap width and height


class ImageRefused(Exception):  # noqa: N818 -- what happened is its name
    """`reason` is a stable word: `missing`, `not_an_image`, `too_large`, `broken`."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def opened(source: Path | IO[bytes]) -> Image.Image:
    """The picture with its header read, the pixels still packed.

    Raises:
        ImageRefused: no file, not a JPEG, PNG or WebP, or more than MAX_IMAGE_MEGAPIXELS.
    """
    try:
        image = Image.open(source, formats=FORMATS)
    except FileNotFoundError as error:
        raise ImageRefused("missing") from error
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise ImageRefused("too_large") from error
    except DAMAGED as error:
        raise ImageRefused("not_an_image") from error
    if image.width * image.height > settings.MAX_IMAGE_MEGAPIXELS * 1_000_000:
        image.close()
        raise ImageRefused("too_large")
    return image


def upright_size(image: Image.Image) -> tuple[int, int]:
    """Width and height as people see it, read from the header."""
    turned = image.getexif().get(ORIENTATION) in TURNED
    return (image.height, image.width) if turned else image.size


def on_white(image: Image.Image) -> Image.Image:
    """In colours of a JPEG; what was transparent is white."""
    if image.mode in {"RGBA", "LA", "PA"} or "transparency" in image.info:
        layer = image.convert("RGBA")
        paper = Image.new("RGBA", layer.size, "white")
        return Image.alpha_composite(paper, layer).convert("RGB")
    return image.convert("RGB")
