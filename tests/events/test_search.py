"""Words of events: the same hits on both databases, whatever is typed, and never a text that is out of date."""

from __future__ import annotations

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django.utils.translation import override
from hypothesis import given
from hypothesis import strategies as st

from events import selectors
from events.discovery import page_of
from events.models import Event, EventSearch, Tag, Venue, Visibility
from events.models.names import CODES
from events.models.search import IN_POSTGRESQL, LEAST_LENGTH
from events.selectors import Search
from events.services.search import document_of, refresh_search_texts, stale_search_texts
from netevent.core import database_objects
from netevent.core.text import words
from tests.factories import make_club, make_event, make_organiser

pytestmark = pytest.mark.django_db
postgresql = pytest.mark.skipif("connection.vendor != 'postgresql'", reason="of PostgreSQL")

# One row per question; the answers are the same on SQLite and on PostgreSQL.
QUERIES = [
    ("conference", ["Everything"]),
    ("CONFÉRENCE", ["Everything"]),
    ("warsztaty", ["Pottery"]),
    ("lodz", ["Pottery"]),
    ("Łódź", ["Pottery"]),
    ("strasse", ["Everything"]),
    ("Straße", ["Everything"]),
    ("smørrebrød", ["Cooking"]),
    ("smorrebrod", ["Cooking"]),
    ("cook", ["Cooking"]),
    ("ooking", []),
    ("zoe", ["Pottery"]),
    ("zoë müller", ["Pottery"]),
    ("müller cooking", []),
    ("open source", ["Cooking"]),
    ("chess", ["Pottery"]),
    ("grand hall", ["Everything"]),
    ("o'neill", ["Cooking"]),
    ("c++", ["Cooking", "Everything"]),
    ("2027", ["Everything"]),
    ("l'art moderne", ["Everything"]),
    ("日本", ["Cooking"]),
    ("the", ["Everything"]),  # no word is too common
]

NAUGHTY = [
    "'", '"', "''", '""', "\\", "%", "_", "*", ":*", "a:*", "& |", "foo & ", "!foo", "(", ")", "<->", "NEAR(a b)", "AND", "OR NOT", "-a", "^a",
    "document:a", "a\tb\nc", "'; DROP TABLE events_event; --", "{a}", "\u202e", "🎉", "ﷺ", "a" * 100, " ", "e\u0301", "\ud800", "$1", "%s", "%(a)s",
]  # fmt: skip


@pytest.fixture
def three_events():
    soon = timezone.now() + timedelta(days=3)
    everything = make_event(
        name_en="Everything",
        description_en="A conference on the river",
        name_fr="Conférence sur l’art moderne",
        description_de="In der großen Straße 2027",
        venue=Venue.objects.create(name="Grand Hall", city="Gent"),
        city="",
        starts_at=soon,
    )
    everything.tags.add(Tag.objects.create(name="c++"))
    pottery = make_event(
        name_en="Pottery",
        name_pl="Warsztaty",
        city="Łódź",
        instructor="Zoë Müller",
        starts_at=soon + timedelta(days=1),
    )
    pottery.clubs.add(make_club(name="Chess & Clay"))
    cooking = make_event(
        name_en="Cooking",
        description_nl="smørrebrød",
        description_it="日本の料理 in C",
        city="",
        organiser=make_organiser(name="Séan O’Neill"),
        starts_at=soon + timedelta(days=2),
    )
    cooking.tags.add(Tag.objects.create(name="open source"))
    everything.description_es = "the"
    everything.save()


def found(text):
    return sorted(selectors.matching(Event.objects.all(), text).values_list("name_en", flat=True))


@pytest.mark.parametrize("few", [500, 0])  # hits that are looked up by their keys; more are marked in a string of bits
@pytest.mark.parametrize(("text", "names"), QUERIES)
def test_the_same_questions_have_the_same_hits_on_both_databases(three_events, monkeypatch, text, names, few):
    monkeypatch.setattr(selectors, "FEW_HITS", few)
    assert found(text) == names


@given(st.sets(st.integers(1, 5_000), min_size=1))
def test_many_hits_are_marked_by_a_bit_each(keys):
    search = Search("river")
    search.hits = list(keys)
    assert {key for key in range(len(search.marks) * 8) if search.marks[key >> 3] >> (key & 7) & 1} == keys


@postgresql
def test_an_event_that_came_after_the_search_is_no_hit(three_events, monkeypatch):
    monkeypatch.setattr(selectors, "FEW_HITS", 0)
    search = Search("cook")
    assert search.hits == [Event.objects.get(name_en="Cooking").pk]
    for _ in range(20):  # beyond the last byte of the marks
        make_event(name_en="Cooking late")

    assert [event.name_en for event in search.within(Event.objects.all())] == ["Cooking"]


@pytest.mark.parametrize("query", ["q=cook", "q=cook&city=Gent&type=x", "q=cook&part=list&sort=name"])
@postgresql
def test_a_page_looks_for_the_words_once(client, three_events, query):
    with CaptureQueriesContext(connection) as queries:
        assert client.get(f"/events/?{query}").status_code == 200
    assert len([one for one in queries if "events_eventsearch" in one["sql"]]) == 1


@postgresql
def test_common_words_are_found_by_the_index_too():
    """A plan that made the vectors of all texts again would take seconds where they are many."""
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO events_eventsearch SELECT n, rpad('the river ' || n, 2100) FROM generate_series(-3000, -1) AS n")
        cursor.execute("ANALYZE events_eventsearch")
        cursor.execute(f"EXPLAIN {IN_POSTGRESQL}", ["'the':*"])
        plan = "".join(line for (line,) in cursor.fetchall())
        cursor.execute("DELETE FROM events_eventsearch")  # before somebody asks for their events
    assert "Bitmap Index Scan on events_search_words" in plan


