"""Order the badges of an event: the desk, the page and the API ask here; a worker draws them (attendees.job_kinds)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

from events.permissions import Right, allowed
from netevent.core import limits
from netevent.core.errors import DomainError
from netevent.core.idempotency import hash_of
from netevent.jobs.services import enqueue

if TYPE_CHECKING:
    from collections.abc import Iterable

    from events.models import Event
    from netevent.accounts.models import User
    from netevent.jobs.models import Job

KIND = "attendees.badges"
SHEET_NAMES = ("a6", "a4-8", "card")


def start_badges(
    event: Event,
    by: User,
    *,
    attendees: Iterable[int] | None = None,
    types: Iterable[int] | None = None,
    states: Iterable[str] | None = None,
    sheet: str = "a6",
) -> Job:
    """One PDF of the event's badges, as a job; the same order twice while it waits or runs is one job.

    Args:
        attendees: only these; all when None. `types` and `states` narrow further; confirmed people only unless states are named.

    Raises:
        DomainError: `not_allowed` (403) without the right to manage attendees, `unknown_sheet` (422), `too_often`.
    """
    if not allowed(by, Right.MANAGE_ATTENDEES, event):
        raise DomainError("not_allowed", _("Your role at this event does not include this."), status=403)
    if sheet not in SHEET_NAMES:
        raise DomainError("unknown_sheet", _("There is no such sheet."), status=422, fields={"sheet": _("There is no such sheet.")})
    limits.hit("export.user", by.pk)
    params = params_of(event, attendees, types, states, sheet)
    return enqueue(KIND, params=params, owner=by, scope=f"event:{event.pk}", key=f"badges:{event.pk}:{hash_of(params)[:32]}")


def params_of(
    event: Event, attendees: Iterable[int] | None, types: Iterable[int] | None, states: Iterable[str] | None, sheet: str
) -> dict[str, Any]:
    """Ids only, sorted: the same order has the same words."""
    named = {"attendees": attendees, "types": types, "states": states}
    return {"event": event.pk, "sheet": sheet, **{name: sorted(values) for name, values in named.items() if values is not None}}
