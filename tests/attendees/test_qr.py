"""QR codes: the same symbols as the library's, read by another library, shown without style or script."""

from __future__ import annotations

import io
import xml.etree.ElementTree as ET

import pytest
import qrcode
import zxingcpp
from PIL import Image
from qrcode.constants import ERROR_CORRECT_M
from qrcode.util import MODE_8BIT_BYTE, QRData

from attendees.exports.qr import MASK_PATTERN, encode, qr_matrix, qr_png, qr_svg

LINK = "https://events.example.org/c/Zk3v9QxTn7LbYw2hRj5mPA"


def by_the_library(text: str) -> list[list[bool]]:
    symbol = qrcode.QRCode(error_correction=ERROR_CORRECT_M, mask_pattern=MASK_PATTERN)
    symbol.add_data(QRData(text.encode(), mode=MODE_8BIT_BYTE))
    symbol.make(fit=True)
    return [[bool(module) for module in row] for row in symbol.modules]


# around the edges of versions 1, 2, 5, 6 (several blocks), 7 (version number), 9/10 (longer length field), 21 and 40
@pytest.mark.parametrize("length", [0, 1, 14, 15, 26, 27, 42, 62, 84, 85, 106, 107, 122, 180, 181, 213, 214, 1000, 2331])
def test_matrix_equals_the_librarys(length):
    text = (LINK * 50)[:length]

    assert qr_matrix(text) == by_the_library(text)


@pytest.mark.parametrize("text", [LINK, "zażółć gęślą jaźń", "名前 😀", "<svg onload=alert(1)>"])
def test_png_is_read_by_another_library(text):
    with Image.open(io.BytesIO(qr_png(text, scale=4))) as picture:
        found = zxingcpp.read_barcode(picture.convert("L"))

    assert found is not None
    assert (found.text, found.ec_level) == (text, "M")


def test_text_that_no_symbol_holds_is_refused():
    with pytest.raises(ValueError):
        encode("x" * 2332)


def test_svg_is_labelled_and_needs_no_style_or_script():
    svg = qr_svg(LINK, label='"><script>alert(1)</script>')
    root = ET.fromstring(svg)

    assert root.get("role") == "img"
    assert root.get("aria-label") == '"><script>alert(1)</script>'
    assert "style" not in svg
    assert [child.tag.rpartition("}")[2] for child in root.iter()] == ["svg", "path", "path"]


def test_svg_draws_the_modules_with_their_quiet_zone():
    side = len(qr_matrix(LINK)) + 8
    drawn = [[False] * side for _row in range(side)]
    for part in ET.fromstring(qr_svg(LINK, label="x"))[1].get("d", "").split("M")[1:]:
        x, rest = part.split(" ")
        y, width = rest.split("v")[0].split("h")
        for column in range(int(x), int(x) + int(width)):
            drawn[int(y)][column] = True

    assert [row[4:-4] for row in drawn[4:-4]] == qr_matrix(LINK)
    assert not any(any(row[:4] + row[-4:]) for row in drawn)
    assert not any(any(row) for row in drawn[:4] + drawn[-4:])
