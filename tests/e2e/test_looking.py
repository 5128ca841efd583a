"""What the look at every page must not miss."""

from __future__ import annotations

import pytest

from tests.e2e.browsing import Ears
from tests.e2e.looking import Eye

pytestmark = pytest.mark.e2e
IN_ORDER = '<main><h1>Title</h1><p>Words, and <a href="/">a link</a> among them.</p></main>'
WRONG = {
    "wider than its window": '<div style="inline-size: 2000px">wide</div>',
    "cut text": '<div style="inline-size: 40px; overflow: hidden; white-space: nowrap">Veranstaltungsorganisation</div>',
    "text over text": '<div style="position: relative"><b>under</b><b style="position: absolute; inset: 0">over it</b></div>',
    "text spills out": '<button style="inline-size: 60px; block-size: 50px; white-space: nowrap">Veranstaltungsorganisation</button>',
    "small target": "<button>x</button>",
    "button-name": '<button style="inline-size: 50px; block-size: 50px"></button>',
    "color-contrast": '<p style="color: #ccc; background: #fff">pale</p>',
    "said": "<script>console.warn('said')</script>",
    "asked": '<img src="https://elsewhere.example/x.png" alt="">',
}


@pytest.fixture(scope="module")
def context(browser):
    with browser.new_context(viewport={"width": 1280, "height": 900}) as context:
        yield context


def look_at(context, body):
    page, ears = context.new_page(), Ears(context)
    context.route("**/*", lambda route: route.abort())
    page.set_content(f'<html lang="en"><title>Page</title><body style="font: 16px sans-serif">{body}')
    return " ".join(Eye(page, ears, "en").look("page"))


def test_look_at_a_page_in_order_finds_nothing(context):
    assert look_at(context, IN_ORDER) == ""


@pytest.mark.parametrize("fault", WRONG)
def test_look_at_a_page_finds(context, fault):
    assert fault in look_at(context, f"{IN_ORDER}{WRONG[fault]}")
