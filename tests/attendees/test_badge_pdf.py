"""Badges as they come out of the printer: rendered, looked at by machine, every QR code read by another library."""

from __future__ import annotations

import io
import json
import unicodedata
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
import uharfbuzz as hb
import zxingcpp
from PIL import Image, ImageChops
from reportlab.pdfgen.canvas import Canvas

from attendees.exports import text_shaping
from attendees.exports.badge_layout import MM, SHEETS, Block, Box, Sheet, fit_name
from attendees.exports.badge_pdf import BadgeData, Problem, contrast, draw_badges, text_on
from attendees.exports.fonts import font_book
from attendees.exports.text_shaping import Glyph, Run, Shaper
from tests.support import need

BADGE = BadgeData(
    first_name="Żaneta",
    last_name="Kowalska-Nowak",
    organisation="Politechnika Gdańska",
    role="Product designer",
    code="K7MPXR",
    type_name="Speaker",
    type_colour="#0b6e5f",
    event_name="Conference on Everything 2026",
    qr_text="https://events.example.org/c/Zk3v9QxTn7LbYw2hRj5mPA",
    photo=None,
    reference="attendee 1",
)


@dataclass
class Printed:
    """A drawn PDF, its problems, and how it looks."""

    data: bytes
    problems: list[Problem]

    def pictures(self, scale: float = 2) -> Iterator[Image.Image]:
        with pypdfium2.PdfDocument(self.data) as document:
            for page in document:
                yield page.render(scale=scale).to_pil().convert("L")

    def texts(self) -> list[str]:
        with pypdfium2.PdfDocument(self.data) as document:
            return [page.get_textpage().get_text_bounded() for page in document]

    def codes(self, scale: float = 2) -> list[str]:
        formats = zxingcpp.BarcodeFormat.QRCode
        return [code.text for picture in self.pictures(scale) for code in zxingcpp.read_barcodes(picture, formats=formats)]


def printed(*badges: BadgeData, sheet: str = "a6", starting_on: int = 0) -> Printed:
    out = io.BytesIO()
    problems = draw_badges(badges, out, sheet=SHEETS[sheet], starting_on=starting_on)
    return Printed(out.getvalue(), problems)


def many(count: int) -> list[BadgeData]:
    return [replace(BADGE, reference=str(n), qr_text=f"https://events.example.org/c/{n:022x}", code=f"K{n:05}") for n in range(count)]


def names_of(sample_data: Path, language: str = "") -> list[tuple[str, str]]:
    """First and last name of every person in the sample, or of those in one language."""
    samples = json.loads((sample_data / "people_cldr_names" / "cldr_sample_names.json").read_text(encoding="utf-8"))
    locales = [samples[language]] if language else list(samples.values())
    people = [person for locale in locales for person in locale.values()]
    last = ("surname-prefix", "surname-core", "surname", "surname2", "generation", "credentials")
    return [(joined(person, "title", "given", "given2"), joined(person, *last)) for person in people]


def joined(person: dict[str, str], *parts: str) -> str:
    return " ".join(person[part] for part in parts if part in person)


@pytest.fixture(scope="module")
def all_fonts() -> None:
    need(Path("/usr/share/fonts/truetype/noto").is_dir(), "Debian's fonts-noto-core is not installed")
    need(Path("/usr/share/fonts-droid-fallback").is_dir(), "Debian's fonts-droid-fallback is not installed")


# --- QR codes ------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("sheet", "count"), [("a6", 30), ("a4-8", 75), ("card", 30)])
def test_every_qr_code_is_read_from_the_rendered_page(sheet, count):
    badges = many(count)

    assert sorted(printed(*badges, sheet=sheet).codes()) == sorted(badge.qr_text for badge in badges)


