"""Money as people read it: Decimal in, the reader's language out."""

from __future__ import annotations

from decimal import Decimal

from babel.numbers import format_currency, format_decimal, format_percent
from django.utils.translation import gettext as _

from netevent.core.dates import babel_locale


def show_money(amount: Decimal, currency: str, language: str | None = None) -> str:
    """`25`, `EUR` → "€25.00", "25,00 €" …; an unknown currency shows its code."""
    return format_currency(amount, currency, locale=babel_locale(language))


def show_price(amount: Decimal | None, currency: str, language: str | None = None) -> str:
    """What a place costs: money, or the word for free."""
    return show_money(amount, currency, language) if amount else _("Free")


def show_number(number: Decimal | float, language: str | None = None) -> str:
    return format_decimal(number, locale=babel_locale(language))


def show_percent(share: Decimal | float, language: str | None = None) -> str:
    """`0.256` → "26%", "26 %"."""
    return format_percent(share, locale=babel_locale(language))
