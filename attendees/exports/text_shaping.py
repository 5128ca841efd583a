"""From text to glyphs: clean, choose fonts, order (bidi), shape (HarfBuzz).

Text is only ever drawn, never read as markup. What no font can draw is left out and named, never printed as a box.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from typing import NamedTuple

import uharfbuzz as hb
from bidi import algorithm as bidi
from fontTools.unicodedata import script as script_of

from attendees.exports.fonts import BOLD, REGULAR, FontBook, FontFace

FIRST_RTL = "\u0590"  # no letter below it is written from the right
LATIN_END = "\u0250"
ASCENT, DESCENT = 0.78, 0.22  # of a line of Latin, in ems; other scripts are measured, but never set closer than this
DIRECTION_OVERRIDES = set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
ELLIPSIS = "…"
LONGEST = 2_000  # more characters than any badge can hold; the rest is not even shaped


class Glyph(NamedTuple):
    """One drawn shape; distances in thousandths of an em. `text` is what it stands for, for those who copy from the PDF."""

    gid: int
    advance: float
    dx: float
    dy: float
    text: str


class Run(NamedTuple):
    face: FontFace
    glyphs: tuple[Glyph, ...]


@dataclass(frozen=True, slots=True)
class Line:
    """A shaped line: `text` as it was given, `runs` in visual order; `missing` holds what no font could draw.

    `width`, and how far it reaches above (`ascent`) and below (`descent`) the baseline, are ems.
    """

    text: str
    runs: tuple[Run, ...]
    width: float
    ascent: float
    descent: float
    missing: str

    @property
    def is_empty(self) -> bool:
        return not any(glyph.advance or glyph.text.strip() for run in self.runs for glyph in run.glyphs)


class _Piece(NamedTuple):
    """A stretch of text with one font, one script and one direction."""

    text: str
    face: FontFace
    script: str
    rtl: bool


class Shaper:
    """Shapes text with the fonts of one book and remembers what it shaped."""

    def __init__(self, book: FontBook) -> None:
        self.book = book
        self._remembered = lru_cache(maxsize=4096)(self._shape)

    def line(self, text: str, *, bold: bool = False, features: tuple[str, ...] = (), whole: str = "") -> Line:
        """One line of text. `whole` is the text it is a part of, so that all lines of a name get the same font."""
        if max(whole, default="") < LATIN_END:
            whole = ""  # Inter has it all, and a letter is the same in every name
        return self._remembered(text, BOLD if bold else REGULAR, features, whole)

    def _shape(self, text: str, weight: int, features: tuple[str, ...], whole: str) -> Line:
        pieces, missing = self._pieces(text, weight, whole or text)
        runs, lost = [], list(missing)
        for piece in pieces:
            run, undrawn = _shape_piece(piece, dict.fromkeys(features, True))
            runs.append(run)
            lost += undrawn
        width = sum(glyph.advance for run in runs for glyph in run.glyphs) / 1000
        ascent, descent = (ASCENT, DESCENT) if max(text, default="") < LATIN_END else _reach(runs)
        return Line(text, tuple(runs), width, ascent, descent, "".join(lost))

    def _pieces(self, text: str, weight: int, whole: str) -> tuple[list[_Piece], list[str]]:
        """The text in visual order, cut where font, script or direction changes; and what no font has."""
        inter = self.book.inter[weight]
        if max(text, default="") < LATIN_END and inter.has(text):
            return ([_Piece(text, inter, "Latn", False)] if text else []), []
        faces, missing = self._faces(text, weight, whole)
        scripts = _scripts(text)
        pieces = []
        for indices, rtl in _visual_runs(text):
            drawn = [index for index in indices if faces[index] is not None]
            cut = [list(part) for _key, part in groupby(drawn, key=lambda index: (id(faces[index]), scripts[index]))]
            for part in reversed(cut) if rtl else cut:
                face = faces[part[0]]
                if face is not None:
                    pieces.append(_Piece("".join(text[index] for index in part), face, scripts[part[0]], rtl))
        return pieces, missing

    def _faces(self, text: str, weight: int, whole: str) -> tuple[list[FontFace | None], list[str]]:
        """The font of each character: one for the whole text if one has all its letters, else the first that has the character."""
        letters = frozenset(seen(cluster) for cluster in graphemes(whole) if unicodedata.category(cluster[0])[0] in "LN")
        general = self.book.covering(letters, weight)
        faces: list[FontFace | None] = []
        missing: list[str] = []
        for cluster in graphemes(text):
            private = unicodedata.category(cluster[0]) == "Co"  # whatever a font draws there, it is not what was meant
            face = None if private else self._face_of(seen(cluster), weight, general, faces)
            if face is None:
                missing.append(cluster)
            faces += [face] * len(cluster)
        return faces, missing

    def _face_of(self, cluster: str, weight: int, general: FontFace | None, before: list[FontFace | None]) -> FontFace | None:
        previous = next((face for face in reversed(before) if face is not None), None)
        for face in (general, previous):
            if face is not None and face.has(cluster):
                return face
        return self.book.covering(frozenset({cluster}), weight)


def clean(text: str) -> str:
    """What can be seen of a text: one line, single spaces, no control characters and no hidden change of direction."""
    if text.isascii() and text.isprintable():
        return " ".join(text[:LONGEST].split())
    shown = (char for char in text[:LONGEST] if char not in DIRECTION_OVERRIDES and unicodedata.category(char) != "Cs")
    return " ".join("".join(" " if char.isspace() or unicodedata.category(char) == "Cc" else char for char in shown).split())


def seen(cluster: str) -> str:
    """A letter without the characters that only guide its shaping."""
    return "".join(char for char in cluster if not is_ignorable(char))


def graphemes(text: str) -> Iterator[str]:
    """What a reader takes for one letter: a base with its marks, a conjunct, a syllable, a joined emoji."""
    cluster = ""
    for char in text:
        if cluster and not _continues(cluster, char):
            yield cluster
            cluster = ""
        cluster += char
    if cluster:
        yield cluster


def _continues(cluster: str, char: str) -> bool:
    last = cluster[-1]
    if "\u1100" <= char <= "\u11ff":  # Hangul syllables made of their parts
        return "\u1100" <= last <= "\u11ff" and char >= "\u1160"
    return (
        unicodedata.category(char)[0] == "M"
        or is_ignorable(char)
        or last == "\u200d"
        or (unicodedata.combining(last) == 9 and last not in "\u0e3a\u0eba" and unicodedata.category(char)[0] == "L")
        or "\U0001f3fb" <= char <= "\U0001f3ff"
    )


@lru_cache(maxsize=8192)
def is_ignorable(char: str) -> bool:
    """Characters that guide shaping and are never seen."""
    return unicodedata.category(char) == "Cf" or char == "\u034f" or "\ufe00" <= char <= "\ufe0f" or "\U000e0100" <= char <= "\U000e01ef"


def _scripts(text: str) -> list[str]:
    """The script of each character; marks, digits and punctuation take that of the letters before (or after) them."""
    own = [script_of(char) for char in text]
    first = next((script for script in own if script not in {"Zyyy", "Zinh", "Zzzz"}), "Zyyy")
    scripts, current = [], first
    for script in own:
        current = current if script in {"Zyyy", "Zinh", "Zzzz"} else script
        scripts.append(current)
    return scripts


def _visual_runs(text: str) -> list[tuple[list[int], bool]]:
    """Positions in reading order of each stretch of one direction, the stretches from left to right."""
    if max(text, default="") < FIRST_RTL or not any(bidi.bidirectional(char) in {"R", "AL", "AN"} for char in text):
        return [(list(range(len(text))), False)]
    storage = bidi.get_empty_storage()
    storage["base_level"] = bidi.get_base_level(text)
    storage["base_dir"] = ("L", "R")[storage["base_level"]]
    bidi.get_embedding_levels(text, storage)
    for index, char in enumerate(storage["chars"]):
        char["index"] = index
    bidi.explicit_embed_and_overrides(storage)
    bidi.resolve_weak_types(storage)
    bidi.resolve_neutral_types(storage, False)
    bidi.resolve_implicit_levels(storage, False)
    bidi.reorder_resolved_levels(storage, False)
    runs = []
    for level, chars in groupby(storage["chars"], key=lambda char: char["level"]):
        shown = sorted(char["index"] for char in chars)
        runs.append((list(range(shown[0], shown[-1] + 1)), bool(level % 2)))  # the range brings the joiners back, which bidi sets aside
    return runs


def _reach(runs: list[Run]) -> tuple[float, float]:
    """How far the ink of a line reaches above and below the baseline, in ems."""
    ink = [(face.ink_of(glyph.gid), glyph.dy) for face, glyphs in runs for glyph in glyphs]
    above = max((top + dy for (top, _bottom), dy in ink), default=0) / 1000
    below = max((-bottom - dy for (_top, bottom), dy in ink), default=0) / 1000
    return max(ASCENT, above), max(DESCENT, below)


def _shape_piece(piece: _Piece, features: dict[str, bool]) -> tuple[Run, list[str]]:
    buffer = hb.Buffer()
    buffer.add_str(piece.text)
    buffer.direction = "rtl" if piece.rtl else "ltr"
    buffer.script = piece.script
    buffer.language = "und"
    hb.shape(piece.face.font, buffer, features)
    infos, positions, scale = buffer.glyph_infos, buffer.glyph_positions, piece.face.scale
    texts = _texts_of([(info.codepoint, info.cluster) for info in infos], piece)
    glyphs, undrawn = [], []
    for info, position, text in zip(infos, positions, texts, strict=True):
        if info.codepoint == 0:
            undrawn.append(text)
            continue
        glyphs.append(Glyph(info.codepoint, position.x_advance * scale, position.x_offset * scale, position.y_offset * scale, text))
    return Run(piece.face, tuple(glyphs)), undrawn


def _texts_of(glyphs: list[tuple[int, int]], piece: _Piece) -> list[str]:
    """The characters that each glyph stands for, given with the start of its cluster.

    Where a cluster has several glyphs, those of one letter stand for it; the first other one stands for what is left.
    """
    starts = sorted({start for _gid, start in glyphs})
    left = {start: piece.text[start:end] for start, end in zip(starts, [*starts[1:], len(piece.text)], strict=True)}
    if len(starts) == len(glyphs):
        return [left[start] for _gid, start in glyphs]
    texts = [piece.face.letter_of(gid) for gid, _start in glyphs]
    for index, (_gid, start) in enumerate(glyphs):
        found = bool(texts[index]) and texts[index] in left[start]
        left[start] = left[start].replace(texts[index], "", 1) if found else left[start]
        texts[index] = texts[index] if found else ""
    for index, (_gid, start) in enumerate(glyphs):
        texts[index], left[start] = (texts[index], left[start]) if texts[index] else (left[start], "")
    return texts
