"""INSERTs that are put together once write what Django's would."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, connection, models
from django.db.models import Value
from django.db.models.functions import Lower
from django.test.utils import CaptureQueriesContext

from attendees.models import Attendee, RegistrationStep
from netevent.core.inserts import PreparedInsert
from tests.factories import first_type, make_event

pytestmark = pytest.mark.django_db


def new_attendee(event):
    return Attendee(
        event=event,
        attendee_type=first_type(event),
        first_name=" Zoë ",
        email="Zoe@Example.org",
        status="confirmed",
        code=f"C{Attendee.objects.count()}",
    )


def columns_of(row):
    known = Attendee.objects.filter(pk=row.pk).values().get()
    return {name: value for name, value in known.items() if name not in {"id", "code", "search_key", "created_at", "updated_at"}}


def test_the_same_row_as_by_djangos_own_insert(monkeypatch):
    event, other = make_event(), make_event()
    quick = new_attendee(event)
    quick.save()
    monkeypatch.setattr(PreparedInsert, "_do_insert", models.Model._do_insert)
    usual = new_attendee(other)
    usual.save()
    own = {"event_id", "attendee_type_id"}
    assert {k: v for k, v in columns_of(quick).items() if k not in own} == {k: v for k, v in columns_of(usual).items() if k not in own}
    assert quick.pk
    assert not quick._state.adding


def test_history_is_written_in_one_statement_more():
    person = new_attendee(make_event())
    with CaptureQueriesContext(
        connection,
    ) as asked:
        person.save()
    assert [query["sql"].split()[0] for query in asked] == ["INSERT", "INSERT"]
    assert person.history.count() == 1


def test_an_expression_is_left_to_django():
    person = new_attendee(make_event())
    person.save()
    step = RegistrationStep.objects.create(
        attendee=person, event=person.event, act=Lower(Value("REGISTER")), to_state="confirmed", source="desk"
    )
    step.refresh_from_db()
    assert step.act == "register"


def test_a_chosen_key_is_kept_and_a_second_row_with_it_refused():
    step = new_attendee(make_event())
    step.pk = 4711
    step.save(force_insert=True)
    assert Attendee.objects.get().pk == 4711
    again = RegistrationStep(pk=1, attendee=step, event=step.event, act="x", to_state="confirmed", source="desk")
    again.save(force_insert=True)
    with pytest.raises(IntegrityError):
        RegistrationStep(pk=1, attendee=step, event=step.event, act="y", to_state="confirmed", source="desk").save(force_insert=True)
