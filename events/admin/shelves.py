"""Shelves: what events are put together from, common to all or an organiser's own."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from events.admin.common import LANGUAGE_CODES, TEAM, mine, owned
from events.desk_forms import SomeName
from events.models import Club, ClubMember, Event, EventType, Organiser, Role, Room, StatedPreference, Tag, Venue
from events.permissions import Right
from netevent.core.admin import DeskAdmin, DeskTabularInline, TranslatedDeskAdmin


class CommonShelf(DeskAdmin):
    """Common to all: whoever is at the desk may read and choose, admins keep it."""

    def rows_for(self, request: HttpRequest) -> QuerySet[Any]:
        return self.model._default_manager.all()

    def may_open(self, request: HttpRequest) -> bool:
        return True

    def may_see_deleted(self, request: HttpRequest, record: Any) -> bool:
        return False


@admin.register(EventType)
class EventTypeAdmin(CommonShelf, TranslatedDeskAdmin):  # type: ignore[misc]
    form = SomeName
    list_display = ("name", "key")
    search_fields = ("key", *(f"name_{code}" for code in LANGUAGE_CODES))
    fieldsets = ((None, {"fields": ("key",)}), (_("name"), {"fields": tuple(f"name_{code}" for code in LANGUAGE_CODES)}))
    importable = True
    import_key = "key"


@admin.register(Tag)
class TagAdmin(CommonShelf):
    list_display = ("name",)
    search_fields = ("name",)
    fields = ("name",)
    importable = True
    import_key = "name"

    def rows_for(self, request: HttpRequest) -> QuerySet[Any]:
        """A tag typed for a draft is nobody else's suggestion."""
        user = cast(Any, request.user)
        if user.is_superuser:
            return Tag.objects.all()
        seen = Q(events__in=Event.objects.listed()) | Q(events__in=Event.objects.run_by(user))
        return Tag.objects.filter(pk__in=Tag.objects.filter(seen).values("pk"))


class ClubMemberInline(DeskTabularInline):
    model = ClubMember
    fields = ("user", "role")
    autocomplete_fields = ("user",)
    view_rights = TEAM  # people's names: for admins alone, since a club has no event at which anybody could have a right


@admin.register(Club)
class ClubAdmin(CommonShelf):
    list_display = ("name", "domain")
    search_fields = ("name", "domain")
    fields = ("name", "domain", "description")
    inlines = (ClubMemberInline,)
    importable = True
    import_key = "name"


@admin.register(ClubMember)
class ClubMemberAdmin(DeskAdmin):
    list_display = ("user", "club", "role")
    list_select_related = ("user", "club")
    list_filter = ("club",)
    search_fields = ("user__first_name", "user__last_name", "user__email", "club__name")
    autocomplete_fields = ("user", "club")
    typed_filters = ("club",)


@admin.register(StatedPreference)
class StatedPreferenceAdmin(DeskAdmin):
    """What people say they like, for admins: it belongs to no event."""

    list_display = ("user", "rank", "event_type")
    list_select_related = ("user", "event_type")
    list_filter = ("event_type",)
    search_fields = ("user__first_name", "user__last_name", "user__email")
    autocomplete_fields = ("user", "event_type")
    fields = ("user", "event_type", "rank")


class RoomInline(DeskTabularInline):
    model = Room
    fields = ("name", "capacity")

    def may_add(self, request: HttpRequest) -> bool:
        return mine(request).exists()

    def may_change(self, request: HttpRequest, row: Any) -> bool:
        return mine(request).filter(pk=row.organiser_id).exists()


class OwnShelf(DeskAdmin):
    """Of one organiser, or of nobody and then shared and kept by admins."""

    def owners(self, request: HttpRequest) -> QuerySet[Organiser]:
        return mine(request)

    def organiser_of(self, row: Any) -> int | None:
        return cast("int | None", row.organiser_id)

    def may_open(self, request: HttpRequest) -> bool:
        return True

    def may_add(self, request: HttpRequest) -> bool:
        return self.owners(request).exists()

    def may_change(self, request: HttpRequest, row: Any) -> bool:
        return self.owners(request).filter(pk=self.organiser_of(row) or 0).exists()

    def may_see_deleted(self, request: HttpRequest, record: Any) -> bool:
        return self.owners(request).filter(pk=self.organiser_of(record) or 0).exists()

    def get_field_queryset(self, db: str | None, db_field: Any, request: HttpRequest) -> QuerySet[Any]:
        if db_field.remote_field.model is Organiser:
            return self.owners(request).order_by("name")
        return super().get_field_queryset(db, db_field, request)

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        field = super().formfield_for_foreignkey(db_field, request, **kwargs)
        if db_field.remote_field.model is Organiser and not cast(Any, request.user).is_superuser:
            field.required = True  # without one it would be everybody's
        return field


@admin.register(Venue)
class VenueAdmin(OwnShelf):
    list_display = ("name", "city", "organiser", "capacity")
    list_select_related = ("organiser",)
    list_filter = ("organiser", "city")
    search_fields = ("name", "city", "address")
    fields = ("name", "organiser", "address", "city", ("block", "floor"), "capacity")
    inlines = (RoomInline,)
    importable = True


@admin.register(Room)
class RoomAdmin(OwnShelf):
    list_display = ("name", "venue", "capacity")
    list_select_related = ("venue",)
    list_filter = ("venue",)
    typed_filters = ("venue",)
    search_fields = ("name", "venue__name", "venue__city")
    autocomplete_fields = ("venue",)
    fields = ("venue", "name", "capacity")

    def rows_for(self, request: HttpRequest) -> QuerySet[Any]:
        return Room.objects.filter(venue__in=self.related_rows(request, Venue))

    def organiser_of(self, row: Any) -> int | None:
        venue = Venue.objects.filter(pk=row.venue_id).first()
        return venue.organiser_id if venue else None

    def get_field_queryset(self, db: str | None, db_field: Any, request: HttpRequest) -> QuerySet[Any]:
        rows = super().get_field_queryset(db, db_field, request)
        if db_field.remote_field.model is Venue and not cast(Any, request.user).is_superuser:
            rows = rows.filter(organiser__in=mine(request))
        return rows


@admin.register(Role)
class RoleAdmin(OwnShelf):
    list_display = ("__str__", "organiser", "description", *(right.value for right in Right))
    list_display_links = ("__str__",)
    list_select_related = ("organiser",)
    search_fields = ("name", "key", "description")
    prepopulated_fields = {"key": ("name",)}
    fieldsets = (
        (None, {"fields": ("name", "key", "organiser", "description")}),
        (_("What this role may do"), {"fields": tuple((a, b) for a, b in zip(list(Right)[::2], list(Right)[1::2], strict=True))}),
    )
    import_key = "key"

    def owners(self, request: HttpRequest) -> QuerySet[Organiser]:
        return owned(request)

    def get_prepopulated_fields(self, request: HttpRequest, obj: Any = None) -> dict[str, Any]:
        return {} if obj is not None and not self.has_change_permission(request, obj) else dict(self.prepopulated_fields)
