"""The team of an event: inside its page, and on their own."""

from __future__ import annotations

from typing import Any, ClassVar, cast

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from events.admin.common import TEAM
from events.desk_forms import DeskForm
from events.models import Role, TeamMember
from events.services.team import link_member, refuse_without_owner, roles_to_give
from netevent.core.admin import EVENT_ITSELF, DeskAdmin, DeskTabularInline
from netevent.core.errors import DomainError


class TeamForm(DeskForm):
    """A person gives no role that holds a right they lack; who has such a role already keeps it."""

    givable: ClassVar[frozenset[int]] = frozenset()

    def clean_role(self) -> Role:
        role: Role = self.cleaned_data["role"]
        if "role" in self.changed_data and role.pk not in self.givable:
            raise forms.ValidationError(_("You can't give rights that you don't have."))
        return role


class TeamInline(DeskTabularInline):
    model = TeamMember
    form = TeamForm
    event_path = EVENT_ITSELF
    view_rights = TEAM
    change_rights = TEAM
    fields = ("first_name", "last_name", "email", "role", "account")
    readonly_fields = ("account",)
    verbose_name_plural = _("team")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("user", "role")

    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        formset = super().get_formset(request, obj, **kwargs)
        formset.form.givable = frozenset(roles_to_give(cast(Any, request.user), obj))
        return formset

    @display(description=_("account"))
    def account(self, row: TeamMember) -> str:
        return str(row.user) if row.user_id else gettext("not yet")


@admin.register(TeamMember)
class TeamMemberAdmin(DeskAdmin):
    form = DeskForm
    event_path = "event"
    view_rights = TEAM
    change_rights = TEAM
    list_display = ("__str__", "email", "event", "role", "accepted_at")
    list_select_related = ("event", "role", "user")
    list_filter = ("event", "role")
    search_fields = ("first_name", "last_name", "email", "user__first_name", "user__last_name", "user__email")
    autocomplete_fields = ("event",)
    readonly_fields = ("user", "accepted_at", "staff_code")
    fields = ("event", ("first_name", "last_name"), "email", "role", "user", "staff_code", "accepted_at")
    not_in_files = ("staff_code",)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return (*self.readonly_fields, "event") if obj is not None else self.readonly_fields

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        if "role" in form.changed_data and obj.role_id not in roles_to_give(cast(Any, request.user), obj.event):
            raise DomainError(
                "more_rights", _("You can't give rights that you don't have."), fields={"role": _("Choose a role whose rights you have.")}
            )
        super().save_model(request, obj, form, change)
        link_member(obj)
        if change:
            refuse_without_owner(obj.event)

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        super().delete_model(request, obj)
        refuse_without_owner(obj.event)
