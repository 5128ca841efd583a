"""A thousand badges beside the least that reportlab needs for the same text and QR masks."""

from __future__ import annotations

import io
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from PIL import Image
from reportlab.lib.utils import ImageReader
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from attendees.exports.badge_pdf import SHEETS, BadgeData, Sheet, draw_badges
from attendees.exports.fonts import BOLD, REGULAR, font_book
from attendees.exports.qr import encode

BADGES, WITH_PHOTOS = 1000, 100
ROUNDS = 5
FIRST = (
    "Anna",
    "Żaneta",
    "Christopher",
    "Ólafur",
    "Maria",
    "Jean-Baptiste",
    "Θεόδωρος",
    "Людмила",
    "Bartłomiej",
    "Zoë",
)
LAST = (
    "Nowak",
    "Kowalska-Wiśniewska",
    "van der Merwe",
    "Müller",
    "García Márquez",
    "Papadopoulou",
    "Björnsdóttir",
    "O’Neill",
    "Li",
    "Szymański",
)
TYPES = (("Attendee", "#0b6e5f"), ("Speaker", "#f2b93b"), ("Staff", "#3b4cca"), ("Press", "#7a1f3d"))


@dataclass(frozen=True)
class Figure:
    """Median seconds of five runs and their spread; bytes of the last."""

    name: str
    median: float
    spread: float
    size: int
    count: int

    def __str__(self) -> str:
        return f"{self.name:<34}{self.median:7.3f} s ± {self.spread:.3f}  {self.count / self.median:7.0f}/s  {self.size / 1000:8.0f} kB"


def people(count: int = BADGES, photo: Path | None = None) -> Iterator[BadgeData]:
    """Badges that are all different, as those of a real event are."""
    for number in range(count):
        type_name, colour = TYPES[number % len(TYPES)]
        yield BadgeData(
            first_name=FIRST[number % 10],
            last_name=f"{LAST[number // 10 % 10]} {chr(65 + number % 26)}{chr(97 + number // 26 % 26)}",
            organisation=f"Organisation {number * 7919 % 10007} GmbH",
            role=f"Engineer {number % 97}",
            code=f"K{number:05d}",
            type_name=type_name,
            type_colour=colour,
            event_name="Conference on Everything 2026",
            qr_text=f"https://events.example.org/c/{number * 0x9E3779B97F4A7C15 % 2**128:032x}"[:58],
            photo=photo,
            reference=str(number),
        )


def ours(sheet: Sheet, count: int = BADGES, photo: Path | None = None) -> int:
    out = io.BytesIO()
    problems = draw_badges(people(count, photo), out, sheet=sheet)
    assert not problems, problems[:3]
    return out.tell()


def bare(sheet: Sheet) -> int:
    """The same texts and masks with nothing but reportlab's own calls; the QR matrices come for free, made before the clock starts."""
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=(sheet.width, sheet.height), pageCompression=1, invariant=1)
    for number, badge in enumerate(people()):
        x, y = sheet.cells[number % sheet.per_page]
        _bare_badge(canvas, badge, MASKS[number], x, y)
        if (number + 1) % sheet.per_page == 0:
            canvas.showPage()
    canvas.save()
    return out.tell()


def _bare_badge(canvas: Canvas, badge: BadgeData, mask: ImageReader, x: float, y: float) -> None:
    lines = ((badge.first_name, 20), (badge.last_name, 20), (badge.organisation, 11), (badge.role, 11), (badge.code, 9))
    for row, (text, size) in enumerate((*lines, (badge.type_name, 15), (badge.event_name, 8))):
        canvas.setFont("BenchBold" if row in {0, 1, 2, 5} else "Bench", size)
        canvas.drawString(x + 20, y + 180 - row * 22, text)
    canvas.drawImage(mask, x + 190, y + 60, 74, 74)


MASKS: list[ImageReader] = []


def prepare() -> None:
    """What neither side is timed for: fonts read, the QR matrices of the bare loop."""
    for name, weight in (("Bench", REGULAR), ("BenchBold", BOLD)):
        pdfmetrics.registerFont(TTFont(name, io.BytesIO(font_book().inter[weight].face.blob.data)))
    symbols = [encode(badge.qr_text) for badge in people()]
    MASKS[:] = [ImageReader(Image.frombytes("1", (s.size, s.size), bytes(255 - byte for byte in s.rows))) for s in symbols]


def measured(name: str, run: Callable[[], int], count: int = BADGES) -> Figure:
    times, size = [], 0
    for _round in range(ROUNDS):
        start = time.perf_counter()
        size = run()
        times.append(time.perf_counter() - start)
    return Figure(name, statistics.median(times), max(times) - min(times), size, count)


def compared(key: str) -> list[str]:
    """One kind of sheet beside its limit."""
    sheet = SHEETS[key]
    limit = measured(f"bare reportlab loop, {key}", partial(bare, sheet))
    figure = measured(f"badges, {key}", partial(ours, sheet))
    ratio = figure.median / limit.median
    verdict = "ok" if ratio <= 2 and figure.size <= 2_000_000 else "MISSED"
    return [str(limit), f"{figure}  {ratio:.2f} × bare (limit 2), limit 2000 kB: {verdict}"]


def bench() -> list[str]:
    """Run everything and return the lines to print; a line that misses its limit says so."""
    prepare()
    ours(SHEETS["a6"])
    lines = [line for key in SHEETS for line in compared(key)]
    with TemporaryDirectory() as folder:
        path = Path(folder) / "photo.jpg"
        Image.effect_noise((600, 800), 90).convert("RGB").save(path, quality=92)  # nothing is harder to make small
        figure = measured("badges with photos, a6", partial(ours, SHEETS["a6"], WITH_PHOTOS, path), WITH_PHOTOS)
    each = figure.size / WITH_PHOTOS / 1000
    lines.append(f"{figure}  {each:.1f} kB a badge (limit 25): {'ok' if each <= 25 else 'MISSED'}")
    return lines


def main() -> None:
    print("\n".join(bench()))


if __name__ == "__main__":
    import django

    django.setup()
    main()