@pytest.mark.parametrize("sheet", SHEETS.values(), ids=lambda sheet: sheet.key)
def test_qr_code_is_large_enough_and_its_quiet_zone_stays_white(sheet: Sheet):
    frame = sheet.badge.qr
    loud = replace(BADGE, first_name="W" * 100, last_name="Ẅ" * 100, organisation="M" * 300, role="M" * 300, code="MMMMMMMMMM")
    scale = 4
    picture = next(printed(loud, sheet=sheet.key).pictures(scale))
    modules = 33  # a link of this length: version 4
    zone = 3.9 * frame.width / modules
    x, y = frame.x, sheet.cells[0][1] + frame.y
    edges = [(x - zone, sheet.height - y - frame.height - zone, x - 1, sheet.height - y + zone)]
    edges.append((x - zone, sheet.height - y + 1, x + frame.width + zone, sheet.height - y + zone))
    edges.append((x + frame.width + 1, sheet.height - y - frame.height - zone, x + frame.width + zone, sheet.height - y + zone))

    assert frame.width >= 22 * MM - 0.01
    for edge in edges:
        assert picture.crop(tuple(round(value * scale) for value in edge)).getextrema() == (255, 255)


def test_marks_stacked_high_never_reach_the_qr_code():
    stacked = replace(BADGE, first_name="Z" + "\u0351\u0336" * 200, last_name="a" + "\u0323" * 300, organisation="o" + "\u0301" * 400)

    assert printed(stacked).codes() == [BADGE.qr_text]


# --- Names ---------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("sheet", SHEETS.values(), ids=lambda sheet: sheet.key)
@pytest.mark.parametrize("beside_photo", [False, True])
@pytest.mark.parametrize(
    ("first", "last"),
    [
        ("W" * 100, "W" * 100),
        ("Wolfeschlegelsteinhausenbergerdorff" * 2, "Li"),
        ("Ada", "x" * 100),
        ("María de los Ángeles Guadalupe " * 3, "Fernández de Córdoba y Álvarez de Toledo"),
        ("क्षत्रिय" * 12, "देवेन्द्र" * 11),
        ("" * 3, "O"),
    ],
)
def test_name_always_fits_whole_and_readable(all_fonts, sheet, beside_photo, first, last):
    layout = sheet.badge
    frame = layout.name_beside_photo if beside_photo else layout.name
    block = fit_name(Shaper(font_book()), first, last.strip(), frame, layout.name_sizes)

    assert not block.cut
    assert block.width <= frame.width + 0.01
    assert block.height <= frame.height + 0.01
    assert block.size >= layout.name_sizes.floor * 0.97
    drawn = "".join(glyph.text for line in block.lines for run in line.runs for glyph in run.glyphs)
    assert Counter(drawn.replace(" ", "")) == Counter((first + last).replace(" ", ""))


@pytest.mark.parametrize("sheet", SHEETS.values(), ids=lambda sheet: sheet.key)
def test_ordinary_name_stands_on_two_lines_in_large_type(sheet):
    block = fit_name(Shaper(font_book()), "Christopher", "Montgomery", sheet.badge.name, sheet.badge.name_sizes)

    assert [text_of(line) for line in block.lines] == ["Christopher", "Montgomery"]
    assert block.size > sheet.badge.name_sizes.most * 0.7


def test_long_word_shrinks_before_it_is_broken():
    sheet = SHEETS["a6"].badge
    block = fit_name(Shaper(font_book()), "Wolfeschlegelsteinhausenbergerdorff", "", sheet.name, sheet.name_sizes)

    assert len(block.lines) == 1


def test_name_no_size_can_hold_is_cut_with_an_ellipsis_and_reported():
    result = printed(replace(BADGE, first_name="Wilhelmina " * 500, last_name="x"))

    assert [problem.code for problem in result.problems] == ["name_too_long"]
    assert "…" in result.texts()[0]
    assert result.codes() == [BADGE.qr_text]


def text_of(line: text_shaping.Line) -> str:
    return "".join(glyph.text for run in line.runs for glyph in run.glyphs)


# --- Every script, beside HarfBuzz ---------------------------------------------------------------------------------------------

