"""Fonts inside one PDF: glyphs are addressed directly, so what HarfBuzz shaped is what is printed.

reportlab's own TrueType support addresses characters and cuts each font into sets of 256, which costs size and time, and gives
shaped glyphs invented characters. Here each font is embedded once, as a subset with its glyph numbers kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Any

import uharfbuzz as hb
from reportlab.pdfbase import pdfdoc

from attendees.exports.fonts import FontFace
from attendees.exports.text_shaping import Glyph, Line

NOT_FOR_PRINT = "GSUB GPOS GDEF BASE cmap name post STAT DSIG kern gasp fvar gvar avar HVAR MVAR"  # tables a viewer never reads
SYMBOLIC = 4  # font descriptor flag: glyphs are not those of a standard Latin set
CMAP_HEAD = """/CIDInit /ProcSet findresource begin
12 dict begin
begincmap
/CMapType 2 def
1 begincodespacerange
<0000> <FFFF>
endcodespacerange
"""
CMAP_TAIL = """endcmap
CMapName currentdict /CMap defineresource pop
end
end
"""


class DocumentFont:
    """One font of one document; collects the glyphs that were drawn and is written when the document is."""

    def __init__(self, face: FontFace, name: str) -> None:
        self.face = face
        self.name = name
        self._codes: dict[int, tuple[str, int, str]] = {}  # glyph: (its code, its own width, the text it stands for)

    def show(self, glyphs: Iterable[Glyph], size: float) -> str:
        """Operators that draw glyphs from the current point, each exactly where HarfBuzz put it.

        `pen` is where the next glyph should start, `at` where the viewer will put it: rounding never adds up. The correction stands
        before a glyph, never after the last one, where viewers don't agree on what it means.
        """
        parts, pen, at = [], 0.0, 0
        for rise, level in groupby(glyphs, key=lambda glyph: glyph.dy):
            shown = ["[<"]
            for glyph in level:
                code, width, text = self._codes.get(glyph.gid) or self._take(glyph)
                if glyph.text and not text:
                    self._take(glyph)
                shift = at - round(pen + glyph.dx)
                if shift:
                    shown.append(f">{shift}<")
                shown.append(code)
                at += width - shift
                pen += glyph.advance
            operator = f"{''.join(shown)}>]TJ"
            parts.append(f"{rise * size / 1000:.2f} Ts {operator} 0 Ts" if rise else operator)
        return " ".join(parts)

    def _take(self, glyph: Glyph) -> tuple[str, int, str]:
        entry = self._codes[glyph.gid] = (f"{glyph.gid:04X}", self.face.width_of(glyph.gid), glyph.text)
        return entry

    def addObjects(self, doc: pdfdoc.PDFDocument) -> None:  # noqa: N802 -- reportlab calls it when the document is written
        """Put the subset and its description into the document."""
        base = pdfdoc.PDFName(f"NETEVN+{''.join(filter(str.isalnum, self.face.family)) or 'Font'}-{self.face.weight}")
        program = pdfdoc.PDFStream(content=self._subset(), filters=[pdfdoc.PDFZCompress])
        program.dictionary["Length1"] = len(program.content)
        descendant = {
            "Type": "/Font",
            "Subtype": "/CIDFontType2",
            "BaseFont": base,
            "CIDSystemInfo": _dictionary(Registry=pdfdoc.PDFString("Adobe"), Ordering=pdfdoc.PDFString("Identity"), Supplement=0),
            "CIDToGIDMap": "/Identity",
            "W": pdfdoc.PDFArray(list(self._widths())),
            "FontDescriptor": doc.Reference(self._descriptor(base, doc.Reference(program))),
        }
        unicode_map = pdfdoc.PDFStream(content=self._unicode_map().encode("ascii"), filters=[pdfdoc.PDFZCompress])
        font = _dictionary(
            Type="/Font",
            Subtype="/Type0",
            BaseFont=base,
            Encoding="/Identity-H",
            DescendantFonts=pdfdoc.PDFArray([doc.Reference(pdfdoc.PDFDictionary(descendant))]),
            ToUnicode=doc.Reference(unicode_map),
        )
        doc.idToObject["BasicFonts"].dict[self.name] = doc.Reference(font)

    def _subset(self) -> bytes:
        wanted = hb.SubsetInput()
        wanted.sets(hb.SubsetInputSets.GLYPH_INDEX).update(self._codes)
        wanted.drop_table_tag_set.update(int.from_bytes(tag.encode()) for tag in NOT_FOR_PRINT.split())
        wanted.flags = hb.SubsetFlags.RETAIN_GIDS | hb.SubsetFlags.NO_LAYOUT_CLOSURE | hb.SubsetFlags.NO_HINTING
        return bytes(wanted.subset(self.face.face).blob.data)

    def _widths(self) -> Iterator[Any]:
        for gid in sorted(self._codes):
            yield gid
            yield pdfdoc.PDFArray([self._codes[gid][1]])

    def _descriptor(self, base: str, program: object) -> pdfdoc.PDFDictionary:
        ascent, descent = self.face.reach
        return _dictionary(
            Type="/FontDescriptor",
            FontName=base,
            Flags=SYMBOLIC,
            FontBBox=pdfdoc.PDFArray([-1000, -descent, 2000, ascent]),
            ItalicAngle=0,
            Ascent=ascent,
            Descent=-descent,
            CapHeight=700,
            StemV=80 if self.face.weight < 600 else 140,
            FontFile2=program,
        )

    def _unicode_map(self) -> str:
        entries = [f"<{code}> <{text.encode('utf-16-be').hex()}>\n" for code, _width, text in self._codes.values() if text]
        parts = (entries[start : start + 100] for start in range(0, len(entries), 100))
        return CMAP_HEAD + "".join(f"{len(part)} beginbfchar\n{''.join(part)}endbfchar\n" for part in parts) + CMAP_TAIL


class DocumentFonts:
    """The fonts of one document."""

    def __init__(self, doc: pdfdoc.PDFDocument) -> None:
        self._doc = doc
        self._fonts: dict[int, DocumentFont] = {}

    def text(self, line: Line, x: float, y: float, size: float) -> str:
        """Operators that draw a line with its left end at (x, y), inside `BT … ET`."""
        parts = []
        for run in line.runs:
            font = self._fonts.get(id(run.face)) or self._add(run.face)
            parts.append(f"/{font.name} {size:.3f} Tf 1 0 0 1 {x:.2f} {y:.2f} Tm {font.show(run.glyphs, size)}")
            x += sum(glyph.advance for glyph in run.glyphs) * size / 1000
        return " ".join(parts)

    def _add(self, face: FontFace) -> DocumentFont:
        font = self._fonts[id(face)] = DocumentFont(face, f"NE{len(self._fonts)}")
        self._doc.delayedFonts.append(font)
        return font


def _dictionary(**entries: object) -> pdfdoc.PDFDictionary:
    return pdfdoc.PDFDictionary(entries)
