"""A list of events for other people's sites: no form, no cookie, nothing that acts; registration opens in a new tab."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.views.decorators.http import require_safe

from events import selectors
from events.discovery import page_of
from events.forms import EmbedForm
from netevent.core.page_cache import cache_for_strangers
from netevent.core.policies import policy

POLICY = "default-src 'none'; style-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors *"
DEFAULT_NUMBER = 5


def embeddable(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Here alone another site may show a page of ours in a frame; it can do nothing but link, so there is nothing to click-jack.

    Outside of the page cache, which keeps no such headers.
    """

    @wraps(view)
    def framed(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = view(request, *args, **kwargs)
        response.headers["Content-Security-Policy"] = POLICY
        response.xframe_options_exempt = True
        return response

    return framed


@policy("public")
@require_safe
@embeddable
@cache_for_strangers()
def events(request: HttpRequest) -> HttpResponse:
    """The filters of the discovery page by address, `number` of events (at most 20), and `in` for the language of the words.

    `lang` would leave a cookie behind, so it has no meaning here.
    """
    form = EmbedForm(request.GET)
    choice = form.choice()
    number, language = choice.pop("number", DEFAULT_NUMBER), choice.pop("in", None)
    with translation.override(language or translation.get_language()):
        page = page_of(choice, 1, per_page=number)
        cards = selectors.cards_of(selectors.events_in_order(page.object_list))
        return render(request, "events/embed.html", {"cards": cards, "more": page.has_next(), "language": language})
