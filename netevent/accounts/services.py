"""Every change to people's accounts and to the languages."""

from __future__ import annotations

from typing import Any

from allauth.account.models import EmailAddress
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from netevent.accounts.models import Language, Profile, User
from netevent.accounts.signals import account_mail, address_proved
from netevent.core.errors import DomainError
from netevent.core.fields import normalise_email
from netevent.core.tokens import digest, new_nonce


# --- Addresses -------------------------------------------------------------------------------------------------------------
@transaction.atomic
def prove_address(user: User, email: str) -> EmailAddress:
    """Record that this address belongs to this user: they opened a link sent to it, or an operator vouches for it.

    Whoever held the address without proof loses it. `address_proved` is sent within the same transaction; proving twice is harmless.

    Raises:
        DomainError: `address_taken` when somebody else has proved it.
    """
    email = normalise_email(email)
    release_unproved(email, keeper=user.pk)
    EmailAddress.objects.filter(user=user, primary=True).exclude(email=email).update(primary=False)
    address, _created = EmailAddress.objects.update_or_create(user=user, email=email, defaults={"verified": True, "primary": True})
    if user.email != email:
        user.email = email
        user.save(update_fields=["email", "updated_at"])
    address_proved.send(sender=User, user=user, email=email)
    return address


def release_unproved(email: str, *, keeper: int | None) -> None:
    """Take the address from everybody who never proved it: whoever typed it first gains nothing.

    An account that has nothing else to stand on is closed; one that merely wanted to change to this address keeps its own.

    Raises:
        DomainError: `address_taken` when somebody else has proved it.
    """
    # In one order: two people who prove one address at once wait for each other instead of both being turned away.
    rows = list(EmailAddress.objects.select_for_update().filter(email=email).order_by("pk"))
    if any(row.verified and row.user_id != keeper for row in rows):
        message = _("This address belongs to another account.")
        raise DomainError("address_taken", message, fields={"email": message})
    EmailAddress.objects.filter(email=email, verified=False).exclude(user_id=keeper).delete()
    for squatter in User.objects.filter(email=email).exclude(pk__in=[keeper] if keeper else []):
        squatter.email = None
        squatter.is_active = False
        squatter.set_unusable_password()
        squatter.save(update_fields=["email", "is_active", "password", "updated_at"])


def has_proved(user: User, email: str | None = None) -> bool:
    """Whether the user has proved this address, by default the account's own."""
    address = normalise_email(email or user.email or "")
    return bool(address) and EmailAddress.objects.filter(user=user, email=address, verified=True).exists()


# --- People ----------------------------------------------------------------------------------------------------------------
@transaction.atomic
def create_proved_user(*, email: str, password: str | None = None, **fields: Any) -> User:
    """A person whose address needs no further proof: demo accounts, people an operator adds.

    Raises:
        DomainError: `address_taken` when somebody else has proved it.
    """
    email = normalise_email(email)
    release_unproved(email, keeper=None)
    user = User.objects.create_user(email=email, password=password, **fields)
    prove_address(user, email)
    return user


@transaction.atomic
def make_admin(email: str) -> tuple[User, bool]:
    """The person of this address as an active superuser, and whether the account is new.

    The operator vouches for the address. An account that never proved it may have been opened by somebody else, so its password,
    and with it every session, ends here.
    """
    email = normalise_email(email)
    user = User.objects.filter(email=email).first()
    if user is None:
        return create_proved_user(email=email, is_superuser=True), True
    user.is_superuser = user.is_active = True
    if not has_proved(user):
        user.set_unusable_password()
    user.save(update_fields=["is_superuser", "is_active", "password", "updated_at"])
    prove_address(user, email)
    return user, False


@transaction.atomic
def save_person(user: User, *, first_password: str = "") -> User:
    """A person as an admin wrote them down: the admin vouches for the address; a first password has to be replaced by an own one.

    Raises:
        DomainError: `address_taken` when somebody else has proved the address.
    """
    if user.email:
        release_unproved(user.email, keeper=user.pk)
    if first_password:
        user.set_password(first_password)
        user.must_change_password = True
    elif user._state.adding:
        user.set_unusable_password()
    user.save()
    EmailAddress.objects.filter(user=user).exclude(email=user.email or "").delete()
    if user.email and not has_proved(user):
        prove_address(user, user.email)
    return user


