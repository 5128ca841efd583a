"""A film for Chromium's fake camera: somebody holds a badge before it, takes it away, and holds it there again."""

from __future__ import annotations

from pathlib import Path

import pypdfium2
from PIL import Image

SIZE = (640, 480)
RATE = 4  # pictures a second
SHOWN, AWAY = 2, 5  # seconds; the page takes a badge that stays, or comes back within 4 s, for one scan
ARGUMENTS = ("--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream")


def picture_of(pdf: Path) -> Image.Image:
    """The badge as a camera sees it: somewhat small, a little crooked, in grey light."""
    with pypdfium2.PdfDocument(pdf) as document:
        badge = document[0].render(scale=3).to_pil().convert("L")
    badge.thumbnail((SIZE[0] - 40, SIZE[1] - 30))
    scene = Image.new("L", SIZE, 190)
    turned = badge.rotate(3, expand=True, fillcolor=190, resample=Image.Resampling.BICUBIC)
    scene.paste(turned, ((SIZE[0] - turned.width) // 2, (SIZE[1] - turned.height) // 2))
    return scene


def make_film(pdf: Path, film: Path) -> Path:
    """Uncompressed YUV; the browser plays it in a circle."""
    badge, empty = picture_of(pdf), Image.new("L", SIZE, 120)
    no_colour = bytes([128]) * (SIZE[0] * SIZE[1] // 2)
    with film.open("wb") as file:
        file.write(f"YUV4MPEG2 W{SIZE[0]} H{SIZE[1]} F{RATE}:1 Ip A1:1 C420jpeg\n".encode())
        for picture, seconds in ((badge, SHOWN), (empty, AWAY)):
            file.write((b"FRAME\n" + picture.tobytes() + no_colour) * (seconds * RATE))
    return film


def arguments(film: Path) -> list[str]:
    return [*ARGUMENTS, f"--use-file-for-fake-video-capture={film}"]
