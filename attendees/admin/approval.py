"""Who waits: approve, turn down, offer a place, take an offer back. And the shelf of reasons."""

from __future__ import annotations

from functools import partial
from typing import Any, cast

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action, display
from unfold.enums import ActionVariant

from attendees.admin.common import MANAGE, PersonRows
from attendees.approval_forms import RejectForm
from attendees.models import AcceptedType, Attendee, Offer, Reason, Status
from attendees.services.approval import REJECTABLE, Preview, approve, preview_approval, preview_rejection, reject, reopen
from attendees.services.waiting_list import offer_by_hand, open_offer_of, withdraw_offer
from events.admin.common import LANGUAGE_CODES
from events.models import OrganiserMember
from netevent.core.admin import DeskAdmin, TranslatedDeskAdmin
from netevent.core.errors import DomainError

APPROVED_TEXT = _("The next step is payment where something is due; otherwise the place is confirmed. Each person is told by mail.")
REJECTED_TEXT = _("The places are free at once. Each person gets the reason in their language.")


class Approvals(DeskAdmin):
    """Acts on those who wait, in the list and on a person's page."""

    def is_in(self, request: HttpRequest, obj: Any, *states: str) -> bool:
        row = self.row_of(request, obj) if obj is not None else None
        return self.has_change_permission(request, obj) and (row is None or row.status in states)

    def has_pending_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.is_in(request, obj, Status.PENDING_APPROVAL)

    def has_rejectable_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.is_in(request, obj, *REJECTABLE)

    def has_waiting_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.is_in(request, obj, Status.WAITLISTED)

    def has_offered_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """The page that asks may stand open while the person answers: then the act says that there is nothing left."""
        is_sent = request.method == "POST" and self.has_change_permission(request, obj)
        return is_sent or self.is_in(request, obj, Status.OFFERED)

    def has_rejected_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.is_in(request, obj, Status.REJECTED)

    # --- Acts on chosen rows ---
    @admin.action(description=_("Approve"), permissions=["manage"])
    def approve_chosen(self, request: HttpRequest, queryset: QuerySet[Attendee]) -> HttpResponse:
        rows = list(in_turn(queryset))
        if "confirmed" in request.POST:
            self.act_on(request, rows, MANAGE, lambda row: approve(row, by=cast(Any, request.user)), done=approved_sentence)
            return HttpResponseRedirect(request.get_full_path())
        preview = preview_approval(rows)
        title = ngettext("Approve %(number)d registration", "Approve %(number)d registrations", preview.possible)
        return self.ask_chosen(
            request,
            rows,
            "approve_chosen",
            title=title % {"number": preview.possible},
            text=str(APPROVED_TEXT),
            button=gettext("Approve"),
            notes=notes_of(preview),
        )

    @admin.action(description=_("Turn down"), permissions=["manage"])
    def reject_chosen(self, request: HttpRequest, queryset: QuerySet[Attendee]) -> HttpResponse:
        rows = list(in_turn(queryset))
        preview = preview_rejection(rows)
        form = self.reject_form(request, list(preview.languages), sent="confirmed" in request.POST)
        if form.is_ready():
            by = cast(Any, request.user)
            self.act_on(request, rows, MANAGE, lambda row: reject(row, by=by, reason=form.text_for(row.language)), done=rejected_sentence)
            return HttpResponseRedirect(request.get_full_path())
        title = ngettext("Turn down %(number)d registration", "Turn down %(number)d registrations", preview.possible)
        return self.ask_chosen(
            request,
            rows,
            "reject_chosen",
            title=title % {"number": preview.possible},
            text=str(REJECTED_TEXT),
            button=form.button(),
            form=form,
            notes=notes_of(preview),
            danger=True,
        )

    def reject_form(self, request: HttpRequest, languages: list[str], *, sent: bool) -> RejectForm:
        return RejectForm(request.POST if sent else None, reasons=self.related_rows(request, Reason), languages=languages)

    # --- The same on one person's page ---
    @action(description=_("Approve"), permissions=["pending"], icon="check_circle", variant=ActionVariant.PRIMARY)
    def approve_one(self, request: HttpRequest, object_id: str) -> HttpResponse:
        row = self.manageable(request, object_id)
        if request.method == "POST":
            return self.act_once(
                request, row, lambda: approve(row, by=cast(Any, request.user)), done=gettext("The registration is approved.")
            )
        return self.ask_about(request, row, title=gettext("Approve %(name)s?"), text=str(APPROVED_TEXT), button=gettext("Approve"))

    @action(description=_("Turn down"), permissions=["rejectable"], icon="block", variant=ActionVariant.DANGER)
    def reject_one(self, request: HttpRequest, object_id: str) -> HttpResponse:
        row = self.manageable(request, object_id)
        form = self.reject_form(request, [row.language], sent=request.method == "POST")
        if form.is_ready():
            act = partial(reject, row, by=cast(Any, request.user), reason=form.text_for(row.language))
            return self.act_once(request, row, act, done=gettext("The registration was turned down."))
        title = gettext("Turn down %(name)s?")
        return self.ask_about(request, row, title=title, text=str(REJECTED_TEXT), button=form.button(), form=form, danger=True)

    @action(description=_("Reopen"), permissions=["rejected"], icon="undo")
    def reopen_one(self, request: HttpRequest, object_id: str) -> HttpResponse:
        row = self.manageable(request, object_id)
        if request.method == "POST":
            return self.act_once(
                request, row, lambda: reopen(row, by=cast(Any, request.user)), done=gettext("The registration is open again.")
            )
        text = gettext("It starts anew, as if it had just come in, and the person is told by mail.")
        return self.ask_about(request, row, title=gettext("Reopen the registration of %(name)s?"), text=text, button=gettext("Reopen"))

    @action(description=_("Offer a place"), permissions=["waiting"], icon="redeem", variant=ActionVariant.PRIMARY)
    def offer_one(self, request: HttpRequest, object_id: str) -> HttpResponse:
        row = self.manageable(request, object_id)
        if request.method == "POST":
            done = gettext("The place is offered, and held until the offer ends.")
            return self.act_once(request, row, lambda: offer_by_hand(row, by=cast(Any, request.user)), done=done)
        text = gettext("The person comes before everybody else on the waiting list. Only a place that is free can be offered.")
        if row.party_id:
            text = gettext("The whole group comes before everybody else on the waiting list. There must be free places for all of them.")
        return self.ask_about(request, row, title=gettext("Offer %(name)s a place?"), text=text, button=gettext("Offer a place"))

    @action(description=_("Withdraw the offer"), permissions=["offered"], icon="undo")
    def withdraw_one(self, request: HttpRequest, object_id: str) -> HttpResponse:
        row = self.manageable(request, object_id)
        if request.method == "POST":
            return self.act_once(request, row, partial(withdraw, row, by=request.user), done=gettext("The offer was withdrawn."))
        text = gettext("The person goes back to the end of the waiting list and is told; the place is offered to the next one.")
        if row.party_id:
            text = gettext("The whole group goes back to the end of the waiting list and is told; the places are offered to the next ones.")
        return self.ask_about(
            request, row, title=gettext("Withdraw the offer to %(name)s?"), text=text, button=gettext("Withdraw"), danger=True
        )

    def manageable(self, request: HttpRequest, object_id: str) -> Attendee:
        row = self.found(request, object_id)
        self.need(request, MANAGE, row)
        return cast(Attendee, row)


