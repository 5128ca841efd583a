"""What needs an organiser or an admin among events: shown on the desk's first page, each with its filtered list."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, cast

from django.dispatch import receiver
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import ngettext

from events.models import Event, Organiser, Visibility
from events.permissions import Right
from netevent.core.signals import Panel, alert, desk_alerts

SOON = timedelta(days=90)


@receiver(desk_alerts)
def organisers_waiting(request: HttpRequest, **kwargs: Any) -> Panel | None:
    if not cast(Any, request.user).is_superuser:
        return None
    number = Organiser.objects.filter(approved_at__isnull=True).count()
    text = ngettext("organiser waits for your approval", "organisers wait for your approval", number)
    return alert(number, text, f"{reverse('admin:events_organiser_changelist')}?approved=no", weight=10)


@receiver(desk_alerts)
def drafts_coming_soon(request: HttpRequest, **kwargs: Any) -> Panel | None:
    now = timezone.now()
    mine = Event.objects.run_by(cast(Any, request.user), Right.EDIT_EVENT)
    number = mine.filter(visibility=Visibility.DRAFT, starts_at__gt=now, starts_at__lt=now + SOON).count()
    text = ngettext("draft starts within 90 days and is not public", "drafts start within 90 days and are not public", number)
    return alert(number, text, f"{reverse('admin:events_event_changelist')}?visibility__exact=draft&when=upcoming", weight=30, tone="info")
