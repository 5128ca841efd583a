"""Money, counts and shares in the reader's language."""

from decimal import Decimal

import pytest
from django.utils.translation import override

from netevent.core.money import show_money, show_number, show_percent, show_price


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "€1,250.50"),
        ("nl", "€\xa01.250,50"),
        ("de", "1.250,50\xa0€"),
        ("fr", "1\u202f250,50\xa0€"),
        ("pl", "1\xa0250,50\xa0zł"),
    ],
)
def test_show_money_is_written_as_the_language_writes_it(language, text):
    assert show_money(Decimal("1250.50"), "PLN" if language == "pl" else "EUR", language) == text


def test_show_money_of_an_unknown_currency_shows_its_code():
    assert show_money(Decimal(3), "XQZ", "en") == "XQZ3.00"


def test_show_price_says_free():
    assert show_price(None, "EUR", "en") == show_price(Decimal(0), "EUR", "en") == "Free"
    assert show_price(Decimal(25), "EUR", "en") == "€25.00"


def test_numbers_follow_the_active_language():
    with override("de"):
        assert (show_number(12345), show_percent(0.256)) == ("12.345", "26\xa0%")
