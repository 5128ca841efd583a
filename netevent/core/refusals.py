"""How NetEvent says no: the same refusal as a page for people and as `{"code", "message", "fields"}` for programs. Never a trace."""

from __future__ import annotations

import logging
import sys
from typing import Any

from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.db import DatabaseError, DataError, InterfaceError, OperationalError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from django.http.response import HttpResponseBase
from django.template.loader import render_to_string
from django.utils.functional import Promise
from django.utils.html import escape
from django.utils.translation import gettext as _

from netevent.core.errors import DomainError, TooOften

log = logging.getLogger("netevent.refusals")

RETRY_SECONDS = 5
JSON_DOORS = ("/api/", "/_allauth/")
PAGES = {400, 403, 404, 429, 500, 503}  # other refusals borrow the page of 400
TOO_LARGE = (RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent)


def wants_json(request: HttpRequest) -> bool:
    if request.path_info.startswith(JSON_DOORS):
        return True
    return request.get_preferred_type(["text/html", "application/json"]) == "application/json"


def refusal(
    request: HttpRequest,
    status: int,
    code: str,
    message: str | Promise,
    *,
    fields: dict[str, Any] | None = None,
    retry_after: int | None = None,
) -> HttpResponse:
    """The answer for one refusal, in the form that this client reads."""
    if wants_json(request):
        body = {
            "code": code,
            "message": str(message),
            "fields": {name: str(text) for name, text in (fields or {}).items()},
        }
        response: HttpResponse = JsonResponse(body, status=status)
    else:
        response = HttpResponse(page(request, status, code, str(message), retry_after), status=status)
        if request.headers.get("HX-Request"):  # a part of a page was asked for: show the refusal as the whole page
            response.headers["HX-Retarget"] = "body"
            response.headers["HX-Reswap"] = "innerHTML"
    if retry_after is not None:
        response.headers["Retry-After"] = str(retry_after)
    response.headers["Cache-Control"] = "no-store"
    return response


def page(request: HttpRequest, status: int, code: str, message: str, retry_after: int | None) -> str:
    """The designed page. Those of our own failures get no request: whoever asks for the user then fails again."""
    context = {"status": status, "code": code, "message": message, "retry_after": retry_after}
    template = f"{status if status in PAGES else 400}.html"
    try:
        return render_to_string(template, context, request if status < 500 else None)
    except DatabaseError:
        raise
    except Exception:
        log.exception("the page %s can't be drawn", template)
        return bare_page(status, code, message)


def bare_page(status: int, code: str, message: str) -> str:
    head = f'<!doctype html><html lang="en"><title>{status}</title>'
    return f'{head}<main data-state="{escape(code)}"><h1>{status}</h1><p>{escape(message)}</p></main></html>'


def refuse(request: HttpRequest, error: BaseException) -> HttpResponse | None:
    """The answer to an exception that is somebody's refusal; None when it is a mistake of ours."""
    if isinstance(error, TooOften):
        return refusal(request, 429, error.code, error.message, retry_after=error.retry_after)
    if isinstance(error, DomainError):
        return refusal(request, error.status, error.code, error.message, fields=error.fields)
    if database_away(error):
        return away(request, error)
    if isinstance(error, TOO_LARGE):
        request._mark_post_parse_error()  # type: ignore[attr-defined]  # else reading the form again, for a page, raises again
        return refusal(request, 413, "too_large", _("That is more than we can take at once. Please send less."))
    if isinstance(error, (MultiPartParserError, UnreadablePostError)):
        request._mark_post_parse_error()  # type: ignore[attr-defined]
        return refusal(request, 400, "unreadable", _("What was sent arrived damaged. Please try again."))
    if unstorable(error):
        log.warning("what was sent can't be stored: %s", type(error).__name__)
        return refusal(
            request,
            422,
            "bad_input",
            _("What was sent holds something that can't be kept, such as a control character or a far too large number."),
        )
    return None


def away(request: HttpRequest, error: BaseException) -> HttpResponse:
    log.error("the database is away or too busy: %s", str(error).partition("\n")[0])
    forget_cut_connections(error)
    message = _("NetEvent is busy for a moment. Nothing was changed; please try again in a few seconds.")
    return refusal(request, 503, "busy", message, retry_after=RETRY_SECONDS)


def forget_cut_connections(error: BaseException) -> None:
    """After a restart of PostgreSQL every connection of the pool is dead: drop them together, so that the next request has a fresh one.

    The pool's own check finds them one by one, waiting longer each time: eight took two requests of five seconds.
    """
    if connection.vendor != "postgresql" or not was_cut(error.__cause__):
        return
    pool = getattr(connection, "pool", None)
    if pool is not None:
        pool.drain()


def was_cut(cause: BaseException | None) -> bool:
    """A lost connection, not a lock that was waited for too long and not a pool that is merely in use."""
    from psycopg_pool import PoolTimeout

    state = getattr(cause, "sqlstate", None)
    return not isinstance(cause, PoolTimeout) and (state is None or state.startswith(("57P", "08")))


def database_away(error: BaseException) -> bool:
    """Is the database gone, locked or out of connections? SQLite's OperationalError also says "no such table", which is our mistake."""
    if not isinstance(error, (OperationalError, InterfaceError)):
        return False
    return not str(error).startswith(("no such", "near ", "table ", "too many SQL", "wrong number"))


def unstorable(error: BaseException) -> bool:
    """NUL, half characters and numbers without end, which JSON and forms let through and a column can't hold."""
    if isinstance(error, ValueError):
        return (isinstance(error, UnicodeEncodeError) and error.reason == "surrogates not allowed") or "NUL (0x00)" in str(error)
    return isinstance(error, DataError) or (isinstance(error, OverflowError) and "SQLite INTEGER" in str(error))


def wrong_method(request: HttpRequest, response: HttpResponseBase) -> HttpResponse:
    """A bare 405 of Django or of the API, said as everything else is."""
    answer = refusal(request, 405, "method_not_allowed", _("This address can't be used in that way."))
    if "Allow" in response.headers:
        answer.headers["Allow"] = response.headers["Allow"]
    return answer


# --- Django's error handlers (named in netevent/urls.py) -------------------------------------------------------------------
def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return refuse(request, exception) or refusal(request, 400, "bad_request", _("We could not read this request."))


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    return refusal(request, 403, "forbidden", _("You don't have the right to do this."))


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return refusal(request, 404, "not_found", _("There is nothing at this address."))


def csrf_failed(request: HttpRequest, reason: str = "") -> HttpResponse:
    return refusal(request, 403, "csrf", _("This form is no longer valid. Please go back, reload the page and send it again."))


def server_error(request: HttpRequest) -> HttpResponse:
    """Called while the exception is being handled: a database that went away inside a middleware is seen here."""
    error = sys.exc_info()[1]
    known = refuse(request, error) if error else None
    return known or refusal(request, 500, "our_mistake", _("Something went wrong on our side. It has been noted."))
