"""Twenty senders at once, with connections of their own: each message goes out once. And the twin that shows what the claim prevents."""

from __future__ import annotations

import threading
import uuid
from collections import Counter
from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.core.mail import EmailMessage
from django.db import close_old_connections, connections, transaction
from django.db.models import F

from netevent.notifications import services, transport
from netevent.notifications.models import Message, MessageQuerySet
from netevent.notifications.services import deliver_due, queue_message

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]

SENDERS, MESSAGES = 20, 40
TWINS = 6  # they wait for each other with a connection in hand: fewer than the pool has


class Letterbox:
    """A mail connection that counts what it takes, by Message-ID."""

    def __init__(self) -> None:
        self.taken: Counter[str] = Counter()
        self.lock = threading.Lock()

    def open(self) -> None:
        """Always is."""

    def close(self) -> None:
        """Never is."""

    def send_messages(self, mails: list[EmailMessage]) -> int:
        with self.lock:
            self.taken.update(mail.extra_headers["Message-ID"] for mail in mails)
        return len(mails)


@pytest.fixture
def letterbox(monkeypatch: pytest.MonkeyPatch) -> Letterbox:
    box = Letterbox()
    monkeypatch.setattr(transport, "get_connection", lambda **_options: box)
    return box


def at_once(work: Callable[[], Any], times: int) -> list[Any]:
    """The same in so many threads, each let go when all are there."""
    gate = threading.Barrier(times)

    def one() -> Any:
        close_old_connections()
        try:
            gate.wait(30)
            return work()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(times) as pool:
        return [future.result() for future in [pool.submit(one) for _number in range(times)]]


def queue_all() -> None:
    for number in range(MESSAGES):
        queue_message(
            "cancelled",
            about=f"tests.person:{number}",
            receiver=number,
            version=1,
            to_address=f"p{number}@example.org",
        )


def test_twenty_senders_send_each_message_once(letterbox: Letterbox) -> None:
    queue_all()
    at_once(lambda: deliver_due(batch=7), SENDERS)

    assert letterbox.taken == Counter(Message.objects.values_list("header_id", flat=True))
    assert set(Message.objects.values_list("state", "attempt")) == {("sent", 1)}


def test_without_the_condition_in_the_claim_messages_go_out_twice(letterbox: Letterbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """The twin: look, then take whatever was seen."""
    seen = threading.Barrier(TWINS)

    def take_blindly(self: MessageQuerySet, ids: Collection[int], mine: uuid.UUID, lease_until: Any) -> int:
        seen.wait(30)
        return Message.objects.filter(pk__in=ids).update(state="sending", claim=mine, attempt=F("attempt") + 1, lease_until=lease_until)

    def claim(self: MessageQuerySet, limit: int, lease: Any) -> list[Message]:
        ids = list(self.due().order_by("due_at", "pk").values_list("pk", flat=True)[:limit])
        take_blindly(self, ids, uuid.uuid4(), None)
        return list(self.filter(pk__in=ids))

    monkeypatch.setattr(MessageQuerySet, "claim_rows", take_blindly)
    monkeypatch.setattr(type(Message.objects), "claim", claim)
    queue_all()
    at_once(lambda: services.deliver_batch(Message.objects.claim(MESSAGES, services.LEASE), Counter()), TWINS)

    assert max(letterbox.taken.values()) > 1


def test_twenty_writers_of_one_key_write_one_message() -> None:
    def write() -> Message | None:
        with transaction.atomic():
            return queue_message("cancelled", about="tests.person:1", receiver=1, version=1, to_address="a@example.org")

    written = at_once(write, SENDERS)

    assert sum(message is not None for message in written) == 1
    assert Message.objects.count() == 1
