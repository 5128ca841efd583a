"""The outbox at the desk: whoever sees who comes may look, whoever sends messages may act."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from events.models import Event, Role
from netevent.notifications.models import Message
from netevent.notifications.services import queue_message
from tests.factories import make_event, make_member, make_user

pytestmark = pytest.mark.django_db
LIST = "/admin/notifications/message/"


def helper(event: Event, **rights: bool) -> Client:
    """Somebody of the event's team with these rights alone."""
    user, client = make_user(), Client()
    Role.objects.create(key="helper", name="Helper", **rights)
    make_member(event, "helper", user)
    client.force_login(user)
    return client


def failed_message(event: Event) -> Message:
    row = queue_message("a_note", about="attendee:1", receiver=1, version=1, to_address="ada@example.org", scope=f"event:{event.pk}")
    Message.objects.filter(pk=row.pk).update(state=Message.State.FAILED)
    return row


def page(name: str, row: Message) -> str:
    return reverse(f"admin:notifications_message_{name}", args=[row.pk])


def choose(client: Client, act: str, row: Message) -> Any:
    return client.post(LIST, {"action": act, "_selected_action": [row.pk]}, follow=True)


@pytest.mark.parametrize("act", ["send_chosen_again", "drop_chosen"])
def test_who_only_sees_people_sends_and_drops_nothing(act: str) -> None:
    row = failed_message(event := make_event())
    client = helper(event, can_see_personal_data=True)

    shown, answer = client.get(page("change", row)), choose(client, act, row)

    assert (shown.status_code, page("again", row) in shown.content.decode()) == (200, False)
    assert "You may not do this at that event." in answer.content.decode()
    assert client.post(page("again", row)).status_code in (403, 404)
    row.refresh_from_db()
    assert row.state == Message.State.FAILED


def test_who_sends_messages_sends_again() -> None:
    row = failed_message(event := make_event())
    client = helper(event, can_see_personal_data=True, can_messages=True)

    assert page("again", row) in client.get(page("change", row)).content.decode()
    choose(client, "send_chosen_again", row)

    row.refresh_from_db()
    assert row.state == Message.State.WAITING


def test_sending_messages_alone_shows_nobodys_address() -> None:
    row = failed_message(event := make_event())
    client = helper(event, can_messages=True)

    assert [client.get(page("change", row)).status_code, client.post(page("again", row)).status_code] == [404, 404]
