"""What accounts tells the doctor and the audit."""

from __future__ import annotations

from collections.abc import Iterator

from allauth.account.models import EmailAddress
from django.conf import settings
from django.db.models import Exists, F, OuterRef

from netevent.accounts import languages
from netevent.accounts.models import Language, User, normalise_username
from netevent.core.fields import normalise_email
from netevent.core.signals import Finding, Invariant

MOST_ROWS = 100


def findings() -> Iterator[Finding]:
    if User.objects.filter(is_superuser=True, is_active=True).exists():
        yield Finding("admins", "ok", "somebody looks after this installation")
    else:
        yield Finding("admins", "problem", "nobody may open the whole desk", "Run `manage.py create_admin EMAIL`.")
    codes = ", ".join(code for code, _name in languages.offered())
    if Language.objects.filter(is_default=True).exists():
        yield Finding("languages", "ok", f"{codes}; default {languages.default_code()}")
    else:
        fix = "Choose a default language on the desk."
        yield Finding("languages", "warning", f"{codes}; none is the default, so {settings.LANGUAGE_CODE} is", fix)


def promises() -> Iterator[Invariant]:
    yield Invariant("one_form_of_names", "every e-mail and username is kept in its one form", names_in_another_form())
    yield Invariant("proved_addresses_agree", "an account's primary address is the account's", addresses_apart())
    yield Invariant("one_proof_for_an_address", "nobody holds an address that another account has proved", held_by_another())
    yield Invariant("one_default_language", "one language is the default, and it is on", default_languages())


def names_in_another_form() -> list[dict[str, object]]:
    rows = User.objects.values_list("pk", "email", "username").iterator(2000)
    wrong = [pk for pk, email, name in rows if name != normalise_username(name) or (email or "") != normalise_email(email or "")]
    return [{"user": pk} for pk in wrong[:MOST_ROWS]]


def addresses_apart() -> list[dict[str, object]]:
    apart = EmailAddress.objects.filter(primary=True, verified=True).exclude(email=F("user__email"))
    return [{"user": pk} for pk in apart.values_list("user_id", flat=True)[:MOST_ROWS]]


def held_by_another() -> list[dict[str, object]]:
    proved = EmailAddress.objects.filter(email=OuterRef("email"), verified=True).exclude(user=OuterRef("pk"))
    return [{"user": pk} for pk in User.objects.filter(Exists(proved)).values_list("pk", flat=True)[:MOST_ROWS]]


def default_languages() -> list[dict[str, object]]:
    chosen = list(Language.objects.filter(is_default=True, is_active=True).values_list("code", flat=True))
    return [] if len(chosen) == 1 else [{"defaults": ", ".join(chosen) or "none"}]
