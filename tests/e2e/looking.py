"""Looking at a page the way a careful person would: at three widths, in light and dark, with axe, and with open ears."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from tests.e2e.browsing import Ears
from tests.support import need

WIDTHS = (1280, 390, 320)
HEIGHT = 900
THEMES = ("light", "dark")
AXE_OPTIONS = {"resultTypes": ["violations"], "preload": False, "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
ONLY_COLOURS = {"resultTypes": ["violations"], "preload": False, "runOnly": {"type": "rule", "values": ["color-contrast"]}}
SERIOUS = {"serious", "critical"}
# The desk is drawn by its theme: its targets are a laptop's, and a list of its tools and select2's own field are not ours to name.
THEME_RULES = {"target-size"}
THEME_PARTS = (".object-tools", "select2-")
# Colours that are on their way from one theme to the other are nobody's
SETTLED = """async () => {
  await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
  for (const animation of document.getAnimations()) if (animation.effect?.getTiming().iterations !== Infinity) animation.finish();
}"""
GEOMETRY = (Path(__file__).parent / "geometry.js").read_text(encoding="utf-8")


@cache
def axe() -> str:
    """axe-core, as a package of the tests brings it."""
    spec = find_spec("axe_playwright_python")
    need(spec, "axe-core is missing; install requirements/dev.txt")
    assert spec is not None
    assert spec.origin is not None
    return (Path(spec.origin).parent / "axe.min.js").read_text(encoding="utf-8")


@dataclass
class Eye:
    """One page of a browser, and what is wrong with what it showed so far."""

    page: Any
    ears: Ears
    language: str
    is_desk: bool = False

    def look(self, name: str) -> list[str]:
        """Everything that jars on the page as it is open now."""
        wrong = [f"speaks {spoken}" for spoken in [self.page.evaluate("document.documentElement.lang")] if spoken != self.language]
        wrong += self.ears.take()
        for theme in THEMES:
            self.show_in(theme)
            for width in WIDTHS:
                wrong += self.look_at(name, theme, width)
        wrong += self.ears.take()
        return [f"{name} ({self.language}): {what}" for what in dict.fromkeys(wrong)]

    def show_in(self, theme: str) -> None:
        """Styles follow at once; the desk's theme looks only when its page is loaded."""
        self.page.emulate_media(color_scheme=theme, reduced_motion="reduce")
        if self.is_desk:
            self.page.reload()
        self.page.evaluate(SETTLED)

    def look_at(self, name: str, theme: str, width: int) -> list[str]:
        self.page.set_viewport_size({"width": width, "height": HEIGHT})
        wrong = [f"{width} px: {what}" for what in self.geometry()] if theme == "light" else []
        if width == 390:
            wrong += [f"{theme}: {what}" for what in self.accessibility(theme)]
        self.take_picture(f"{name}_{width}_{theme}_{self.language}")
        return wrong

    def geometry(self) -> list[str]:
        """It doesn't depend on the theme: colours don't move anything."""
        return list(self.page.evaluate(f"({GEOMETRY.rstrip().rstrip(';')})", not self.is_desk))

    def accessibility(self, theme: str) -> list[str]:
        if not self.page.evaluate("'axe' in window"):
            self.page.evaluate(axe())
        options = AXE_OPTIONS if theme == "light" else ONLY_COLOURS
        wrong = self.serious(options)
        for pause in (300, 900, 2000):  # a busy browser may still be between two themes: what is wrong stays wrong
            if wrong:
                self.page.wait_for_timeout(pause)
                wrong = self.serious(options)
        return [f"{rule}: {'; '.join(parts[:4])}" for rule, parts in wrong.items()]

    def serious(self, options: dict[str, Any]) -> dict[str, list[str]]:
        found = self.page.evaluate("options => axe.run(document, options)", options)
        rules = {rule["id"]: self.ours(rule) for rule in found["violations"] if rule["impact"] in SERIOUS}
        return {rule: parts for rule, parts in rules.items() if parts}

    def ours(self, rule: dict[str, Any]) -> list[str]:
        """The parts of the page that break a rule."""
        parts = [str(node["target"][0]) for node in rule["nodes"]]
        if not self.is_desk:
            return parts
        return [part for part in parts if rule["id"] not in THEME_RULES and not any(theirs in part for theirs in THEME_PARTS)]

    def take_picture(self, name: str) -> None:
        """For a person's eyes: NETEVENT_TEST_PICTURES names a folder."""
        if (folder := os.environ.get("NETEVENT_TEST_PICTURES")) and not name.endswith("320_dark_en"):
            self.page.screenshot(path=str(Path(folder) / f"{name}.png"), full_page=True)
