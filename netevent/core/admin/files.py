"""Files in and out of a table, narrowed as its list is."""

from __future__ import annotations

from typing import Any, ClassVar, cast

from django.conf import settings
from django.contrib import messages
from django.contrib.admin.options import IncorrectLookupParameters
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _
from unfold.contrib.import_export.forms import ImportForm, SelectableFieldsExportForm

from netevent.core import limits
from netevent.core.admin.page import DeskPage
from netevent.core.admin_resources import resource_of
from netevent.core.errors import DomainError
from netevent.core.formats import CSV, JSON, XLSX
from netevent.core.tables import refuse_bombs


class DeskFiles(DeskPage):
    """Export for whoever sees the rows; import, where a table offers it, for whoever may add them."""

    import_form_class = ImportForm
    export_form_class = SelectableFieldsExportForm
    formats = (CSV, XLSX, JSON)
    exportable: ClassVar[bool] = True
    importable: ClassVar[bool] = False
    import_key: ClassVar[str] = ""
    not_in_files: ClassVar[tuple[str, ...]] = ()

    def has_export_permission(self, request: HttpRequest) -> bool:
        return self.exportable and self.has_view_permission(request)

    def has_import_permission(self, request: HttpRequest) -> bool:
        return self.importable and self.has_add_permission(request)

    def may_import_row(self, request: HttpRequest, row: Any) -> bool:
        return bool(cast(Any, request.user).is_superuser) or self.may_change(request, row)

    def get_resource_classes(self, request: HttpRequest) -> list[Any]:
        return [resource_of(self.model, key=self.import_key, leave_out=self.not_in_files)]

    def get_resource_kwargs(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        return {"request": request, "desk": self}

    def get_valid_export_item_pks(self, request: HttpRequest) -> list[Any]:
        return list(self.get_queryset(request).values_list("pk", flat=True))

    def export_action(self, request: HttpRequest) -> HttpResponse:
        if not self.has_export_permission(request):
            raise Http404
        if request.method == "POST":
            limits.hit("export.user", request.user.pk)
        try:
            return cast(HttpResponse, super().export_action(request))
        except IncorrectLookupParameters:  # a filter of some other list
            return HttpResponseRedirect(request.path)

    def import_action(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        if not self.has_import_permission(request):
            raise Http404
        upload = request.FILES.get("import_file")
        if upload is not None:
            limits.hit("upload.user", request.user.pk)
            try:
                refuse_heavy(upload)
            except DomainError as refusal:
                self.message_user(request, str(refusal.message), messages.ERROR)
                return HttpResponseRedirect(request.path)
        return cast(HttpResponse, super().import_action(request, **kwargs))


def refuse_heavy(upload: Any) -> None:
    """A file that is large, or would be once it is unpacked, is refused before anything of it is read.

    Raises:
        DomainError: `file_too_large`, or as `refuse_bombs`.
    """
    if upload.size > settings.MAX_IMPORT_MB * 1024 * 1024:
        raise DomainError("file_too_large", _("The file is larger than %(limit)s MB.") % {"limit": settings.MAX_IMPORT_MB}, status=422)
    content = upload.read()
    upload.seek(0)
    if content.startswith(b"PK"):
        refuse_bombs(content)
