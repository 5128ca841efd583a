"""Rows narrowed to the person: which they see, which they may choose, and what they may do with them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar, cast

from django.contrib.admin.sites import AdminSite
from django.db import models
from django.db.models import Q
from django.http import HttpRequest

Rights = Sequence[str]
EVENT_ITSELF = "pk"


def remembered(request: HttpRequest, key: Any, ask: Callable[[], Any]) -> Any:
    """Asked once a request: the theme asks every permission several times a page."""
    known = request.__dict__.setdefault("_desk_answers", {})
    if key not in known:
        known[key] = ask()
    return known[key]


def visible_rows(model: type[models.Model], user: Any) -> models.QuerySet[Any]:
    """The rows of a table that its queryset's `visible_to` allows; a table that can't say is for admins alone."""
    rows = model._default_manager.all()
    if user.is_superuser:
        return rows
    visible = getattr(rows, "visible_to", None)
    return rows.filter(pk__in=visible(user).values("pk")) if visible else rows.none()


def model_at(model: type[models.Model], path: str) -> Any:
    """The model at the end of a lookup such as `attendee__event`."""
    for part in [] if path == EVENT_ITSELF else path.split("__"):
        model = cast(Any, model._meta.get_field(part)).related_model
    return model


class Narrowed:
    """What a page and an inline have in common: which rows a person may see and choose, and what they may do with them.

    `event_path` leads from a row to its event (`pk` for the event itself); there `view_rights` and `change_rights` are asked, of which any
    one is enough. Tables that belong to no event say `may_open`, `may_see`, `may_add` and `may_change` themselves; what says nothing is
    the admins' alone.
    """

    model: type[models.Model]
    admin_site: AdminSite
    event_path: ClassVar[str] = ""
    view_rights: ClassVar[Rights] = ()
    change_rights: ClassVar[Rights] = ()
    addable: ClassVar[bool] = True
    changeable: ClassVar[bool] = True
    deletable: ClassVar[bool] = True

    # --- Rows ---
    def rows_for(self, request: HttpRequest) -> models.QuerySet[Any]:
        """The rows this person may see."""
        rows = visible_rows(self.model, request.user)
        if self.event_path and self.view_rights and not cast(Any, request.user).is_superuser:
            rows = rows.filter(**{f"{self.event_path}__in": self.events_with(request, self.view_rights)})
        return rows

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Any]:
        rows: models.QuerySet[Any] = super().get_queryset(request)  # type: ignore[misc]
        if cast(Any, request.user).is_superuser:
            return rows
        return rows.filter(pk__in=self.rows_for(request).order_by().values("pk"))

    def related_rows(self, request: HttpRequest, model: type[models.Model]) -> models.QuerySet[Any]:
        """The rows of another table that this person may choose from: as its own page narrows them."""
        page = self.admin_site._registry.get(model)
        return page.rows_for(request) if isinstance(page, Narrowed) else visible_rows(model, request.user)

    def get_field_queryset(self, db: str | None, db_field: Any, request: HttpRequest) -> models.QuerySet[Any]:
        model = db_field.remote_field.model
        rows = self.related_rows(request, model)
        if self.change_rights and db_field.name == self.event_path:  # who only looks at an event adds nothing to it
            rows = rows.filter(pk__in=self.events_with(request, self.change_rights).values("pk"))
        page = self.admin_site._registry.get(model)
        ordering = page.get_ordering(request) if page else ()
        return rows.order_by(*ordering) if ordering else rows

    # --- Rights at events ---
    def event_model(self) -> Any:
        return model_at(self.model, self.event_path)

    def events_with(self, request: HttpRequest, rights: Rights) -> models.QuerySet[Any]:
        """Events where this person has one of these rights; without any named, those they help to run."""
        events = self.event_model()._default_manager.all()
        if not rights:
            return cast("models.QuerySet[Any]", events.run_by(request.user))
        return cast(
            "models.QuerySet[Any]",
            events.filter(Q(*(Q(pk__in=events.run_by(request.user, r).values("pk")) for r in rights), _connector=Q.OR)),
        )

    def event_of(self, row: Any) -> Any:
        """The key of a row's event."""
        if self.event_path == EVENT_ITSELF:
            return row.pk
        *before, last = self.event_path.split("__")
        for part in before:
            row = getattr(row, part)
        return getattr(row, f"{last}_id")

    def has_right(self, request: HttpRequest, rights: Rights, row: Any) -> bool:
        """Does this person have one of these rights at the row's event?"""
        if cast(Any, request.user).is_superuser:
            return True
        if not self.event_path or not rights or row is None:
            return False
        event = self.event_of(row)
        model = self.event_model()
        ask = lambda: self.events_with(request, rights).filter(pk=event).exists()  # noqa: E731 -- one line, read once
        return bool(event and remembered(request, (model, tuple(rights), event), ask))

    def has_right_somewhere(self, request: HttpRequest, rights: Rights) -> bool:
        if cast(Any, request.user).is_superuser:
            return True
        if not self.event_path:
            return False
        ask = lambda: self.events_with(request, rights).exists()  # noqa: E731
        return bool(remembered(request, (self.event_model(), tuple(rights)), ask))

    # --- What a person may do: tables say it in these; superusers aren't asked ---
    def may_open(self, request: HttpRequest) -> bool:
        return self.has_right_somewhere(request, self.view_rights)

    def may_see(self, request: HttpRequest, row: Any) -> bool:
        ask = lambda: self.rows_for(request).filter(pk=row.pk).exists()  # noqa: E731
        return bool(remembered(request, (type(self), row.pk), ask))

    def may_add(self, request: HttpRequest) -> bool:
        return bool(self.change_rights) and self.has_right_somewhere(request, self.change_rights)

    def may_change(self, request: HttpRequest, row: Any) -> bool:
        return self.has_right(request, self.change_rights, row)

    def may_change_some(self, request: HttpRequest) -> bool:
        return self.may_add(request)

    def may_delete(self, request: HttpRequest, row: Any) -> bool:
        return self.may_change(request, row)
