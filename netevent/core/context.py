"""What every page may lean on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject
from django.utils.translation import get_language_info

LanguageList = Sequence[tuple[str, str]]


def all_languages() -> LanguageList:
    """Code and own name of every language of the settings: the answer until somebody knows better."""
    return [(code, str(get_language_info(code)["name_local"]).capitalize()) for code, _name in settings.LANGUAGES]


_language_source: Callable[[], LanguageList] = all_languages


def set_language_source(source: Callable[[], LanguageList]) -> None:
    """Tell which languages are offered, in order, as (code, own name): the accounts app registers its rows."""
    global _language_source  # noqa: PLW0603 -- core may not import the app that keeps the rows
    _language_source = source


def offered_languages() -> LanguageList:
    """(code, own name) of the languages that pages are offered in, in their order."""
    return _language_source()


def site(request: HttpRequest) -> dict[str, Any]:
    """`languages`: the (code, own name) pairs offered; read only when a page shows them."""
    return {"languages": SimpleLazyObject(offered_languages), "base_url": settings.BASE_URL}
