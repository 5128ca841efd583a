"""Forms of the desk for events."""

from __future__ import annotations

import mimetypes
from typing import TYPE_CHECKING, Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminColorInputWidget,
    UnfoldAdminSelect2Widget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
)

from events.models import AttendeeType, Club, Event, Organiser, Tag
from events.models.event import currency_choices
from netevent.core.admin_fields import LinesField
from netevent.core.codes import unused_code
from netevent.core.zones import zone_names

if TYPE_CHECKING:
    from collections.abc import Iterator

PICTURES = {"JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp"}
MOMENTS = ("starts_at", "ends_at", "registration_opens_at", "registration_closes_at", "cancel_until")


def zone_choices() -> list[tuple[str, str]]:
    return [(name, name.replace("_", " ")) for name in zone_names()]


def language_choices() -> list[tuple[str, Any]]:
    return list(settings.LANGUAGES)


def names_typed(data: dict[str, Any], field: str = "name") -> Iterator[str]:
    """What was typed for a translated field, language by language."""
    yield from (data[f"{field}_{code}"] for code, _label in settings.LANGUAGES if data.get(f"{field}_{code}"))


class DeskForm(forms.ModelForm):
    """Labels begin with a capital, also those of fields that the form declares itself."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.label = capfirst(str(field.label)) if field.label else field.label

    def _get_validation_exclusions(self) -> set[str]:
        """An event that stands fixed on the page still counts when a code or an address has to be the only one there."""
        left_out: set[str] = super()._get_validation_exclusions()  # type: ignore[misc]
        return left_out - {"event"} if getattr(self.instance, "event_id", None) else left_out


class SomeName(DeskForm):
    """A name in one language is enough: readers of the others get that one."""

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        untouched = [
            name for name, value in cleaned.items() if value == "" and name[-3:-2] == "_" and getattr(self.instance, name, "") is None
        ]
        cleaned.update(dict.fromkeys(untouched))  # a language that nobody wrote stays unwritten: no change, no version
        shown = [name for name in self.fields if name.startswith("name_")]
        if shown and not any(names_typed(cleaned)) and not self.errors.keys() & set(shown):
            self.add_error(shown[0], _("Please give it a name in at least one language."))
        return cleaned


class EventForm(SomeName):
    """An event's page. Times are those of the event's own zone, which the page sets while it reads and shows them."""

    code = forms.CharField(
        label=_("code"),
        required=False,
        max_length=20,
        widget=UnfoldAdminTextInputWidget,
        help_text=_("Stands in every address. Leave it empty and one is made."),
    )
    time_zone = forms.ChoiceField(label=_("time zone"), choices=zone_choices, initial="Europe/Amsterdam", widget=UnfoldAdminSelect2Widget)
    currency = forms.ChoiceField(label=_("currency"), choices=currency_choices, initial="EUR", widget=UnfoldAdminSelectWidget)
    content_languages = forms.MultipleChoiceField(
        label=_("languages"),
        choices=language_choices,
        required=False,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        help_text=_("Spoken at the event."),
    )
    # The page puts what the person may choose from in their place.
    tags_chosen = forms.ModelMultipleChoiceField(queryset=Tag.objects.none(), required=False)
    clubs_chosen = forms.ModelMultipleChoiceField(queryset=Club.objects.none(), required=False)
    new_tags = forms.CharField(
        label=_("new tags"),
        required=False,
        max_length=300,
        widget=UnfoldAdminTextInputWidget,
        help_text=_("Words divided by commas, for what the list above doesn't hold."),
    )
    prerequisites = LinesField(label=_("prerequisites"), required=False)
    you_will_learn = LinesField(label=_("what you will learn"), required=False)
    agenda = LinesField(label=_("agenda"), required=False)

    class Meta:
        model = Event
        fields: tuple[str, ...] = ()  # the page names them
        widgets = {"colour": UnfoldAdminColorInputWidget(attrs={"type": "color"})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "name_en" in self.fields:
            self.fields["name_en"].help_text = _("One language is enough; readers of the others see that one.")
        for name in ("tags", "clubs"):
            if f"{name}_chosen" in self.fields and self.instance.pk:
                self.initial[f"{name}_chosen"] = list(getattr(self.instance, name).values_list("pk", flat=True))

    def clean_picture(self) -> Any:
        """A photograph that a browser can show: what it would unpack to is read from its header."""
        picture = self.cleaned_data["picture"]
        image = getattr(picture, "image", None)  # only a file that was just sent has been looked at
        if image is None:
            return picture
        if picture.size > settings.MAX_UPLOAD_MB * 1024 * 1024:
            raise ValidationError(_("The file is larger than %(limit)s MB.") % {"limit": settings.MAX_UPLOAD_MB}, code="too_large")
        if image.width * image.height > settings.MAX_IMAGE_MEGAPIXELS * 1_000_000:
            raise ValidationError(_("The picture is too large."), code="too_large")
        if PICTURES.get(image.format) != mimetypes.guess_type(picture.name)[0]:
            raise ValidationError(forms.ImageField.default_error_messages["invalid_image"], code="invalid_image")
        return picture

    def clean_code(self) -> str:
        """Django leaves the model field's own checks to the model, which an empty code would fail."""
        return self.cleaned_data["code"] or self.instance.code or unused_code(Event.objects.all())

    def clean_new_tags(self) -> list[str]:
        words = [word.strip().lower() for word in self.cleaned_data["new_tags"].split(",") if word.strip()]
        if any(len(word) > 50 for word in words):
            raise ValidationError(_("A tag has at most 50 letters."))
        return words

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if "time_zone" not in self.changed_data:  # of an hour that came twice, the one that was meant stays
            for name in MOMENTS:
                if name in cleaned and name not in self.changed_data and self.instance.pk:
                    cleaned[name] = self.initial[name]
        return cleaned

    def _save_m2m(self) -> None:
        super()._save_m2m()  # type: ignore[misc]
        if "tags_chosen" in self.cleaned_data:
            typed = [Tag.objects.get_or_create(name=word)[0] for word in self.cleaned_data.get("new_tags") or []]
            self.instance.tags.set([*self.cleaned_data["tags_chosen"], *typed])
        if "clubs_chosen" in self.cleaned_data:
            self.instance.clubs.set(self.cleaned_data["clubs_chosen"])


