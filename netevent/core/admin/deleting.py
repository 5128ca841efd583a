"""Deleting at the desk: what is in use stays, and the page shows numbers instead of other people's rows."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar, cast

from django.contrib import messages
from django.contrib.admin.utils import NestedObjects, unquote
from django.db import models, router, transaction
from django.db.models import ProtectedError, RestrictedError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from netevent.core.admin.page import DeskPage
from netevent.core.errors import DomainError


class DeskDeleting(DeskPage):
    """Rows go one at a time; a refusal is an answer and no failure."""

    instead_of_deleting: ClassVar[Any] = ""  # what to do with a row that is in use

    def delete_view(self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        try:
            return super().delete_view(request, object_id, {"advice": self.instead_of_deleting, **(extra_context or {})})
        except DomainError as refusal:
            self.message_user(request, str(refusal.message), messages.ERROR)
            return HttpResponseRedirect(self.url_of("change", unquote(object_id)))

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        """Delete one row.

        Raises:
            DomainError: `in_use` when somebody else's facts hang on it.
        """
        try:
            with transaction.atomic():
                obj.delete()
        except (ProtectedError, RestrictedError) as error:
            raise DomainError("in_use", _("%(name)s is still in use and can't be deleted.") % {"name": capfirst(str(obj))}) from error

    def delete_queryset(self, request: HttpRequest, queryset: models.QuerySet[Any]) -> None:
        with transaction.atomic():
            for row in queryset:
                self.delete_model(request, row)

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> tuple[list[Any], dict[str, int], set[str], list[str]]:
        """What would go, in numbers: Django's page lists every row that hangs on these, also other people's."""
        rows = list(objs)
        collector = NestedObjects(using=router.db_for_write(self.model), origin=rows)
        collector.collect(rows)
        lacking = {str(self.opts.verbose_name)} if any(not self.has_delete_permission(request, row) for row in rows) else set()
        counts = {str(model._meta.verbose_name_plural): len(instances) for model, instances in cast(Any, collector.model_objs).items()}
        return [str(row) for row in rows], counts, lacking, counted(collector.protected)


def counted(rows: Iterable[models.Model]) -> list[str]:
    """`3 events`: how many rows of which kind."""
    numbers: dict[Any, int] = {}
    for row in rows:
        numbers[row._meta] = numbers.get(row._meta, 0) + 1
    return [f"{number} × {meta.verbose_name if number == 1 else meta.verbose_name_plural}" for meta, number in numbers.items()]
