"""Versions of an event: one act, one number."""

from __future__ import annotations

import pytest
from django.db import transaction
from django.utils import translation

from events.models import Event, Tag
from events.services.events import add_attendee_type
from netevent.core.versions import one_version
from tests.factories import make_club, make_event, make_user

pytestmark = pytest.mark.django_db


def versions(event):
    return list(Event.history.filter(id=event.pk).order_by("version_number").values_list("version_number", "source"))


def newest(event):
    return Event.history.filter(id=event.pk).first()


def test_create_event_is_one_version():
    assert versions(make_event(by=make_user())) == [(1, "page")]


def test_one_version_gathers_form_tags_clubs_and_types():
    event, user = make_event(), make_user()

    with one_version(event, source="admin", user=user):
        event.city = "Gent"
        event.save()
        event.tags.set([Tag.objects.create(name="Python")])
        event.clubs.add(make_club(name="Chess"))
        add_attendee_type(event=event, name_en="Student", code="STUD")

    version = newest(event)
    assert (version.version_number, version.history_user, version.source) == (2, user, "admin")
    assert sorted(version.changes) == ["attendee_types", "city", "clubs", "tags"]
    assert version.changes["city"] == ["Utrecht", "Gent"]
    assert version.changes["tags"] == [[], ["python"]]


def test_save_that_changes_nothing_is_no_version():
    event = make_event()
    event.save()

    assert versions(event) == [(1, "page")]


def test_rolled_back_act_leaves_no_version():
    event = make_event()
    with pytest.raises(RuntimeError):
        change_and_fail(event)
    event.refresh_from_db()

    assert (event.city, versions(event)) == ("Utrecht", [(1, "page")])


def change_and_fail(event):
    with one_version(event, source="admin"):
        event.city = "Gent"
        event.save()
        raise RuntimeError


def test_stale_second_editor_writes_what_the_table_says():
    event = make_event()
    mine, theirs = Event.objects.get(pk=event.pk), Event.objects.get(pk=event.pk)
    mine.max_attendees = 50
    mine.save(update_fields=["max_attendees"])
    theirs.city = "Gent"
    theirs.save(update_fields=["city"])

    assert (newest(event).max_attendees, newest(event).city) == (50, "Gent")
    assert newest(event).changes == {"city": ["Utrecht", "Gent"]}


def test_save_under_another_language_changes_that_language_alone():
    event = make_event(name_en="Apple")
    with translation.override("de"):
        event.name = "Apfel"
        event.save()

    assert newest(event).changes == {"name_de": [None, "Apfel"]}
    assert newest(event).name_en == "Apple"


def test_tag_side_changes_are_versions_of_the_event_too():
    event, tag = make_event(), Tag.objects.create(name="python")
    tag.events.add(event)
    tag.events.clear()

    assert [number for number, _source in versions(event)] == [1, 2, 3]
    assert newest(event).changes["tags"] == [["python"], []]


def test_deleted_draft_keeps_its_versions():
    event = make_event()
    pk = event.pk
    with transaction.atomic():
        event.team.all().delete()
        event.delete()

    kinds = list(Event.history.filter(id=pk).order_by("version_number").values_list("history_type", flat=True))
    assert kinds[0] == "+"
    assert kinds[-1] == "-"
