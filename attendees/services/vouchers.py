"""Vouchers: found by their code, counted under the event's lock, handed back when the registration ends."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from attendees.models import Voucher, VoucherKind, VoucherUse
from attendees.models.attendee import ENDED
from attendees.services.places import lock_places
from attendees.services.set_aside import ANY
from events.models import AttendeeType, Event
from netevent.core.currencies import rounded
from netevent.core.errors import DomainError
from netevent.core.fields import normalise_code

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from attendees.models import Attendee
    from attendees.services.places import Places

# A use that was not handed back counts while its registration stands: cancelling what was free of charge costs no statement more.
LIVE = Q(returned_at__isnull=True) & ~Q(attendee__status__in=ENDED)


def find_voucher(event: Event, code: str) -> Voucher | None:
    """The event's voucher of this code, whether it is valid now or not."""
    return Voucher.objects.filter(event=event, code=normalise_code(code)).first()


def refuse_voucher(voucher: Voucher, attendee_type: AttendeeType | None = None) -> None:
    """What anybody may be told before a place is asked for.

    Raises:
        DomainError: `voucher_over` outside its window or used up, `voucher_other_type`.
    """
    if not Voucher.objects.valid().filter(pk=voucher.pk).exists():
        raise unusable("voucher_over", _("This code is not valid now."))
    if attendee_type is not None:
        types = set(voucher.types.values_list("pk", flat=True))
        if types and attendee_type.pk not in types:
            raise unusable("voucher_other_type", _("This code is for another attendee type."))
    if voucher.max_uses is not None and uses_of(voucher) >= voucher.max_uses:
        raise unusable("voucher_used_up", _("This code was used as often as it may be."))


def unusable(code: str, message: Any) -> DomainError:
    return DomainError(code, message, status=422, fields={"voucher": message})


def uses_of(voucher: Voucher) -> int:
    return VoucherUse.objects.filter(LIVE, voucher=voucher).count()


def discount_of(voucher: Voucher | None, price: Decimal, currency: str) -> Decimal:
    """What it takes off this price, rounded half up, never more than the price."""
    if voucher is None:
        return Decimal(0)
    if voucher.kind == VoucherKind.FREE:
        return price
    off = price * voucher.value / 100 if voucher.kind == VoucherKind.PERCENT else voucher.value
    return min(price, rounded(off, currency))


def use_voucher(attendee: Attendee, voucher: Voucher) -> None:
    """Note the use; the event is locked by the caller, who asked `refuse_voucher` under that lock."""
    give_back_vouchers(attendee)
    VoucherUse.objects.create(voucher=voucher, attendee=attendee, discount=attendee.discount)


def give_back_vouchers(attendee: Attendee) -> None:
    VoucherUse.objects.filter(attendee=attendee, returned_at__isnull=True).update(returned_at=timezone.now())


def voucher_of(attendee: Attendee) -> Voucher | None:
    """The voucher this registration stands on."""
    use = VoucherUse.objects.filter(attendee=attendee, returned_at__isnull=True).select_related("voucher").first()
    return use.voucher if use else None


# --- Places that a voucher keeps ---------------------------------------------------------------------------------------------
def kept_for(voucher: Voucher | None) -> int | None:
    """The one type that this voucher's places are set aside for, or `ANY`; None when it keeps none now."""
    if voucher is None or not voucher.reserves_places or not Voucher.objects.keeping_places().filter(pk=voucher.pk).exists():
        return None
    types = list(voucher.types.values_list("pk", flat=True)[:2])
    return types[0] if len(types) == 1 else ANY


def has_kept_place(places: Places, type_id: int, voucher: Voucher | None) -> bool:
    """Whether one of the places that this voucher keeps can be had as this type now; asked for somebody who holds none yet."""
    kept = kept_for(voucher) if places.set_aside else None
    return kept is not None and places.has_kept_room(type_id, kept)


