"""Which font draws which letters.

Inter, which the desk ships, draws Latin, Greek and Cyrillic. Every other script is drawn by the first TrueType font on the machine
that has all its letters: those in `BADGE_FONT_DIR` first, then the system's, Noto Sans before the rest. Fonts with PostScript
outlines, bitmap fonts and fonts that forbid embedding are passed over. Reading the character maps of 300 fonts takes a tenth of a
second with HarfBuzz, so nothing but the unpacked Inter is kept on disk.
"""

from __future__ import annotations

import io
import logging
import os
import sys
import tempfile
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from functools import cache, cached_property, partial
from pathlib import Path

import uharfbuzz as hb
import unfold
from django.conf import settings
from fontTools.ttLib import TTFont

logger = logging.getLogger(__name__)

INTER_FOLDER = Path(unfold.__file__).parent / "static" / "unfold" / "fonts" / "inter"
REGULAR, BOLD = 400, 700
FONT_FILES = {".ttf", ".ttc"}
EMBEDDING_FORBIDDEN = 0x0002  # OS/2 fsType
SUBSETTING_FORBIDDEN = 0x0100
# Families whose shapes suit a badge less, though they may have the letters: the further right in this list, the later they are asked.
LESS_FITTING = (
    "serif",
    "naskh",
    "kufi",
    "nastaliq",
    "rashi",
    "traditional",
    "looped",
    "display",
    "ui",
    "mono",
    "music",
    "math",
    "symbols",
)


class FontFace:
    """One font: its letters, its metrics, and HarfBuzz's view of it. Opened only when first used."""

    def __init__(self, *, family: str, weight: int, italic: bool, coverage: hb.Set, load: Callable[[], hb.Face]) -> None:
        self.family = family
        self.weight = weight
        self.italic = italic
        self.coverage = coverage
        self._load = load
        self._ink: dict[int, tuple[float, float]] = {}

    def __repr__(self) -> str:
        return f"<FontFace {self.family} {self.weight}>"

    @cached_property
    def face(self) -> hb.Face:
        return self._load()

    @cached_property
    def font(self) -> hb.Font:
        return hb.Font(self.face)

    @cached_property
    def scale(self) -> float:
        """Thousandths of an em, the unit of a PDF, for one unit of the font."""
        return 1000 / self.face.upem

    @cached_property
    def reach(self) -> tuple[int, int]:
        """Its own claim of how far letters reach above and below the baseline, in thousandths of an em."""
        extents = self.font.get_font_extents("ltr")
        return round(extents.ascender * self.scale), round(-extents.descender * self.scale)

    def ink_of(self, glyph: int) -> tuple[float, float]:
        """How far a glyph's shape reaches above and below the baseline, in thousandths of an em."""
        if glyph not in self._ink:
            extents = self.font.get_glyph_extents(glyph)
            top, bottom = (extents.y_bearing, extents.y_bearing + extents.height) if extents else (0, 0)
            self._ink[glyph] = top * self.scale, bottom * self.scale
        return self._ink[glyph]

    def width_of(self, glyph: int) -> int:
        """Advance of a glyph as it stands in the font, in thousandths of an em."""
        return round(self.font.get_glyph_h_advance(glyph) * self.scale)

    def letter_of(self, glyph: int) -> str:
        """The letter whose ordinary shape this glyph is; nothing for ligatures and joined forms."""
        return self._letters.get(glyph, "")

    @cached_property
    def _letters(self) -> dict[int, str]:
        return {self.font.get_nominal_glyph(code) or 0: chr(code) for code in reversed(list(self.coverage))}

    def has(self, text: str) -> bool:
        """Whether it has every letter of `text`, composed or decomposed: HarfBuzz translates between the two."""
        return any(all(ord(char) in self.coverage for char in form) for form in _forms(text))


class FontBook:
    """All fonts of this machine, in the order in which they are asked."""

    def __init__(self, folders: Iterable[Path] | None = None) -> None:
        self._folders = list(font_folders() if folders is None else folders)

    @cached_property
    def inter(self) -> dict[int, FontFace]:
        return {weight: _inter_face(weight) for weight in (REGULAR, BOLD)}

    @cached_property
    def installed(self) -> list[FontFace]:
        return sorted_faces(self._folders)

    @cached_property
    def _choices(self) -> dict[tuple[frozenset[str], int], FontFace | None]:
        return {}

    def covering(self, letters: frozenset[str], weight: int = REGULAR) -> FontFace | None:
        """The first font that has all of these letters (each may be a base with its marks); of its family the nearest weight."""
        key = letters, weight
        if key not in self._choices:
            if len(self._choices) > 20_000:
                self._choices.clear()
            self._choices[key] = self._find(letters, weight)
        return self._choices[key]

    def _find(self, letters: frozenset[str], weight: int) -> FontFace | None:
        inter = self.inter[weight]
        if all(inter.has(letter) for letter in letters):
            return inter
        first = next((face for face in self.installed if all(face.has(letter) for letter in letters)), None)
        return first and self._nearest(first, letters, weight)

    def _nearest(self, first: FontFace, letters: frozenset[str], weight: int) -> FontFace:
        family = [face for face in self.installed if face.family == first.family and face.italic == first.italic]
        able = [face for face in family if all(face.has(letter) for letter in letters)]
        return min(able, key=lambda face: abs(face.weight - weight))


