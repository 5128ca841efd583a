"""An event that doesn't take place, or not when it was planned."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from events.models import Event, Visibility
from events.signals import event_called_off, event_changed, event_moved
from netevent.core.errors import DomainError
from netevent.core.versions import one_version

if TYPE_CHECKING:
    from netevent.accounts.models import User

LANGUAGES = tuple(code for code, _name in settings.LANGUAGES)
DEADLINES = ("registration_closes_at", "cancel_until", "transfer_until")


def call_off(event: Event, *, reasons: Mapping[str, str], by: User | None = None, source: str = "page") -> bool:
    """Call the event off: its page stays and says so and why, nobody registers any more, and the apps above let go of what hangs on it.

    Of many at the same moment one does it; True is for that one. One version.

    Args:
        reasons: language → text; one is enough, readers of the others get that one.

    Raises:
        DomainError: `reason_needed` (422), `not_public` for a draft, which nobody has seen, `event_over`.
    """
    texts = {code: text.strip() for code in LANGUAGES if (text := reasons.get(code) or "").strip()}
    if not texts:
        why = _("Please say why.")
        raise DomainError("reason_needed", why, status=422, fields={"reason": why})
    with one_version(event, source=source, user=by):
        if refuse_unless_to_come(event) == Visibility.CANCELLED:
            return False
        event.visibility = Visibility.CANCELLED
        for code in LANGUAGES:
            setattr(event, f"cancelled_reason_{code}", texts.get(code))
        event.save(update_fields=["visibility", *(f"cancelled_reason_{code}" for code in LANGUAGES), "updated_at"])
        event_changed.send(sender=Event, event=event, user=by, source=source)
        event_called_off.send(sender=Event, event=event, user=by, source=source)
    return True


def refuse_unless_to_come(event: Event) -> str:
    """How the table shows the event now, under its lock.

    Raises:
        DomainError: `not_public`, `event_over`.
    """
    fresh = Event.objects.only("visibility", "starts_at", "ends_at", "time_zone").get(pk=event.pk)
    if fresh.visibility in (Visibility.DRAFT, Visibility.ARCHIVED):
        raise DomainError("not_public", _("Only a public event can be called off or postponed. A draft can simply be changed or deleted."))
    if fresh.visibility != Visibility.CANCELLED and fresh.is_over():
        raise DomainError("event_over", _("This event is over. Archive it instead."))
    return fresh.visibility


def postpone(
    event: Event,
    *,
    starts_at: datetime,
    ends_at: datetime | None = None,
    reasons: Mapping[str, str] | None = None,
    deadlines: bool = True,
    by: User | None = None,
    source: str = "page",
) -> bool:
    """Move the event to another time; registrations stay and each person is asked again. One version; False when it stands there already.

    Args:
        reasons: language → text, for the message; may be empty.
        deadlines: the last moments to register, to cancel and to pass a place on move along.

    Raises:
        DomainError: `not_public`, `event_over`, `event_cancelled`, `in_the_past` or `ends_before_start` (422).
    """
    refuse_times(starts_at, ends_at)
    with one_version(event, source=source, user=by):
        if refuse_unless_to_come(event) == Visibility.CANCELLED:
            raise DomainError("event_cancelled", _("This event was called off."))
        before = Event.objects.get(pk=event.pk)
        if (before.starts_at, before.ends_at) == (starts_at, ends_at):
            return False
        move(event, before, starts_at, ends_at, deadlines=deadlines)
        event_changed.send(sender=Event, event=event, user=by, source=source)
        announce_move(event, before, reasons=reasons or {}, asks_again=True, by=by, source=source)
    return True


def refuse_times(starts_at: datetime, ends_at: datetime | None) -> None:
    if starts_at <= timezone.now():
        text = _("Its date lies in the past.")
        raise DomainError("in_the_past", text, status=422, fields={"starts_at": text})
    if ends_at is not None and ends_at <= starts_at:
        text = _("The end must be after the start.")
        raise DomainError("ends_before_start", text, status=422, fields={"ends_at": text})


def move(event: Event, before: Event, starts_at: datetime, ends_at: datetime | None, *, deadlines: bool) -> None:
    """Write the new times over what the table says; the plan is kept."""
    event.planned_starts_at = before.planned_starts_at or before.starts_at
    event.starts_at, event.ends_at = starts_at, ends_at
    moved = [name for name in DEADLINES if deadlines and getattr(before, name)]
    for name in moved:
        setattr(event, name, later(getattr(before, name), before, event))
    event.save(update_fields=["planned_starts_at", "starts_at", "ends_at", *moved, "updated_at"])


def later(moment: datetime, before: Event, event: Event) -> datetime:
    """As far before the new start as it was before the old one, by the event's own clocks: five o'clock stays five o'clock."""
    zone = before.zone
    naive = [at.astimezone(zone).replace(tzinfo=None) for at in (moment, event.starts_at, before.starts_at)]
    return (naive[0] + (naive[1] - naive[2])).replace(tzinfo=zone)


def announce_move(
    event: Event, before: Any, *, reasons: Mapping[str, str], asks_again: bool, by: User | None = None, source: str = "page"
) -> None:
    """Let the apps above tell whoever is concerned that the event moved. `before` has the old `starts_at` and `ends_at`."""
    texts = {code: text.strip() for code, text in reasons.items() if code in LANGUAGES and (text or "").strip()}
    event_moved.send(sender=Event, event=event, before=before, reasons=texts, asks_again=asks_again, user=by, source=source)


def announce_time(event: Event, *, by: User | None = None, source: str = "page") -> None:
    """Tell whoever is concerned when the event takes place now, after its time was changed by hand.

    Raises:
        DomainError: `not_public`, `event_over`, `event_cancelled`.
    """
    if refuse_unless_to_come(event) == Visibility.CANCELLED:
        raise DomainError("event_cancelled", _("This event was called off."))
    announce_move(event, time_before(event), reasons={}, asks_again=False, by=by, source=source)


def time_before(event: Event) -> Any:
    """The newest version that stood at another time; the event itself when there is none."""
    other = event.history.exclude(starts_at=event.starts_at, ends_at=event.ends_at)  # type: ignore[attr-defined]
    return other.order_by("-version_number").first() or event