def withdraw(row: Attendee, *, by: Any) -> None:
    """Take the open offer of this person back.

    Raises:
        DomainError: `offer_over`: they answered, or it ended, before this was sent.
    """
    offer = open_offer_of(row)
    if offer is None or not withdraw_offer(offer, by=by):
        raise DomainError("offer_over", gettext("There is no open offer any more: it was answered, or it ended. Nothing was withdrawn."))


def in_turn(rows: QuerySet[Attendee]) -> QuerySet[Attendee]:
    """First come, first served, where places run out on the way."""
    return rows.select_related("event", "attendee_type").order_by("created_at", "pk")


def notes_of(preview: Preview) -> list[str]:
    """Of those chosen: how many in which state, and who can't be decided why."""
    states = [f"{Status(state).label}: {number}" for state, number in preview.states.most_common()]
    return states + [
        gettext("Not possible: %(number)d. %(reason)s") % {"number": n, "reason": why} for why, n in preview.refused.most_common()
    ]


def approved_sentence(number: int) -> str:
    return ngettext("%(number)d registration was approved.", "%(number)d registrations were approved.", number) % {"number": number}


def rejected_sentence(number: int) -> str:
    return ngettext("%(number)d registration was turned down.", "%(number)d registrations were turned down.", number) % {"number": number}


@admin.register(Offer)
class OfferAdmin(PersonRows):
    """Who was offered a place, until when, and what came of it; never the links."""

    event_path = "attendee__event"
    list_display = ("attendee", "attendee_type", "instead_of", "state", "expires_at", "answered_at")
    list_select_related = ("attendee", "attendee_type", "instead_of")
    list_filter = ("state",)
    search_fields = ("attendee__search_key",)
    fields = ("attendee", "attendee_type", "instead_of", "state", "expires_at", "answered_at", "created_at")


@admin.register(AcceptedType)
class AcceptedTypeAdmin(PersonRows):
    """Who waits for one type and would take another too."""

    event_path = "attendee__event"
    list_display = ("attendee", "attendee_type", "created_at")
    list_select_related = ("attendee", "attendee_type")
    list_filter = ("attendee_type",)
    typed_filters = ("attendee_type",)
    search_fields = ("attendee__search_key",)
    fields = ("attendee", "attendee_type", "created_at")


@admin.register(Reason)
class ReasonAdmin(TranslatedDeskAdmin):
    """Shared ones are the admins'; owners of an organiser keep their own."""

    list_display = ("shown_text", "key", "shown_organiser")
    list_select_related = ("organiser",)
    search_fields = ("key", *(f"text_{code}" for code in LANGUAGE_CODES))
    fieldsets = ((None, {"fields": ("key", "organiser")}), (_("text"), {"fields": tuple(f"text_{code}" for code in LANGUAGE_CODES)}))

    def rows_for(self, request: HttpRequest) -> QuerySet[Any]:
        return Reason.objects.visible_to(cast(Any, request.user))

    def may_open(self, request: HttpRequest) -> bool:
        return True

    def may_see(self, request: HttpRequest, row: Any) -> bool:
        return self.rows_for(request).filter(pk=row.pk).exists()

    def may_add(self, request: HttpRequest) -> bool:
        return OrganiserMember.objects.filter(user=cast(Any, request.user), is_owner=True).exists()

    def may_change(self, request: HttpRequest, row: Any) -> bool:
        owners = OrganiserMember.objects.filter(user=cast(Any, request.user), is_owner=True)
        return row.organiser_id is not None and owners.filter(organiser=row.organiser_id).exists()

    @display(description=_("text"))
    def shown_text(self, row: Reason) -> str:
        return str(row)

    @display(description=_("organiser"))
    def shown_organiser(self, row: Reason) -> str:
        return str(row.organiser) if row.organiser else gettext("Shared by all")
