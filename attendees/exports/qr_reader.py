"""Read a QR code in a camera frame, for browsers that can't."""

from __future__ import annotations

import io

import zxingcpp
from PIL import Image, UnidentifiedImageError

LARGEST_SIDE = 2000
QR_CODES = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)


def read_qr(picture: bytes) -> str:
    """The text of the first QR code in a JPEG, PNG or WebP picture; empty when there is none, or it is no picture.

    The size is read from the header: a picture that would unpack to more than a camera gives isn't unpacked.
    """
    try:
        with Image.open(io.BytesIO(picture), formats=("JPEG", "PNG", "WEBP")) as image:
            if max(image.size) > LARGEST_SIDE:
                return ""
            found = zxingcpp.read_barcode(image.convert("L"), formats=QR_CODES)
    except (UnidentifiedImageError, OSError, ValueError, Image.DecompressionBombError):
        return ""
    return found.text if found else ""
