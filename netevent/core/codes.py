"""Codes name things for people: short, entered in any case, without look-alikes when we make them."""

from __future__ import annotations

import secrets
from functools import cache
from typing import TYPE_CHECKING

from django.urls import URLPattern, URLResolver, get_resolver

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.db import models

CODE_LENGTH = 10
ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"  # no 0 O, no 1 I
GENERATED_LENGTH = 8
ALWAYS_RESERVED = frozenset({"NEW", "CREATE", "DASHBOARD", "INVITE", "REGISTER", "EDIT", "DELETE", "ADMIN", "API", "NONE", "NULL"})


def new_code(length: int = GENERATED_LENGTH) -> str:
    """A random code; the caller relies on a unique column and asks again on a collision (see `unused_code`)."""
    while True:
        code = "".join(secrets.choice(ALPHABET) for _ in range(length))
        if not is_reserved(code):
            return code


def unused_code(rows: models.QuerySet, field: str = "code", *, length: int = GENERATED_LENGTH) -> str:
    """A code that none of these rows has yet. The unique column decides a race; with 32⁸ codes it has none to decide."""
    while True:
        code = new_code(length)
        if not rows.filter(**{field: code}).exists():
            return code


def is_reserved(code: str) -> bool:
    return code.upper() in reserved_words()


@cache
def reserved_words() -> frozenset[str]:
    """Every fixed word that stands in an address, in capitals: read from the URL patterns, so a new route is reserved at once."""
    return ALWAYS_RESERVED | frozenset(words_in(get_resolver().url_patterns))


def words_in(patterns: list[URLPattern | URLResolver]) -> Iterator[str]:
    for pattern in patterns:
        for word in str(pattern.pattern).strip("^$").replace("\\Z", "").split("/"):
            if word and "<" not in word and "(" not in word and "." not in word:
                yield word.upper()
        if isinstance(pattern, URLResolver):
            yield from words_in(pattern.url_patterns)