def switch_off(people: QuerySet[User]) -> int:
    """These people may not sign in any more, and are signed out; how many could before."""
    return people.filter(is_active=True).update(is_active=False, updated_at=timezone.now())


def set_own_password(user: User, password: str) -> None:
    """The person has chosen a password: it ends other sessions, and the duty to change a given one."""
    user.set_password(password)
    user.must_change_password = False
    user.save(update_fields=["password", "must_change_password", "updated_at"])


def prefer_language(user: User, code: str) -> None:
    """Pages on a new device, mails and files come in this language from now on."""
    User.objects.filter(pk=user.pk).exclude(language=code).update(language=code, updated_at=timezone.now())


# --- What people tell about themselves --------------------------------------------------------------------------------------
PROFILE_FIELDS = ("organisation", "role", "introduction", "phone", "linkedin", "department", "semester")


def begin_profile(user: User) -> None:
    """Somebody signed up: the second stage, their profile, is still to come."""
    Profile.objects.create(user=user)


def profile_of(user: User) -> Profile:
    """What this person tells, an empty one when there was none. Only who signed up is led through a second stage."""
    return Profile.objects.get_or_create(user=user, defaults={"stage_two_at": timezone.now()})[0]


def stage_two_waits(user: User) -> bool:
    """Whether this person signed up and hasn't come to the end of it."""
    return Profile.objects.filter(user=user, stage_two_at__isnull=True).exists()


@transaction.atomic
def save_profile(user: User, **told: Any) -> None:
    """Keep what a person tells about themselves: name and language of the account, the rest of the profile. Ends the second stage."""
    profile = profile_of(user)
    for name in ("first_name", "last_name", "language"):
        setattr(user, name, told.get(name, getattr(user, name)))
    for name in PROFILE_FIELDS:
        setattr(profile, name, told.get(name, getattr(profile, name)))
    profile.stage_two_at = profile.stage_two_at or timezone.now()
    user.save(update_fields=["first_name", "last_name", "language", "updated_at"])
    profile.save(update_fields=[*PROFILE_FIELDS, "stage_two_at", "updated_at"])


# --- Messages --------------------------------------------------------------------------------------------------------------
def send_account_mail(
    template: str,
    *,
    address: str,
    user: User | None = None,
    about: str = "",
    language: str,
    version: str = "",
    **context: Any,
) -> None:
    """Ask for a message to be written: to this user, or to an address nobody has. `context` holds ids and plain values only.

    Two with the same `version` are one; without a version each is its own.
    """
    address = normalise_email(address)
    account_mail.send(
        sender=User,
        template=template,
        address=address,
        user=user,
        about=about or f"accounts.address:{digest(address)[:32]}",
        version=version or new_nonce(),
        language=(user.language if user else "") or language,
        context=context,
    )


# --- Languages -------------------------------------------------------------------------------------------------------------
@transaction.atomic
def make_default(language: Language) -> Language:
    """This language, switched on if need be, is what people read who name no other; the one before steps back. Always exactly one.

    Both rows are saved one after the other under a lock, so two admins choosing at once leave one default.
    """
    list(Language.objects.select_for_update().order_by("pk"))
    for other in Language.objects.filter(is_default=True).exclude(pk=language.pk):
        other.is_default = False
        other.save(update_fields=["is_default", "updated_at"])
    language.is_default = language.is_active = True
    language.save(update_fields=["is_default", "is_active", "updated_at"])
    return language


def switch_language(language: Language, *, on: bool) -> Language:
    """Offer this language to readers, or stop offering it.

    Raises:
        DomainError: `default_language` for the default: another has to be chosen first.
    """
    language.is_active = on
    return save_language(language)


@transaction.atomic
def save_language(language: Language) -> Language:
    """Keep what was edited; which one is the default is `make_default`'s business alone.

    Raises:
        DomainError: `default_language` when the default would be switched off.
    """
    language.is_default = Language.objects.select_for_update().get(pk=language.pk).is_default
    if language.is_default and not language.is_active:
        message = _("The default language can't be switched off. Choose another default first.")
        raise DomainError("default_language", message, fields={"is_active": message})
    language.save()
    return language