SCRIPTS = {
    "arabic": ("محمد", "عبد الرحمن"),
    "persian": ("می\u200cخواهم", "پژواک"),
    "urdu": ("عائشہ", "صدیقی"),
    "hebrew": ("שָׂרָה", "כהן"),
    "devanagari": ("देवेन्द्र", "क्षत्रिय"),
    "bengali": ("শ্রীকান্ত", "বন্দ্যোপাধ্যায়"),
    "tamil": ("ஸ்ரீனிவாசன்", "கௌதம்"),
    "khmer": ("ស្រីមុំ", "ខ្មែរ"),
    "myanmar": ("ကျော်", "မြင့်"),
    "thai": ("กิตติ์", "ปิ่นแก้ว"),
    "chinese": ("小龍", "李"),
    "japanese": ("さくら", "渡邉"),
    "korean": ("철수", "김"),
    "polish": ("Świętosława", "Żółć"),
    "greek": ("Ἀριστοτέλης", "Ψαρρά"),
    "cyrillic": ("Її́да", "Щукіна"),
}


@pytest.mark.parametrize("script", SCRIPTS)
def test_name_looks_as_harfbuzz_draws_it(all_fonts, script):
    assert max(differences([SCRIPTS[script]])) < 0.02


@pytest.mark.parametrize("language", ["ar", "he", "hi", "th", "zh", "ja", "ko", "fa", "ur", "bn", "ta", "my", "pl", "el", "uk"])
def test_every_sample_name_of_a_language_looks_as_harfbuzz_draws_it(all_fonts, sample_data, language):
    names = [name for name in names_of(sample_data, language) if all(len(line.runs) == 1 for line in block_of(*name).lines)]

    assert len(names) >= 5
    assert max(differences(names)) < 0.02


@pytest.mark.parametrize("script", ["arabic", "hebrew", "devanagari", "thai", "khmer", "myanmar"])
def test_without_shaping_the_difference_shows(all_fonts, script, monkeypatch):
    def letter_by_letter(piece, features):
        glyphs = [(piece.face.font.get_nominal_glyph(ord(char)) or 0, char) for char in piece.text if piece.face.has(char)]
        return Run(piece.face, tuple(Glyph(gid, piece.face.width_of(gid), 0, 0, char) for gid, char in glyphs)), []

    monkeypatch.setattr(text_shaping, "_shape_piece", letter_by_letter)

    assert max(differences([SCRIPTS[script]])) > 0.05


def block_of(first: str, last: str) -> Block:
    return fit_name(Shaper(font_book()), first, last, SHEETS["a6"].badge.name, SHEETS["a6"].badge.name_sizes)


def differences(names: list[tuple[str, str]], scale: float = 4) -> Iterator[float]:
    """For each name: how much of the ink differs between the badge and the same name drawn from HarfBuzz' outlines."""
    sheet = SHEETS["a6"]
    frame = sheet.badge.name
    badges = printed(*(replace(BADGE, first_name=first, last_name=last) for first, last in names))
    direct = Printed(drawn_by_harfbuzz([block_of(*name) for name in names], frame, sheet), [])
    area = tuple(round(value * scale) for value in (0, sheet.height - frame.top - 8, sheet.width, sheet.height - frame.y + 8))
    for ours, theirs in zip(badges.pictures(scale), direct.pictures(scale), strict=True):
        ink = darkness(ImageChops.invert(theirs.crop(area)))
        assert ink
        yield darkness(ImageChops.difference(ours.crop(area), theirs.crop(area))) / ink


def darkness(picture: Image.Image) -> int:
    return sum(value * count for value, count in enumerate(picture.histogram()))


