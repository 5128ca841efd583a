"""Columns chosen, ordered and kept under a name; who may not see personal data takes none out."""

from __future__ import annotations

import json
from io import BytesIO
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from attendees.exports.attendee_list import write_list
from attendees.models import Attendee, ColumnSet
from attendees.services.column_sets import AMOUNTS, NAMES, columns_for
from events.models import Event, Role
from netevent.accounts.models import User
from netevent.jobs.models import Job
from netevent.jobs.services import run
from tests.factories import make_attendee, make_event, make_member, make_organiser, make_user

pytestmark = pytest.mark.django_db
LIST = "/admin/attendees/columnset/"


@pytest.fixture
def owner() -> User:
    return make_user("owner@example.org")


@pytest.fixture
def event(owner: User) -> Event:
    return make_event(organiser=make_organiser(owner))


@pytest.fixture
def desk(owner: User) -> Client:
    client = Client()
    client.force_login(owner)
    return client


def keep(desk: Client, name: str, **places: int) -> Any:
    return desk.post(f"{LIST}add/", {"name": name, **{f"place_{column}": number for column, number in places.items()}})


def test_columns_stand_in_the_order_of_their_numbers(desk: Client, event: Event, owner: User) -> None:
    answer = keep(desk, "Door", email=3, last_name=1, code=2)

    kept = ColumnSet.objects.get()
    assert answer.status_code == 302
    assert (kept.owner, kept.name, kept.columns) == (owner, "Door", ["last_name", "code", "email"])
    assert "Last name, Code, " in desk.get(LIST).content.decode()


def test_renamed_changed_and_deleted(desk: Client, event: Event) -> None:
    keep(desk, "Door", code=1)
    kept = ColumnSet.objects.get()
    page = reverse("admin:attendees_columnset_change", args=[kept.pk])

    assert desk.get(page).context["adminform"].form["place_code"].value() == 1
    desk.post(page, {"name": "Entrance", "place_status": 1, "place_code": 2})
    kept.refresh_from_db()
    assert (kept.name, kept.columns) == ("Entrance", ["status", "code"])
    desk.post(reverse("admin:attendees_columnset_delete", args=[kept.pk]), {"post": "yes"})
    assert not ColumnSet.objects.exists()


def test_what_is_refused(desk: Client, event: Event) -> None:
    keep(desk, "Door", code=1)

    assert "name" in keep(desk, "Door", code=1).context["adminform"].form.errors
    assert keep(desk, "Empty").context["adminform"].form.errors
    assert ColumnSet.objects.count() == 1


def test_a_set_is_its_owners_alone(desk: Client, event: Event) -> None:
    keep(desk, "Door", code=1)
    colleague, client = make_user(), Client()
    make_member(event, "organiser", colleague)
    client.force_login(colleague)
    page = reverse("admin:attendees_columnset_change", args=[ColumnSet.objects.get().pk])

    assert client.get(page).status_code == 404
    assert "Door" not in client.get(LIST).content.decode()
    assert "Door" not in client.get(reverse("admin:attendees_attendee_export")).content.decode()


def test_an_export_has_the_columns_of_the_set(desk: Client, event: Event) -> None:
    person = make_attendee(event, first_name="Ada", last_name="Lovelace")
    keep(desk, "Door", last_name=1, code=2)
    chosen = ColumnSet.objects.get()

    desk.post(reverse("admin:attendees_attendee_export"), {"event": event.pk, "format": "json", "columns": chosen.pk})

    job = Job.objects.get()
    assert job.params["columns"] == ["last_name", "code"]
    run(job.pk)
    assert Job.objects.get().result == {"attendees": 1}
    out = BytesIO()
    write_list(event, Attendee.objects.filter(event=event), out, file_format="json", columns=job.params["columns"])
    assert json.loads(out.getvalue()) == [{"last_name": "Lovelace", "code": person.code}]


def test_who_may_not_see_personal_data_takes_none_out(event: Event, owner: User) -> None:
    helper = make_user()
    Role.objects.create(key="desk", name="Desk", can_manage_attendees=True)
    make_member(event, "desk", helper)

    assert columns_for(owner, event) == list(NAMES)
    assert columns_for(owner, event, ["email", "code", "nonsense", "code"]) == ["email", "code"]
    assert not {"email", "phone", "linkedin", "answers"} & {*columns_for(helper, event)}
    assert columns_for(helper, event, ["email", "code"]) == ["code"]
    assert columns_for(helper, event, ["email"]) == []


def test_who_does_not_handle_money_takes_no_account_out(event: Event) -> None:
    Role.objects.create(key="lists", name="Lists", can_see_personal_data=True)
    Role.objects.create(key="till", name="Till", can_see_personal_data=True, can_money=True)
    reader, cashier = make_member(event, "lists").user, make_member(event, "till").user

    assert [name for name in NAMES if name not in columns_for(reader, event)] == [*AMOUNTS]
    assert columns_for(cashier, event) == list(NAMES)
    assert columns_for(reader, event, ["paid", "price", "still_open"]) == ["price"]


def test_whoever_exports_nothing_has_no_sets(event: Event) -> None:
    user, client = make_user(), Client()
    make_member(event, "viewer", user)
    client.force_login(user)

    assert client.get(LIST).status_code in {302, 403, 404}
    assert client.post(f"{LIST}add/", {"name": "Mine", "place_code": 1}).status_code in {302, 403, 404}
    assert not ColumnSet.objects.exists()
