"""Styles, behaviours and letters, joined for speed.

`manage.py build_assets` writes `app.css`, `app.js` and two cut fonts into `DATA_DIR/assets/netevent/build/`, a folder that the static files
finders read. Until it has run, pages link the sources and use the system's own letters: slower to load, otherwise the same.
"""

from __future__ import annotations

import gzip
import os
import re
from functools import cache
from pathlib import Path

from django.conf import settings
from django.templatetags.static import static

SOURCES = Path(__file__).resolve().parent.parent / "static" / "netevent"
IMPORT = re.compile(r'^@import url\("([^"]+)"\);$', re.MULTILINE)
COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
BLANKS = re.compile(r"\s+")
AROUND_SIGNS = re.compile(r" ?([{};,]) | ([{}])|(?<=[\w-]): ")
LAYERS = "@layer tokens,base,layout,components,accents,utilities;"
BLOCKING = ("theme-first.js",)


def built_folder() -> Path:
    return Path(settings.DATA_DIR) / "assets" / "netevent" / "build"


def style_sources() -> list[Path]:
    """The stylesheets in the order in which app.css names them."""
    text = (SOURCES / "css" / "app.css").read_text(encoding="utf-8")
    return [SOURCES / "css" / name for name in IMPORT.findall(text)]


def script_sources() -> list[Path]:
    """The behaviours of every page; those of one page live in a folder of their own or in its app."""
    return sorted(path for path in (SOURCES / "js").glob("*.js") if path.name not in BLOCKING)


def without_blanks(css: str) -> str:
    """The same rules without comments and needless blanks."""
    plain = BLANKS.sub(" ", COMMENT.sub("", css)).strip()
    return AROUND_SIGNS.sub(lambda found: found[1] or found[2] or ":", plain).replace(";}", "}")


def joined_styles() -> str:
    sheets = (without_blanks(path.read_text(encoding="utf-8")) for path in style_sources())
    return f"{LAYERS}\n" + "\n".join(sheets) + "\n"


def joined_scripts() -> str:
    """Each behaviour in a block of its own, so that their names don't meet."""
    return "".join(f"{{\n{path.read_text(encoding='utf-8')}}}\n" for path in script_sources())


def newest_source() -> float:
    return max(path.stat().st_mtime for path in [*style_sources(), *script_sources(), SOURCES / "css" / "app.css"])


@cache
def is_built() -> bool:
    """Is there a joined file that is not older than its sources? Asked once per process."""
    sheet, script = built_folder() / "app.css", built_folder() / "app.js"
    try:
        return min(sheet.stat().st_mtime, script.stat().st_mtime) >= newest_source()
    except OSError:
        return False


def styles() -> list[str]:
    return [static("netevent/build/app.css" if is_built() else "netevent/css/app.css")]


def scripts() -> list[str]:
    if is_built():
        return [static("netevent/build/app.js")]
    return [static(f"netevent/js/{path.name}") for path in script_sources()]


def fonts() -> list[str]:
    if not is_built():
        return []
    return [static(f"netevent/build/{path.name}") for path in sorted(built_folder().glob("inter-400.woff2"))]


def build() -> dict[str, int]:
    """Write the joined files and the fonts; return the size of each. Safe to run again, and by two at once."""
    from netevent.core.webfonts import font_faces, make_webfonts

    folder = built_folder()
    folder.mkdir(parents=True, exist_ok=True)
    weights = make_webfonts(folder)
    write(folder / "app.css", font_faces(weights) + "\n" + joined_styles())
    write(folder / "app.js", joined_scripts())
    is_built.cache_clear()
    return {path.name: path.stat().st_size for path in sorted(folder.iterdir()) if path.suffix in {".css", ".js", ".woff2"}}


def write(path: Path, text: str) -> None:
    """The file and its compressed twin, which the development server hands out too."""
    content = text.encode()
    for goal, data in ((path.with_name(f"{path.name}.gz"), gzip.compress(content, 9, mtime=0)), (path, content)):
        temporary = goal.with_name(f".{goal.name}.{os.getpid()}.part")
        temporary.write_bytes(data)
        temporary.replace(goal)