def drawn_by_harfbuzz(blocks: list[Block], frame: Box, sheet: Sheet) -> bytes:
    """Pages with the outlines that HarfBuzz itself makes of each line, direction and script guessed by it, where the badges have them."""
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=(sheet.width, sheet.height))
    for block in blocks:
        canvas.setFillColorRGB(0x14 / 255, 0x18 / 255, 0x1F / 255)
        for line, y in block.baselines(frame.top):
            draw_line(canvas, line.text, line.runs[0].face.font, frame.x, y, block.size)
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def draw_line(canvas: Canvas, text: str, font: hb.Font, x: float, y: float, size: float) -> None:
    buffer = hb.Buffer()
    buffer.add_str(text)
    buffer.guess_segment_properties()
    hb.shape(font, buffer)
    unit = size / font.face.upem
    for info, position in zip(buffer.glyph_infos, buffer.glyph_positions, strict=True):
        outline(canvas, font, info.codepoint, x + position.x_offset * unit, y + position.y_offset * unit, unit)
        x += position.x_advance * unit


def outline(canvas: Canvas, font: hb.Font, glyph: int, x: float, y: float, unit: float) -> None:
    path = canvas.beginPath()
    font.draw_glyph_with_pen(glyph, OutlinePen(path, x, y, unit))
    canvas.drawPath(path, stroke=0, fill=1, fillMode=1)


class OutlinePen:
    """Hands an outline of quadratic curves to a reportlab path."""

    def __init__(self, path: Any, x: float, y: float, unit: float) -> None:
        self.path, self.x, self.y, self.unit = path, x, y, unit
        self.at = (0.0, 0.0)
        self.closePath = path.close

    def place(self, point: tuple[float, float]) -> tuple[float, float]:
        return self.x + point[0] * self.unit, self.y + point[1] * self.unit

    def moveTo(self, point: tuple[float, float]) -> None:  # noqa: N802 -- the names of a pen
        self.at = self.place(point)
        self.path.moveTo(*self.at)

    def lineTo(self, point: tuple[float, float]) -> None:  # noqa: N802
        self.at = self.place(point)
        self.path.lineTo(*self.at)

    def curveTo(self, *points: tuple[float, float]) -> None:  # noqa: N802
        self.path.curveTo(*(value for point in points for value in self.place(point)))
        self.at = self.place(points[-1])

    def qCurveTo(self, handle: tuple[float, float], point: tuple[float, float]) -> None:  # noqa: N802
        (ax, ay), (hx, hy), (bx, by) = self.at, self.place(handle), self.place(point)
        self.path.curveTo(ax + (hx - ax) * 2 / 3, ay + (hy - ay) * 2 / 3, bx + (hx - bx) * 2 / 3, by + (hy - by) * 2 / 3, bx, by)
        self.at = bx, by


def test_every_sample_name_is_drawn_whole(all_fonts, sample_data):
    names = names_of(sample_data)
    result = printed(*(replace(BADGE, first_name=first, last_name=last) for first, last in names))
    lossy = [name for name, text in zip(names, result.texts(), strict=True) if letters("".join(name)) - letters(text)]

    assert len(names) > 900
    assert result.problems == []  # each has a font, and fits
    assert len(lossy) < len(names) / 50  # what is copied from the page misses a letter only where letters have merged


def test_every_letter_of_every_sample_name_has_a_shape_and_none_is_a_box(all_fonts, sample_data):
    for name in names_of(sample_data):
        glyphs = [glyph for line in block_of(*name).lines for run in line.runs for glyph in run.glyphs]
        assert letters("".join(glyph.text for glyph in glyphs)) == letters("".join(name))
        assert all(glyph.gid for glyph in glyphs)


def letters(text: str) -> Counter[str]:
    return Counter(char for char in unicodedata.normalize("NFKC", text) if unicodedata.category(char)[0] == "L")


def test_name_no_font_covers_shows_the_code_and_is_reported():
    nameless = replace(BADGE, first_name="\U000e0fff\ue000", last_name="\uf8ff", code="K7MPXR")
    result = printed(nameless)

    assert result.problems == [Problem("attendee 1", "name_not_drawable", "U+E0FFF U+E000 U+F8FF")]
    assert result.texts()[0].count("K7MPXR") == 2


