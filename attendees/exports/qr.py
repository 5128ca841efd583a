"""QR codes: one encoder for badges (a bit mask), web pages (SVG) and mail (PNG).

The `qrcode` library knows the standard; here its tables are compiled once per symbol size, because a batch of a thousand badges
would otherwise spend most of its time placing the same modules again. The mask pattern is fixed: every reader decodes any of the
eight, and choosing the prettiest is five sixths of the library's time.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from itertools import groupby, zip_longest
from operator import itemgetter

import qrcode
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from PIL import Image
from qrcode import base as tables
from qrcode.constants import ERROR_CORRECT_M
from qrcode.util import mask_func

QUIET_ZONE = 4  # modules of white on every side that a reader may rely on
MASK_PATTERN = 2
LARGEST_VERSION = 40


@dataclass(frozen=True, slots=True)
class QrSymbol:
    """A finished symbol: `size` modules square; `rows` holds one bit per module (1 = dark), each row padded to whole bytes."""

    size: int
    rows: bytes

    def matrix(self) -> list[list[bool]]:
        stride = (self.size + 7) // 8
        lines = [self.rows[start : start + stride] for start in range(0, len(self.rows), stride)]
        return [[bool(line[x >> 3] & (0x80 >> (x & 7))) for x in range(self.size)] for line in lines]


@dataclass(frozen=True, slots=True)
class _Version:
    """What all symbols of one size share."""

    size: int
    blocks: tuple[tuple[int, int], ...]  # (data codewords, correction codewords) of each block
    length_bits: int
    pick: Callable[[str], tuple[str, ...]]  # puts data bits in the order of the packed picture
    fixed: int  # finder, timing and format modules, and the mask over the data

    @property
    def capacity(self) -> int:
        return sum(data for data, _correction in self.blocks)

    @property
    def room(self) -> int:
        """Bytes of text that fit, besides mode, length and terminator."""
        return self.capacity - (8 + self.length_bits) // 8


def encode(text: str) -> QrSymbol:
    """The smallest level-M symbol that holds `text` as UTF-8.

    Raises:
        ValueError: longer than 2,331 bytes.
    """
    data = text.encode()
    version = _version_for(len(data))
    codewords = _with_correction(version, _data_codewords(version, data))
    bits = f"{int.from_bytes(codewords):0{len(codewords) * 8}b}" + "0" * 8
    picture = int("".join(version.pick(bits)), 2) ^ version.fixed
    return QrSymbol(version.size, picture.to_bytes(version.size * ((version.size + 7) // 8)))


def qr_matrix(text: str) -> list[list[bool]]:
    """Rows of modules, True is dark; no quiet zone."""
    return encode(text).matrix()


def qr_svg(text: str, *, label: str) -> SafeString:
    """An accessible picture for a page: no script, style or outside reference, so the strictest policy shows it."""
    matrix = qr_matrix(text)
    side = len(matrix) + 2 * QUIET_ZONE
    path = "".join(_svg_row(row, y + QUIET_ZONE) for y, row in enumerate(matrix))
    return mark_safe(  # noqa: S308 -- numbers, and an escaped label
        f'<svg xmlns="http://www.w3.org/2000/svg" class="qr" viewBox="0 0 {side} {side}" role="img" aria-label="{escape(label)}" '
        f'shape-rendering="crispEdges"><path fill="#fff" d="M0 0h{side}v{side}H0z"/><path fill="#000" d="{path}"/></svg>'
    )


def qr_png(text: str, scale: int = 8) -> bytes:
    """A black-and-white PNG with its quiet zone, `scale` pixels to a module."""
    symbol = encode(text)
    side = symbol.size + 2 * QUIET_ZONE
    picture = Image.new("1", (side, side), 1)
    dark = Image.frombytes("1", (symbol.size, symbol.size), symbol.rows)
    picture.paste(0, (QUIET_ZONE, QUIET_ZONE), dark)
    out = io.BytesIO()
    picture.resize((side * scale, side * scale), Image.Resampling.NEAREST).save(out, "PNG", optimize=True)
    return out.getvalue()


def _svg_row(row: list[bool], y: int) -> str:
    """One rectangle for each run of dark modules."""
    parts, x = [], QUIET_ZONE
    for dark, run in groupby(row):
        width = len(list(run))
        if dark:
            parts.append(f"M{x} {y}h{width}v1h-{width}z")
        x += width
    return "".join(parts)


@cache
def _version_for(length: int) -> _Version:
    for number in range(1, LARGEST_VERSION + 1):
        if _room(number) >= length:
            return _version(number)
    raise ValueError(f"{length} bytes do not fit into a QR code.")


def _room(number: int) -> int:
    return sum(block.data_count for block in tables.rs_blocks(number, ERROR_CORRECT_M)) - (2 if number < 10 else 3)


@cache
def _version(number: int) -> _Version:
    template = _template(number)
    size = len(template)
    order = _reading_order(template)
    blocks = tables.rs_blocks(number, ERROR_CORRECT_M)
    bits = sum(block.total_count for block in blocks) * 8
    place = {cell: min(index, bits) for index, cell in enumerate(order)}  # what is left over after the codewords stays zero
    masked = mask_func(MASK_PATTERN)
    stride = (size + 7) // 8 * 8
    picks, fixed = [], []
    for y in range(size):
        for x in range(stride):
            picks.append(place.get((y, x), bits))
            value = template[y][x] if x < size else False
            fixed.append("1" if (masked(y, x) if value is None else value) else "0")
    return _Version(
        size=size,
        blocks=tuple((block.data_count, block.total_count - block.data_count) for block in blocks),
        length_bits=8 if number < 10 else 16,
        pick=itemgetter(*picks),
        fixed=int("".join(fixed), 2),
    )


def _template(number: int) -> list[list[bool | None]]:
    """Everything but the data, which is None."""
    symbol = qrcode.QRCode(version=number, error_correction=ERROR_CORRECT_M, mask_pattern=MASK_PATTERN)
    size = symbol.modules_count = number * 4 + 17
    symbol.modules = [[None] * size for _row in range(size)]
    for row, column in ((0, 0), (size - 7, 0), (0, size - 7)):
        symbol.setup_position_probe_pattern(row, column)
    symbol.setup_position_adjust_pattern()
    symbol.setup_timing_pattern()
    symbol.setup_type_info(False, MASK_PATTERN)
    if number >= 7:
        symbol.setup_type_number(False)
    return symbol.modules


def _reading_order(template: list[list[bool | None]]) -> list[tuple[int, int]]:
    """The data modules as the standard walks them: pairs of columns from the right, up and down in turn."""
    size, order, upwards = len(template), [], True
    for right in range(size - 1, 0, -2):
        column = right if right > 6 else right - 1  # column 6 is the timing pattern
        rows = range(size - 1, -1, -1) if upwards else range(size)
        order += [(y, x) for y in rows for x in (column, column - 1) if template[y][x] is None]
        upwards = not upwards
    return order


def _data_codewords(version: _Version, data: bytes) -> bytes:
    """Mode, length, the text, terminator and padding. Byte mode always ends on a whole byte."""
    head = (0b0100 << version.length_bits) | len(data)
    length = (8 + version.length_bits) // 8 + len(data)
    words = (((head << 8 * len(data)) | int.from_bytes(data)) << 4).to_bytes(length)
    return (words + b"\xec\x11" * version.capacity)[: version.capacity]


def _with_correction(version: _Version, data: bytes) -> bytes:
    """Blocks with their correction words, interleaved."""
    blocks, corrections, start = [], [], 0
    for count, correction in version.blocks:
        block = data[start : start + count]
        start += count
        blocks.append(block)
        corrections.append(_remainder(block, correction))
    if len(blocks) == 1:
        return blocks[0] + corrections[0]
    return bytes(word for part in (blocks, corrections) for column in zip_longest(*part) for word in column if word is not None)


def _remainder(block: bytes, count: int) -> bytes:
    """Reed-Solomon words of one block: a shift register held in one integer."""
    steps, top, keep, register = _steps(count), 8 * (count - 1), (1 << 8 * count) - 1, 0
    for byte in block:
        register = ((register << 8) & keep) ^ steps[(register >> top) ^ byte]
    return register.to_bytes(count)


@cache
def _steps(count: int) -> tuple[int, ...]:
    """For each possible leading byte: the generator polynomial multiplied by it."""
    generator = [1]
    for power in range(count):
        root = tables.gexp(power)
        generator = [_times(a, 1) ^ _times(b, root) for a, b in zip([*generator, 0], [0, *generator], strict=True)]
    return tuple(int.from_bytes(bytes(_times(factor, byte) for factor in generator[1:])) for byte in range(256))


def _times(a: int, b: int) -> int:
    return tables.gexp(tables.glog(a) + tables.glog(b)) if a and b else 0
