"""Check-in: every scan becomes a row with a stable answer; the database decides who was first."""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from attendees.models import Answer, Attendee, Badge, CheckIn, Checkpoint, Status
from attendees.models.check_in import Repeat
from attendees.services.door_questions import open_at_door, tells_at_door
from attendees.services.registration import Person, register_attendee
from attendees.signals import attendee_scanned
from events.models import AttendeeType, Event
from events.permissions import Right, allowed
from netevent.core import tokens
from netevent.core.errors import DomainError
from netevent.core.fields import normalise_code, normalise_email
from netevent.core.locks import locked
from netevent.core.prepared import prepared

if TYPE_CHECKING:
    from netevent.accounts.models import User

UNDO_MINUTES = 15
OPENS_BEFORE = timedelta(hours=12)
TOKEN_IN_ADDRESS = re.compile(r"/c/([A-Za-z0-9_-]{32})(?:[/?#]|$)")
TOKEN_ALONE = re.compile(r"[A-Za-z0-9_-]{32}")
# All that a scan decides by and shows. Naming it keeps 70 columns, among them texts in seven languages, out of every scan.
READ_OF_ATTENDEE = (
    *(
        "event_id",
        "status",
        "first_entry_at",
        "attendance_status",
        "staff_note",
        "first_name",
        "last_name",
        "organisation",
        "code",
        "photo",
    ),
    *("attendee_type__colour", *(f"attendee_type__name_{language}" for language in settings.MODELTRANSLATION_LANGUAGES)),
)
READ_OF_BADGE = ("revoked_at", *(f"attendee__{name}" for name in READ_OF_ATTENDEE))
REFUSED_STATES = {
    Status.CANCELLED: Answer.CANCELLED,
    Status.REJECTED: Answer.CANCELLED,
    Status.EXPIRED: Answer.CANCELLED,
    Status.PENDING_APPROVAL: Answer.NOT_APPROVED,
    Status.WAITLISTED: Answer.NOT_APPROVED,
    Status.OFFERED: Answer.NOT_APPROVED,
    Status.AWAITING_PAYMENT: Answer.UNPAID,
}


@dataclass(frozen=True)
class Found:
    """Whom a scanned text names. `revoked` is a badge that was replaced."""

    attendee: Attendee | None
    revoked: bool = False
    method: str = "badge"


@dataclass(frozen=True)
class ScanResult:
    check_in: CheckIn
    attendee: Attendee | None
    earlier: CheckIn | None = None

    @property
    def answer(self) -> Answer:
        return Answer(self.check_in.answer)


def main_checkpoint(event: Event) -> Checkpoint:
    """The event's *entry*. It comes with the event; whoever acts on one that lacks it makes it."""
    known = event.checkpoints.filter(is_main=True).first()
    return known or Checkpoint.objects.get_or_create(event=event, is_main=True, defaults={"name": "Entry"})[0]


def scan(*, checkpoint: Checkpoint, text: str, scan_id: uuid.UUID, by: User | None, scanned_at: datetime | None = None) -> ScanResult:
    """Record one scan and say what it means.

    Args:
        text: a badge's address on whatever host, its bare token, or an attendee's code in any case.
        scan_id: made by the scanning device; the same one again gets its first answer and makes no second row.
        scanned_at: when the device saw it; now when empty.
    """
    try:
        return scan_once(checkpoint, text, scan_id, by, scanned_at or timezone.now())
    except IntegrityError:  # this scan, or an entry of this person, is there already
        return scan_once(checkpoint, text, scan_id, by, scanned_at or timezone.now(), looks_back=True)


@transaction.atomic
def scan_once(
    checkpoint: Checkpoint, text: str, scan_id: uuid.UUID, by: User | None, scanned_at: datetime, *, looks_back: bool = False
) -> ScanResult:
    """One try. Whoever was not in yet has no entry to find: then the two unique keys say so if that is wrong, and a second try looks."""
    found = find_scanned(text)
    is_first = checkpoint.is_main and found.attendee is not None and found.attendee.first_entry_at is None and not looks_back
    return record(found, checkpoint, raw=text, scan_id=scan_id, by=by, scanned_at=scanned_at, looks_back=not is_first)


@transaction.atomic
def scan_attendee(*, checkpoint: Checkpoint, attendee: Attendee, scan_id: uuid.UUID, by: User | None, method: str = "search") -> ScanResult:
    """The same for a person found by name."""
    person = lock_attendee(attendee.pk)
    return record(Found(person, method=method), checkpoint, raw="", scan_id=scan_id, by=by, scanned_at=timezone.now())


