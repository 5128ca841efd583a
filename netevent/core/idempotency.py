"""Asking twice does it once: an act that was asked for with a key gives its first answer again."""

from __future__ import annotations

import contextlib
import hashlib
import json
import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import DatabaseError, IntegrityError, transaction
from django.db.models import Q
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from netevent.core.errors import DomainError
from netevent.core.models import IdempotencyKey

LEASE = timedelta(seconds=60)
KEPT = timedelta(hours=24)
LONGEST_KEY = IdempotencyKey._meta.get_field("key").max_length or 0

Act = Callable[[], tuple[int, Any]]


def once(actor: str, key: str, body: object, act: Act) -> tuple[int, Any, bool]:
    """Run the act, or give the first answer to the same question: `(status, answer, replayed)`.

    The act runs in a transaction, in which its answer is kept: both stay or neither. A refusal (any exception) is not kept, so the same key
    may try again. Not to be called inside a transaction: the claim must be seen by others at once.

    Raises:
        DomainError: `key_reused` (422) for another body, `still_running` (409) while the first one runs, `bad_key` (422).
    """
    refuse_no_key(key)
    mine = uuid.uuid4()
    row = claim(actor, key, hash_of(body), mine)
    if row.status is not None:
        return row.status, row.answer, True
    try:
        return (*run(row, mine, act), False)
    except BaseException:
        with contextlib.suppress(DatabaseError):  # a database that is away lets the lease run out instead
            IdempotencyKey.objects.filter(pk=row.pk, claim=mine, status=None).delete()
        raise


def once_in_one(actor: str, key: str, body: object, act: Act) -> tuple[int, Any, bool]:
    """`once` for an act that is nothing but one transaction, whose refusals and conflicts come from what the database holds.

    One statement instead of four: the answer is written at the act's end, and its unique key says who was first. Whoever is second does the
    act in vain: it is refused, or taken back with the answer it could not keep, and gets the first answer. Two at once wait for each other at
    a lock of the act's or at that key, so nobody hears `still_running`.

    Raises:
        DomainError: `key_reused`, `bad_key`, or what the act itself refuses with.
    """
    refuse_no_key(key)
    body_hash = hash_of(body)
    try:
        with transaction.atomic(durable=True):
            status, answer = act()
            IdempotencyKey.objects.create(actor=actor, key=key, body_hash=body_hash, status=status, answer=answer)
            return status, answer, False
    except (DomainError, IntegrityError):
        row = IdempotencyKey.objects.filter(actor=actor, key=key).first()
        if row is None:
            raise
    refuse_another(row, body_hash)
    if row.status is None:
        raise still_running()
    return row.status, row.answer, True


def refuse_no_key(key: str) -> None:
    if not 0 < len(key) <= LONGEST_KEY or not key.isprintable():
        raise DomainError("bad_key", _("The idempotency key is empty, too long or not plain text."), status=422)


def refuse_another(row: IdempotencyKey, body_hash: str) -> None:
    if row.body_hash != body_hash:
        raise DomainError("key_reused", _("This idempotency key was used for something else."), status=422)


def run(row: IdempotencyKey, mine: uuid.UUID, act: Act) -> tuple[int, Any]:
    with transaction.atomic():
        status, answer = act()
        if not IdempotencyKey.objects.filter(pk=row.pk, claim=mine).update(status=status, answer=answer, lease_until=None):
            raise still_running()  # so slow that somebody took over: this act rolls back
    return status, answer


def claim(actor: str, key: str, body_hash: str, mine: uuid.UUID) -> IdempotencyKey:
    """The row of this key, claimed by us or answered already; in a short transaction of its own."""
    for _attempt in range(3):
        with transaction.atomic(durable=True):
            fresh = IdempotencyKey(actor=actor, key=key, body_hash=body_hash, claim=mine, lease_until=timezone.now() + LEASE)
            IdempotencyKey.objects.bulk_create([fresh], ignore_conflicts=True)
            row = IdempotencyKey.objects.filter(actor=actor, key=key).first()
            if row and (row.claim == mine or may_have(row, body_hash, mine)):
                return row
    raise still_running()  # refused acts deleted the row under our eyes, again and again


def may_have(row: IdempotencyKey, body_hash: str, mine: uuid.UUID) -> bool:
    """Answered, or left behind by a dead process and now ours.

    Raises:
        DomainError: another body, or still running.
    """
    refuse_another(row, body_hash)
    if row.status is not None:
        return True
    now = timezone.now()
    dead = IdempotencyKey.objects.filter(Q(lease_until=None) | Q(lease_until__lte=now), pk=row.pk, claim=row.claim, status=None)
    if dead.update(claim=mine, lease_until=now + LEASE):
        return True
    raise still_running()


def still_running() -> DomainError:
    return DomainError("still_running", _("The same request is still being worked on."))


def hash_of(body: object) -> str:
    """Of bytes as they are, of anything else by its JSON with sorted keys."""
    raw = body if isinstance(body, bytes) else json.dumps(body, sort_keys=True, cls=DjangoJSONEncoder).encode()
    return hashlib.sha256(raw).hexdigest()


def actor_of(request: HttpRequest) -> str:
    """Whose key it is: the user's, else the browser's (its session or its CSRF cookie). Digests only."""
    if request.user.is_authenticated:
        return f"user:{request.user.pk}"
    browser = request.session.session_key or request.META.get("CSRF_COOKIE") or ""
    return f"session:{hashlib.sha256(browser.encode()).hexdigest()[:32]}"


def for_request(request: HttpRequest, act: Act) -> tuple[int, Any, bool]:
    """`once` for an API write: with the header `Idempotency-Key` once, without it just the act."""
    key = request.headers.get("Idempotency-Key", "")
    if key:
        return once(actor_of(request), key, f"{request.method} {request.path}\n".encode() + request.body, act)
    with transaction.atomic():
        return (*act(), False)


def purge() -> int:
    """Drop the keys that are older than a day."""
    return IdempotencyKey.objects.filter(created_at__lt=timezone.now() - KEPT).delete()[0]
