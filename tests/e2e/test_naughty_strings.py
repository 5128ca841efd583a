"""The big list of naughty strings at every door that takes text: stored as typed, or refused with a reason; never a 500, never live.

Every string goes through the forms themselves, and here through the scanner and the search at the door; tests/attendees has them in the
registration form, imports, exports and badges. Where a string costs a whole page more, every second, third or fifth goes through.
"""

from __future__ import annotations

import json
import uuid
from html.parser import HTMLParser

import pytest
from django.core.cache import caches
from django.http import HttpResponse
from django.urls import reverse
from django.utils.html import escape

from attendees.staff_forms import WalkInForm
from events.forms import OrganiserRequestForm
from events.models import Organiser
from netevent.core.text import trimmed
from tests.factories import first_type, make_event, make_member, make_running_event, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.e2e]
FINE = {200, 302, 303, 404, 409, 422}


@pytest.fixture
def strings(sample_data):
    return json.loads((sample_data / "strings_blns" / "blns.json").read_text(encoding="utf-8"))


@pytest.fixture(autouse=True)
def _no_limits(settings):
    settings.RATE_LIMITS = {"*": "off"}


class Live(HTMLParser):
    """What a browser would run: scripts in the page, handlers, script addresses, frames. Our own block of data for search engines is none."""

    def __init__(self):
        super().__init__()
        self.found = []

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        addresses = [str(given.get(name)).strip().lower() for name in ("href", "src", "action", "formaction", "data") if name in given]
        if tag in {"iframe", "object", "embed", "base", "marquee"} or (
            tag == "script" and given.get("type") != "application/ld+json" and not str(given.get("src", "")).startswith("/static/")
        ):
            self.found.append(tag)
        self.found += [name for name in given if name.startswith("on")]
        self.found += [address for address in addresses if address.startswith(("javascript:", "data:", "vbscript:", "//"))]


def live_in(answer):
    parser = Live()
    parser.feed(answer.content.decode())
    return parser.found


@pytest.mark.parametrize("text", ["<script>alert(1)</script>", "<b onclick=x>", "<a href=' JavaScript:x'>", "<iframe>", "<img src=//evil>"])
def test_the_look_for_live_text_finds_it(text):
    assert live_in(HttpResponse(f"<p>{text}"))
    assert live_in(HttpResponse(f"<p>{escape(text)}")) == []


def test_forms_keep_every_string_as_typed_or_refuse_it(strings):
    event = make_running_event()
    kind = first_type(event).pk
    for text in strings:
        forms = [
            WalkInForm({"first_name": text, "last_name": text, "attendee_type": kind, "scan_id": str(uuid.uuid4())}, event=event),
            OrganiserRequestForm({"name": text, "legal_name": text}),
        ]
        for form in forms:
            assert form.is_valid() or form.errors, text
            assert {form.cleaned_data.get(name, text) for name in ("first_name", "name")} <= {trimmed(text), text}, text


def test_search_takes_any_words(client, strings):
    make_event()
    for text in strings[::2]:
        caches["local"].clear()
        answer = client.get("/events/", {"q": text, "city": text, "tag": text, "page": text})
        assert answer.status_code == 200, text
        assert live_in(answer) == [], text


def test_event_texts_are_shown_as_typed_and_never_live(client, strings):
    event = make_event()
    for text in strings[::2]:
        event.name_en, event.description_en, event.location = text[:255] or "x", text, text[:255]
        event.instructor, event.prerequisites = text[:200], [text]
        event.save()
        event.refresh_from_db()
        assert event.name_en == trimmed(text[:255] or "x"), text
        caches["local"].clear()
        answer = client.get(event.get_absolute_url())
        assert answer.status_code == 200, text
        assert live_in(answer) == [], text
        assert client.get(f"{event.get_absolute_url()}calendar.ics").status_code == 200, text


def test_scanner_and_search_at_the_door_take_anything(client, strings):
    event = make_running_event()
    client.force_login(make_member(event, "check-in").user)
    for text in strings:
        body = json.dumps({"text": text, "scan_id": str(uuid.uuid4())})
        scanned = client.post(reverse("staff:scan", args=[event.pk]), body, content_type="application/json")
        assert scanned.status_code in {200, 422}, text
        found = client.get(reverse("staff:search", args=[event.pk]), {"q": text})
        assert found.status_code == 200, text
        assert live_in(found) == [], text


def test_walk_in_names_are_kept_as_typed_or_refused(client, strings):
    event = make_running_event()
    client.force_login(make_member(event, "check-in").user)
    kind = first_type(event).pk
    for text in strings[::3]:
        answer = client.post(reverse("staff:walk-in", args=[event.pk]), {"first_name": text, "last_name": text, "attendee_type": kind})
        assert answer.status_code in FINE, text
        assert live_in(answer) == [], text
        if answer.status_code == 200:
            assert event.attendees.latest("pk").first_name == trimmed(text)


def test_organiser_names_are_kept_as_typed_or_refused(client, settings, strings):
    settings.ORGANIZER_SIGNUP = "open"
    user = make_user()
    client.force_login(user)
    for text in strings[::5]:
        answer = client.post("/register/organizer", {"name": text, "legal_name": text})
        assert answer.status_code in FINE, text
        if answer.status_code == 302:
            assert Organiser.objects.latest("pk").name == trimmed(text)
        assert live_in(client.get("/register/organizer")) == [], text
        Organiser.objects.all().delete()
