"""Fonts and shaping: which font is chosen, what is cleaned, in which order letters stand."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from attendees.exports.fonts import BOLD, REGULAR, FontBook, faces_in, font_book
from attendees.exports.text_shaping import Shaper, clean, graphemes
from tests.support import ROOT, need

NOTO = Path("/usr/share/fonts/truetype/noto")


@pytest.fixture(scope="module")
def noto() -> Path:
    need(NOTO.is_dir(), "Debian's fonts-noto-core is not installed")
    return NOTO


@pytest.fixture(scope="module")
def shaper() -> Shaper:
    return Shaper(font_book())


def families(shaper: Shaper, text: str) -> list[str]:
    return [run.face.family for run in shaper.line(text, bold=True).runs]


@pytest.mark.parametrize("name", ["Zażółć Gęślą", "Ñandú O’Neill", "Θεόδωρος", "Щукіна", "Ştefan Ţepeş", "Nguyễn Thị Ánh", "Zoe\u0308"])
def test_latin_greek_and_cyrillic_are_set_in_inter(shaper, name):
    line = shaper.line(name, bold=True)

    assert {run.face.family for run in line.runs} == {"Inter"}
    assert line.missing == ""


@pytest.mark.parametrize(
    ("name", "family"),
    [
        ("محمد", "Noto Sans Arabic"),
        ("שרה", "Noto Sans Hebrew"),
        ("สมชาย", "Noto Sans Thai"),
        ("ქეთევან", "Noto Sans Georgian"),
        ("山田", "Droid Sans Fallback"),
        ("김철수", "Droid Sans Fallback"),
    ],
)
def test_other_scripts_are_set_in_the_font_that_suits_best(noto, shaper, name, family):
    assert families(shaper, name) == [family]


def test_bold_is_used_where_the_family_has_it(noto, shaper):
    assert [shaper.line("محمد", bold=bold).runs[0].face.weight for bold in (True, False)] == [BOLD, REGULAR]


def test_own_folder_is_asked_before_the_system(noto, tmp_path, settings):
    shutil.copy(noto / "NotoSerifHebrew-Regular.ttf", tmp_path)
    settings.BADGE_FONT_DIR = str(tmp_path)

    assert families(Shaper(FontBook()), "שרה") == ["Noto Serif Hebrew"]


def test_one_font_draws_the_whole_name_where_one_has_all_letters(noto, shaper):
    assert len(set(families(shaper, "Ada אדה"))) == 1


def test_name_of_two_scripts_without_a_common_font_is_drawn_by_two(noto, shaper):
    line = shaper.line("山田 देव", bold=True)

    assert line.runs[0].face.family == "Droid Sans Fallback"
    assert len({run.face.family for run in line.runs}) == 2
    assert line.missing == ""


def test_letters_no_font_has_are_named_and_left_out(tmp_path):
    line = Shaper(FontBook([tmp_path])).line("Ada 山田", bold=True)

    assert line.missing == "山田"
    assert all(glyph.gid for run in line.runs for glyph in run.glyphs)


def test_private_use_characters_are_never_drawn(shaper):
    assert shaper.line("Ada \ue000\U000f1234").missing == "\ue000\U000f1234"


def test_broken_and_foreign_files_in_the_font_folder_are_passed_over(tmp_path):
    for name, data in {
        "a.ttf": b"",
        "b.ttf": b"\x00\x01\x00\x00junk",
        "c.ttc": b"ttcf\xff\xff\xff\xff",
        "d.ttf": b"OTTO" * 9,
    }.items():
        (tmp_path / name).write_bytes(data)
    (tmp_path / "e.ttf").mkdir()

    assert FontBook([tmp_path, tmp_path / "missing"]).installed == []


def test_fonts_that_forbid_embedding_are_passed_over(noto, tmp_path):
    from fontTools.ttLib import TTFont

    with TTFont(noto / "NotoSansHebrew-Regular.ttf") as font:
        font["OS/2"].fsType = 2
        font.save(tmp_path / "forbidden.ttf")

    assert list(faces_in(tmp_path / "forbidden.ttf")) == []


def test_the_order_of_fonts_is_the_same_on_every_run(noto):
    first, second = (FontBook([noto]).installed for _run in range(2))

    assert [repr(face) for face in first] == [repr(face) for face in second]


def test_inter_is_unpacked_once_and_kept_whole(tmp_path):
    code = "from attendees.exports.fonts import font_book as b; print(b().inter[700].family)"
    env = {**os.environ, "NETEVENT_TEST_DIR": str(tmp_path), "DJANGO_SETTINGS_MODULE": "netevent.settings.test"}
    processes = [subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, env=env, stdout=subprocess.PIPE, text=True) for _run in range(2)]

    assert [process.communicate()[0] for process in processes] == ["Inter\n"] * 2
    # a worker of a parallel run has a folder of its own below the one it was given
    assert [path.suffix for path in sorted(tmp_path.rglob("fonts/*"))] == [".ttf", ".ttf"]


def test_inter_is_drawn_where_nothing_can_be_kept(tmp_path, settings):
    (tmp_path / "fonts").write_text("a file where the folder should be")
    settings.DATA_DIR = tmp_path

    assert FontBook([]).inter[BOLD].has("Ż")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("  Ada \t\n Byron ", "Ada Byron"),
        ("A\x00d\x1ba\x7f", "A d a"),
        ("\u202egnp.exe\u2066x\u2069", "gnp.exex"),
        ("lone \ud800 half", "lone half"),
        ("<b>Tom</b> & Jerry", "<b>Tom</b> & Jerry"),
        ("می\u200cخواهم", "می\u200cخواهم"),
    ],
)
def test_clean_keeps_what_is_seen(text, shown):
    assert clean(text) == shown


@pytest.mark.parametrize(
    ("text", "letters"),
    [
        ("Zoe\u0308", ["Z", "o", "e\u0308"]),
        ("क्षत्रिय", ["क्ष", "त्रि", "य"]),
        ("สิทธิ์", ["สิ", "ท", "ธิ์"]),
        ("👩\u200d🔬é", ["👩\u200d🔬", "é"]),
        ("한국", ["한", "국"]),
        ("\u1112\u1161\u11ab\u1100\u116e\u11a8", ["\u1112\u1161\u11ab", "\u1100\u116e\u11a8"]),
    ],
)
def test_graphemes_are_what_a_reader_takes_for_one_letter(text, letters):
    assert list(graphemes(text)) == letters


def test_letters_from_the_right_stand_in_reading_order(noto, shaper):
    line = shaper.line("שרה 12 Ada", bold=True)

    assert "".join(glyph.text for run in line.runs for glyph in run.glyphs) == "Ada 12 הרש"


def test_arabic_letters_join(noto, shaper):
    joined = shaper.line("محمد").runs[0].glyphs
    alone = [shaper.line(letter).runs[0].glyphs[0] for letter in "محمد"]

    assert not {glyph.gid for glyph in joined} & {glyph.gid for glyph in alone[:3]}
