"""Badges: one live token per attendee, the same at every printing."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone, translation

from attendees.models import Attendee, Badge
from attendees.models.badge import BADGE_PURPOSE
from netevent.core import tokens

if TYPE_CHECKING:
    from collections.abc import Iterable

WRITTEN_AT_ONCE = 100  # each row of such an update is compared with all the others: few are faster than many


def badge_to_show(attendee: Attendee) -> Badge | None:
    """The live badge if there is one that can be drawn. Makes none: for pages, where a GET changes nothing."""
    known = attendee.badges.live().first()
    return known if known is not None and known.token else None


def badge_for(attendee: Attendee) -> Badge:
    """The attendee's live badge, made when there is none; two at once agree on one."""
    known = attendee.badges.live().first()
    if known is not None and known.token:
        return known
    if known is not None:  # made with a secret key that is no longer known: its QR can't be drawn again
        return reissue(attendee)
    try:
        with transaction.atomic():
            return Badge.objects.create(attendee=attendee, **fresh_token())
    except IntegrityError:
        return attendee.badges.live().get()


def give_badge(attendee: Attendee, *, is_new: bool = False) -> Badge:
    """With the confirmation comes the badge; for a row that was made in this transaction there is nothing to look up."""
    return Badge.objects.create(attendee=attendee, **fresh_token()) if is_new else badge_for(attendee)


def give_badges(attendees: Iterable[Attendee]) -> None:
    """The same for many rows that were made in this transaction."""
    Badge.objects.bulk_create([Badge(attendee=person, **fresh_token()) for person in attendees], batch_size=500)


@transaction.atomic
def reissue(attendee: Attendee) -> Badge:
    """A new badge; the old one opens nothing any more."""
    attendee.badges.live().update(revoked_at=timezone.now())
    return Badge.objects.create(attendee=attendee, **fresh_token())


def fresh_token() -> dict[str, str]:
    nonce = tokens.new_nonce()
    return {"nonce": nonce, "digest": tokens.digest(tokens.derive(BADGE_PURPOSE, nonce))}


def badges_for(attendees: Iterable[Attendee]) -> dict[int, Badge]:
    """Live badges by attendee id, the missing ones made in bulk."""
    people = list(attendees)
    known = live_by_attendee(people)
    for person in people:
        if person.pk in known and known[person.pk].token is None:  # as in `badge_for`: nobody could draw it again
            known[person.pk] = reissue(person)
    missing = [Badge(attendee=person, **fresh_token()) for person in people if person.pk not in known]
    if not missing:
        return known
    Badge.objects.bulk_create(missing, ignore_conflicts=True)
    return live_by_attendee(people)


def live_by_attendee(people: list[Attendee]) -> dict[int, Badge]:
    return {badge.attendee_id: badge for badge in Badge.objects.live().filter(attendee__in=[person.pk for person in people])}


def data_hash(attendee: Attendee) -> str:
    """What a badge shows, in its owner's language, as one word: another one means that the printed badge is stale."""
    with translation.override(attendee.language):
        shown = [
            attendee.first_name,
            attendee.last_name,
            attendee.organisation,
            attendee.role,
            attendee.code,
            attendee.attendee_type_id,
            attendee.attendee_type.name,
            attendee.attendee_type.colour,
            str(attendee.photo),
            attendee.event.name,
        ]
    return hashlib.sha256(json.dumps(shown).encode()).hexdigest()


def is_stale(badge: Badge) -> bool:
    return bool(badge.data_hash) and badge.data_hash != data_hash(badge.attendee)


def note_printed(badges: Iterable[Badge]) -> None:
    """Remember what was on paper, so that a change since can be told."""
    rows = list(badges)
    changed = []
    for badge in rows:
        if badge.data_hash != (shown := data_hash(badge.attendee)):
            badge.data_hash = shown
            changed.append(badge)
    Badge.objects.bulk_update(changed, ["data_hash"], batch_size=WRITTEN_AT_ONCE)
    for start in range(0, len(rows), 500):
        printed = Badge.objects.filter(pk__in=[badge.pk for badge in rows[start : start + 500]])
        printed.update(printed_at=timezone.now(), prints=F("prints") + 1)
