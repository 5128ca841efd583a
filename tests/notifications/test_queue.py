"""A message is a row of its fact's transaction."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import IntegrityError, transaction

from netevent.core import doorbell
from netevent.notifications.models import Message
from netevent.notifications.permissions import may_see, register_scope_check
from netevent.notifications.scopes import scopes
from netevent.notifications.selectors import outbox_backlog
from netevent.notifications.services import outgoing, queue_message, queue_messages

FACTS: dict[str, Any] = {
    "about": "attendees.attendee:88",
    "receiver": 88,
    "version": 5,
    "to_address": "Ada@Example.org",
}


@pytest.fixture
def rings(settings: Any, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of tasks that were rung for, as far as the broker."""
    heard: list[str] = []
    settings.WAKE_WORKERS = True
    monkeypatch.setattr(doorbell.Ring, "__call__", lambda ring: heard.append(ring.task))
    return heard


def test_queue_message_writes_one_waiting_row(db: None) -> None:
    message = queue_message("cancelled", **FACTS, language="pl", scope="event:12", context={"reason": "ill"})

    row = Message.objects.get()
    assert message == row
    assert (row.key, row.state, row.to_address) == (
        "cancelled:attendees.attendee:88:88:5",
        "waiting",
        "ada@example.org",
    )
    assert (row.language, row.scope, row.context, row.attempt) == ("pl", "event:12", {"reason": "ill"}, 0)
    assert row.header_id.startswith("<")
    assert row.header_id.endswith("@localhost>")


def test_queue_message_with_a_known_key_writes_nothing_and_answers_none(db: None) -> None:
    queue_message("cancelled", **FACTS)

    assert queue_message("cancelled", **FACTS, language="pl") is None
    assert Message.objects.get().language == ""


def test_queue_message_costs_one_statement(db: None, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(1):
        queue_message("cancelled", **FACTS)


def test_queue_messages_costs_one_statement_for_500(db: None, django_assert_num_queries: Any) -> None:
    rows = [outgoing("cancelled", **FACTS | {"receiver": number}) for number in range(500)]
    queue_message("cancelled", **FACTS | {"receiver": 7})

    with django_assert_num_queries(1):
        assert queue_messages(rows) == 499
    assert Message.objects.count() == 500


def test_a_broken_row_is_loud_and_not_passed_over(db: None) -> None:
    broken = outgoing("cancelled", **FACTS)
    broken.state = "nonsense"

    with pytest.raises(IntegrityError), transaction.atomic():
        queue_messages([broken])


@pytest.mark.django_db(transaction=True)
def test_a_rolled_back_fact_leaves_no_message_and_rings_nobody(rings: list[str]) -> None:
    with pytest.raises(RuntimeError), transaction.atomic():  # noqa: PT012
        queue_message("cancelled", **FACTS)
        raise RuntimeError

    assert not Message.objects.exists()
    assert rings == []


@pytest.mark.django_db(transaction=True)
def test_a_transaction_rings_once_after_its_commit_however_many_messages(rings: list[str]) -> None:
    with transaction.atomic():
        for number in range(5):
            queue_message("cancelled", **FACTS | {"receiver": number})
        assert rings == []

    assert rings == ["notifications.deliver_due"]


@pytest.mark.django_db(transaction=True)
def test_a_message_after_a_rolled_back_savepoint_still_rings(rings: list[str]) -> None:
    with transaction.atomic():
        with pytest.raises(RuntimeError), transaction.atomic():  # noqa: PT012
            queue_message("cancelled", **FACTS)
            raise RuntimeError
        queue_message("cancelled", **FACTS)

    assert rings == ["notifications.deliver_due"]


def test_a_key_with_an_address_is_refused(db: None) -> None:
    with pytest.raises(ValueError, match="never from an address"):
        queue_message("cancelled", **FACTS | {"receiver": "ada@example.org"})


@pytest.mark.parametrize("name", ["token", "personal_link", "reset_url", "Password"])
def test_a_context_that_would_store_a_secret_is_refused(db: None, name: str) -> None:
    with pytest.raises(ValueError, match="never stored"):
        queue_message("cancelled", **FACTS, context={name: "x"})


def test_a_person_without_an_address_gets_a_dropped_row_that_says_so(db: None) -> None:
    message = queue_message("cancelled", **FACTS | {"to_address": ""})

    assert message is not None
    assert (message.state, message.error) == ("dropped", "no_address")


def test_rows_are_seen_by_those_of_their_scope_only(db: None, ada: Any, queue: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scopes, "_checks", {})
    register_scope_check("event", lambda user, scope: user == ada and scope == "event:1", lambda user: ["event:1"] if user == ada else [])
    mine, foreign, platform = queue(scope="event:1"), queue(scope="event:2"), queue()

    assert list(Message.objects.visible_to(ada)) == [mine]
    assert [may_see(ada, row) for row in (mine, foreign, platform)] == [True, False, False]
    ada.is_superuser = True
    assert Message.objects.visible_to(ada).count() == 3


def test_backlog_counts_what_is_due_and_how_old_it_is(queue: Any) -> None:
    assert outbox_backlog() == (0, 0)
    queue()
    backlog = outbox_backlog()
    assert backlog.waiting == 1
    assert backlog.oldest_seconds < 60
