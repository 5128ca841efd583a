from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from netevent.accounts.models import User
from netevent.core.fields import CodeField, LowerEmailField, normalise_code, normalise_email


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        (" Ada@Example.ORG ", "ada@example.org"),
        ("ÄDA@example.org", "äda@example.org"),
        ("ａda@example.org", "ada@example.org"),
    ],
)
def test_email_has_one_form(typed, kept):
    assert normalise_email(typed) == kept
    assert LowerEmailField().to_python(typed) == kept


@pytest.mark.django_db
def test_email_is_found_and_unique_in_any_case():
    User.objects.create_user(email="Ada@Example.org")
    assert User.objects.get(email=" ADA@example.ORG ").email == "ada@example.org"
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.create_user(email="ada@EXAMPLE.org")


@pytest.mark.django_db
def test_people_without_an_email_are_many():
    for name in ("s001", "s002"):
        User.objects.create_user(username=name)
    assert User.objects.filter(email=None).count() == 2


@pytest.mark.parametrize(("typed", "kept"), [(" conf 2027 ", "CONF2027"), ("ａb-1", "AB-1"), ("x\u00a0y", "XY")])
def test_code_has_one_form(typed, kept):
    assert normalise_code(typed) == kept
    assert CodeField().clean(typed, None) == kept


@pytest.mark.parametrize("typed", ["ÄB", "A_B", "-AB", "AB-", "A/B", "ELEVENCHARS", "register", ""])
def test_code_of_another_form_is_refused(typed):
    with pytest.raises(ValidationError):
        CodeField().clean(typed, None)