@cache
def font_book() -> FontBook:
    """The machine's fonts, read once for each process."""
    return FontBook()


def font_folders() -> Iterator[Path]:
    """Where fonts are looked for, the organiser's own folder first."""
    own = getattr(settings, "BADGE_FONT_DIR", "")
    if own:
        yield Path(own)
    if sys.platform == "darwin":
        yield from (Path("/System/Library/Fonts"), Path("/Library/Fonts"))
    if sys.platform == "win32":
        yield Path(os.environ.get("WINDIR", "C:\\Windows")) / "Fonts"
    yield from (Path("/usr/share/fonts"), Path("/usr/local/share/fonts"))
    yield Path("/usr/share/fonts-droid-fallback")  # Debian keeps the half of that package that has Korean outside the usual folder
    yield from (Path.home() / ".local" / "share" / "fonts", Path.home() / ".fonts")


def sorted_faces(folders: Iterable[Path]) -> list[FontFace]:
    """Every usable font, the own folder's first, then the families that suit a badge best; the same list on every run."""
    own = Path(settings.BADGE_FONT_DIR) if getattr(settings, "BADGE_FONT_DIR", "") else None
    keyed: list[tuple[tuple[object, ...], FontFace]] = []
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            if path.suffix.lower() in FONT_FILES:
                keyed += [((folder != own, *_fitness(face), str(path)), face) for face in faces_in(path)]
    return [face for _key, face in sorted(keyed, key=lambda pair: pair[0])]


def faces_in(path: Path) -> Iterator[FontFace]:
    """The usable fonts of a file; none when it is broken or can't be embedded."""
    try:
        blob = hb.Blob.from_file_path(path)
        for index in range(hb.Face(blob, 0).count):
            face = _usable(hb.Face(blob, index), partial(_open, path, index))
            if face is not None:
                yield face
    except (OSError, ValueError, hb.HarfBuzzError):
        logger.info("font left out: %s", path.name)


def _open(path: Path, index: int) -> hb.Face:
    return hb.Face(hb.Blob.from_file_path(path), index)


def _usable(face: hb.Face, load: Callable[[], hb.Face]) -> FontFace | None:
    tags = set(face.table_tags)
    if "glyf" not in tags or not {"head", "hhea", "hmtx", "maxp", "loca"} <= tags or not face.unicodes:
        return None
    os2 = face.reference_table("OS/2").data if "OS/2" in tags else b""
    if len(os2) < 64:
        return FontFace(family=_family(face), weight=REGULAR, italic=False, coverage=face.unicodes, load=load)
    weight, permission, selection = (int.from_bytes(os2[at : at + 2]) for at in (4, 8, 62))
    if permission & 0xF == EMBEDDING_FORBIDDEN or permission & SUBSETTING_FORBIDDEN:
        return None
    return FontFace(family=_family(face), weight=weight, italic=bool(selection & 1), coverage=face.unicodes, load=load)


def _family(face: hb.Face) -> str:
    names = hb.OTNameIdPredefined
    return face.get_name(names.TYPOGRAPHIC_FAMILY) or face.get_name(names.FONT_FAMILY) or ""


def _fitness(face: FontFace) -> tuple[object, ...]:
    """Sort key: Noto Sans before other sans, those before the special ones; then by name and by how near the weight is to regular."""
    words = face.family.lower().split()
    special = [place for place, name in enumerate(LESS_FITTING, 1) if any(_is_kind(word, name) for word in words)]
    return max(special, default=0), face.italic, words[:2] != ["noto", "sans"], face.family, abs(face.weight - REGULAR)


def _is_kind(word: str, name: str) -> bool:
    return word == name or (len(name) > 2 and word.startswith(name))  # "Symbols2"


def _forms(text: str) -> Iterator[str]:
    yield text
    if not text.isascii():
        yield unicodedata.normalize("NFC", text)
        yield unicodedata.normalize("NFD", text)


def _inter_face(weight: int) -> FontFace:
    data = _inter_data({REGULAR: "Inter-Regular", BOLD: "Inter-Bold"}[weight])
    face = hb.Face(data)
    return FontFace(family="Inter", weight=weight, italic=False, coverage=face.unicodes, load=lambda: face)


def _inter_data(name: str) -> bytes:
    """Inter as TrueType. Unpacking takes a third of a second, so the result is kept; a folder nobody may write to only costs that."""
    source = INTER_FOLDER / f"{name}.woff2"
    kept = Path(settings.DATA_DIR) / "fonts" / f"{name}-{source.stat().st_size}.ttf"
    if kept.is_file():
        return kept.read_bytes()
    out = io.BytesIO()
    with TTFont(source) as font:
        font.flavor = None
        font.save(out)
    try:
        write_whole(kept, out.getvalue())
    except OSError:
        logger.info("font not kept: %s", kept.name)
    return out.getvalue()


def write_whole(path: Path, data: bytes) -> None:
    """Write a file that no other process ever sees half of."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=path.name)
    with os.fdopen(handle, "wb") as file:
        file.write(data)
    Path(name).replace(path)
