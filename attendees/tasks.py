"""Doorbells of registrations. The rows are the truth: ringing twice, late or never harms nothing."""

from __future__ import annotations

from celery import shared_task


@shared_task(name="attendees.offer_places", ignore_result=True)
def offer_places(event_id: int) -> None:
    """A place of this event became free."""
    from attendees.services.waiting_list import offer_freed_places
    from events.models import Event

    if event := Event.objects.filter(pk=event_id).first():
        offer_freed_places(event)


@shared_task(name="attendees.tend_waiting_lists", ignore_result=True)
def tend_waiting_lists() -> None:
    from attendees.services.waiting_list import tend

    tend()


@shared_task(name="attendees.tend_payments", ignore_result=True)
def tend_payments() -> None:
    """Reminders of what is to be paid, and the end of what was not."""
    from attendees.services.checkouts import sweep

    sweep()


@shared_task(name="attendees.remind", ignore_result=True)
def remind() -> None:
    """Somebody's event is near."""
    from attendees.services.reminders import remind_all

    remind_all()


@shared_task(name="attendees.purge_files", ignore_result=True)
def purge_files() -> None:
    """Photos and answers that were written in vain."""
    from attendees.services.kept_files import purge

    purge()
