"""Inter for the screen: cut to the letters of the seven languages, from the files that the admin theme ships.

The fonts are never committed; `manage.py build_assets` makes them in about a second. Without them pages use the system's letters.
"""

from __future__ import annotations

import os
from pathlib import Path

from django.contrib.staticfiles import finders
from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont

WEIGHTS = {400: "Inter-Regular", 600: "Inter-SemiBold"}
LETTERS = (
    "".join(chr(code) for code in range(0x20, 0x7F))
    + "".join(chr(code) for code in range(0xA0, 0x100))
    + "ĄąĆćĘęŁłŃńŚśŹźŻżŒœŸĲĳẞ"
    + "–—‘’‚“”„†•…‰‹›€™−→←↑↓✓×\u2009\u202f\u2011\u00ad"
)
FEATURES = ["kern", "ccmp", "locl", "mark", "mkmk", "tnum", "calt"]


def source_of(name: str) -> Path | None:
    found = finders.find(f"unfold/fonts/inter/{name}.woff2")
    return Path(found) if isinstance(found, str) else None


def cut(source: Path, goal: Path) -> None:
    """Write the small font beside its final name first, so that a run that dies leaves no half file."""
    options = Options()
    options.flavor = "woff2"
    options.layout_features = FEATURES
    options.hinting = False
    options.desubroutinize = True
    options.name_IDs = [0, 1, 2, 13, 14]  # the licence travels with the letters
    with TTFont(source) as font:
        subsetter = Subsetter(options)
        subsetter.populate(text=LETTERS)
        subsetter.subset(font)
        font.flavor = "woff2"
        temporary = goal.with_suffix(f".{os.getpid()}.part")
        font.save(temporary)
        temporary.replace(goal)


def make_webfonts(folder: Path) -> list[int]:
    """Make the fonts that are missing or older than their source; return the weights that are there."""
    made = []
    for weight, name in WEIGHTS.items():
        source, goal = source_of(name), folder / f"inter-{weight}.woff2"
        if source is None:
            continue
        if not goal.exists() or goal.stat().st_mtime < source.stat().st_mtime:
            cut(source, goal)
        made.append(weight)
    return made


def font_faces(weights: list[int]) -> str:
    """The rules that name the fonts, relative to the folder they lie in."""
    rule = (
        '@font-face{{font-family:"Inter";font-style:normal;font-weight:{0};font-display:swap;src:url("inter-{0}.woff2") format("woff2")}}'
    )
    return "\n".join(rule.format(weight) for weight in weights)