def test_what_can_be_drawn_of_a_name_is_drawn():
    result = printed(replace(BADGE, first_name="Ada \ue000", last_name="Byron"))

    assert [problem.code for problem in result.problems] == ["name_not_drawable"]
    assert "Ada" in result.texts()[0]
    assert "Byron" in result.texts()[0]


# --- Hostile and odd input -----------------------------------------------------------------------------------------------------


def test_naughty_strings_in_every_field_never_stop_a_batch(all_fonts, sample_data):
    naughty = json.loads((sample_data / "strings_blns" / "blns.json").read_text(encoding="utf-8"))
    badges = [
        replace(
            BADGE, first_name=text, last_name=text, organisation=text, role=text, code=text[:10],
            type_name=text, type_colour=text, event_name=text, reference=str(n),
        )
        for n, text in enumerate(naughty)
    ]  # fmt: skip
    result = printed(*badges, sheet="a4-8")

    assert {problem.code for problem in result.problems} <= {
        "name_not_drawable",
        "text_not_drawable",
        "name_too_long",
    }
    assert set(result.codes()) == {BADGE.qr_text}
    assert len(result.codes()) == len(naughty)


def test_markup_is_printed_as_it_was_typed():
    result = printed(replace(BADGE, first_name="Tom & <b>Jerry", last_name='<img src="/etc/passwd">'))

    assert "<b>Jerry" in result.texts()[0]
    assert "<img" in result.texts()[0].replace("\r\n", "")


def test_very_long_texts_are_drawn_in_time_and_cut():
    result = printed(replace(BADGE, organisation="x" * 10_000, role="y " * 5_000, event_name="z" * 10_000, type_name="t" * 10_000))

    assert result.problems == []
    assert result.texts()[0].count("…") == 4


@pytest.mark.parametrize("empty", ["", " ", "\u200b\u202e"])
def test_empty_fields_leave_no_trace(empty):
    result = printed(replace(BADGE, last_name=empty, organisation=empty, role=empty, event_name=empty, type_name=empty))

    assert result.problems == []
    assert "Żaneta" in result.texts()[0]


def test_no_badges_at_all_still_make_a_readable_file():
    assert len(printed().texts()) == 1


# --- Sheets --------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("sheet", "count", "pages"), [("a6", 3, 3), ("a4-8", 8, 1), ("a4-8", 9, 2), ("card", 2, 2)])
def test_pages_hold_what_the_sheet_holds(sheet, count, pages):
    assert len(printed(*many(count), sheet=sheet).texts()) == pages


def test_page_sizes_are_exact():
    sizes = {}
    for key in SHEETS:
        with pypdfium2.PdfDocument(printed(BADGE, sheet=key).data) as document:
            sizes[key] = tuple(round(length / MM, 1) for length in document[0].get_size())

    assert sizes == {"a6": (105, 148), "a4-8": (210, 297), "card": (85.6, 54)}


def test_used_places_of_a_sheet_stay_free():
    result = printed(*many(6), sheet="a4-8", starting_on=3)
    picture = next(result.pictures(1))

    assert len(result.texts()) == 2
    assert picture.crop((10, 10, 280, 200)).getextrema() == (255, 255)


def test_progress_is_told_after_each_page_and_can_end_the_drawing():
    told: list[int] = []
    draw_badges(many(20), io.BytesIO(), sheet=SHEETS["a4-8"], on_page=told.append)

    assert told == [8, 16]
    with pytest.raises(InterruptedError):
        draw_badges(many(20), io.BytesIO(), on_page=stop_it)


def stop_it(drawn: int) -> None:
    raise InterruptedError


def test_the_same_badges_give_the_same_bytes():
    assert printed(*many(5)).data == printed(*many(5)).data


@pytest.mark.parametrize("sheet", ["a6", "a4-8"])
def test_a_page_without_photos_stays_small(sheet):
    few, more = (len(printed(*many(count), sheet=sheet).data) for count in (80, 240))

    assert (more - few) / 160 < 2_000


