"""A picture for an event that has none: quiet geometry in the event's accent, always the same for the same code."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from functools import lru_cache

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

COLUMNS, ROWS, TILE = 6, 3, 40
SHADES = ("0.16", "0.34", "0.62")
TILES = (
    "M{x} {y}h40a40 40 0 0 1-40 40z",
    "M{r} {y}v40a40 40 0 0 1-40-40z",
    "M{r} {b}h-40a40 40 0 0 1 40-40z",
    "M{x} {b}v-40a40 40 0 0 1 40 40z",
    "M{x} {y}h40v40z",
    "M{x} {y}v40h40z",
    "M{x} {m}a20 20 0 0 1 40 0z",
    "M{x} {m}a20 20 0 0 1 40 0 20 20 0 0 1-40 0z",
    "M{x} {y}h40v40h-40z",
    "",
    "",
)


@lru_cache(maxsize=500)
def pattern_svg(seed: str) -> SafeString:
    """Inline SVG of about one kilobyte, drawn with the current text colour; decoration only."""
    draw = hashlib.blake2b(seed.encode(), digest_size=2 * COLUMNS * ROWS).digest()
    shades: dict[str, list[str]] = defaultdict(list)
    for place in range(COLUMNS * ROWS):
        row, column = divmod(place, COLUMNS)
        x, y = column * TILE, row * TILE
        tile = TILES[draw[2 * place] % len(TILES)]
        shades[SHADES[draw[2 * place + 1] % len(SHADES)]].append(tile.format(x=x, y=y, r=x + TILE, b=y + TILE, m=y + TILE // 2))
    drawing = (
        '<svg class="pattern" viewBox="0 0 {} {}" preserveAspectRatio="xMidYMid slice" fill="currentColor" '
        'aria-hidden="true" focusable="false">{}</svg>'
    )
    paths = format_html_join("", '<path opacity="{}" d="{}"/>', ((shade, "".join(tiles)) for shade, tiles in sorted(shades.items())))
    return format_html(drawing, COLUMNS * TILE, ROWS * TILE, paths)
