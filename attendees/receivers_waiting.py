"""What makes places free, and rings for the worker that offers them; what messages of the waiting list show."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db.models.signals import post_delete, post_save
from django.dispatch import receiver
from django.urls import reverse

from attendees.models import Attendee, RegistrationStep, Status, Voucher
from attendees.selectors import queue_position
from attendees.services.parties import members_of, tell_who_is_left
from attendees.services.waiting_list import open_offer_of
from attendees.signals import place_freed, registration_changed
from events.models import AttendeeType, Event
from netevent.core.dates import show_datetime
from netevent.core.doorbell import ring_after_commit
from netevent.core.money import show_price

RING = "attendees.offer_places"
RING_DELAY = 0.5  # one wake-up for all that is freed within half a second


@receiver(place_freed)
def ring_for_offers(event: Event, **kwargs: Any) -> None:
    """One cheap question, and a worker only where somebody waits."""
    if Attendee.objects.filter(event=event, status=Status.WAITLISTED).exists():
        ring_after_commit(RING, event.pk, delay=RING_DELAY)


@receiver(post_save, sender=Event)
@receiver(post_save, sender=AttendeeType)
def ring_after_edit(instance: Event | AttendeeType, created: bool, raw: bool = False, **kwargs: Any) -> None:
    """There may be more places now, or another window, or pending ones may hold none any more."""
    if not created and not raw:
        ring_for_offers(instance if isinstance(instance, Event) else instance.event)


@receiver(post_save, sender=Voucher)
@receiver(post_delete, sender=Voucher)
def ring_after_voucher(instance: Voucher, raw: bool = False, **kwargs: Any) -> None:
    """It may keep fewer places now, or none."""
    if not raw:
        ring_for_offers(instance.event)


@receiver(registration_changed)
def send_offer_anew(attendee: Attendee, step: RegistrationStep, **kwargs: Any) -> None:
    """One of a party that is offered places leaves it alone."""
    if attendee.party_id and step.from_state == Status.OFFERED and step.act in {"cancel", "reject"}:
        tell_who_is_left(attendee)


def party_to_tell(attendee: Attendee) -> list[dict[str, str]]:
    """Who came together and what became of each, for whoever registered them; nothing for anybody else."""
    if attendee.party is None or (attendee.email and attendee.party.lead_id != attendee.pk):
        return []
    return [{"name": person.full_name, "state": person.get_status_display()} for person in members_of(attendee.party)]


def facts_of_waiting(template: str, attendee: Attendee) -> dict[str, Any]:
    """What the messages about offers and refusals show; links are made here and kept nowhere."""
    if template == "offer":
        return facts_of_offer(attendee)
    if template == "rejected":
        return {"reason": attendee.steps.filter(act="reject").order_by("-pk").values_list("reason", flat=True).first() or ""}
    if template in {"offer_withdrawn", "last_call"}:
        return {"position": queue_position(attendee)}
    return {}


def facts_of_offer(attendee: Attendee) -> dict[str, Any]:
    """An offer that is over by the time its mail is written is not worth a mail."""
    offer = open_offer_of(attendee)
    if offer is None or offer.token is None:
        return {"drop": "offer_over"}
    link = f"{settings.BASE_URL}{reverse('attendees:offer', args=[offer.token])}"
    until = show_datetime(offer.expires_at, attendee.event.time_zone)
    facts = {"accept_link": link, "decline_link": f"{link}?answer=decline", "until": until}
    if offer.instead_of is not None:
        price = show_price(attendee.to_pay, attendee.currency)
        facts |= {"instead_of": str(offer.instead_of), "offered": f"{offer.attendee_type}, {price}"}
    return facts