def find_scanned(text: str) -> Found:
    """The attendee a text names, locked: two scans of one badge wait for each other, nobody else does."""
    text = text.strip()
    match = TOKEN_IN_ADDRESS.search(text) or TOKEN_ALONE.fullmatch(text)
    if match:
        token = match[match.lastindex or 0]
        badge = lock_badge(tokens.digest(token))
        return Found(badge.attendee, revoked=badge.revoked_at is not None) if badge else Found(None)
    person = lock_by_code(normalise_code(text)[:20])
    return Found(person, method="code")


@prepared
def locked_badge(digest: Any) -> QuerySet[Badge]:
    rows = Badge.objects.select_related("attendee__attendee_type").only(*READ_OF_BADGE)
    return rows.filter(digest=digest).order_by().select_for_update(no_key=True, of=("attendee",))


def lock_badge(digest: str) -> Badge | None:
    return locked_badge.first(digest=digest)


def lock_by_code(code: str) -> Attendee | None:
    rows = Attendee.objects.select_related("attendee_type").select_for_update(no_key=True, of=("self",))
    return rows.filter(code=code).first()


def lock_attendee(pk: int) -> Attendee:
    return Attendee.objects.select_related("attendee_type").select_for_update(no_key=True, of=("self",)).get(pk=pk)


def record(
    found: Found, checkpoint: Checkpoint, *, raw: str, scan_id: uuid.UUID, by: User | None, scanned_at: datetime, looks_back: bool = True
) -> ScanResult:
    person = found.attendee if found.attendee and found.attendee.event_id == checkpoint.event_id else None
    once_key = key_of(checkpoint, scanned_at) if person else None
    known, earlier = look_back(checkpoint, person, once_key, scan_id) if looks_back else (None, None)
    if known is not None:
        return ScanResult(known, person if known.attendee_id else None, known.earlier)
    answer = decide(found, checkpoint, scanned_at, earlier)
    entered = CheckIn.objects.create(
        scan_id=scan_id,
        event_id=checkpoint.event_id,
        checkpoint=checkpoint,
        attendee=person,
        answer=answer,
        once_key=once_key,
        method=found.method,
        raw="" if person else tokens.digest(raw)[:8],
        scanned_at=scanned_at,
        by=by,
        earlier=earlier if answer == Answer.ALREADY_IN else None,
    )
    if person and answer == Answer.IN and person.first_entry_at is None and checkpoint.is_main:
        remember_entry(person, scanned_at)
    attendee_scanned.send(sender=CheckIn, check_in=entered)
    return ScanResult(entered, person, entered.earlier)


def look_back(
    checkpoint: Checkpoint, person: Attendee | None, once_key: str | None, scan_id: uuid.UUID
) -> tuple[CheckIn | None, CheckIn | None]:
    """This very scan, if the device sends it again, and an earlier entry that this one would repeat. A first scan costs one short query.

    Raises:
        DomainError: `scan_id_taken`: a scan at another event has this id; nothing of it is told.
    """
    match = Q(scan_id=scan_id)
    if person is not None and once_key is not None:
        match |= Q(checkpoint=checkpoint, attendee=person, once_key=once_key, answer=Answer.IN, annulled_at__isnull=True)
    if not (pks := list(CheckIn.objects.filter(match).order_by().values_list("pk", flat=True))):
        return None, None
    rows = list(CheckIn.objects.filter(pk__in=pks).select_related("by", "earlier__by"))
    known = next((row for row in rows if row.scan_id == scan_id), None)
    if known is not None and known.event_id != checkpoint.event_id:
        raise DomainError("scan_id_taken", _("This scan was not recorded. Please scan again."))
    return known, next((row for row in rows if row.scan_id != scan_id), None)


def key_of(checkpoint: Checkpoint, at: datetime) -> str | None:
    if checkpoint.repeat == Repeat.ONCE:
        return "once"
    return at.astimezone(checkpoint.event.zone).date().isoformat() if checkpoint.repeat == Repeat.DAILY else None


def decide(found: Found, checkpoint: Checkpoint, at: datetime, earlier: CheckIn | None) -> Answer:
    """The first that holds: unknown, revoked, wrong event, event called off, cancelled, not approved, unpaid, too early, too late, wrong type,
    needs answers, already in, in.
    """
    person = found.attendee
    if person is None:
        return Answer.UNKNOWN
    if found.revoked:
        return Answer.REVOKED
    if person.event_id != checkpoint.event_id:
        return Answer.WRONG_EVENT
    if checkpoint.event.is_cancelled:
        return Answer.EVENT_CANCELLED
    if (refusal := REFUSED_STATES.get(Status(person.status))) is not None:
        return refusal
    refusal = out_of_time(checkpoint, at) or wrong_type(checkpoint, person) or needs_answers(checkpoint, person)
    return refusal or (Answer.ALREADY_IN if earlier else Answer.IN)


