"""Currencies by their ISO 4217 code, with the digits each one has."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

from babel.numbers import get_currency_precision
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

CURRENCIES = (
    "EUR",
    "USD",
    "GBP",
    "CHF",
    "PLN",
    "CZK",
    "DKK",
    "SEK",
    "NOK",
    "HUF",
    "RON",
    "CAD",
    "AUD",
    "NZD",
    "JPY",
    "INR",
    "BRL",
    "ZAR",
    "MXN",
)


def check_currency(code: str) -> None:
    if code not in CURRENCIES:
        raise ValidationError(_("%(code)s is not a currency we know."), code="currency", params={"code": code})


def rounded(amount: Decimal, currency: str) -> Decimal:
    """Rounded half up to the currency's own digits: 0 for JPY, 2 for EUR."""
    return amount.quantize(Decimal(1).scaleb(-get_currency_precision(currency)), rounding=ROUND_HALF_UP)
