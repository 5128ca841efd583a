"""The foundation of a table's pages: who may open what, and that a stranger's row does not exist."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, cast

from django.contrib import messages
from django.contrib.admin.utils import unquote
from django.db import models
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from import_export.admin import ImportExportModelAdmin
from simple_history.admin import SimpleHistoryAdmin
from unfold.admin import ModelAdmin

from netevent.core.admin.narrowed import Narrowed, Rights, remembered
from netevent.core.admin_filters import Filter, narrowed_filter
from netevent.core.errors import DomainError, TooOften


class DeskPage(Narrowed, SimpleHistoryAdmin, ImportExportModelAdmin, ModelAdmin):
    """Permissions, rows and lists, as Django asks for them."""

    warn_unsaved_form = True
    list_filter_submit = True
    list_fullwidth = True
    compressed_fields = True
    save_on_top = False
    show_full_result_count = False
    typed_filters: ClassVar[Sequence[str]] = ("event", "organiser")

    # --- Permissions ---
    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        if cast(Any, request.user).is_superuser:
            return True
        if obj is None:
            return bool(remembered(request, (type(self), "open"), lambda: self.may_open(request)))
        row = self.row_of(request, obj)
        return row is not None and self.may_see(request, row)

    def has_add_permission(self, request: HttpRequest) -> bool:
        if not self.addable or cast(Any, request.user).is_superuser:
            return self.addable
        return bool(remembered(request, (type(self), "add"), lambda: self.may_add(request)))

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        if not self.changeable:
            return False
        if cast(Any, request.user).is_superuser:
            return True
        if obj is None:
            return self.changes_some(request)
        row = self.row_of(request, obj)
        return row is not None and self.may_see(request, row) and self.may_change(request, row)

    def changes_some(self, request: HttpRequest) -> bool:
        return bool(remembered(request, (type(self), "change"), lambda: self.may_change_some(request)))

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        if not self.deletable:
            return False
        if cast(Any, request.user).is_superuser:
            return True
        if obj is None:
            return self.changes_some(request)
        row = self.row_of(request, obj)
        return row is not None and self.may_see(request, row) and self.may_delete(request, row)

    def row_of(self, request: HttpRequest, given: Any) -> Any:
        """The row itself: the theme hands over its key as text."""
        if isinstance(given, models.Model):
            return given
        return remembered(request, (type(self), "row", str(given)), lambda: super(DeskPage, self).get_object(request, unquote(str(given))))

    # --- A stranger's row does not exist ---
    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        row = super().get_object(request, object_id, from_field)
        if row is None:
            raise Http404
        return row

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        if not self.has_view_or_change_permission(request):
            raise Http404
        try:
            return super().changelist_view(request, extra_context)
        except TooOften:
            raise
        except DomainError as refusal:
            self.message_user(request, str(refusal.message), messages.ERROR)
            return HttpResponseRedirect(request.get_full_path())

    # --- Lists ---
    def get_list_filter(self, request: HttpRequest) -> list[Filter]:
        return [narrowed_filter(self.model, spec, self.typed_filters) for spec in super().get_list_filter(request)]

    # --- The row and the address of a button ---
    def found(self, request: HttpRequest, object_id: Any) -> Any:
        """The row of a button's address; a stranger's is 404."""
        return self.get_object(request, unquote(str(object_id)))

    def need(self, request: HttpRequest, rights: Rights, row: Any) -> None:
        """404 for whoever lacks these rights at the row's event."""
        if not self.has_right(request, rights, row):
            raise Http404

    def url_of(self, page: str, *args: Any) -> str:
        return reverse(f"{self.admin_site.name}:{self.opts.app_label}_{self.opts.model_name}_{page}", args=args)
