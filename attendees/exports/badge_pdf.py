"""Badges as one PDF: plain data in, bytes out.

What all badges of a type share is drawn once and reused; a page holds little more than its text and its QR code. One badge that
can't be drawn as wished never stops the others: it is drawn as well as possible and named in the list of problems.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import BinaryIO

from reportlab import rl_config
from reportlab.pdfbase import pdfdoc
from reportlab.pdfgen.canvas import Canvas

from attendees.exports.badge_layout import MM, SHEETS, Block, Box, Sheet, fit_name, fit_text
from attendees.exports.fonts import FontBook, font_book
from attendees.exports.pdf_fonts import DocumentFonts
from attendees.exports.photos import PhotoError, badge_photo
from attendees.exports.qr import QUIET_ZONE, encode
from attendees.exports.text_shaping import LONGEST, Shaper, clean

__all__ = ["SHEETS", "BadgeData", "Problem", "Sheet", "draw_badges"]

rl_config.useA85 = 0  # pages as they are: wrapping them in ASCII, reportlab's habit, costs a quarter more bytes and a fifth of the time
INK, MUTED, RULE, CUT = "#14181f", "#566070", "#d5dae1", "#8b95a3"
NO_COLOUR = "#3d4654"  # the band of a type whose colour can't be read
CORNER = 1.6 * MM


@dataclass(frozen=True, slots=True)
class BadgeData:
    """All that a badge shows. `reference` is what problems call it; `qr_text` is drawn as it is."""

    first_name: str
    last_name: str
    organisation: str
    role: str
    code: str
    type_name: str
    type_colour: str
    event_name: str
    qr_text: str
    photo: Path | None
    reference: str


@dataclass(frozen=True, slots=True)
class Problem:
    """Something a badge could not show. Codes: `name_not_drawable`, `name_too_long`, `text_not_drawable`, `photo_unreadable`.

    `detail` says which: the code points no font has (`U+1F600`), or why the photo failed (`missing`, `not_an_image`,
    `too_large`, `broken`).
    """

    reference: str
    code: str
    detail: str


def draw_badges(
    badges: Iterable[BadgeData],
    out: BinaryIO,
    *,
    sheet: Sheet = SHEETS["a6"],
    fonts: FontBook | None = None,
    on_page: Callable[[int], None] | None = None,
    starting_on: int = 0,
) -> list[Problem]:
    """Write one PDF of all badges, in their order, and return what could not be drawn as wished.

    The same badges give the same bytes. `on_page` hears after each page how many badges are drawn; what it raises ends the
    drawing. `starting_on` leaves that many places of the first sheet free, for sheets that were used before.
    """
    writer = _Writer(out, sheet, fonts or font_book())
    place, pages = starting_on % sheet.per_page, 0
    for drawn, badge in enumerate(badges, 1):
        writer.draw(badge, *sheet.cells[place])
        place += 1
        if place == sheet.per_page:
            writer.end_page()
            place, pages = 0, pages + 1
            if on_page:
                on_page(drawn)
    return writer.finish(page_open=bool(place) or not pages)


class BareCanvas(Canvas):
    """A canvas whose pages begin empty: no unused font is set, so none is named that isn't embedded."""

    def _make_preamble(self) -> None:
        self._preamble = ""


