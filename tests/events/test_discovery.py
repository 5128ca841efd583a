"""Discovery: filters that live in the address, facets that add up, what search engines and other sites get."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from django.core.cache import caches
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from events import discovery
from events.discovery import count_facets, discover, page_of, span, ways_out
from events.forms import DiscoveryForm
from events.models import Event, Organiser, Tag, Venue, Visibility
from events.services.search import document_of
from netevent.core.text import words
from tests.factories import make_attendee, make_club, make_event, make_event_type, make_member, make_organiser, money

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def fresh_pages():
    caches["local"].clear()


@pytest.fixture
def many_events():
    """Two dozen events that differ in everything that can be chosen."""
    organisers = [make_organiser(name=name) for name in ("Ada & Co", "Łódź Fair")]
    kinds = [make_event_type(key) for key in ("conference", "workshop")]
    clubs = [make_club(name=name) for name in ("Chess", "Choir")]
    tags = [Tag.objects.create(name=name) for name in ("python", "music")]
    now = timezone.now().replace(microsecond=0)
    for n in range(24):
        event = make_event(
            name_en=f"{'River' if n % 3 else 'Mountain'} {n:02}",
            name_pl="Rzeka" if n % 3 else "",
            organiser=organisers[n % 2],
            event_type=kinds[n // 2 % 2],
            city=("Utrecht", "Gent", "")[n % 3],
            level=("", "Beginner")[n // 3 % 2],
            mode=("automatic", "manual")[n // 4 % 2],
            content_languages=(["en"], ["en", "pl"], [])[n // 2 % 3],
            starts_at=now + timedelta(hours=2, days=(0, 2, 9, 40, -20)[n % 5]),
            visibility=Visibility.DRAFT if n == 23 else Visibility.PUBLISHED,
            attendee_types=[{"name_en": "Seat", "price": money(("0", "10", "25.50")[n % 3])}],
        )
        event.tags.set([tag for bit, tag in enumerate(tags) if n >> bit & 1])
        event.clubs.set([club for bit, club in enumerate(clubs) if n >> bit & 2])
    return {"organisers": organisers, "kinds": kinds, "clubs": clubs}


def choice_of(query):
    return DiscoveryForm(query).choice()


# --- What a choice means, said once more without the database ----------------------------------------------------------------
def fits(event, query, now):
    def has(key, test):
        return not query.get(key) or test(query[key])

    over = (event.ends_at or event.starts_at + timedelta(days=1)) <= now
    local = timezone.localtime(event.starts_at).date()
    spans = ("today", "week", "month")
    return all(
        (
            event.visibility == Visibility.PUBLISHED,
            over == (query.get("when") == "past"),
            query.get("when") not in spans or event.starts_at < span(query["when"], now),
            has("q", lambda text: all(any(w.startswith(a) for w in event.words) for a in words(text))),
            has("type", lambda key: event.event_type.key == key),
            has("city", lambda city: event.city == city),
            has("tag", lambda name: name in {tag.name for tag in event.tags.all()}),
            has("organiser", lambda pk: str(event.organiser_id) == pk),
            has("club", lambda pk: pk in {str(club.pk) for club in event.clubs.all()}),
            has("price", lambda price: (event.price_from == 0) == (price == "free")),
            has("level", lambda level: event.level == level),
            has("language", lambda code: code in event.content_languages),
            has("mode", lambda mode: event.mode == mode),
            has("from", lambda day: local >= day),
            has("until", lambda day: local <= day),
        )
    )


def every_row():
    rows = list(Event.objects.select_related("event_type", "organiser", "venue").prefetch_related("tags", "clubs"))
    for row in rows:
        row.words = document_of(row).split()
    return rows


def naive(rows, query, now):
    return {event.pk for event in rows if fits(event, query, now)}


def some(*values):
    return st.one_of(st.none(), st.sampled_from(values))


@given(data=st.data())
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_combination_finds_what_a_look_at_every_row_finds(many_events, data):
    now = timezone.now()
    today = timezone.localdate(now)
    query = {
        "q": data.draw(some("river", "RZEKA", "mount 0", "lodz", "ada co")),
        "type": data.draw(some("conference", "workshop")),
        "city": data.draw(some("Utrecht", "Gent")),
        "tag": data.draw(some("python", "music")),
        "organiser": data.draw(some(*(str(row.pk) for row in many_events["organisers"]))),
        "club": data.draw(some(*(str(row.pk) for row in many_events["clubs"]))),
        "price": data.draw(some("free", "paid")),
        "level": data.draw(some("Beginner")),
        "language": data.draw(some("en", "pl")),
        "mode": data.draw(some("automatic", "manual")),
        "when": data.draw(some("today", "week", "month", "past")),
        "from": data.draw(some(today, today + timedelta(days=2))),
        "until": data.draw(some(today, today + timedelta(days=9))),
        "sort": data.draw(some("newest", "price", "name")),
    }
    query = {key: value for key, value in query.items() if value}
    choice = choice_of(query)
    rows = every_row()
    expected = naive(rows, query, now)

    assert set(discover(choice, now).values_list("pk", flat=True)) == expected
    facets = count_facets(choice, now)
    assert facets.total == len(expected)
    for key, options in facets.options.items():
        for value, _name, number in options:
            shown = next(row.key for row in many_events["kinds"] if str(row.pk) == value) if key == "type" else value
            if not (key == "when" and query.get("when") == "past"):
                assert number == len(naive(rows, {**query, key: shown}, now)), (key, value)


def test_facets_add_up_to_the_total_where_each_event_has_one_option(many_events):
    facets = count_facets({})
    for key in ("type", "organiser", "price", "mode"):
        assert sum(number for _value, _name, number in facets.options[key]) == facets.total, key


def test_beyond_the_rows_looked_at_numbers_are_least_ones_and_the_total_stays_exact(client, many_events, monkeypatch):
    total = count_facets({}).total
    monkeypatch.setattr(discovery, "LOOKED_AT", 5)
    facets = count_facets({})

    assert facets.at_least
    assert facets.total == total > 5
    page = client.get("/events/")
    assert page.context["page"].paginator.count == total
    assert re.search(rb'filter-chip__number">\d\+<', page.content)


def test_what_nobody_offers_is_left_out(client, many_events):
    everything = client.get("/events/").context["page"].paginator.count
    unknown = "type=nothing&organiser=99999999&club=x&price=cheap&language=xx&when=never&from=0&sort=up&places=1&mode=&page=x&foo=bar"

    page = client.get(f"/events/?{unknown}")

    assert page.context["page"].paginator.count == everything
    assert page.context["chosen"] == []


def test_a_shared_address_shows_the_same_and_each_chip_takes_its_part_away(client, many_events):
    query = {"q": "river", "type": "workshop", "price": "paid", "sort": "price", "lang": "en", "page": "1"}
    page = client.get("/events/", query)
    caches["local"].clear()
    again = client.get("/events/", query)

    assert [c.event.pk for c in page.context["cards"]] == [c.event.pk for c in again.context["cards"]] != []
    assert {chip["key"]: chip["href"] for chip in page.context["chosen"]} == {
        "q": "?type=workshop&price=paid&sort=price",
        "type": "?q=river&price=paid&sort=price",
        "price": "?q=river&type=workshop&sort=price",
    }
    assert b'rel="canonical" href="http://' in page.content
    assert b'/events/">' in page.content
    assert b"noindex" in page.content


def test_a_chosen_option_is_always_among_the_shown_ones(client):
    for n in range(discovery.MOST_OPTIONS + 3):
        event = make_event()
        event.tags.add(Tag.objects.create(name=f"tag {n:02}"))
    last = f"tag {discovery.MOST_OPTIONS + 2:02}"

    page = client.get("/events/", {"tag": last})

    (tags,) = [group for group in page.context["groups"] if group["key"] == "tag"]
    assert [(option["label"], option["number"]) for option in tags["options"] if option["on"]] == [(last, 1)]
    assert len(tags["options"]) == discovery.MOST_OPTIONS


def test_pages_hold_every_event_once_and_a_page_too_far_is_the_last(many_events):
    total = count_facets({}).total
    seen = [pk for number in (1, 2) for pk in page_of({}, number, per_page=12).object_list]

    assert len(seen) == len(set(seen)) == total
    assert page_of({}, "999999999999999999999", per_page=12).number == 2


def test_part_of_the_list_comes_without_the_page_around_it(client, many_events):
    part = client.get("/events/?part=list&page=2").content

    assert b'id="found"' in part
    assert b"<html" not in part
    assert b"part=list&amp;" not in part.split(b"hx-push-url")[1]
    assert b"<html" in client.get("/events/?page=2").content


@pytest.mark.parametrize(
    "query", ["", "q=river&type=workshop&price=free&tag=python&when=month", "part=list&page=2", "q=nothing&city=Gent&type=workshop"]
)
def test_few_questions_for_one_event_and_for_many(client, many_events, query):
    def asked():
        caches["local"].clear()
        with CaptureQueriesContext(connection) as queries:
            assert client.get(f"/events/?{query}").status_code == 200
        return len(queries)

    many = asked()
    Event.objects.exclude(pk=Event.objects.listed().upcoming().first().pk).update(visibility=Visibility.DRAFT)
    assert max(many, asked()) <= 10


@pytest.mark.parametrize("address", ["/", "/embed/events/", "/events/?part=list"])
def test_cards_ask_for_nothing_one_by_one(client, address):
    def asked():
        caches["local"].clear()
        with CaptureQueriesContext(connection) as queries:
            client.get(address)
        return len(queries)

    make_event(max_attendees=3, venue=Venue.objects.create(name="Hall", city="Gent"))
    one = asked()
    for _ in range(2):
        make_event(max_attendees=3, city="")
    assert asked() == one


def test_nothing_found_names_the_filters_to_drop(client, many_events):
    page = client.get("/events/", {"q": "zzz", "city": "Utrecht"})

    (way,) = page.context["ways_out"]
    assert way["href"] == "?city=Utrecht"
    assert way["number"] == len(naive(every_row(), {"city": "Utrecht"}, timezone.now()))
    assert ways_out({}) == []


def test_a_search_without_a_word_finds_nothing_and_leads_out(client, many_events):
    page = client.get("/events/", {"q": "&!", "city": "Gent"})

    assert page.context["cards"] == []
    assert [(way["href"], way["number"]) for way in page.context["ways_out"]] == [
        ("?city=Gent", len(naive(every_row(), {"city": "Gent"}, timezone.now())))
    ]


def test_full_events_are_left_out_where_places_are_wanted(client):
    full, free = make_event(name_en="Full", max_attendees=1), make_event(name_en="Free", max_attendees=2)
    make_event(name_en="Closed", max_attendees=0)
    make_event(name_en="Endless")
    for event in (full, free):
        make_attendee(event)

    page = client.get("/events/?places=left")

    assert {card.event.name for card in page.context["cards"]} == {"Free", "Endless"}


def test_names_are_shown_as_text_everywhere(client):
    evil = '"><script>alert(1)</script>'
    event = make_event(name_en=evil, city=evil, level=evil[:50], organiser=make_organiser(name=evil))
    event.tags.add(Tag.objects.create(name=evil))
    event.clubs.add(make_club(name=evil))
    for path in (
        "/events/",
        f"/events/?tag={evil}&q={evil}&city={evil}",
        event.get_absolute_url(),
        "/embed/events/",
        "/sitemap-events.xml",
    ):
        assert b"<script>alert" not in client.get(path).content, path


# --- Search engines ----------------------------------------------------------------------------------------------------------
def linked(client, event):
    caches["local"].clear()
    page = client.get(event.get_absolute_url()).content.decode()
    (text,) = re.findall(r'<script type="application/ld\+json">(.*?)</script>', page, re.DOTALL)
    return json.loads(text)


def test_an_event_says_what_it_is_to_search_engines(client, settings):
    event = make_event(
        name_en="A <b> & </script> c",
        description_en="Words",
        max_attendees=1,
        attendee_types=[{"name_en": "Full", "price": Decimal("49.90"), "code": "FULL"}],
    )
    data = linked(client, event)

    assert data["name"] == "A <b> & </script> c"
    assert data["startDate"] == event.starts_at.astimezone(ZoneInfo(event.time_zone)).isoformat()
    assert data["eventStatus"] == "https://schema.org/EventScheduled"
    assert data["location"] == {"@type": "Place", "name": "Utrecht", "address": {"@type": "PostalAddress", "addressLocality": "Utrecht"}}
    assert data["organizer"]["name"] == event.organiser.name
    (offer,) = data["offers"]
    assert (offer["price"], offer["priceCurrency"]) == ("49.90", "EUR")
    assert offer["availability"] == "https://schema.org/InStock"
    assert offer["url"] == f"{settings.BASE_URL}/event/register/{event.code}?type=FULL"


def test_search_engines_hear_of_full_moved_and_cancelled_events(client):
    full = make_event(max_attendees=1)
    make_attendee(full)
    assert linked(client, full)["offers"][0]["availability"] == "https://schema.org/SoldOut"

    moved = make_event()
    planned = moved.starts_at
    moved.starts_at, moved.ends_at = planned + timedelta(days=7), None
    moved.save()
    assert linked(client, moved)["eventStatus"] == "https://schema.org/EventRescheduled"
    assert linked(client, moved)["previousStartDate"] == planned.astimezone(ZoneInfo(moved.time_zone)).isoformat()

    moved.visibility = Visibility.CANCELLED
    moved.save()
    assert linked(client, moved)["eventStatus"] == "https://schema.org/EventCancelled"


def test_a_preview_elsewhere_has_title_address_and_languages(client, settings):
    event = make_event(name_en='Talk "one"')
    page = client.get(event.get_absolute_url()).content.decode()

    assert '<meta property="og:title" content="Talk &quot;one&quot;">' in page
    assert f'<link rel="canonical" href="{settings.BASE_URL}{event.get_absolute_url()}">' in page
    assert f'hreflang="pl" href="{settings.BASE_URL}{event.get_absolute_url()}?lang=pl"' in page
    assert "og:image" not in page


def test_the_sites_map_names_listed_events_in_every_language_and_no_other(client, settings):
    listed = make_event()
    hidden = [make_event(visibility=value) for value in Visibility.values if value != Visibility.PUBLISHED]

    index = client.get("/sitemap.xml").content.decode()
    text = client.get("/sitemap-events.xml").content.decode()

    assert f"{settings.BASE_URL}/sitemap-events.xml" in index
    assert f"<loc>{settings.BASE_URL}{listed.get_absolute_url()}</loc>" in text
    assert f'hreflang="de" href="{settings.BASE_URL}{listed.get_absolute_url()}?lang=de"' in text
    assert not [event for event in hidden if event.code in text]
    assert client.get("/sitemap-nothing.xml").status_code == 404
    assert f"Sitemap: {settings.BASE_URL}/sitemap.xml" in client.get("/robots.txt").content.decode()


# --- On other sites ----------------------------------------------------------------------------------------------------------
def test_a_list_for_other_sites_may_be_framed_and_leaves_nothing_behind(client):
    organiser = make_organiser(name="Ours")
    event = make_event(organiser=organiser, name_en="Ours", name_de="Unseres")
    make_event(name_en="Theirs")
    make_event(organiser=organiser, name_en="Draft", visibility=Visibility.DRAFT)

    for _cached in range(2):
        answer = client.get(f"/embed/events/?organiser={organiser.pk}&in=de")
        text = answer.content.decode()
        assert "frame-ancestors *" in answer.headers["Content-Security-Policy"]
        assert "form-action 'none'" in answer.headers["Content-Security-Policy"]
        assert "X-Frame-Options" not in answer.headers
        assert not answer.cookies
        assert "Unseres" in text
        assert not [word for word in ("Theirs", "Draft", "<form", "<script", "csrf") if word in text]
        assert re.search(rf'/event/register/{event.code}" target="_blank" rel="noopener"', text)
    assert client.get("/events/").headers["X-Frame-Options"] == "DENY"
    assert "frame-ancestors 'none'" in client.get("/events/").headers["Content-Security-Policy"]


@pytest.mark.parametrize(("number", "shown"), [("2", 2), ("0", 5), ("21", 5), ("x", 5), ("", 5)])
def test_a_list_for_other_sites_shows_as_many_as_its_address_says(client, number, shown):
    for _ in range(6):
        make_event()

    assert client.get(f"/embed/events/?number={number}").content.count(b'<li class="event">') == shown


def test_the_desk_has_the_line_to_copy(client):
    event = make_event()
    owner = make_member(event, "owner").user
    event.organiser.members.create(user=owner, is_owner=True)
    client.force_login(owner)

    page = client.get(f"/admin/events/organiser/{event.organiser_id}/change/").content.decode()

    assert f"/embed/events/?organiser={event.organiser_id}" in page
    assert "&lt;iframe src=" in page
    assert Organiser.objects.count() == 1
