"""Approval: whoever runs the event says yes or no, and the person is told why not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from attendees.models import Attendee, Status
from attendees.services.places import Places, lock_places, locked, places_of
from attendees.services.registration import change_state, onward, refuse_when_closed, start_round
from attendees.services.vouchers import give_up_kept, has_place_for
from netevent.core.errors import DomainError

if TYPE_CHECKING:
    from attendees.models import Reason
    from netevent.accounts.models import User

NOT_PENDING = _("This registration does not wait for approval.")
NOT_REJECTABLE = _("This registration was accepted already, or has ended. It can be cancelled.")
SOLD_OUT = _("There is no place left.")
REJECTABLE = frozenset({Status.PENDING_APPROVAL, Status.WAITLISTED, Status.OFFERED})


@transaction.atomic
def approve(attendee: Attendee, *, by: User | None, source: str = "admin") -> bool:
    """Accept a registration: it goes on to payment, or is confirmed. False when that was done already.

    Raises:
        DomainError: `not_pending`, or `sold_out` when waiting for approval holds no place at this event and none is left.
    """
    fresh = lock_for_approval(attendee)
    if fresh.approved_at is not None and fresh.status in {Status.AWAITING_PAYMENT, Status.CONFIRMED}:
        return False
    if fresh.status != Status.PENDING_APPROVAL:
        raise DomainError("not_pending", NOT_PENDING)
    fresh.approved_at = timezone.now()
    done = change_state(fresh, to=onward(fresh), act="approve", by=by, source=source, approved_at=fresh.approved_at)
    attendee.refresh_from_db()
    return done


def lock_for_approval(attendee: Attendee) -> Attendee:
    """The row as it is now. Where it holds no place yet, one is taken under the event's lock.

    Raises:
        DomainError: `sold_out`.
    """
    if attendee.event.pending_holds_place:
        return locked(attendee)
    event, places = lock_places(attendee.event)
    fresh = locked(attendee)
    fresh.event = event
    if fresh.status == Status.PENDING_APPROVAL and not fresh.holds_a_place and not has_place_for(fresh, places):
        raise DomainError("sold_out", SOLD_OUT)
    return fresh


@transaction.atomic
def reject(attendee: Attendee, *, by: User | None, reason: str = "", source: str = "admin") -> bool:
    """Turn a registration down and free its place; the reason is sent to the person. False when that was done already.

    Raises:
        DomainError: `not_rejectable` for a state that is cancelled, not rejected.
    """
    fresh = locked(attendee)
    if fresh.status == Status.REJECTED:
        return False
    if fresh.status not in REJECTABLE:
        raise DomainError("not_rejectable", NOT_REJECTABLE)
    done = change_state(fresh, to=Status.REJECTED, act="reject", by=by, source=source, reason=reason)
    attendee.refresh_from_db()
    return done


@transaction.atomic
def reopen(attendee: Attendee, *, by: User | None, source: str = "admin") -> bool:
    """Take a rejection back: the registration starts anew, as if it had just come in. False when there is nothing to take back.

    Raises:
        DomainError: `event_cancelled`, or `sold_out` when there is neither a place nor a waiting list.
    """
    event, places = lock_places(attendee.event)
    refuse_when_closed(event, attendee.attendee_type, source)
    fresh = locked(attendee)
    if fresh.status != Status.REJECTED:
        return False
    fresh.event = fresh.attendee_type.event = event
    fresh.approved_at = None
    start_round(fresh, state_on_return(fresh, places), act="reopen", source=source, by=by, tell=True)
    attendee.refresh_from_db()
    return True


def state_on_return(attendee: Attendee, places: Places) -> Status:
    if places.has_room(attendee.attendee_type_id):
        return onward(attendee)
    if not attendee.event.has_waiting_list:
        raise DomainError("sold_out", SOLD_OUT)
    return Status.WAITLISTED


@transaction.atomic
def send_back(attendee: Attendee, *, by: User | None) -> bool:
    """What the person changed is looked at again, where the event wants that; the place is kept. False where nothing is to be done.

    An event where waiting for approval holds no place does not send back: whoever corrects their name would lose the place.
    """
    event = attendee.event
    if not event.recheck_on_edit or not event.pending_holds_place or attendee.status != Status.CONFIRMED:
        return False
    return change_state(attendee, to=Status.PENDING_APPROVAL, act="edit", by=by, source="page", approved_at=None)


def text_for(reason: Reason, language: str) -> str:
    """The reason in this language, or in the nearest one it is written in."""
    with override(language):
        return str(reason.text)


# --- Before many are decided ---------------------------------------------------------------------------------------------------
@dataclass
class Preview:
    """What would become of those chosen: how many in which state, how many can be decided, and why the others can't."""

    states: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    languages: Counter[str] = field(default_factory=Counter)

    @property
    def possible(self) -> int:
        return self.states.total() - self.refused.total()


def preview_approval(rows: Iterable[Attendee]) -> Preview:
    """Places are counted down as they would be taken; nothing is locked or written."""
    preview, left = Preview(), dict[int, Places]()
    for row in rows:
        why = why_not_approved(row, left)
        note(preview, row, why)
    return preview


def why_not_approved(row: Attendee, left: dict[int, Places]) -> str:
    if row.status != Status.PENDING_APPROVAL:
        return str(NOT_PENDING)
    if row.event.pending_holds_place:
        return ""
    if row.event_id not in left:
        left[row.event_id] = places_of(row.event)
    places = left[row.event_id]
    if not has_place_for(row, places):
        return str(SOLD_OUT)
    places.held[row.attendee_type_id] += 1
    give_up_kept(row, places)
    return ""


def preview_rejection(rows: Iterable[Attendee]) -> Preview:
    preview = Preview()
    for row in rows:
        note(preview, row, "" if row.status in REJECTABLE else str(NOT_REJECTABLE))
    return preview


def note(preview: Preview, row: Attendee, why: str) -> None:
    preview.states[row.status] += 1
    if why:
        preview.refused[why] += 1
    else:
        preview.languages[row.language] += 1
