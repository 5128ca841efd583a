"""What the registration form asks about money: a voucher's code, and how somebody means to pay. Asked only where it means something."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from attendees.models import PaysBy, Voucher
from attendees.providers import online
from attendees.services.vouchers import find_voucher, refuse_voucher
from netevent.core import limits
from netevent.core.errors import DomainError

if TYPE_CHECKING:
    from events.models import AttendeeType, Event


def ways_to_pay(event: Event) -> list[tuple[str, Any]]:
    """How this event may be paid, as choices."""
    offered = {
        PaysBy.ONLINE: event.pays_online and online() is not None,
        PaysBy.TRANSFER: event.pays_by_transfer,
        PaysBy.DOOR: event.pays_at_door,
    }
    return [(way.value, way.label) for way, is_offered in offered.items() if is_offered]


class MoneyFields(forms.Form):
    """For a form with `event` and `types`; the types know whether the event has vouchers (`takes_vouchers`)."""

    event: Event
    address: str = ""  # who types codes, for the limit

    def ask_about_money(self, types: list[AttendeeType]) -> None:
        ways = ways_to_pay(self.event) if any(kind.price for kind in types) else []
        if len(ways) > 1:
            self.fields["pays_by"] = forms.ChoiceField(
                label=_("How do you want to pay?"),
                choices=ways,
                initial=ways[0][0],
                required=False,
                widget=forms.RadioSelect,
                help_text=_("You may still change this later."),
            )
        if any(getattr(kind, "takes_vouchers", False) for kind in types):
            self.fields["voucher"] = forms.CharField(
                label=_("Voucher code"), max_length=20, required=False, widget=forms.TextInput(attrs={"autocomplete": "off"})
            )

    def named_voucher(self) -> Voucher | None:
        """The voucher that a link named, or that stood in the form: its page has counted the guess already."""
        code = str(self["voucher"].value() or "").strip() if "voucher" in self.fields else ""
        return find_voucher(self.event, code) if code else None

    def clean_voucher(self) -> Voucher | None:
        """The voucher of this code; guesses are counted, by whoever asks."""
        code = self.cleaned_data["voucher"].strip()
        if not code:
            return None
        voucher = limits.guess("code.ip", self.address, lambda: find_voucher(self.event, code))
        if voucher is None:
            raise forms.ValidationError(_("We don't know this code."), code="unknown_voucher")
        return voucher

    def clean(self) -> dict[str, Any]:
        """Whether the voucher may be used for what was chosen, before a place is asked for; it is asked again under the event's lock."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        voucher, kind = cleaned.get("voucher"), cleaned.get("attendee_type")
        if voucher is not None and kind is not None:
            try:
                refuse_voucher(voucher, kind)
            except DomainError as refusal:
                self.add_error("voucher", str(refusal.message))
        return cleaned
