"""The desk's page of the outbox."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action, display

from netevent.core.admin import ReadOnlyDesk
from netevent.core.dates import show_datetime
from netevent.notifications.models import Message
from netevent.notifications.permissions import may_send
from netevent.notifications.scopes import scopes
from netevent.notifications.services import drop_message, send_again

if TYPE_CHECKING:
    from netevent.accounts.models import User

STATE_COLOURS = {"sent": "success", "failed": "danger", "waiting": "info", "sending": "info", "held": "warning"}


class FailingFilter(admin.SimpleListFilter):
    title = _("delivery")
    parameter_name = "delivery"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("failing", _("Failing"))]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        return queryset.failing() if self.value() == "failing" else queryset


@admin.register(Message)
class MessageAdmin(ReadOnlyDesk):
    list_display = ("template", "address", "shown_state", "attempt", "shown_due", "error")
    list_select_related = ("to_user",)
    list_filter = (FailingFilter, "state", "language", "template")
    search_fields = ("template", "to_address", "about", "to_user__email")
    ordering = ("-pk",)
    fieldsets = (
        (None, {"fields": ("template", "state", "error", ("attempt", "due_at", "sent_at"))}),
        (_("To whom"), {"fields": (("address", "to_user"), "language", "channel")}),
        (_("About what"), {"fields": ("about", "scope", "header_id")}),
    )
    actions = ("send_chosen_again", "drop_chosen")
    actions_detail = ("again",)
    exportable = False

    def may_open(self, request: HttpRequest) -> bool:
        return bool(scopes.of(request.user))

    def has_again_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        row = self.row_of(request, obj) if obj is not None else None
        return row is None or (row.state in (Message.State.FAILED, Message.State.HELD) and self.has_right(request, (), row))

    @display(description=_("to"))
    def address(self, row: Message) -> str:
        return row.address or "–"

    @display(description=_("state"), ordering="state", label=STATE_COLOURS)
    def shown_state(self, row: Message) -> tuple[str, str]:
        return row.state, row.get_state_display()

    @display(description=_("due"), ordering="due_at")
    def shown_due(self, row: Message) -> str:
        return show_datetime(row.sent_at or row.due_at)

    @admin.action(description=_("Send again"))
    def send_chosen_again(self, request: HttpRequest, queryset: QuerySet[Message]) -> None:
        self.do_all(request, queryset, send_again, sent_sentence)

    @admin.action(description=_("Never send"))
    def drop_chosen(self, request: HttpRequest, queryset: QuerySet[Message]) -> None:
        self.do_all(request, queryset, drop_message, dropped_sentence)

    def do_all(self, request: HttpRequest, rows: QuerySet[Message], service: Any, sentence: Any) -> None:
        """To those of the rows at whose place this person sends messages."""
        self.act_on(request, rows, (), service, done=sentence)

    def has_right(self, request: HttpRequest, rights: Any, row: Any) -> bool:
        """The one right that acts on messages ask for, whatever is named."""
        return may_send(cast("User", request.user), row)

    @action(description=_("Send again"), permissions=["again"], icon="send")
    def again(self, request: HttpRequest, object_id: str) -> HttpResponse:
        row = self.found(request, object_id)
        self.need(request, (), row)
        if request.method == "POST":
            return self.act_once(request, row, lambda: send_again(row), done=gettext("It is on its way again."))
        return self.ask(
            request,
            title=gettext("Send this message again?"),
            text=gettext("It gets all its tries again."),
            button=gettext("Send again"),
            back=self.url_of("change", row.pk),
        )


def sent_sentence(number: int) -> str:
    return ngettext("%(number)d message is on its way again.", "%(number)d messages are on their way again.", number) % {"number": number}


def dropped_sentence(number: int) -> str:
    return ngettext("%(number)d message will not be sent.", "%(number)d messages will not be sent.", number) % {"number": number}