class AttendeeTypeForm(SomeName):
    code = forms.CharField(
        label=_("code"),
        required=False,
        max_length=20,
        widget=UnfoldAdminTextInputWidget(attrs={"aria-label": _("code")}),  # in a table its column is its label, which only eyes see
        help_text=_("Leave it empty and one is made."),
    )

    class Meta:
        model = AttendeeType
        fields: tuple[str, ...] = ()  # the page names them
        widgets = {"colour": UnfoldAdminColorInputWidget(attrs={"type": "color"})}

    def clean_code(self) -> str:
        return self.cleaned_data["code"] or self.instance.code or unused_code(AttendeeType.objects.filter(event=self.instance.event_id))


class AttendeeTypeFormSet(forms.BaseInlineFormSet):
    """An event has at least one type, so that an attendee always has one."""

    def clean(self) -> None:
        super().clean()
        kept = [form for form in self.initial_forms if form not in self.deleted_forms]
        added = [form for form in self.extra_forms if form.has_changed() and form not in self.deleted_forms]
        if self.instance.pk and self.deleted_forms and not kept and not added:
            raise ValidationError(_("An event keeps at least one attendee type."))


class OrganiserForm(DeskForm):
    language = forms.ChoiceField(label=_("language"), choices=language_choices, initial="en", widget=UnfoldAdminSelectWidget)
    time_zone = forms.ChoiceField(label=_("time zone"), choices=zone_choices, initial="Europe/Amsterdam", widget=UnfoldAdminSelect2Widget)

    class Meta:
        model = Organiser
        fields: tuple[str, ...] = ()  # the page names them
