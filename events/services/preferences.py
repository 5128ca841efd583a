"""What people say they like."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction

from events.models import EventType, StatedPreference
from netevent.accounts.models import User
from netevent.core.locks import locked


@transaction.atomic
def state_preferences(user: User, event_types: Sequence[int]) -> None:
    """These kinds of event, the dearest first, replace what the person said before; unknown ones are passed over.

    Saved twice at once, one of the two lists is there in the end, whole.
    """
    locked(user)
    known = set(EventType.objects.filter(pk__in=event_types).values_list("pk", flat=True))
    ranked = [pk for pk in dict.fromkeys(event_types) if pk in known]
    StatedPreference.objects.filter(user=user).delete()
    StatedPreference.objects.bulk_create(
        StatedPreference(user=user, event_type_id=pk, rank=rank) for rank, pk in enumerate(ranked, start=1)
    )
