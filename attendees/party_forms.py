"""Registering a group: the registration form with a row for each of the others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django import forms
from django.forms.utils import ErrorDict
from django.utils.translation import gettext_lazy as _

from attendees.forms import AddressField, LineField, RegistrationForm, text_input
from attendees.services.parties import refuse_party
from attendees.services.registration import Person
from netevent.core.errors import DomainError

if TYPE_CHECKING:
    from events.models import AttendeeType, Event

ADD = "add_person"  # the button that asks for one row more


@dataclass(frozen=True)
class PartyRow:
    """One of the others, as the page shows them."""

    number: int
    first_name: forms.BoundField
    last_name: forms.BoundField
    email: forms.BoundField


class PartyRegistrationForm(RegistrationForm):
    """The registration of one person, or of several where the event takes groups and has a type that costs nothing.

    `people` says how many there are rows for, the first person among them; a row that is left empty is nobody.
    """

    def __init__(self, *args: Any, event: Event, types: list[AttendeeType], people: str = "", **kwargs: Any) -> None:
        super().__init__(*args, event=event, types=types, **kwargs)
        self.most = event.max_party_size if any(not kind.price for kind in types) else 1
        self.is_draft = self.is_bound and ADD in self.data  # typed so far: shown again with another row, and nothing is asked of it
        asked = self.data.get("people", "") if self.is_bound else people
        wanted = (int(asked) if asked.isascii() and asked.isdigit() else 1) + self.is_draft
        self.people = max(1, min(wanted, self.most))
        for number in self.numbers:
            self.fields |= row_fields(number, is_newest=self.is_draft and number == self.people)

    @property
    def numbers(self) -> range:
        """Of the rows: the second person's, the third's …"""
        return range(2, self.people + 1)

    @property
    def takes_parties(self) -> bool:
        return self.most > 1

    @property
    def takes_more(self) -> bool:
        return self.people < self.most

    @property
    def rows(self) -> list[PartyRow]:
        return [PartyRow(number, *(self[f"{name}_{number}"] for name in ("first_name", "last_name", "email"))) for number in self.numbers]

    def full_clean(self) -> None:
        if not self.is_draft:
            super().full_clean()
            return
        self._errors, self.cleaned_data = ErrorDict(), {}

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        addresses = {self.user.email if self.user else cleaned.get("email")}
        for number in self.numbers:
            self.check_row(cleaned, number, addresses)
        others, kind = self.others(), cleaned.get("attendee_type")
        if others and cleaned.get("voucher"):
            self.add_error("voucher", _("A voucher is for one person. Please register one by one with it."))
        if others and kind is not None:
            try:
                refuse_party(kind, 1 + len(others))
            except DomainError as refusal:
                self.add_error(None, str(refusal.message))
        return cleaned

    def check_row(self, cleaned: dict[str, Any], number: int, addresses: set[str | None]) -> None:
        """A name to every person, and no address twice."""
        first_name, last_name, email = (cleaned.get(f"{name}_{number}") for name in ("first_name", "last_name", "email"))
        if (last_name or email) and not first_name:
            self.add_error(f"first_name_{number}", _("Please write a first name, or leave the whole row empty."))
        if email and email in addresses:
            self.add_error(f"email_{number}", _("Each person has an address of their own, or none."))
        addresses.add(email)

    def persons(self) -> list[Person]:
        return [*super().persons(), *self.others()]

    def others(self) -> list[Person]:
        """Who comes along, in the contact's language."""
        told = self.cleaned_data
        return [
            Person(
                told[f"first_name_{n}"], told.get(f"last_name_{n}", ""), told.get(f"email_{n}") or None, language=told.get("language", "")
            )
            for n in self.numbers
            if told.get(f"first_name_{n}")
        ]


def row_fields(number: int, *, is_newest: bool) -> dict[str, forms.Field]:
    first = text_input("off")
    if is_newest:
        first.attrs["autofocus"] = True
    return {
        f"first_name_{number}": LineField(label=_("First name"), max_length=100, required=False, widget=first),
        f"last_name_{number}": LineField(label=_("Last name"), max_length=100, required=False, widget=text_input("off")),
        f"email_{number}": AddressField(
            label=_("E-mail"), max_length=254, required=False, widget=forms.EmailInput(attrs={"autocomplete": "off"})
        ),
    }
