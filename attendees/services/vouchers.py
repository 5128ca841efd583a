"""Vouchers: found by their code, counted under the event's lock, handed back when the registration ends."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from attendees.models import Voucher, VoucherKind, VoucherUse
from attendees.models.attendee import ENDED
from events.models import AttendeeType, Event
from netevent.core.currencies import rounded
from netevent.core.errors import DomainError
from netevent.core.fields import normalise_code

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from attendees.models import Attendee

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
