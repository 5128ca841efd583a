"""Messages that don't get through, on the desk's first page."""

from __future__ import annotations

from typing import Any, cast

from django.dispatch import receiver
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import ngettext

from netevent.core.signals import Panel, alert, desk_alerts
from netevent.notifications.models import Message


@receiver(desk_alerts)
def messages_failing(request: HttpRequest, **kwargs: Any) -> Panel | None:
    number = cast(Any, Message.objects).visible_to(cast(Any, request.user)).failing().count()
    text = ngettext("message doesn't get through", "messages don't get through", number)
    return alert(number, text, f"{reverse('admin:notifications_message_changelist')}?delivery=failing", weight=20, tone="bad")
