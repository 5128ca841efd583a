"""How each protection is taken out, for the twins: what is left is what one would have written without thinking of others.

A pause stands where the others get in between. It makes sure that they do; it is no part of the damage.
"""

from __future__ import annotations

import contextlib
import time
import uuid
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from types import SimpleNamespace
from typing import Any
from unittest import mock

from django.db.backends.sqlite3.base import DatabaseWrapper as SQLite
from django.utils import timezone

from attendees.models import Attendee, Badge, Checkpoint, Payment, PaymentState, Refund
from attendees.services import check_in, door_money, notices, payments, places, refunds, registration, waiting_list
from attendees.services.check_in import ScanResult
from attendees.views import payment as payment_pages
from netevent.accounts.models import User
from netevent.core import idempotency

PAUSE = 0.05
taken_out = contextlib.ExitStack()


def put_back() -> None:
    taken_out.close()


def instead(owner: object, name: str, other: Any) -> None:
    taken_out.enter_context(mock.patch.object(owner, name, other))


def paused_after(owner: object, name: str, *, seconds: float = PAUSE) -> None:
    act = getattr(owner, name)

    def act_and_wait(*args: Any, **kwargs: Any) -> Any:
        answer = act(*args, **kwargs)
        time.sleep(seconds)
        return answer

    instead(owner, name, act_and_wait)


def count_without_lock() -> None:
    """PostgreSQL: the event's row is read like any other."""
    instead(places, "locked", lambda row: type(row)._base_manager.get(pk=row.pk))
    paused_after(registration, "lock_places")


def count_without_transaction() -> None:
    """Either database: count, then write, each by itself."""
    instead(idempotency, "transaction", SimpleNamespace(atomic=lambda **_options: contextlib.nullcontext()))
    count_without_lock()


def lock_only_when_writing() -> None:
    """SQLite: transactions begin as Django's own do, deferred. Taking out the row lock alone would change nothing there."""
    instead(SQLite, "_start_transaction_under_autocommit", lambda self: self.cursor().execute("BEGIN"))
    paused_after(registration, "lock_places")
    paused_after(check_in, "look_back")


def offer_without_lock() -> None:
    """PostgreSQL: whoever looks after the queue believes the count that somebody else is about to change."""
    instead(places, "locked", lambda row: type(row)._base_manager.get(pk=row.pk))
    paused_after(waiting_list, "lock_places")


def scan_without_lock() -> None:
    """PostgreSQL: the badge is looked up without locking its attendee, and nobody looks a second time after a collision."""

    def look_up(digest: str) -> Badge | None:
        return Badge.objects.select_related("attendee__attendee_type").filter(digest=digest).first()

    def scan(*, checkpoint: Checkpoint, text: str, scan_id: uuid.UUID, by: User, scanned_at: datetime | None) -> ScanResult:
        return check_in.scan_once(checkpoint, text, scan_id, by, scanned_at or timezone.now())

    instead(check_in, "lock_badge", look_up)
    instead(check_in, "scan", scan)
    paused_after(check_in, "look_back")


def cancel_without_condition() -> None:
    """Either database: the state that was read when the page was asked for is believed."""

    def write(attendee: Attendee, before: str, to: str, **fields: Any) -> bool:
        time.sleep(PAUSE)
        Attendee.objects.filter(pk=attendee.pk).update(status=to)
        attendee.status = to
        return True

    instead(registration, "win_state", write)


def notice_without_claim() -> None:
    """Either database: whether a payment was noted already is looked up, not won."""

    def receive(payment: Payment, **told: Any) -> bool:
        attendee = Attendee.objects.select_related("event").get(pk=payment.attendee_id)
        if Payment.objects.get(pk=payment.pk).state == PaymentState.PAID:
            return False
        time.sleep(PAUSE)
        Payment.objects.filter(pk=payment.pk).update(state=PaymentState.PAID)
        registration.queue_to(attendee, "paid", uuid.uuid4().hex)
        return True

    instead(notices, "receive", receive)
    instead(payment_pages, "take_notice", notices.apply)


def take_without_lock() -> None:
    """PostgreSQL: money at the door is taken for whoever was read as unpaid."""

    def read(row: Any) -> Any:
        return type(row)._base_manager.get(pk=row.pk)

    instead(door_money, "locked", read)
    instead(payments, "locked", read)
    paused_after(payments, "still_to_pay")


def refund_without_lock() -> None:
    """Either database: what may still go back is asked, then that much is written, each by itself."""

    def read(payment: Payment) -> Attendee:
        return Attendee.objects.select_related("event").get(pk=payment.attendee_id)

    def write(attendee: Attendee, amount: Decimal, **facts: Any) -> list[Refund]:
        return [Refund.objects.create(payment=attendee.payments.get(), key=uuid.uuid4().hex, amount=amount, **facts)]

    instead(refunds, "order_refund", refunds.order_refund.__wrapped__)  # type: ignore[attr-defined]  # without its transaction
    instead(refunds, "lock_account", read)
    instead(refunds, "spread", write)
    paused_after(refunds, "refundable", seconds=4 * PAUSE)


REMOVALS: dict[str, Callable[[], None]] = {
    act.__name__: act
    for act in (
        count_without_lock,
        count_without_transaction,
        lock_only_when_writing,
        offer_without_lock,
        scan_without_lock,
        cancel_without_condition,
        notice_without_claim,
        refund_without_lock,
        take_without_lock,
    )
}