def test_static_parts_and_fonts_are_stored_once():
    data = printed(*many(30)).data

    assert data.count(b"/FontFile2") == 2
    assert data.count(b"/Subtype /Form") == 1


# --- Colour --------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("colour", ["#000000", "#ffffff", "#f2b93b", "#0b6e5f", "#7a7a7a", "#ff0000", "#808000", "#757575"])
def test_type_name_can_be_read_on_its_colour(colour):
    assert contrast(text_on(colour), colour) >= 4.5


def test_colour_that_cannot_be_read_becomes_a_quiet_one():
    assert printed(replace(BADGE, type_colour="red; evil")).problems == []


# --- Photos --------------------------------------------------------------------------------------------------------------------


def test_turned_photo_stands_upright(sample_data, tmp_path):
    upright = Image.new("RGB", (300, 400), "#3050c0")
    upright.paste("#e0c020", (0, 0, 300, 120))  # the sky is yellow
    exif = Image.Exif()
    exif[0x0112] = 6  # shown after a quarter turn to the right
    path = tmp_path / "turned.jpg"
    upright.rotate(90, expand=True).save(path, exif=exif)
    scale, sheet = 2, SHEETS["a6"]
    frame = sheet.badge.photo
    with pypdfium2.PdfDocument(printed(replace(BADGE, photo=path)).data) as document:
        page = document[0].render(scale=scale).to_pil()
    top, bottom = (
        page.getpixel((round((frame.x + frame.width / 2) * scale), round((sheet.height - y) * scale))) for y in (frame.top - 6, frame.y + 6)
    )

    assert top[0] > 200 > top[2]
    assert bottom[2] > 150 > bottom[0]


@pytest.mark.parametrize("name", ["Portrait_1.jpg", "Portrait_6.jpg"])
def test_photo_is_stored_small_without_metadata(sample_data, name):
    photo = sample_data / "images_exif" / name
    with_photo = printed(replace(BADGE, photo=photo))

    assert with_photo.problems == []
    assert len(with_photo.data) - len(printed(BADGE).data) < 24_000
    assert b"Exif" not in with_photo.data


def bad_photos(folder: Path) -> dict[str, tuple[Path, str]]:
    Image.effect_noise((600, 800), 80).save(folder / "whole.jpg")
    whole = (folder / "whole.jpg").read_bytes()
    (folder / "half.jpg").write_bytes(whole[: len(whole) // 3])
    (folder / "text.jpg").write_text("not a picture")
    (folder / "empty.png").write_bytes(b"")
    (folder / "eps.jpg").write_bytes(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n%%EndComments\nshowpage\n")
    Image.new("1", (12_000, 12_000)).save(folder / "bomb.png")
    reasons = {"half.jpg": "broken", "text.jpg": "not_an_image", "empty.png": "not_an_image", "eps.jpg": "not_an_image"}
    reasons |= {"bomb.png": "too_large", "gone.jpg": "missing"}
    return {name: (folder / name, reason) for name, reason in reasons.items()}


def test_bad_photos_are_listed_and_the_batch_goes_on(tmp_path):
    photos = bad_photos(tmp_path)
    badges = [replace(BADGE, photo=path, reference=name) for name, (path, _reason) in photos.items()]
    result = printed(*badges)

    assert {problem.reference: (problem.code, problem.detail) for problem in result.problems} == {
        name: ("photo_unreadable", reason) for name, (_path, reason) in photos.items()
    }
    assert len(result.codes()) == len(badges)


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L", "LA", "P", "CMYK", "1", "I;16"])
def test_photos_of_every_kind_are_drawn(tmp_path, mode):
    path = tmp_path / f"photo.{'jpg' if mode == 'CMYK' else 'png'}"
    Image.new(mode, (40, 900)).save(path)

    assert printed(replace(BADGE, photo=path)).problems == []
