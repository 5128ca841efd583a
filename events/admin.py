"""The organisers' desk: organisers, events, and what events are put together from."""

from __future__ import annotations

from contextlib import AbstractContextManager
from datetime import tzinfo
from typing import Any, ClassVar, cast
from zoneinfo import ZoneInfo

from django import forms
from django.conf import settings
from django.contrib import admin
from django.contrib.admin.widgets import AutocompleteSelectMultiple
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action, display
from unfold.enums import ActionVariant

from events.desk_forms import AttendeeTypeForm, AttendeeTypeFormSet, DeskForm, EventForm, OrganiserForm, SomeName
from events.models import (
    AttendeeType,
    Club,
    ClubMember,
    Event,
    EventType,
    Organiser,
    OrganiserMember,
    Role,
    Room,
    Tag,
    TeamMember,
    Venue,
    Visibility,
)
from events.permissions import Right, may_create_events
from events.services import visibility
from events.services.events import delete_event, finish_new_event, publish_checklist, publish_event, refresh_price_from, refuse_below_held
from events.services.organisers import approve_organiser, leave_organiser
from events.services.team import link_member, refuse_without_owner, roles_to_give
from netevent.core.admin import EVENT_ITSELF, DeskAdmin, DeskTabularInline, TranslatedDeskAdmin, TranslatedTabularInline
from netevent.core.dates import show_datetime, show_zone
from netevent.core.errors import DomainError
from netevent.core.versions import one_version

LANGUAGE_CODES = tuple(code for code, _name in settings.LANGUAGES)
EDIT = (Right.EDIT_EVENT,)
TEAM = (Right.MANAGE_TEAM,)


def owned(request: HttpRequest) -> QuerySet[Organiser]:
    """Organisers that this person owns."""
    user = cast(Any, request.user)
    return Organiser.objects.all() if user.is_superuser else Organiser.objects.filter(members__user=user, members__is_owner=True)


def mine(request: HttpRequest) -> QuerySet[Organiser]:
    """Approved organisers that this person belongs to."""
    user = cast(Any, request.user)
    return Organiser.objects.all() if user.is_superuser else Organiser.objects.approved().filter(members__user=user)


def language_tabs(*fields: str) -> list[tuple[Any, Any]]:
    """A tab a language, named in its own words by its code."""
    return [(name, {"classes": ["tab"], "fields": [f"{field}_{code}" for field in fields]}) for code, name in settings.LANGUAGES]