def out_of_time(checkpoint: Checkpoint, at: datetime) -> Answer | None:
    """The checkpoint's own window; without one, from twelve hours before the event until its end."""
    if at < (checkpoint.opens_at or checkpoint.event.starts_at - OPENS_BEFORE):
        return Answer.TOO_EARLY
    return Answer.TOO_LATE if at >= (checkpoint.closes_at or checkpoint.event.until) else None


def wrong_type(checkpoint: Checkpoint, person: Attendee) -> Answer | None:
    if checkpoint.is_main:  # the main entry is everybody's; asking would cost a query a scan
        return None
    only = set(checkpoint.attendee_types.values_list("pk", flat=True))
    return Answer.WRONG_TYPE if only and person.attendee_type_id not in only else None


def needs_answers(checkpoint: Checkpoint, person: Attendee) -> Answer | None:
    """Whoever was not asked yet what the entrance has to ask; at most events that is nothing, and costs nothing."""
    if not tells_at_door(checkpoint):
        return None
    return Answer.NEEDS_ANSWERS if open_at_door(person) else None


def remember_entry(person: Attendee, at: datetime | None) -> None:
    """The first entry, kept on the attendee in the transaction that changes it."""
    person.first_entry_at = at
    Attendee.objects.filter(pk=person.pk).update(first_entry_at=at)


@transaction.atomic
def undo(check_in: CheckIn, *, by: User, reason: str = "") -> CheckIn:
    """Take an entry back: the person who made it within 15 minutes; later whoever manages attendees, with a reason.

    Raises:
        DomainError: `not_undoable` (403), `reason_needed` (422) or `already_undone`.
    """
    person = lock_attendee(check_in.attendee_id) if check_in.attendee_id else None
    row = CheckIn.objects.select_related("event").get(pk=check_in.pk)
    if row.annulled_at or row.answer != Answer.IN or person is None:
        raise DomainError("already_undone", _("There is nothing left to undo."))
    own = row.by_id == by.pk and timezone.now() - row.received_at <= timedelta(minutes=UNDO_MINUTES)
    if not own and not allowed(by, Right.MANAGE_ATTENDEES, row.event):
        raise DomainError("not_undoable", _("Only the person who scanned can undo this, within 15 minutes."), status=403)
    if not own and not reason.strip():
        raise DomainError(
            "reason_needed", _("Please say why this check-in is undone."), status=422, fields={"reason": _("Please say why.")}
        )
    row.annulled_at, row.annulled_by, row.annulled_reason = timezone.now(), by, reason.strip()
    row.save(update_fields=["annulled_at", "annulled_by", "annulled_reason"])
    first = CheckIn.objects.entries().filter(attendee=person, checkpoint__is_main=True).order_by("scanned_at").first()
    remember_entry(person, first.scanned_at if first else None)
    return row


@transaction.atomic
def walk_in(*, checkpoint: Checkpoint, attendee_type: AttendeeType, person: Person, scan_id: uuid.UUID, by: User) -> ScanResult:
    """Register somebody at the desk and check them in: the same place, the same list, the same answers.

    The same form sent twice is one person: without an address nothing else tells that it is the same one.

    Raises:
        DomainError: as `register_attendee`. When there is no place left they wait, and the answer is `not_approved`.
    """
    locked(checkpoint.event)  # two that are sent at once: the second one waits here, and then finds the first
    known = CheckIn.objects.filter(scan_id=scan_id).select_related("attendee__attendee_type", "by", "earlier__by").first()
    if known is not None and known.checkpoint_id == checkpoint.pk and is_person(known.attendee, person):
        return ScanResult(known, known.attendee, known.earlier)
    scan_id = uuid.uuid4() if known else scan_id  # a page gone back to, and somebody else typed into it
    registered = register_attendee(attendee_type=attendee_type, person=person, source="desk", by=by)
    return scan_attendee(checkpoint=checkpoint, attendee=registered.attendee, scan_id=scan_id, by=by, method="walk_in")


def is_person(attendee: Attendee | None, person: Person) -> bool:
    if attendee is None or (attendee.first_name, attendee.last_name) != (person.first_name, person.last_name):
        return False
    return not person.email or attendee.email == normalise_email(person.email)