class _Writer:
    """One document being written."""

    def __init__(self, out: BinaryIO, sheet: Sheet, fonts: FontBook) -> None:
        self.sheet = sheet
        self.layout = sheet.badge
        self.shaper = Shaper(fonts)
        self.canvas = BareCanvas(out, pagesize=(sheet.width, sheet.height), pageCompression=1, invariant=1)
        self.fonts = DocumentFonts(self.canvas._doc)
        self.problems: list[Problem] = []
        self._backgrounds: dict[tuple[str, str, str, bool], str] = {}
        self._photos = 0

    def draw(self, badge: BadgeData, x: float, y: float) -> None:
        """One badge with its bottom-left corner at (x, y); nothing of it leaves its own rectangle."""
        layout = self.layout
        photo = self._photo(badge)
        self._emit(f"q 1 0 0 1 {x:.2f} {y:.2f} cm 0 0 {layout.width:.2f} {layout.height:.2f} re W n")
        self.canvas.doForm(self._background(badge, bool(photo)))
        texts = self._name(badge, bool(photo)), self._details(badge, bool(photo)), self._code(badge)
        self._emit(f"BT {_fill(INK)} {' '.join(texts)} ET")
        if photo:
            self._emit(_photo_frame(layout.photo))
            self.canvas.doForm(photo)
            self._emit("Q")
        self._emit(f"{_qr(badge.qr_text, layout.qr)} Q")

    def end_page(self) -> None:
        if self.sheet.per_page > 1:
            self.canvas.doForm(self._cut_marks())
        self.canvas.showPage()

    def finish(self, *, page_open: bool) -> list[Problem]:
        if page_open:
            self.end_page()
        self.canvas.save()
        return self.problems

    # --- Parts of a badge ----------------------------------------------------------------------------------------------------

    def _name(self, badge: BadgeData, has_photo: bool) -> str:
        layout = self.layout
        frame = layout.name_beside_photo if has_photo else layout.name
        block = fit_name(self.shaper, clean(badge.first_name), clean(badge.last_name), frame, layout.name_sizes)
        self._report_missing(badge, "name_not_drawable", block)
        if block.cut or max(len(badge.first_name), len(badge.last_name)) > LONGEST:
            self._report(badge, "name_too_long", f"{len(badge.first_name) + len(badge.last_name)}")
        if all(line.is_empty for line in block.lines):
            block = fit_name(self.shaper, clean(badge.code), "", frame, layout.name_sizes)
        return self._block(block, frame.x, frame.top)

    def _details(self, badge: BadgeData, has_photo: bool) -> str:
        """Organisation and role, standing on the line of the code."""
        frame = self.layout.details_beside_photo if has_photo else self.layout.details
        parts, y = [], frame.y
        for text, colour, bold in ((badge.role, MUTED, False), (badge.organisation, INK, True)):
            shown = clean(text)
            if shown:
                block = fit_text(self.shaper, shown, frame, self.layout.detail_sizes, bold=bold)
                self._report_missing(badge, "text_not_drawable", block)
                parts.append(f"{_fill(colour)} {self._block(block, frame.x, y + block.height)}")
                y += block.height + block.size * 0.35
        return " ".join(parts)

    def _code(self, badge: BadgeData) -> str:
        frame, size = self.layout.code, self.layout.code_size
        line = self.shaper.line(clean(badge.code), bold=True, features=("tnum",))
        size = min(size, frame.width / line.width) if line.width else size
        return f"{_fill(INK)} {self.fonts.text(line, frame.x + (frame.width - line.width * size) / 2, frame.y, size)}"

    def _photo(self, badge: BadgeData) -> str:
        """Name of the photo's form, or nothing."""
        if badge.photo is None:
            return ""
        frame = self.layout.photo
        try:
            photo = badge_photo(badge.photo, frame.width, frame.height)
        except PhotoError as error:
            self._report(badge, "photo_unreadable", error.reason)
            return ""
        self._photos += 1
        name = f"photo{self._photos}"
        image = pdfdoc.PDFStream(content=photo.jpeg, filters=[])
        entries = {
            "Type": "/XObject",
            "Subtype": "/Image",
            "Width": photo.width,
            "Height": photo.height,
            "BitsPerComponent": 8,
        }
        image.dictionary.dict.update({**entries, "ColorSpace": "/DeviceRGB", "Filter": "/DCTDecode"})
        self.canvas._doc.addForm(name, image)
        return name

    def _background(self, badge: BadgeData, has_photo: bool) -> str:
        """What all badges of a type share, drawn once for each type."""
        key = badge.type_name, badge.type_colour, badge.event_name, has_photo
        if key not in self._backgrounds:
            if not self._backgrounds:
                self.canvas.setTitle(clean(badge.event_name))
            self._backgrounds[key] = name = f"background{len(self._backgrounds)}"
            self._form(name, self.layout.width, self.layout.height, self._background_of(badge, has_photo))
        return self._backgrounds[key]

    def _background_of(self, badge: BadgeData, has_photo: bool) -> str:
        layout = self.layout
        colour = badge.type_colour if re.fullmatch("#[0-9a-fA-F]{6}", badge.type_colour) else NO_COLOUR
        on_colour = text_on(colour)
        band = layout.band
        parts = [f"{_fill(colour)} 0 0 {band.width:.2f} {band.height:.2f} re f"]
        if contrast(colour, "#ffffff") < 1.3:  # a band as white as the paper needs an edge
            parts.append(f"{_stroke(RULE)} 0.5 w 0 {band.height:.2f} m {band.width:.2f} {band.height:.2f} l S")
        type_name = fit_text(self.shaper, clean(badge.type_name), layout.type_name, layout.type_sizes, bold=True)
        self._report_missing(badge, "text_not_drawable", type_name)
        middle = layout.type_name.y + (layout.type_name.height + type_name.height) / 2
        parts.append(f"BT {_fill(on_colour)} {self._block(type_name, layout.type_name.x, middle)}")
        parts.append(self._event(badge, on_colour, layout.event_beside_photo if has_photo else layout.event))
        return " ".join([*parts, "ET"])

    def _event(self, badge: BadgeData, on_colour: str, frame: Box) -> str:
        layout = self.layout
        block = fit_text(self.shaper, clean(badge.event_name), frame, layout.event_sizes, limit=2 if layout.event_on_band else 3)
        self._report_missing(badge, "text_not_drawable", block)
        if not layout.event_on_band:
            return f"{_fill(MUTED)} {self._block(block, frame.x, frame.top)}"
        top = frame.y + (frame.height + block.height) / 2
        right = frame.x + frame.width
        lines = [(line, right - line.width * block.size, y) for line, y in block.baselines(top)]
        return " ".join(self.fonts.text(line, x, y, block.size) for line, x, y in lines)

    def _cut_marks(self) -> str:
        """Where to cut: ticks that reach into the sheet's edge, which most printers leave white, and a cross between badges."""
        name = "cut-marks"
        if not self.canvas.hasForm(name):
            self._form(name, self.sheet.width, self.sheet.height, " ".join(_cut_lines(self.sheet)))
        return name

    # --- Small things --------------------------------------------------------------------------------------------------------

    def _block(self, block: Block, x: float, top: float) -> str:
        return " ".join(self.fonts.text(line, x, y, block.size) for line, y in block.baselines(top))

    def _form(self, name: str, width: float, height: float, content: str) -> None:
        form = pdfdoc.PDFFormXObject(0, 0, width, height)
        form.compression = 1
        form.setStreamList([content])
        self.canvas._doc.addForm(name, form)

    def _emit(self, operators: str) -> None:
        self.canvas.addLiteral(operators)

    def _report(self, badge: BadgeData, code: str, detail: str) -> None:
        self.problems.append(Problem(badge.reference, code, detail))

    def _report_missing(self, badge: BadgeData, code: str, block: Block) -> None:
        missing = "".join(line.missing for line in block.lines)
        if missing:
            self._report(badge, code, " ".join(f"U+{ord(char):04X}" for char in dict.fromkeys(missing)))