@postgresql
def test_texts_lie_apart_from_the_rows_that_a_search_reads():
    words = [f"{number * 7919:x}" for number in range(1500)]
    for number in range(30):
        make_event(description_en=" ".join(words[number * 50 : number * 50 + 50]))
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*), min(length(document)), count(DISTINCT (ctid::text::point)[0]) FROM events_eventsearch")
        rows, shortest, pages = cursor.fetchone()
    assert (rows, shortest) == (30, LEAST_LENGTH)
    assert pages <= 2


@postgresql
@pytest.mark.parametrize("code", CODES)
def test_a_list_by_name_is_read_in_the_order_of_an_index(code):
    with connection.cursor() as cursor, override(code):
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL enable_sort = off")
        plan = page_of({"sort": "name"}, 1, total=100).object_list.explain()
    assert f"events_listed_by_name_{code}" in plan


def fits(word, asked):
    return word == asked if len(asked) == 1 and asked.isascii() else word.startswith(asked)


@pytest.mark.parametrize("text", NAUGHTY)
def test_whatever_is_typed_is_a_question_and_no_error(client, three_events, text):
    asked = words(text)
    assert found(text) == sorted(
        event.name_en
        for event in Event.objects.all()
        if asked and all(any(fits(word, a) for word in document_of(event).split()) for a in asked)
    )
    assert client.get("/events/", {"q": text.replace("\ud800", "")}).status_code == 200


def test_every_word_has_to_be_there_and_its_beginning_is_enough(three_events):
    assert found("warsz lodz mull") == ["Pottery"]
    assert found("warsz gent") == []


def test_a_renamed_organiser_club_tag_or_venue_is_found_under_the_new_name_at_once(three_events):
    for event, part in (("Cooking", "organiser"), ("Everything", "venue")):
        row = getattr(Event.objects.get(name_en=event), part)
        row.name = "Brand new"
        row.save()
        assert found("brand new") == [event]
        row.name = "Old"
        row.save()
        assert found("brand new") == []
    for event, sets in (("Pottery", "clubs"), ("Cooking", "tags")):
        row = getattr(Event.objects.get(name_en=event), sets).get()
        row.name = "brand new"
        row.save()
        assert found("brand new") == [event]
        row.name = "old"
        row.save()


def test_sets_and_texts_of_an_event_are_followed(three_events):
    cooking = Event.objects.get(name_en="Cooking")
    cooking.tags.clear()
    assert found("open source") == []
    cooking.name_pl = "Gotowanie"
    cooking.save(update_fields=["name_pl"])
    assert found("gotow") == ["Cooking"]
    cooking.clubs.set([make_club(name="Spoons")])
    assert found("spoon") == ["Cooking"]


def test_saving_what_no_one_searches_asks_nothing_of_the_texts(django_assert_max_num_queries):
    event = make_event()
    before = EventSearch.objects.get(event=event).document
    EventSearch.objects.filter(event=event).update(document="untouched")
    event.max_attendees = 7
    event.save()

    assert EventSearch.objects.get(event=event).document == "untouched" != before


def test_the_audit_names_a_text_that_is_out_of_date_and_rebuilding_mends_it():
    event = make_event(name_en="Apple")
    assert stale_search_texts() == []
    Event.objects.filter(pk=event.pk).update(name_en="Pear")
    assert stale_search_texts() == [{"event": event.pk}]

    connection.check_constraints()  # PostgreSQL makes no index while rows of the same transaction wait for their checks
    out = StringIO()
    call_command("rebuild_search", stdout=out)

    assert out.getvalue().startswith("1 search texts")
    assert (found("pear"), found("apple"), stale_search_texts()) == (["Pear"], [], [])


def test_an_event_without_a_text_gets_one():
    event = make_event(name_en="Apple")
    EventSearch.objects.all().delete()
    assert found("apple") == []
    assert refresh_search_texts(Event.objects.filter(pk=event.pk)) == 1
    assert found("apple") == ["Apple"]


def test_a_deleted_event_leaves_no_words():
    event = make_event(name_en="Apple")
    event.delete()
    assert not EventSearch.objects.exists()
    assert stale_search_texts() == []


def test_a_missing_index_is_noticed_and_made_again():
    make_event(name_en="Apple")
    kind = "TABLE" if connection.vendor == "sqlite" else "INDEX"
    connection.check_constraints()
    with connection.cursor() as cursor:
        cursor.execute(f"DROP {kind} events_search_words")
    assert [item.name for item in database_objects.wrong()] == ["events_search_words"]
    assert [finding.level for finding in database_objects.findings()] == ["problem"]

    database_objects.make_again("default", plan=[])

    assert database_objects.wrong() == []
    assert found("apple") == ["Apple"]


def test_what_is_as_it_should_be_is_left_alone(django_assert_max_num_queries):
    with django_assert_max_num_queries(3):
        database_objects.make_again("default", plan=[])
    with django_assert_max_num_queries(0):
        database_objects.make_again("default", plan=None)


@pytest.mark.parametrize("visibility", [v for v in Visibility.values if v != Visibility.PUBLISHED])
def test_what_is_not_listed_is_never_found(client, visibility):
    hidden = make_event(name_en="Secret", visibility=visibility, organiser=make_organiser(name="Hideaway"))
    hidden.tags.add(Tag.objects.create(name="confidential"))
    for text in ("secret", "hideaway", "confidential"):
        page = client.get("/events/", {"q": text})
        assert page.context["cards"] == []
    page = client.get("/events/", {"tag": "confidential", "organiser": hidden.organiser_id})
    assert page.context["cards"] == []
    assert b"Hideaway" not in client.get("/events/").content
    assert b"Hideaway" not in client.get("/events/", {"organiser": hidden.organiser_id}).content
