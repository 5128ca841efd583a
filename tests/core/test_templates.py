"""The components say what they should to browsers and screen readers, and never carry inline styles or scripts."""

import datetime as dt
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from django import forms
from django.conf import settings
from django.core.paginator import Paginator
from django.template import engines
from django.template.loader import get_template, render_to_string
from django.test import RequestFactory, override_settings

from netevent.core import assets, dates
from netevent.core.icons import ICONS, icon_svg
from netevent.core.patterns import pattern_svg

TEMPLATES = Path(settings.BASE_DIR) / "templates"
PAGES = sorted(path for path in TEMPLATES.rglob("*.html") if "emails" not in path.parts and "admin" not in path.parts)
VOID = {"meta", "link", "img", "input", "br", "hr", "source", "area", "path", "rect", "circle"}
NOON = dt.datetime(2027, 1, 14, 11, 0, tzinfo=dt.UTC)


def rendered(source: str, **context: object) -> str:
    request = RequestFactory().get("/events/?type=talk&page=2")
    return engines["django"].from_string("{% load netevent %}" + source).render(context, request)


@pytest.fixture(autouse=True)
def formats(monkeypatch):
    """Dates as they are written where no language row says otherwise: these tests have no database."""
    monkeypatch.setattr(dates, "_format_source", dates.default_format)


class Form(forms.Form):
    email = forms.EmailField(label="E-mail", help_text="Your badge goes here.")
    kind = forms.ChoiceField(label="Type", widget=forms.RadioSelect, choices=[("a", "Student"), ("b", "Speaker")])
    agree = forms.BooleanField(label="I agree")
    note = forms.CharField(label="Note", required=False, widget=forms.Textarea)


class Outline(HTMLParser):
    """Every id, every reference to one, and whether elements close in order."""

    def __init__(self) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.references: list[str] = []
        self.open: list[str] = []

    def handle_starttag(self, tag, attrs):
        known = dict(attrs)
        self.ids += [known["id"]] if known.get("id") else []
        for name in ("for", "aria-describedby", "aria-labelledby"):
            self.references += (known.get(name) or "").split()
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def outline(html: str) -> Outline:
    reader = Outline()
    reader.feed(html)
    return reader


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(TEMPLATES)))
def test_template_compiles_and_holds_nothing_inline(path):
    source = path.read_text(encoding="utf-8")

    get_template(str(path.relative_to(TEMPLATES)))
    assert not re.search(r"\sstyle=|<style|\son[a-z]+=|javascript:", source)
    assert all("src=" in tag or "application/" in tag for tag in re.findall(r"<script[^>]*>", source))
    assert not re.search(r"""(?:src|href)=["'](?:https?:)?//""", source)


def test_field_with_an_error_tells_where_help_and_error_stand():
    html = rendered("{% fields form %}", form=Form({"email": "no", "kind": "x"}))
    page = outline(html)

    assert set(page.references) <= set(page.ids)
    assert len(page.ids) == len(set(page.ids))
    assert page.open == []
    assert 'aria-describedby="id_email_helptext id_email_error"' in html
    assert 'aria-invalid="true"' in html
    assert re.findall(r'error-summary__link" href="#([^"]+)"', html) == ["id_email", "id_kind", "id_agree"]


def test_every_line_of_the_error_summary_leads_somewhere():
    page = rendered("{% fields form %}", form=Form({}))

    assert set(re.findall(r'href="#([^"]+)"', page)) <= set(outline(page).ids)


def test_field_options_become_attributes():
    html = rendered('{% field form.email label="Your e-mail" autocomplete="email" data_x="1" %}', form=Form())

    assert 'autocomplete="email"' in html
    assert 'data-x="1"' in html
    assert ">Your e-mail</label>" in html


def test_field_escapes_what_was_typed():
    html = rendered("{% fields form %}", form=Form({"email": '"><script>alert(1)</script>', "note": "</textarea><b>"}))

    assert "<script" not in html
    assert "</textarea><b>" not in html


def test_form_without_errors_has_no_summary():
    assert "error-summary" not in rendered("{% fields form %}", form=Form())


def test_query_changes_one_parameter_and_begins_paging_anew():
    assert rendered('{% query type="" %}') == "?"
    assert rendered('{% query tag="ai" %}') == "?type=talk&amp;tag=ai"
    assert rendered("{% query page=3 %}") == "?type=talk&amp;page=3"
    assert rendered('{% lang_url "de" %}') == "?type=talk&amp;page=2&amp;lang=de"


