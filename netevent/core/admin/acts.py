"""Acts at the desk: ask first, do it through a service, say what came of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from django import forms
from django.contrib import messages
from django.db import models
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from netevent.core.admin.narrowed import Rights
from netevent.core.admin.page import DeskPage
from netevent.core.errors import DomainError, TooOften

Row = TypeVar("Row", bound=models.Model)


class DeskActs(DeskPage):
    """Acts on chosen rows and on one row."""

    def act_on(
        self, request: HttpRequest, rows: Iterable[Row], rights: Rights, act: Callable[[Row], Any], *, done: Callable[[int], str]
    ) -> int:
        """Do one thing to each chosen row, where the person has the right for it; say how many, and what was refused why.

        `act` answers False when there was nothing to do. `done` makes the sentence for a number of rows.
        """
        count, refusals = 0, dict[str, int]()
        for row in rows:
            try:
                if not self.has_right(request, rights, row):
                    raise DomainError("forbidden", _("You may not do this at that event."))
                count += act(row) is not False
            except TooOften:
                raise
            except DomainError as refusal:
                refusals[str(refusal.message)] = refusals.get(str(refusal.message), 0) + 1
        self.tell(request, count, refusals, done)
        return count

    def tell(self, request: HttpRequest, count: int, refusals: dict[str, int], done: Callable[[int], str]) -> None:
        if count or not refusals:
            self.message_user(request, done(count), messages.SUCCESS if count else messages.INFO)
        for reason, number in refusals.items():
            text = ngettext("%(number)d row was left as it is: %(reason)s", "%(number)d rows were left as they are: %(reason)s", number)
            self.message_user(request, text % {"number": number, "reason": reason}, messages.WARNING)

    def act_once(self, request: HttpRequest, row: Any, act: Callable[[], Any], *, done: str) -> HttpResponse:
        """A button's act on one row, then its page again with the answer."""
        try:
            act()
        except TooOften:
            raise
        except DomainError as refusal:
            reasons = [str(refusal.message), *(str(text) for text in refusal.fields.values())]
            self.message_user(request, " ".join(reasons), messages.ERROR)
        else:
            self.message_user(request, done, messages.SUCCESS)
        return HttpResponseRedirect(self.url_of("change", row.pk))

    def name_of(self, row: Any) -> str:
        """What a row is called in a question about it."""
        return str(row)

    def ask_about(self, request: HttpRequest, row: Any, *, title: str, **page: Any) -> HttpResponse:
        """Ask before a button's act on one row; `title` may hold %(name)s."""
        return self.ask(request, title=title % {"name": self.name_of(row)}, back=self.url_of("change", row.pk), **page)

    def ask_chosen(self, request: HttpRequest, rows: Iterable[Any], action: str, **page: Any) -> HttpResponse:
        """Ask before an act on chosen rows."""
        return self.ask(request, rows=[row.pk for row in rows], action=action, back=request.get_full_path(), **page)

    def ask(
        self, request: HttpRequest, *, title: str, text: str, button: str, back: str, form: forms.Form | None = None, **more: Any
    ) -> HttpResponse:
        """A page that asks before something is done: a GET changes nothing. Its form posts to the same address.

        `more` may hold `rows` (keys of an action's rows), `action` (its name), `danger` and `notes` (lines to show).
        """
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": title,
            "text": text,
            "button": button,
            "back": back,
            "form": form,
            "media": self.media,
            **more,
        }
        request.current_app = self.admin_site.name
        return TemplateResponse(request, "admin/ask.html", context, status=422 if form is not None and form.is_bound else 200)