def _qr(text: str, frame: Box) -> str:
    """The code on its own white ground, so that nothing, however tall, reaches into its quiet zone."""
    symbol = encode(text)
    quiet = QUIET_ZONE * frame.width / symbol.size
    side = frame.width + 2 * quiet
    return (
        f"1 g {frame.x - quiet:.2f} {frame.y - quiet:.2f} {side:.2f} {side:.2f} re f 0 g "
        f"q {frame.width:.2f} 0 0 {frame.width:.2f} {frame.x:.2f} {frame.y:.2f} cm "
        f"BI /W {symbol.size} /H {symbol.size} /BPC 1 /IM true /D [1 0] /F /AHx ID {symbol.rows.hex()}> EI Q"
    )


@cache
def _photo_frame(frame: Box) -> str:
    """Clip to rounded corners, then map the unit square of an image onto the frame."""
    x, y, right, top = frame.x, frame.y, frame.x + frame.width, frame.top
    r, k = CORNER, CORNER * 0.4477  # where the handles of a quarter circle stand
    return (
        f"q {x + r:.2f} {y:.2f} m {right - r:.2f} {y:.2f} l {right - k:.2f} {y:.2f} {right:.2f} {y + k:.2f} {right:.2f} {y + r:.2f} c "
        f"{right:.2f} {top - r:.2f} l {right:.2f} {top - k:.2f} {right - k:.2f} {top:.2f} {right - r:.2f} {top:.2f} c "
        f"{x + r:.2f} {top:.2f} l {x + k:.2f} {top:.2f} {x:.2f} {top - k:.2f} {x:.2f} {top - r:.2f} c "
        f"{x:.2f} {y + r:.2f} l {x:.2f} {y + k:.2f} {x + k:.2f} {y:.2f} {x + r:.2f} {y:.2f} c h W n "
        f"{frame.width:.2f} 0 0 {frame.height:.2f} {x:.2f} {y:.2f} cm"
    )


def _cut_lines(sheet: Sheet) -> Iterable[str]:
    tick, arm = 7 * MM, 2 * MM
    columns = [column * sheet.badge.width for column in range(1, sheet.columns)]
    rows = [sheet.height - row * sheet.badge.height for row in range(1, sheet.rows)]
    yield f"{_stroke(CUT)} 0.4 w"
    for x in columns:
        yield f"{x:.2f} 0 m {x:.2f} {tick:.2f} l {x:.2f} {sheet.height - tick:.2f} m {x:.2f} {sheet.height:.2f} l"
    for y in rows:
        yield f"0 {y:.2f} m {tick:.2f} {y:.2f} l {sheet.width - tick:.2f} {y:.2f} m {sheet.width:.2f} {y:.2f} l"
    for x in columns:
        for y in rows:
            yield f"{x - arm:.2f} {y:.2f} m {x + arm:.2f} {y:.2f} l {x:.2f} {y - arm:.2f} m {x:.2f} {y + arm:.2f} l"
    yield "S"


def text_on(colour: str) -> str:
    """White or ink, whichever is read more easily on a colour; black where neither reaches a contrast of 4.5."""
    best = max(("#ffffff", INK), key=lambda text: contrast(text, colour))
    return best if contrast(best, colour) >= 4.5 else "#000000"


def contrast(one: str, other: str) -> float:
    """WCAG's ratio of two colours, 1 to 21."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    linear = [value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in _channels(colour)]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _channels(colour: str) -> list[float]:
    return [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]


@cache
def _fill(colour: str) -> str:
    return " ".join(f"{value:.3f}" for value in _channels(colour)) + " rg"


@cache
def _stroke(colour: str) -> str:
    return " ".join(f"{value:.3f}" for value in _channels(colour)) + " RG"