def test_pagination_keeps_the_filters():
    html = rendered('{% include "components/_pagination.html" %}', page=Paginator(range(30), 10).page(2))

    assert 'href="?type=talk&amp;page=1"' in html
    assert "Page 2 of 3" in html
    assert rendered('{% include "components/_pagination.html" %}', page=Paginator([1], 10).page(1)).strip() == ""


def test_event_card_draws_the_same_pattern_for_the_same_code():
    assert pattern_svg("CONF2027") == pattern_svg("CONF2027") != pattern_svg("CONF2028")
    assert len(pattern_svg("CONF2027")) < 1500


def test_event_card_carries_its_accent_and_escapes_its_title():
    html = rendered(
        '{% include "components/_event_card.html" with href="/event/A/" title=title code="A" colour="#C2410C"'
        ' starts_at=noon zone="Europe/Amsterdam" %}',
        title="<b>Talks</b>",
        noon=NOON,
    )

    assert "accent-c2410c" in html
    assert "&lt;b&gt;Talks&lt;/b&gt;" in html
    assert "Thursday" in html


def test_accents_tag_links_the_colours_once_and_sorted():
    html = rendered('{% accents "#ffffff" colours None "" %}', colours=["#000000", "#FFFFFF", "red"])

    assert html == '<link rel="stylesheet" href="/accents.css?c=000000,ffffff">'
    assert rendered('{% accents "" None %}') == ""


def test_blocks_hold_content_and_escape_their_options():
    html = rendered('{% banner tone="bad" title=title %}<p>{{ text }}</p>{% endbanner %}', title="<i>", text="<u>")

    assert 'role="alert"' in html
    assert "&lt;i&gt;" in html
    assert "<p>&lt;u&gt;</p>" in html


def test_dialog_is_named_by_its_title():
    page = outline(rendered('{% dialog id="cancel" title="Cancel?" %}<p>Sure?</p>{% enddialog %}'))

    assert page.references == ["cancel-title"]
    assert "cancel-title" in page.ids


def test_icons_are_silent_unless_they_have_a_label():
    assert 'aria-hidden="true"' in icon_svg("check")
    assert 'aria-label="&lt;done&gt;"' in icon_svg("check", "<done>")
    assert all(re.fullmatch(r"[MmLlHhVvAaCcSsZz0-9 .,-]+", path) for path in ICONS.values())


@pytest.mark.parametrize("name", ["", "Ada", "Ada Lovelace", "Łucja van den Berg", "李"])
def test_initials_are_at_most_two_letters(name):
    assert (
        rendered("{{ name|initials }}", name=name)
        == {
            "": "",
            "Ada": "A",
            "Ada Lovelace": "AL",
            "Łucja van den Berg": "ŁB",
            "李": "李",
        }[name]
    )


@pytest.mark.parametrize("status", [400, 403, 404, 429, 500, 503])
def test_error_page_needs_no_request_and_no_database(status):
    html = render_to_string(f"{status}.html")  # a query would fail: this test has no database

    assert str(status) in html
    assert 'href="/"' in html
    assert outline(html).open == []


@pytest.fixture
def data_dir(tmp_path):
    """A data directory where nothing was built yet."""
    assets.is_built.cache_clear()
    with override_settings(DATA_DIR=tmp_path):
        yield tmp_path
    assets.is_built.cache_clear()


def test_pages_link_the_sources_until_the_assets_are_built(data_dir):
    assert assets.styles() == ["/static/netevent/css/app.css"]
    assert "/static/netevent/js/menu.js" in assets.scripts()
    assert assets.fonts() == []


def test_build_joins_styles_and_scripts_and_cuts_the_fonts(data_dir):
    sizes = assets.build()

    assert assets.styles() == ["/static/netevent/build/app.css"]
    assert assets.scripts() == ["/static/netevent/build/app.js"]
    assert sorted(sizes) == ["app.css", "app.js", "inter-400.woff2", "inter-600.woff2"]
    assert max(sizes["inter-400.woff2"], sizes["inter-600.woff2"]) <= 25_000
    assert sum(sizes.values()) < 95_000
    css = (assets.built_folder() / "app.css").read_text()
    assert css.count("{") == css.count("}")
    assert "@import" not in css


def test_every_component_is_in_the_whole():
    listed = {path.name for path in assets.style_sources()}

    assert {path.name for path in (assets.SOURCES / "css" / "components").glob("*.css")} <= listed
