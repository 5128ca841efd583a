"""What people tell about themselves: browser input in, clean values out."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django import forms
from django.core.validators import EmailValidator, URLValidator
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from attendees.models import AttendanceStatus
from attendees.money_fields import MoneyFields
from attendees.question_forms import QuestionFields
from attendees.services.registering import Wish
from attendees.services.registration import PROFILE_FIELDS, STUDY_FIELDS, Person
from attendees.services.vouchers import kept_types
from netevent.accounts import languages
from netevent.core.fields import normalise_email
from netevent.core.money import show_price
from netevent.core.text import NOT_PRINTABLE

if TYPE_CHECKING:
    from attendees.models import Attendee
    from attendees.services.places import Places
    from events.models import AttendeeType, Event
    from netevent.accounts.models import User


def has_letters(text: str) -> bool:
    """Is there anything to see? Blanks, controls and marks alone are no name."""
    return any(unicodedata.category(sign)[0] not in "CZM" for sign in text)


class LineField(forms.CharField):
    """One line: ends trimmed, otherwise as typed; what no badge, mail or spreadsheet can hold is refused, never dropped."""

    default_error_messages = {
        "not_printable": _("This holds a character that can't be shown. Please leave it out."),
        "empty": _("Please write at least one letter."),
    }

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        if text and (NOT_PRINTABLE.search(self.without_breaks(text))):
            raise forms.ValidationError(self.error_messages["not_printable"], code="not_printable")
        if text and not has_letters(text):
            raise forms.ValidationError(self.error_messages["empty"], code="empty")
        return text

    def without_breaks(self, text: str) -> str:
        return text.replace("\t", " ").replace("\n", "\0")


class TextField(LineField):
    """Several lines, told apart by line feeds alone."""

    widget = forms.Textarea

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value)
        return text.replace("\r\n", "\n").replace("\r", "\n") if isinstance(text, str) else text

    def without_breaks(self, text: str) -> str:
        return text.replace("\t", " ").replace("\n", " ")


class AddressField(forms.EmailField):
    """An e-mail in its one normalised form, and still an address in that form."""

    def clean(self, value: Any) -> Any:
        text = normalise_email(super().clean(value) or "")
        if text:
            EmailValidator()(text)
        return text


def profile_fields() -> dict[str, forms.Field]:
    return {
        "organisation": LineField(label=_("Organisation"), max_length=200, required=False, widget=text_input("organization")),
        "role": LineField(label=_("Role"), max_length=200, required=False, widget=text_input("organization-title")),
        "introduction": TextField(
            label=_("About you"),
            max_length=2000,
            required=False,
            widget=forms.Textarea(attrs={"rows": 3}),
            help_text=_("A sentence or two for people you may meet."),
        ),
        "phone": LineField(
            label=_("Phone"), max_length=50, required=False, widget=forms.TextInput(attrs={"autocomplete": "tel", "type": "tel"})
        ),
        "linkedin": forms.URLField(
            label=_("LinkedIn"),
            max_length=200,
            required=False,
            assume_scheme="https",
            validators=[URLValidator(schemes=["http", "https"])],
            widget=forms.URLInput(attrs={"autocomplete": "url", "placeholder": "https://www.linkedin.com/in/…"}),
        ),
    }


def study_fields() -> dict[str, forms.Field]:
    """For events of a university."""
    semesters = [("", "–"), *((number, str(number)) for number in range(1, 9))]
    return {
        "department": LineField(label=_("Department"), max_length=100, required=False, widget=text_input("off")),
        "semester": forms.TypedChoiceField(label=_("Semester"), choices=semesters, coerce=int, empty_value=None, required=False),
    }


def text_input(autocomplete: str) -> forms.TextInput:
    return forms.TextInput(attrs={"autocomplete": autocomplete})


class PersonForm(forms.Form):
    """Name, profile and language: what registration and the profile page share."""

    first_name = LineField(label=_("First name"), max_length=100, widget=text_input("given-name"))
    last_name = LineField(
        label=_("Last name"),
        max_length=100,
        required=False,
        widget=text_input("family-name"),
    )
    language = forms.ChoiceField(label=_("Language"), required=False, help_text=_("For your mails and your badge."))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields |= profile_fields()
        self.fields["language"].choices = list(languages.offered())  # type: ignore[attr-defined]
        self.initial.setdefault("language", get_language() or languages.default_code())

    def clean_language(self) -> str:
        return self.cleaned_data["language"] or str(self.initial["language"])

    def profile(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in (*PROFILE_FIELDS, *STUDY_FIELDS) if name in self.cleaned_data}


@dataclass(frozen=True)
class TypeOption:
    """One attendee type as a choice: what it costs and whether there is room."""

    kind: AttendeeType
    left: int | None
    is_full: bool
    is_checked: bool
    is_kept: bool = False

    @property
    def is_scarce(self) -> bool:
        return self.left is not None and not self.is_full and self.left <= 20


class RegistrationForm(QuestionFields, MoneyFields, PersonForm):
    """A registration. The price is not among its fields: it is the type's, on the server."""

    attendee_type = forms.CharField(label=_("Attendee type"), max_length=20, required=False)
    email = AddressField(label=_("E-mail"), max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "email"}))
    accept_waiting_list = forms.BooleanField(required=False)
    idempotency_key = forms.CharField(max_length=60, required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, event: Event, types: list[AttendeeType], user: User | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.event, self.types, self.user = event, types, user
        self.fields |= study_fields() if event.asks_study else {}
        self.ask_registering(types)
        self.ask_about_money(types)
        self.order_fields(["attendee_type", "first_name", "last_name", "email"])
        if user is not None:
            if not self.is_bound:
                self.initial.update({name: value for name, value in known_about(user).items() if value})
            del self.fields["email"]  # it is the account's: nothing else is proved

    def clean_attendee_type(self) -> AttendeeType:
        """By its code in any case; an event with a single type asks nothing."""
        wanted = self.cleaned_data["attendee_type"].strip().upper()
        if not wanted and len(self.types) == 1:
            return self.types[0]
        for kind in self.types:
            if kind.code == wanted:
                return kind
        raise forms.ValidationError(
            _("Please choose one of these.") if not wanted else _("This is not on offer any more. Please choose another."),
            code="unknown_type",
        )

    def person(self) -> Person:
        data = self.cleaned_data
        email = self.user.email if self.user else data["email"]
        told = {**self.profile(), **photo_of(self.user)}
        return Person(data["first_name"], data["last_name"], email or None, self.user, data["language"], told)

    def persons(self) -> list[Person]:
        """Whom to register, who fills it in first."""
        return [self.person()]

    def wish(self, source: str = "page") -> Wish:
        """All that was asked for, once it is valid."""
        data = self.cleaned_data
        return Wish(
            attendee_type=data["attendee_type"],
            people=self.persons(),
            accept_waiting_list=data["accept_waiting_list"],
            voucher=data.get("voucher"),
            pays_by=data.get("pays_by", ""),
            answers=self.answers() if self.sheet.questions else None,
            consents=self.agreed(),
            has_files=bool(self.files),
            source=source,
        )

    def options(self, places: Places) -> list[TypeOption]:
        """The types to choose from, with room as it is now, also what the voucher keeps that was named."""
        chosen = (str(self["attendee_type"].value() or "")).strip().upper() or (self.types[0].code if len(self.types) == 1 else "")
        kept = kept_types(places, self.named_voucher()) if places.set_aside else set()
        full = {kind.pk for kind in self.types if not places.has_room(kind.pk)} - kept
        return [TypeOption(kind, places.left(kind.pk), kind.pk in full, kind.code == chosen, kind.pk in kept) for kind in self.types]


def known_about(user: User) -> dict[str, Any]:
    """What a person told before: it only prefills the form."""
    profile = getattr(user, "profile", None)
    told = {name: getattr(profile, name, "") for name in (*PROFILE_FIELDS, *STUDY_FIELDS)}
    return {"first_name": user.first_name, "last_name": user.last_name, "language": user.language, **told}


def photo_of(user: User | None) -> dict[str, str]:
    """The account's photo, for a registration's row to begin with."""
    profile = getattr(user, "profile", None)
    return {"photo": str(profile.photo)} if profile and profile.photo else {}


class ProfileForm(PersonForm):
    """The same about one registration that exists."""

    def __init__(self, *args: Any, attendee: Attendee, **kwargs: Any) -> None:
        names = ("first_name", "last_name", "language", *PROFILE_FIELDS, *STUDY_FIELDS)
        super().__init__(*args, initial={name: getattr(attendee, name) for name in names}, **kwargs)
        self.fields |= study_fields() if attendee.event.asks_study else {}


class AttendanceForm(forms.Form):
    attendance_status = forms.ChoiceField(label=_("Will you come?"), choices=AttendanceStatus, widget=forms.RadioSelect)


class AcceptedTypesForm(forms.Form):
    """Other types that would do, each with its price."""

    types = forms.TypedMultipleChoiceField(
        label=_("I would take these too"), coerce=int, required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, kinds: list[AttendeeType], currency: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kinds = kinds
        self.fields["types"].choices = [(kind.pk, f"{kind.name} · {show_price(kind.price, currency)}") for kind in kinds]  # type: ignore[attr-defined]

    def chosen(self) -> list[AttendeeType]:
        return [kind for kind in self.kinds if kind.pk in self.cleaned_data["types"]]


class LinkRequestForm(forms.Form):
    email = AddressField(label=_("E-mail"), max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "email"}))