# --- Organisers ------------------------------------------------------------------------------------------------------------
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
    readonly_fields = ("approved_at", "staff_code", "created_at", "updated_at")
    fieldsets = (
        (None, {"fields": ("name", "legal_name", "email", ("language", "time_zone"))}),
        (_("On receipts and badges"), {"fields": ("address", "vat_id", "staff_code")}),
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
        return self.ask(
            request,
            title=gettext("Let %(name)s run events?") % {"name": row.name},
            text=gettext("Its members may then create and publish events. The owners get a mail."),
            button=gettext("Approve"),
            back=self.url_of("change", row.pk),
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


# --- Shelves ---------------------------------------------------------------------------------------------------------------
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


# --- Events ----------------------------------------------------------------------------------------------------------------
class AttendeeTypeInline(TranslatedTabularInline):
    model = AttendeeType
    form = AttendeeTypeForm
    formset = AttendeeTypeFormSet
    event_path = EVENT_ITSELF
    change_rights = EDIT
    show_change_link = True
    verbose_name_plural = _("attendee types")

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return (f"name_{first_language(obj)}", "code", "price", "capacity", "hidden", "position")

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        return [(None, {"fields": self.get_fields(request, obj)})]


def first_language(event: Event | None) -> str:
    """The language that an event's short fields are typed in."""
    return next((code for code in (event.content_languages if event else []) if code in LANGUAGE_CODES), "en")


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


class WhenFilter(admin.SimpleListFilter):
    title = _("when")
    parameter_name = "when"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("upcoming", _("To come")), ("past", _("Over"))]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        return {"upcoming": queryset.upcoming, "past": queryset.past}.get(self.value() or "", queryset.all)()


# What a point of the publish checklist is called once it is done; open ones say what to do.
CHECKED = {
    "name": _("Name"),
    "description": _("Description"),
    "location": _("Place"),
    "starts_at": _("Date to come"),
    "attendee_types": _("Attendee types"),
    "organiser": _("Approved organiser"),
}


@admin.register(Event)
class EventAdmin(TranslatedDeskAdmin):
    form = EventForm
    event_path = EVENT_ITSELF
    change_rights = EDIT
    list_display = ("shown_name", "shown_when", "shown_visibility", "organiser", "event_type", "city", "max_attendees")
    list_display_links = ("shown_name",)
    list_select_related = ("organiser", "event_type")
    list_filter = (WhenFilter, "visibility", "event_type", "organiser", "city")
    search_fields = ("code", "city", *(f"name_{code}" for code in LANGUAGE_CODES))
    ordering = ("-starts_at", "-pk")
    autocomplete_fields = ("organiser", "venue", "room")
    readonly_fields = ("visibility", "checklist", "planned_starts_at", "created_at", "updated_at")
    inlines = (AttendeeTypeInline, TeamInline)
    instead_of_deleting = _("Cancel or archive it instead.")
    actions_detail = (
        "publish",
        "show_page",
        {"title": _("More"), "items": ("unlist", "withdraw", "call_off", "archive")},
    )

    # --- Rights ---
    def may_add(self, request: HttpRequest) -> bool:
        return may_create_events(cast(Any, request.user))

    def may_change_some(self, request: HttpRequest) -> bool:
        return self.has_right_somewhere(request, EDIT)

    def may_delete(self, request: HttpRequest, row: Any) -> bool:
        return self.has_right(request, TEAM, row)

    def may_see_deleted(self, request: HttpRequest, record: Any) -> bool:
        return owned(request).filter(pk=record.organiser_id).exists()

    def has_edit_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_change_permission(request, obj)

    def has_publish_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        row = self.row_of(request, obj) if obj is not None else None
        return self.has_change_permission(request, obj) and (row is None or row.visibility != Visibility.PUBLISHED)

    # --- The page ---
    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        may_edit = self.has_change_permission(request, obj) if obj else True
        basics: list[Any] = ["organiser", ("code", "event_type"), "tags_chosen", *(["new_tags"] if may_edit else []), "clubs_chosen"]
        state = [(_("State"), {"fields": ("visibility", "checklist")})] if obj else []
        zone = timezone.get_current_timezone()
        clocks = gettext("Every time on this page is by the clocks of the event's time zone: %(zone)s.") % {
            "zone": show_zone(str(zone), obj and obj.starts_at)
        }
        return [
            *state,
            (_("Basics"), {"fields": basics}),
            (
                _("When and where"),
                {
                    "description": clocks,
                    "fields": ("time_zone", "starts_at", "ends_at", "venue", "room", "location", ("city", "department")),
                },
            ),
            (
                _("Registration"),
                {
                    "fields": (
                        ("max_attendees", "has_waiting_list"),
                        ("mode", "pending_holds_place"),
                        "registration_opens_at",
                        "registration_closes_at",
                        "cancel_until",
                        ("currency", "payment_term_days"),
                        ("proof_hours", "retention_days"),
                        ("recheck_on_edit", "refuses_same_hour"),
                    )
                },
            ),
            (_("Look"), {"fields": ("colour", "picture", "content_languages")}),
            (
                _("Workshop"),
                {"classes": ["collapse"], "fields": (("level", "instructor"), "prerequisites", "you_will_learn", "agenda")},
            ),
            *language_tabs("name", "description"),
        ]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        fixed = super().get_readonly_fields(request, obj)
        return (*fixed, "organiser") if obj is not None and not cast(Any, request.user).is_superuser else fixed

    def get_field_queryset(self, db: str | None, db_field: Any, request: HttpRequest) -> QuerySet[Any]:
        if db_field.name == "organiser":
            return mine(request).order_by("name")
        return super().get_field_queryset(db, db_field, request)

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> type[forms.ModelForm]:
        form = super().get_form(request, obj, change=change, **kwargs)
        if "tags_chosen" in form.base_fields:
            form.base_fields["tags_chosen"] = self.many(request, "tags", Tag)
            form.base_fields["clubs_chosen"] = self.many(request, "clubs", Club)
        return form

    def many(self, request: HttpRequest, name: str, model: type[Model]) -> forms.Field:
        """A field for a set behind a link table, which Django's admin leaves out."""
        column = cast(Any, Event._meta.get_field(name))
        widget = AutocompleteSelectMultiple(column, self.admin_site)
        return forms.ModelMultipleChoiceField(
            label=column.verbose_name, required=False, queryset=self.related_rows(request, model), widget=widget
        )

    @display(description=_("tags"))
    def tags_chosen(self, row: Event) -> str:
        return ", ".join(row.tags.values_list("name", flat=True)) or "–"

    @display(description=_("organising clubs"))
    def clubs_chosen(self, row: Event) -> str:
        return ", ".join(row.clubs.values_list("name", flat=True)) or "–"

    @display(description=_("ready to publish?"))
    def checklist(self, row: Event) -> str:
        items = publish_checklist(row).items()
        lines = [
            ("done", "check_circle", CHECKED.get(key, key)) if done else ("open", "radio_button_unchecked", text)
            for key, (done, text) in items
        ]
        one = '<li class="desk-check desk-check--{}"><span class="material-symbols-outlined" aria-hidden="true">{}</span> {}</li>'
        return format_html('<ul class="desk-checks">{}</ul>', format_html_join("", one, lines))

    # --- Times by the event's clocks ---
    def zone_of(self, request: HttpRequest, object_id: str | None) -> tzinfo:
        typed = request.POST.get("time_zone")
        try:
            if typed:
                return ZoneInfo(typed)
        except (ValueError, OSError, KeyError):
            pass
        if object_id:
            return cast(tzinfo, self.found(request, object_id).zone)
        organiser = mine(request).first()
        return ZoneInfo(organiser.time_zone) if organiser else timezone.get_current_timezone()

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        organisers = list(mine(request)[:2])
        given = (
            {"organiser": organisers[0].pk, "time_zone": organisers[0].time_zone, "content_languages": [organisers[0].language]}
            if len(organisers) == 1
            else {}
        )
        return {**given, **super().get_changeform_initial_data(request)}

    # --- One page, one version ---
    def one_act(self, request: HttpRequest, object_id: str | None) -> AbstractContextManager[Any]:
        event = self.found(request, object_id) if object_id else None
        return one_version(event, source="admin", user=request.user)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        obj.planned_starts_at = obj.planned_starts_at or obj.starts_at
        super().save_model(request, obj, form, change)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        event = form.instance
        for member in event.team.filter(user__isnull=True):
            link_member(member)
        if not change:
            finish_new_event(event, by=cast(Any, request.user), source="admin")
            return
        refresh_price_from(event)
        refuse_below_held(event)
        if any(formset.model is TeamMember and formset.has_changed() for formset in formsets):
            refuse_without_owner(event)

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        delete_event(obj, by=cast(Any, request.user))

    # --- The list ---
    @display(description=_("event"), ordering="name", header=True)
    def shown_name(self, row: Event) -> tuple[str, str]:
        return row.name, row.code

    @display(description=_("start"), ordering="starts_at", header=True)
    def shown_when(self, row: Event) -> tuple[str, str]:
        return show_datetime(row.starts_at, row.time_zone), show_zone(row.time_zone, row.starts_at)

    @display(
        description=_("visibility"),
        ordering="visibility",
        label={"draft": "info", "published": "success", "unlisted": "warning", "cancelled": "danger"},
    )
    def shown_visibility(self, row: Event) -> tuple[str, str]:
        return row.visibility, row.get_visibility_display()

    # --- Acts ---
    def act(
        self, request: HttpRequest, object_id: str, service: Any, *, title: str, text: str, button: str, done: str, **more: Any
    ) -> HttpResponse:
        """Ask, then do it through the service."""
        event = self.found(request, object_id)
        self.need(request, EDIT, event)
        if request.method == "POST":
            return self.act_once(request, event, lambda: service(event, by=request.user, source="admin"), done=done)
        return self.ask(request, title=title % {"name": event.name}, text=text, button=button, back=self.url_of("change", event.pk), **more)

    @action(description=_("Publish"), permissions=["publish"], icon="publish", variant=ActionVariant.PRIMARY)
    def publish(self, request: HttpRequest, object_id: str) -> HttpResponse:
        event = self.found(request, object_id)
        missing = [str(text) for done, text in publish_checklist(event).values() if not done]
        return self.act(
            request,
            object_id,
            publish_event,
            title=gettext("Publish %(name)s?"),
            text=gettext("Its page becomes public, stands in every list, and people can register as soon as registration opens."),
            button=gettext("Publish"),
            done=gettext("The event is public."),
            notes=missing,
        )

    @action(description=_("Show the page"), icon="open_in_new")
    def show_page(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return redirect(self.found(request, object_id))

    @action(description=_("Publish unlisted"), permissions=["edit"], icon="link")
    def unlist(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self.act(
            request,
            object_id,
            visibility.unlist_event,
            title=gettext("Publish %(name)s without listing it?"),
            text=gettext("Whoever knows its address sees the page; no list shows it."),
            button=gettext("Publish unlisted"),
            done=gettext("The event is public for whoever knows its address."),
        )

    @action(description=_("Back to draft"), permissions=["edit"], icon="undo")
    def withdraw(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self.act(
            request,
            object_id,
            visibility.withdraw_event,
            title=gettext("Take %(name)s back?"),
            text=gettext("Its page is out of sight until you publish it again. Registrations stay."),
            button=gettext("Back to draft"),
            done=gettext("The event is a draft again."),
        )

    @action(description=_("Call off"), permissions=["edit"], icon="event_busy", variant=ActionVariant.DANGER)
    def call_off(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self.act(
            request,
            object_id,
            visibility.cancel_event,
            title=gettext("Call %(name)s off?"),
            text=gettext("Its page stays and says that the event was called off. Nobody can register any more."),
            button=gettext("Call off"),
            done=gettext("The event was called off."),
            danger=True,
        )

    @action(description=_("Archive"), permissions=["edit"], icon="inventory_2")
    def archive(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self.act(
            request,
            object_id,
            visibility.archive_event,
            title=gettext("Archive %(name)s?"),
            text=gettext("Its page is gone, its figures stay."),
            button=gettext("Archive"),
            done=gettext("The event was archived."),
        )


class EventChildAdmin(DeskAdmin):
    """A row of one event, whose change is a version of the event."""

    event_path: ClassVar[str] = "event"
    list_select_related = ("event",)
    autocomplete_fields = ("event",)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        fixed = tuple(super().get_readonly_fields(request, obj))
        return (*fixed, "event") if obj is not None else fixed

    def one_act(self, request: HttpRequest, object_id: str | None) -> AbstractContextManager[Any]:
        event = self.found(request, object_id).event if object_id else None
        return one_version(event, source="admin", user=request.user)


@admin.register(AttendeeType)
class AttendeeTypeAdmin(EventChildAdmin, TranslatedDeskAdmin):  # type: ignore[misc]
    form = AttendeeTypeForm
    change_rights = EDIT
    list_display = ("name", "event", "code", "price", "capacity", "hidden")
    list_filter = ("event", "hidden")
    search_fields = ("code", *(f"name_{code}" for code in LANGUAGE_CODES))
    fieldsets = (
        (
            None,
            {
                "fields": (
                    "event",
                    "code",
                    ("price", "vat_rate"),
                    "capacity",
                    "opens_at",
                    "closes_at",
                    "mode",
                    ("colour", "position"),
                    "hidden",
                )
            },
        ),
        *language_tabs("name", "description"),
    )

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        refresh_price_from(obj.event)
        refuse_below_held(obj.event)

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        if not obj.event.attendee_types.exclude(pk=obj.pk).exists():
            raise DomainError("last_type", _("An event keeps at least one attendee type."))
        with one_version(obj.event, source="admin", user=request.user):
            super().delete_model(request, obj)
            refresh_price_from(obj.event)


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
