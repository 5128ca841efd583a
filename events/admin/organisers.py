"""Organisers and who belongs to them."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.conf import settings
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action, display
from unfold.enums import ActionVariant

from events.admin.common import owned
from events.desk_forms import OrganiserForm
from events.models import Organiser, OrganiserMember
from events.services.organisers import approve_organiser, leave_organiser
from netevent.core.admin import DeskAdmin, DeskTabularInline
from netevent.core.errors import DomainError


class OrganiserMemberFormSet(forms.BaseInlineFormSet):
    """Leaving goes through its service; somebody always stays an owner."""

    def delete_existing(self, obj: Any, commit: bool = True) -> None:
        if commit:
            leave_organiser(obj)

    def save(self, commit: bool = True) -> Any:
        saved = super().save(commit)
        organiser = cast(Organiser, self.instance)
        if commit and self.initial_forms and not organiser.members.filter(is_owner=True).exists():
            raise DomainError("last_owner", _("An organiser needs an owner."))
        return saved


class OrganiserMemberInline(DeskTabularInline):
    model = OrganiserMember
    formset = OrganiserMemberFormSet
    fields = ("user", "is_owner")
    autocomplete_fields = ("user",)
    verbose_name_plural = _("members")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return () if cast(Any, request.user).is_superuser else ("user",)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Owners invite people by mail; only admins pick from everybody."""
        return bool(cast(Any, request.user).is_superuser)

    def may_add(self, request: HttpRequest) -> bool:
        return False

    def may_change(self, request: HttpRequest, row: Any) -> bool:
        return owned(request).filter(pk=row.pk).exists()


class ApprovedFilter(admin.SimpleListFilter):
    title = _("approval")
    parameter_name = "approved"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("no", _("Waiting for approval")), ("yes", _("Approved"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(approved_at__isnull=self.value() == "no") if self.value() else queryset


@admin.register(Organiser)
class OrganiserAdmin(DeskAdmin):
    form = OrganiserForm
    list_display = ("name", "legal_name", "email", "shown_approval", "created_at")
    list_filter = (ApprovedFilter,)
    search_fields = ("name", "legal_name", "email")
    readonly_fields = ("approved_at", "staff_code", "embed_code", "created_at", "updated_at")
    fieldsets = (
        (None, {"fields": ("name", "legal_name", "email", ("language", "time_zone"))}),
        (_("On receipts and badges"), {"fields": ("address", "vat_id", "bank_details", "staff_code")}),
        (_("On your own site"), {"fields": ("embed_code",)}),
        (_("State"), {"fields": ("approved_at", ("created_at", "updated_at"))}),
    )
    inlines = (OrganiserMemberInline,)
    actions = ("approve_chosen",)
    actions_detail = ("approve",)

    def may_open(self, request: HttpRequest) -> bool:
        return self.rows_for(request).exists()

    def may_add(self, request: HttpRequest) -> bool:
        return False

    def may_change(self, request: HttpRequest, row: Any) -> bool:
        return owned(request).filter(pk=row.pk).exists()

    def may_change_some(self, request: HttpRequest) -> bool:
        return owned(request).exists()

    def may_delete(self, request: HttpRequest, row: Any) -> bool:
        return False

    def may_see_deleted(self, request: HttpRequest, record: Any) -> bool:
        return False

    def has_approve_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        if not cast(Any, request.user).is_superuser:
            return False
        row = self.row_of(request, obj) if obj is not None else None
        return row is None or row.approved_at is None

    @display(description=_("approval"), ordering="approved_at", label={"yes": "success", "no": "warning"})
    def shown_approval(self, row: Organiser) -> tuple[str, Any]:
        return ("yes", _("Approved")) if row.approved_at else ("no", _("Waiting"))

    @display(description=_("list of your events"))
    def embed_code(self, row: Organiser) -> SafeString:
        """What to paste into another site; the words around it say what may be changed."""
        if row._state.adding:
            return SafeString("–")
        address = f"{settings.BASE_URL}{reverse('events:embed')}?organiser={row.pk}"
        frame = f'<iframe src="{address}" title="{gettext("Events")}" width="100%" height="600" loading="lazy"></iframe>'
        what = gettext(
            "Copy this into a page of your site: it shows your next events, and registration opens in a new tab. Every filter of the"
            " events page may be added to its address, such as &tag=python, also &number=10 and &in=de for the language."
        )
        return format_html('<code class="desk-code">{}</code><p>{}</p>', frame, what)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        obj.give_staff_code()
        if not change:
            obj.approved_at = timezone.now()  # an admin who enters one means it
        super().save_model(request, obj, form, change)

    @admin.action(description=_("Approve"), permissions=["approve"])
    def approve_chosen(self, request: HttpRequest, queryset: QuerySet[Organiser]) -> None:
        waiting = queryset.filter(approved_at__isnull=True)
        self.act_on(request, waiting, (), lambda row: approve_organiser(row, by=cast(Any, request.user)), done=approved_sentence)

    @action(description=_("Approve"), permissions=["approve"], icon="check", variant=ActionVariant.PRIMARY)
    def approve(self, request: HttpRequest, object_id: str) -> HttpResponse:
        row = self.found(request, object_id)
        if request.method == "POST":
            return self.act_once(
                request,
                row,
                lambda: approve_organiser(row, by=cast(Any, request.user)),
                done=gettext("Approved. Its owners are told by mail."),
            )
        return self.ask_about(
            request,
            row,
            title=gettext("Let %(name)s run events?"),
            text=gettext("Its members may then create and publish events. The owners get a mail."),
            button=gettext("Approve"),
        )


def approved_sentence(number: int) -> str:
    return ngettext("%(number)d organiser was approved.", "%(number)d organisers were approved.", number) % {"number": number}


@admin.register(OrganiserMember)
class OrganiserMemberAdmin(DeskAdmin):
    """Kept inside the organiser's page; here for searching."""

    list_display = ("user", "organiser", "is_owner", "created_at")
    list_select_related = ("user", "organiser")
    list_filter = ("organiser", "is_owner")
    search_fields = ("user__first_name", "user__last_name", "user__email", "organiser__name")
    autocomplete_fields = ("user", "organiser")

    def rows_for(self, request: HttpRequest) -> QuerySet[Any]:
        rows = OrganiserMember.objects.all()
        return rows if cast(Any, request.user).is_superuser else rows.filter(organiser__in=owned(request))

    def may_open(self, request: HttpRequest) -> bool:
        return owned(request).exists()

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        leave_organiser(obj)