def has_place_for(attendee: Attendee, places: Places) -> bool:
    """Whether there is a place for somebody who holds none yet: one that is free, or one that their voucher keeps."""
    type_id = attendee.attendee_type_id
    return places.left(type_id) != 0 or (bool(places.set_aside) and has_kept_place(places, type_id, voucher_of(attendee)))


def give_up_kept(attendee: Attendee, places: Places) -> None:
    """Whoever has a place now needs none any more that their voucher kept; counted on."""
    if places.set_aside and (kept := kept_for(voucher_of(attendee))) is not None:
        places.set_aside[kept] -= 1


def kept_types(places: Places, voucher: Voucher | None) -> set[int]:
    """The types as which whoever has this voucher would get a place that is set aside for them now."""
    kept = kept_for(voucher) if places.set_aside else None
    if voucher is None or kept is None:
        return set()
    try:
        refuse_voucher(voucher)
    except DomainError:
        return set()
    types = voucher.types.values_list("pk", flat=True) if kept == ANY else [kept]
    return {type_id for type_id in list(types) or places.capacity if places.has_kept_room(type_id, kept)}


def refuse_too_few_places(voucher: Voucher) -> None:
    """A voucher can't keep more places than are free. Ask in the transaction that changed it or its types, which then holds the event's lock.

    Raises:
        DomainError: `below_used`, `nothing_to_keep` where no limit makes places scarce, `too_few_places`.
    """
    event, places = lock_places(voucher.event)
    if voucher.max_uses is not None and voucher.max_uses < (used := uses_of(voucher)):
        raise unkept("below_used", "max_uses", _("It was used %(number)d times already.") % {"number": used})
    kept = kept_for(voucher)
    if kept is None:
        return
    limits = [(event.max_attendees, places.taken()), (places.capacity.get(kept), places.taken(kept))]
    over = [taken - limit for limit, taken in limits if limit is not None]
    if not over:
        raise unkept("nothing_to_keep", "reserves_places", _("There is no limit of places here, so there is nothing to keep."))
    if max(over) > 0:
        most = max(0, (voucher.max_uses or 0) - max(over))
        message = _("There are not enough free places: it can keep %(number)d at most.") % {"number": most}
        raise unkept("too_few_places", "max_uses", message)


def unkept(code: str, field: str, message: Any) -> DomainError:
    return DomainError(code, message, fields={field: message})


def takes_vouchers() -> dict[str, Any]:
    """For a question about attendee types: whether their event has any voucher, at no statement more."""
    return {"takes_vouchers": Exists(Voucher.objects.filter(event=OuterRef("event")))}


def types_opened_by(event_code: str, code: str) -> QuerySet[AttendeeType] | None:
    """The hidden types that this code opens now; None for a code that nobody knows."""
    voucher = Voucher.objects.filter(event__code=event_code, code=normalise_code(code)).first()
    if voucher is None:
        return None
    now = timezone.now()
    in_time = (Q(opens_at__isnull=True) | Q(opens_at__lte=now)) & (Q(closes_at__isnull=True) | Q(closes_at__gt=now))
    rows = AttendeeType.objects.filter(in_time, event=voucher.event_id, event__in=Event.objects.published(), hidden=True)
    if not voucher.shows_hidden or not Voucher.objects.valid(now).filter(pk=voucher.pk).exists():
        return rows.none()
    wanted = list(voucher.types.values_list("pk", flat=True))
    return rows.filter(pk__in=wanted) if wanted else rows


def opens(voucher: Voucher | None, attendee_type: AttendeeType) -> bool:
    """May this voucher's holder have a type that is hidden from everybody else?"""
    if voucher is None or not voucher.shows_hidden or not attendee_type.hidden:
        return False
    now = timezone.now()
    return (attendee_type.opens_at is None or attendee_type.opens_at <= now) and (
        attendee_type.closes_at is None or now < attendee_type.closes_at
    )
