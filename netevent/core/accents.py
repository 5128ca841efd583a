"""An event's own colour, made readable: whatever an organiser picks, words on it and words in it keep a contrast of 4.5 or more.

Pages carry no inline styles, so the colours of the events on a page come as one small stylesheet, `/accents.css?c=aabbcc,ddeeff`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from netevent.core.policies import policy

MOST_COLOURS = 50
HEX = re.compile(r"#?([0-9a-fA-F]{6})")

Colour = tuple[int, int, int]
WHITE: Colour = (255, 255, 255)
INK: Colour = (4, 6, 8)  # dark enough that it or white reads on any colour
# The surfaces that accents stand on (tokens.css); text is measured against the least favourable of each.
LIGHT_GROUND: Colour = (226, 232, 238)
DARK_GROUND: Colour = (46, 54, 66)


def clean_colour(text: str) -> str:
    """Six lower-case hex digits, or nothing when the text is no colour."""
    match = HEX.fullmatch(text.strip())
    return match[1].lower() if match else ""


def clean_colours(texts: Iterable[str]) -> list[str]:
    """The valid colours, each once, sorted (so that one page has one address) and at most fifty."""
    return sorted({colour for text in texts if (colour := clean_colour(text))})[:MOST_COLOURS]


def luminance(colour: Colour) -> float:
    def linear(channel: int) -> float:
        share = channel / 255
        return share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4

    red, green, blue = (linear(channel) for channel in colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: Colour, other: Colour) -> float:
    """The WCAG contrast ratio, 1 to 21."""
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def towards(colour: Colour, goal: Colour, ground: Colour, least: float) -> Colour:
    """The colour, mixed with `goal` only as far as it takes to stand out from `ground` by `least`."""
    for step in range(51):
        share = step / 50
        mixed = tuple(round(own * (1 - share) + end * share) for own, end in zip(colour, goal, strict=True))
        if contrast(mixed, ground) >= least:  # type: ignore[arg-type]
            return mixed  # type: ignore[return-value]
    return goal


def text_on(colour: Colour) -> Colour:
    """White or ink, whichever reads better: one of them always reaches 4.5."""
    return max((WHITE, INK), key=lambda ink: contrast(ink, colour))


def parse(code: str) -> Colour:
    return int(code[0:2], 16), int(code[2:4], 16), int(code[4:6], 16)


def pair(light: Colour, dark: Colour) -> str:
    return "light-dark(#{:02x}{:02x}{:02x},#{:02x}{:02x}{:02x})".format(*light, *dark)


def accent_rule(code: str) -> str:
    """The CSS rule of one colour: its area, the text on it, and itself as text, for light and dark."""
    light = parse(code)
    dark = towards(light, WHITE, DARK_GROUND, 3.0)
    properties = {
        "--event-accent": pair(light, dark),
        "--event-on-accent": pair(text_on(light), text_on(dark)),
        "--event-accent-text": pair(towards(light, INK, LIGHT_GROUND, 4.6), towards(light, WHITE, DARK_GROUND, 4.6)),
    }
    return f".accent-{code}{{{';'.join(f'{name}:{value}' for name, value in properties.items())}}}"


def accents_css(colours: Iterable[str]) -> str:
    rules = "\n".join(accent_rule(code) for code in clean_colours(colours))
    return f"@layer accents{{\n{rules}\n}}\n" if rules else ""


@require_safe
@cache_control(public=True, max_age=31536000, immutable=True)
@policy("public")
def accents(request: HttpRequest) -> HttpResponse:
    """The rules of the colours asked for; what is no colour is left out. The address says all, so it may be kept for ever."""
    return HttpResponse(accents_css(request.GET.get("c", "").split(",")[: 4 * MOST_COLOURS]), content_type="text/css; charset=utf-8")
