"""One page, one act: form and inlines are saved together or refused together."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from datetime import tzinfo
from typing import Any, ClassVar, cast

from django import forms
from django.db import IntegrityError, models, transaction
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from netevent.core import limits
from netevent.core.admin.narrowed import EVENT_ITSELF
from netevent.core.admin.page import DeskPage
from netevent.core.admin_fields import ZonedDateTimeField
from netevent.core.errors import DomainError, TooOften


class DeskSaving(DeskPage):
    """A form that is saved in one act, with its times by the clocks of the row's event."""

    formfield_overrides: ClassVar[dict[Any, Any]] = {models.DateTimeField: {"form_class": ZonedDateTimeField}}

    def one_act(self, request: HttpRequest, object_id: str | None) -> AbstractContextManager[Any]:
        """Stands around a whole POST: form and inlines are one act. A versioned table answers with `one_version`."""
        return nullcontext()

    def zone_of(self, request: HttpRequest, object_id: str | None) -> tzinfo:
        """By whose clocks times are typed and shown on this page: those of the row's event."""
        if self.event_path and self.event_path != EVENT_ITSELF:
            event_id = (
                self.event_of(self.row_of(request, object_id))
                if object_id and self.row_of(request, object_id)
                else request.POST.get(self.event_path)
            )
            event = self.events_with(request, ()).filter(pk=event_id).first() if str(event_id or "").isdigit() else None
            if event is not None:
                return cast(tzinfo, event.zone)
        return timezone.get_current_timezone()

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        with timezone.override(self.zone_of(request, object_id)):
            response = self.saved_or_refused(request, object_id, form_url, extra_context)
            return response.render() if isinstance(response, TemplateResponse) else response  # while the zone still holds

    def saved_or_refused(self, request: HttpRequest, *args: Any) -> HttpResponse:
        """The form, saved in one act; what a service refuses is shown above it with everything typed still there."""
        view = super().changeform_view
        if request.method != "POST":
            return view(request, *args)
        if request.FILES:
            limits.hit("upload.user", request.user.pk)
        try:
            with transaction.atomic(), self.one_act(request, args[0]):
                return view(request, *args)
        except TooOften:
            raise
        except DomainError as refusal:
            request._desk_refusal = refusal  # type: ignore[attr-defined]
        except IntegrityError:  # somebody was faster, or the form couldn't see the other row
            request._desk_refusal = DomainError("conflict", _("Another row stands in the way of this one. Please look again."))  # type: ignore[attr-defined]
        return view(request, *args)

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> type[forms.ModelForm]:
        form = super().get_form(request, obj, change=change, **kwargs)
        refusal = getattr(request, "_desk_refusal", None)
        return refused_form(form, refusal) if refusal else form


def refused_form(form: type[forms.ModelForm], refusal: DomainError) -> type[forms.ModelForm]:
    """The same form with a service's refusal among its errors."""

    def clean(self: Any) -> Any:
        cleaned = super(shown, self).clean()
        for name, text in refusal.fields.items():
            if name in self.fields:
                self.add_error(name, str(text))
        self.add_error(None, str(refusal.message))
        return cleaned

    shown: Any = type(form.__name__, (form,), {"clean": clean})
    return cast("type[forms.ModelForm]", shown)
