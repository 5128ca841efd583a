"""What people tell about themselves beyond one registration, and whom they pass a place on to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminTextInputWidget

from attendees.forms import AddressField, LineField, PersonForm, known_about, study_fields, text_input
from attendees.selectors import interests_of
from attendees.services.photos import Crop
from events.models import EventType

if TYPE_CHECKING:
    from netevent.accounts.models import User


class AboutMeForm(PersonForm):
    """The account's profile, which prefills registrations, with interests in their order.

    The buttons that rank interests send the whole form: nothing typed is lost, and nothing is kept before it is saved.
    """

    def __init__(self, data: Any = None, *, user: User, **kwargs: Any) -> None:
        told = {name: value for name, value in known_about(user).items() if value}
        super().__init__(data, initial=told, **kwargs)
        self.fields |= study_fields()
        self.kinds = {kind.pk: kind for kind in EventType.objects.order_by("pk")}
        self.interests = self.sent_interests(data) if data is not None else interests_of(user)
        self.moved = str((data or {}).get("interest", ""))
        if self.moved:
            self.rank(*self.moved.partition(":")[::2])

    def sent_interests(self, data: Any) -> list[int]:
        numbers = [int(text) for text in data.getlist("interests") if text.isascii() and text.isdigit() and len(text) < 10]
        return [pk for pk in dict.fromkeys(numbers) if pk in self.kinds]

    def rank(self, act: str, which: str) -> None:
        """`add:3`, `remove:3`, `up:3`, `down:3`; anything else changes nothing."""
        pk = int(which) if which.isascii() and which.isdigit() and len(which) < 10 else 0
        if act == "add" and pk in self.kinds and pk not in self.interests:
            self.interests.append(pk)
        elif pk in self.interests:
            place = self.interests.index(pk)
            self.interests.remove(pk)
            if act != "remove":
                self.interests.insert(max(0, place + {"up": -1, "down": 1}.get(act, 0)), pk)

    @property
    def chosen(self) -> list[EventType]:
        return [self.kinds[pk] for pk in self.interests if pk in self.kinds]

    @property
    def others(self) -> list[EventType]:
        return sorted((kind for pk, kind in self.kinds.items() if pk not in self.interests), key=str)


class PhotoForm(forms.Form):
    """A picture and the square of it that is kept, in pixels of the upright picture; without a square the middle is."""

    photo = forms.FileField(
        label=_("Picture"),
        allow_empty_file=True,  # answered like every other file that is no picture
        widget=forms.FileInput(attrs={"accept": "image/jpeg,image/png,image/webp"}),
        error_messages={"required": _("Please choose a picture.")},
    )
    crop_x = forms.FloatField(required=False, widget=forms.HiddenInput)
    crop_y = forms.FloatField(required=False, widget=forms.HiddenInput)
    crop_w = forms.FloatField(required=False, widget=forms.HiddenInput)
    crop_h = forms.FloatField(required=False, widget=forms.HiddenInput)

    def crop(self) -> Crop | None:
        x, y, width, height = (self.cleaned_data.get(f"crop_{name}") for name in "xywh")
        if x is None or y is None or not width or width <= 0:
            return None
        return Crop(x, y, min(width, height) if height and height > 0 else width)


class TransferForm(forms.Form):
    """Who takes the place."""

    first_name = LineField(label=_("First name"), max_length=100, widget=text_input("off"))
    last_name = LineField(label=_("Last name"), max_length=100, required=False, widget=text_input("off"))
    email = AddressField(label=_("E-mail"), max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "off"}))


class DeskTransferForm(TransferForm):
    """The same in the desk's clothes."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.widget = UnfoldAdminTextInputWidget()


class NewAddressForm(forms.Form):
    email = AddressField(label=_("New e-mail"), max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "email"}))

    def __init__(self, *args: Any, present: str = "", **kwargs: Any) -> None:
        self.present = present
        super().__init__(*args, **kwargs)

    def clean_email(self) -> str:
        email: str = self.cleaned_data["email"]
        if email == self.present:
            raise ValidationError(_("This is the address your registration has."), code="same")
        return email
