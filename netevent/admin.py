"""The desk: Django's admin as its own site, entered by right and not by flag."""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.conf import settings
from django.contrib import admin
from django.contrib.admin.apps import AdminConfig
from django.contrib.auth.views import LogoutView, redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.templatetags.static import static
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _
from unfold.sites import UnfoldAdminSite

from netevent.core.context import offered_languages
from netevent.core.signals import collect, desk_alerts

# By task, in the order of an event's life: title, and (label, icon, model).
TASKS: tuple[tuple[Any, tuple[tuple[Any, str, str], ...]], ...] = (
    (
        _("Events"),
        (
            (_("Events"), "event", "events.Event"),
            (_("Attendee types"), "sell", "events.AttendeeType"),
            (_("Team"), "groups", "events.TeamMember"),
            (_("Checkpoints"), "door_front", "attendees.Checkpoint"),
            (_("Questions"), "quiz", "attendees.Question"),
            (_("Consent texts"), "handshake", "attendees.ConsentText"),
        ),
    ),
    (
        _("People"),
        (
            (_("Attendees"), "badge", "attendees.Attendee"),
            (_("Groups"), "group", "attendees.Party"),
            (_("Scans"), "qr_code_scanner", "attendees.CheckIn"),
            (_("Answers"), "list_alt", "attendees.QuestionAnswer"),
            (_("Consents"), "verified_user", "attendees.Consent"),
            (_("Badges"), "id_card", "attendees.Badge"),
            (_("Registration steps"), "timeline", "attendees.RegistrationStep"),
            (_("Reasons"), "rule", "attendees.Reason"),
        ),
    ),
    (
        _("Money"),
        (
            (_("Payments"), "payments", "attendees.Payment"),
            (_("Refunds"), "undo", "attendees.Refund"),
            (_("Receipts"), "receipt_long", "attendees.Receipt"),
            (_("Vouchers"), "confirmation_number", "attendees.Voucher"),
        ),
    ),
    (
        _("Messages and jobs"),
        (
            (_("Messages to attendees"), "campaign", "notifications.Mailing"),
            (_("Messages"), "mail", "notifications.Message"),
            (_("Jobs"), "pending_actions", "jobs.Job"),
        ),
    ),
    (
        _("Shelves"),
        (
            (_("Venues"), "location_on", "events.Venue"),
            (_("Rooms"), "meeting_room", "events.Room"),
            (_("Clubs"), "diversity_3", "events.Club"),
            (_("Tags"), "label", "events.Tag"),
            (_("Event types"), "category", "events.EventType"),
            (_("Roles"), "admin_panel_settings", "events.Role"),
        ),
    ),
    (
        _("Platform"),
        (
            (_("Organisers"), "corporate_fare", "events.Organiser"),
            (_("Users"), "person", "accounts.User"),
            (_("Languages"), "translate", "accounts.Language"),
            (_("Schedules"), "schedule", "django_celery_beat.PeriodicTask"),
        ),
    ),
)


class DeskSite(UnfoldAdminSite):
    """Rows and acts are narrowed by `netevent.core.admin.DeskAdmin`; who may come in is `User.is_staff`, derived from rows."""

    index_title = _("What needs you")
    enable_nav_sidebar = True

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """There is one sign-in, for everybody. Who is signed in and has no business here is led to their own page."""
        onwards = request.GET.get("next") or reverse("admin:index")
        if not url_has_allowed_host_and_scheme(onwards, allowed_hosts={request.get_host()}):
            onwards = reverse("admin:index")
        if not request.user.is_authenticated:
            return redirect_to_login(onwards, settings.LOGIN_URL)
        return HttpResponseRedirect(onwards if self.has_permission(request) else settings.LOGIN_REDIRECT_URL)

    def logout(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        return LogoutView.as_view(next_page=settings.LOGOUT_REDIRECT_URL)(request)

    def password_change(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        return HttpResponseRedirect(reverse("account_change_password"))

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        """Django makes this list for every page, asking four permissions of every table; the sidebar is ours (`navigation`)."""
        return super().get_app_list(request, app_label) if app_label else []

    def has_permission(self, request: HttpRequest) -> bool:
        """Asked several times a page; the rows that decide are read once."""
        known = request.__dict__.setdefault("_desk_answers", {})
        key = ("enters", getattr(request.user, "pk", None))
        if key not in known:
            known[key] = super().has_permission(request)
        return bool(known[key])


class DeskConfig(AdminConfig):
    default_site = "netevent.admin.DeskSite"


# --- What unfold asks for --------------------------------------------------------------------------------------------------
def mark(request: HttpRequest) -> str:
    return static("netevent/img/mark.svg")


def styles(request: HttpRequest) -> str:
    return static("netevent/desk/desk.css")


def languages(request: HttpRequest) -> list[dict[str, str]]:
    return [{"code": code, "name_local": name} for code, name in offered_languages()]


def account_links(request: HttpRequest) -> list[dict[str, Any]]:
    return [
        {"title": _("My account"), "link": reverse("account")},
        {"title": _("Change password"), "link": reverse("account_change_password")},
    ]


def navigation(request: HttpRequest) -> list[dict[str, Any]]:
    """The sidebar: for each task the tables that this person may open."""
    groups = [{"title": title, "separator": False, "items": items} for title, entries in TASKS if (items := menu_items(request, entries))]
    return [{"items": [{"title": _("Start"), "icon": "home", "link": reverse("admin:index")}]}, *groups]


def menu_items(request: HttpRequest, entries: tuple[tuple[Any, str, str], ...]) -> list[dict[str, Any]]:
    items = []
    for label, icon, name in entries:
        page = admin.site._registry.get(apps.get_model(name))
        if page is not None and page.has_view_permission(request):
            address = reverse(f"admin:{page.opts.app_label}_{page.opts.model_name}_changelist")
            items.append({"title": label, "icon": icon, "link": address, "active": request.path.startswith(address)})
    return items


def start_page(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """What needs this person, gathered from every app."""
    return {**context, "panels": collect(desk_alerts, request=request)}
