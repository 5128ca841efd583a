"""An organiser may pick any colour; what stands on it and in it stays readable."""

import re

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from netevent.core.accents import DARK_GROUND, LIGHT_GROUND, accents_css, clean_colour, clean_colours, contrast, parse

PAIR = re.compile(r"--([a-z-]+):light-dark\(#([0-9a-f]{6}),#([0-9a-f]{6})\)")


def colours(code: str) -> dict[str, tuple[str, str]]:
    return {name: (light, dark) for name, light, dark in PAIR.findall(accents_css([code]))}


@given(st.integers(0, 0xFFFFFF))
def test_accent_of_any_colour_keeps_its_contrasts(number):
    pairs = colours(f"{number:06x}")

    for side, ground in enumerate((LIGHT_GROUND, DARK_GROUND)):
        area, on_area, text = (parse(pairs[name][side]) for name in ("event-accent", "event-on-accent", "event-accent-text"))
        assert contrast(on_area, area) >= 4.5
        assert contrast(text, ground) >= 4.5


def test_accent_in_the_light_is_the_colour_itself():
    assert colours("c2410c")["event-accent"][0] == "c2410c"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("#C2410C", "c2410c"),
        (" aabbcc ", "aabbcc"),
        ("abc", ""),
        ("red", ""),
        ("aabbcc;}", ""),
        ("aabbcg", ""),
        ("", ""),
    ],
)
def test_clean_colour_takes_six_hex_digits_only(text, code):
    assert clean_colour(text) == code


def test_clean_colours_are_sorted_once_each_and_at_most_fifty():
    assert clean_colours(["ffffff", "#000000", "FFFFFF", "no"]) == ["000000", "ffffff"]
    assert len(clean_colours(f"{n:06x}" for n in range(80))) == 50


@pytest.mark.django_db
def test_accents_page_answers_with_the_colours_asked_for():
    response = Client().get("/accents.css", {"c": "aabbcc,}body{display:none,112233"})

    assert response.status_code == 200
    assert response["Content-Type"] == "text/css; charset=utf-8"
    assert "immutable" in response["Cache-Control"]
    assert re.findall(r"\.accent-(\w+)\{", response.text) == ["112233", "aabbcc"]
    assert "display" not in response.text


@pytest.mark.django_db
def test_accents_page_without_colours_is_empty():
    assert Client().get("/accents.css").text == ""
    assert Client().post("/accents.css").status_code == 405
