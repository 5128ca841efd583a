"""Where things stand on a badge, and how text is fitted there. Lengths are points (1/72 inch), the origin is bottom left.

One order of importance on every size: the name; then who the person is with; the type, read from afar by its colour; the code.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from attendees.exports.text_shaping import ELLIPSIS, Line, Shaper, graphemes

MM = 72 / 25.4
TWO_LINES_HOLD = 200  # characters; with more there is no use in trying every break


@dataclass(frozen=True, slots=True)
class Box:
    x: float
    y: float
    width: float
    height: float

    @property
    def top(self) -> float:
        return self.y + self.height


def box(x: float, y: float, width: float, height: float) -> Box:
    """A box given in millimetres."""
    return Box(x * MM, y * MM, width * MM, height * MM)


@dataclass(frozen=True, slots=True)
class Sizes:
    """Type sizes: the wish; what is still comfortable, before long words are broken; the least that can be read."""

    most: float
    comfortable: float
    floor: float


@dataclass(frozen=True, slots=True)
class Layout:
    """One badge. What has a `_beside_photo` twin stands there when the person has a photo."""

    width: float
    height: float
    band: Box
    type_name: Box
    event: Box
    event_beside_photo: Box
    event_on_band: bool
    name: Box
    name_beside_photo: Box
    details: Box
    details_beside_photo: Box
    photo: Box
    qr: Box
    code: Box
    name_sizes: Sizes
    detail_sizes: Sizes
    type_sizes: Sizes
    event_sizes: Sizes
    code_size: float


@dataclass(frozen=True)
class Sheet:
    """A page and how many badges it takes."""

    key: str
    width: float
    height: float
    columns: int
    rows: int
    badge: Layout

    @property
    def per_page(self) -> int:
        return self.columns * self.rows

    @cached_property
    def cells(self) -> tuple[tuple[float, float], ...]:
        """Bottom-left corners, row by row from the top."""
        badge = self.badge
        places = [(row, column) for row in range(self.rows) for column in range(self.columns)]
        return tuple((column * badge.width, self.height - (row + 1) * badge.height) for row, column in places)


A6 = Layout(
    width=105 * MM,
    height=148 * MM,
    band=box(0, 0, 105, 21),
    type_name=box(9, 2, 87, 17),
    event=box(9, 122, 87, 14),
    event_beside_photo=box(43, 100, 53, 36),
    event_on_band=False,
    name=box(9, 72, 87, 46),
    name_beside_photo=box(9, 70, 87, 25),
    details=box(9, 28, 50, 38),
    details_beside_photo=box(9, 28, 50, 38),
    photo=box(9, 100, 28.8, 36),
    qr=box(66, 34.4, 30, 30),
    code=box(61, 28, 40, 4),
    name_sizes=Sizes(40, 13, 7),
    detail_sizes=Sizes(13, 10.5, 8),
    type_sizes=Sizes(24, 12, 9),
    event_sizes=Sizes(11.5, 9.5, 7.5),
    code_size=9.5,
)
A7 = Layout(
    width=105 * MM,
    height=74.25 * MM,
    band=box(0, 0, 105, 11),
    type_name=box(7, 1.5, 48, 8),
    event=box(58, 1.5, 40, 8),
    event_beside_photo=box(58, 1.5, 40, 8),
    event_on_band=True,
    name=box(7, 38, 60, 29),
    name_beside_photo=box(7, 41, 60, 26),
    details=box(7, 16, 60, 20),
    details_beside_photo=box(28.5, 16, 38.5, 22),
    photo=box(7, 16, 17.6, 22),
    qr=box(72, 27, 26, 26),
    code=box(68, 20.6, 34, 4),
    name_sizes=Sizes(34, 11, 6),
    detail_sizes=Sizes(11, 9.5, 7),
    type_sizes=Sizes(15, 10, 7.5),
    event_sizes=Sizes(8.5, 7.5, 6),
    code_size=8.5,
)
CARD = Layout(
    width=85.6 * MM,
    height=54 * MM,
    band=box(0, 0, 85.6, 8.5),
    type_name=box(5, 1.2, 38, 6.1),
    event=box(45, 1.2, 35.6, 6.1),
    event_beside_photo=box(45, 1.2, 35.6, 6.1),
    event_on_band=True,
    name=box(5, 28, 50, 21),
    name_beside_photo=box(5, 28.8, 50, 20.2),
    details=box(5, 12, 50, 14),
    details_beside_photo=box(19.4, 12, 35.6, 15.5),
    photo=box(5, 12, 12.4, 15.5),
    qr=box(58.6, 19.5, 22, 22),
    code=box(55.6, 13.6, 28, 3.4),
    name_sizes=Sizes(26, 9, 5.5),
    detail_sizes=Sizes(9, 7.5, 6),
    type_sizes=Sizes(11.5, 8, 6),
    event_sizes=Sizes(7, 6.5, 5.5),
    code_size=7,
)
SHEETS = {
    "a6": Sheet("a6", A6.width, A6.height, 1, 1, A6),
    "a4-8": Sheet("a4-8", 210 * MM, 297 * MM, 2, 4, A7),
    "card": Sheet("card", CARD.width, CARD.height, 1, 1, CARD),
}


@dataclass(frozen=True, slots=True)
class Block:
    """Lines of one size, ready to be drawn."""

    lines: tuple[Line, ...]
    size: float
    cut: bool = False

    @property
    def width(self) -> float:
        return max((line.width for line in self.lines), default=0.0) * self.size

    @property
    def height(self) -> float:
        return height_of(self.lines) * self.size

    def baselines(self, top: float) -> Iterator[tuple[Line, float]]:
        """Each line with its baseline when the block hangs from `top`."""
        y = top
        for index, line in enumerate(self.lines):
            y -= (line.ascent if index == 0 else leading(self.lines[index - 1], line)) * self.size
            yield line, y


def leading(above: Line, line: Line) -> float:
    """From one baseline to the next, in ems: as close as the letters allow."""
    return above.descent + line.ascent + 0.12


def height_of(lines: tuple[Line, ...]) -> float:
    """Of a block, in ems."""
    if not lines:
        return 0.0
    between = sum(leading(above, line) for above, line in pairwise(lines))
    return lines[0].ascent + between + lines[-1].descent


def fit_name(shaper: Shaper, first: str, last: str, frame: Box, sizes: Sizes) -> Block:
    """A whole name, never clipped: two lines, then smaller; long words broken between letters only below the comfortable size.

    `cut` tells that even the least readable size was too large, which no name of 100 + 100 ordinary letters reaches.
    """
    whole = " ".join(part for part in (first, last) if part)
    natural = tuple(shaper.line(part, bold=True, whole=whole) for part in (first, last) if part)
    size = _largest(natural, frame, sizes.most)
    if size < sizes.most and len(whole) <= TWO_LINES_HOLD:
        natural, size = _best_break(shaper, whole, natural, frame, sizes.most)
    if size >= sizes.comfortable:
        return Block(natural, size)
    return fit_paragraph(shaper, whole, frame, sizes, bold=True, limit=99, start=sizes.comfortable)


def fit_text(shaper: Shaper, text: str, frame: Box, sizes: Sizes, *, bold: bool = False, limit: int = 2) -> Block:
    """A line of lesser rank: one line while that is comfortable, then up to `limit` lines, at last cut with an ellipsis."""
    line = shaper.line(text, bold=bold)
    size = _largest((line,), frame, sizes.most)
    if size >= sizes.comfortable or (limit == 1 and size >= sizes.floor):
        return Block((line,), size)
    return fit_paragraph(shaper, text, frame, sizes, bold=bold, limit=limit, start=sizes.most)


def fit_paragraph(shaper: Shaper, text: str, frame: Box, sizes: Sizes, *, bold: bool, limit: int, start: float) -> Block:
    """As many lines as the frame (and `limit`) allow, in the largest size that holds all of the text."""
    size = start
    while True:
        texts = list(_wrap(shaper, text, frame.width / size, bold))
        lines = tuple(shaper.line(part, bold=bold, whole=text) for part in texts)
        fitted = _largest(lines, frame, size) if len(lines) <= limit else 0.0
        if fitted > size * 0.97:
            return Block(lines, fitted)
        if size <= sizes.floor:
            return _cut(shaper, texts, frame, sizes.floor, bold=bold, limit=limit)
        size = max(sizes.floor, size * 0.95)


def _largest(lines: tuple[Line, ...], frame: Box, most: float) -> float:
    width, height = max((line.width for line in lines), default=0.0), height_of(lines)
    return min(most, frame.width / width if width else most, frame.height / height if height else most)


def _best_break(shaper: Shaper, whole: str, natural: tuple[Line, ...], frame: Box, most: float) -> tuple[tuple[Line, ...], float]:
    """The break that allows the largest type; the one between first and last name when it costs little."""
    words = whole.split(" ")
    size = _largest(natural, frame, most)
    best = natural, size * 1.1
    for at in range(1, len(words)):
        lines = tuple(shaper.line(" ".join(part), bold=True, whole=whole) for part in (words[:at], words[at:]))
        if (allowed := _largest(lines, frame, most)) > best[1]:
            best = lines, allowed
    return best if best[0] is not natural else (natural, size)


def _wrap(shaper: Shaper, text: str, width: float, bold: bool) -> Iterator[str]:
    """Lines of at most `width` ems; a word longer than a line is broken between letters."""
    line, used = "", 0.0
    space = shaper.line(" ", bold=bold).width
    for word in text.split(" "):
        letters = [(letter, shaper.line(letter, bold=bold, whole=text).width) for letter in graphemes(word)]
        length = sum(letter_width for _letter, letter_width in letters)
        if line and length <= width < used + space + length:
            yield line
            line, used = "", 0.0
        if line:
            line, used = line + " ", used + space
        if length <= width:
            line, used = line + word, used + length
            continue
        for letter, letter_width in letters:
            if line and used + letter_width > width:
                yield line
                line, used = "", 0.0
            line, used = line + letter, used + letter_width
    if line:
        yield line


def _cut(shaper: Shaper, texts: list[str], frame: Box, size: float, *, bold: bool, limit: int) -> Block:
    """What fits of a text that is too long at any readable size, with an ellipsis where it stops."""
    kept: tuple[Line, ...] = ()
    for text in texts[:limit]:
        line = shaper.line(text, bold=bold)
        if kept and height_of((*kept, line)) * size > frame.height:
            break
        kept = (*kept, line)
    stopped = list(graphemes(texts[len(kept) - 1].rstrip()))
    while True:
        last = shaper.line("".join(stopped) + ELLIPSIS, bold=bold)
        if last.width * size <= frame.width or not stopped:
            return Block((*kept[:-1], last), min(size, _largest((*kept[:-1], last), frame, size)), cut=True)
        stopped.pop()
