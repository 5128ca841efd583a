"""What an organiser's act means for hundreds of people, as jobs: calling off, another date, a message."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from attendees.models import Attendee
from attendees.services.calling_off import CALL_OFF, TELL_MOVED, end_some, people_after, tell_moved
from attendees.services.mailing import KIND as MAILING
from attendees.services.mailing import queue_some
from events.models import Event
from netevent.core.errors import DomainError
from netevent.jobs.models import Job
from netevent.jobs.registry import job_kind
from netevent.jobs.running import RunningJob
from netevent.notifications.models import Mailing


def back_to_event(job: Job) -> str:
    return reverse("admin:events_event_change", args=[job.params["event"]])


def back_to_mailing(job: Job) -> str:
    return reverse("admin:notifications_mailing_change", args=[job.params["mailing"]])


def event_of(job: RunningJob) -> Event:
    return Event.objects.select_related("venue", "room", "organiser").get(pk=job.params["event"])


@job_kind(CALL_OFF, label=_("Calling off"), back=back_to_event)
def call_off_for_all(job: RunningJob) -> dict[str, Any]:
    """Until nobody is registered any more. Run again it goes on with whoever is left."""
    event = event_of(job)
    if not event.is_cancelled:
        raise DomainError("not_cancelled", _("This event takes place after all."))
    total = job.checkpoint.get("ended", 0) + Attendee.objects.filter(event=event).active().count()
    while True:
        ended = job.checkpoint.get("ended", 0)
        job.progress(ended, total)
        with job.step(ended, total):
            more = end_some(event, by=job.row.owner, source=job.params["source"])
            job.checkpoint["ended"] = ended + more
        if not more:
            return {"attendees": ended}


@job_kind(TELL_MOVED, label=_("Telling people about the new date"), back=back_to_event)
def tell_everybody(job: RunningJob) -> dict[str, Any]:
    """In the order of their rows, after the last that was told."""
    event = event_of(job)
    total = job.checkpoint.get("told", 0) + Attendee.objects.filter(event=event, pk__gt=job.checkpoint.get("last", 0)).active().count()
    while people := people_after(event, job.checkpoint.get("last", 0)):
        told = job.checkpoint.get("told", 0) + len(people)
        with job.step(told, max(told, total)):
            tell_moved(people, params=job.params, version=job.params["version"] or f"job{job.row.pk}")
            job.checkpoint.update(last=people[-1].pk, told=told)
        job.progress(told, max(told, total))
    return {"attendees": job.checkpoint.get("told", 0)}


@job_kind(MAILING, label=_("Message to attendees"), back=back_to_mailing)
def write_to_all(job: RunningJob) -> dict[str, Any]:
    """In the order of their rows, after the last that was written to."""
    mailing = Mailing.objects.get(pk=job.params["mailing"])
    event, total = event_of(job), mailing.count
    while True:
        done = job.checkpoint.get("done", 0)
        with job.step(done, max(done, total)):
            written = queue_some(mailing, event, job.checkpoint.get("last", 0))
            job.checkpoint.update(done=done + len(written), last=written[-1] if written else job.checkpoint.get("last", 0))
        if not written:
            Mailing.objects.filter(pk=mailing.pk).update(count=done)
            return {"messages": done}
        job.progress(job.checkpoint["done"], max(job.checkpoint["done"], total))
