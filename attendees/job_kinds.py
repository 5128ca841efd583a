"""Work of attendees that takes long: drawing the badges of an event."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

from attendees.selectors import badge_order
from attendees.services.badge_jobs import KIND
from attendees.services.badges import note_printed
from events.models import Event
from netevent.jobs.registry import job_kind

if TYPE_CHECKING:
    from attendees.exports.badges import Printed
    from netevent.jobs.running import RunningJob

OUTCOMES = {
    "name_not_drawable": _("No font has every letter of the name"),
    "name_too_long": _("The name had to be shortened"),
    "text_not_drawable": _("No font has every letter of a line"),
    "photo_unreadable": _("The photo can't be read"),
}


@job_kind(KIND, label=_("Badges"), outcomes=OUTCOMES)
def draw_batch(job: RunningJob) -> dict[str, Any]:
    """One PDF in name order. Run again it draws the same badges with the same tokens; they count as printed once, with the file complete."""
    from attendees.exports.badges import write_badges  # drawing is heavy, and every process imports this module

    event = Event.objects.get(pk=job.params["event"])
    ids = badge_order(event.pk, **{name: job.params.get(name) for name in ("attendees", "types", "states")})
    job.progress(0, len(ids))
    with job.output(f"badges-{event.code}.pdf").open("wb") as out:
        printed = write_badges(event, ids, out, sheet=job.params.get("sheet", "a6"), on_page=job.progress)
    tell_problems(job, printed)
    with job.step(len(printed.badges), len(ids)):
        if not job.checkpoint.get("noted"):
            note_printed(printed.badges)
            job.checkpoint["noted"] = True
    return {"badges": len(printed.badges), "problems": len(printed.problems)}


def tell_problems(job: RunningJob, printed: Printed) -> None:
    """Each under the number of its badge in the file, with the person's code."""
    numbers = {badge.attendee_id: (number, badge.attendee.code) for number, badge in enumerate(printed.badges, 1)}
    for pk, problem in printed.problems:
        number, code = numbers[pk]
        job.line(number, problem.code, f"{code}: {problem.detail}", about=f"attendees.attendee:{pk}")
