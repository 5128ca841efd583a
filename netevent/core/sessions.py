"""Django's sessions in the database, whose row every request of a signed-in person reads."""

from __future__ import annotations

from typing import Any

from django.contrib.sessions.backends import db
from django.contrib.sessions.models import Session
from django.db.models import QuerySet
from django.utils import timezone

from netevent.core.prepared import prepared


@prepared
def live_session(key: Any, now: Any) -> QuerySet[Session]:
    return Session.objects.filter(session_key=key, expire_date__gt=now)


class SessionStore(db.SessionStore):
    """Reads the row with a question that is put together once; everything else is Django's."""

    def _get_session_from_db(self) -> Session | None:
        found = live_session.first(key=self.session_key, now=timezone.now()) if self.session_key else None
        if found is None:
            self._session_key = None
        return found
