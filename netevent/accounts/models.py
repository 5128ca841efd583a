"""One user per human, and the languages NetEvent speaks."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, ClassVar, Self

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from netevent.core.codes import new_code
from netevent.core.dates import DEFAULT_DATE_FORMAT
from netevent.core.fields import LowerEmailField, TrimmedCharField, WebAddressField, normalise_email
from netevent.core.models import Timestamped

username_form = RegexValidator(r"^[a-z0-9._+-]+$", _("Use letters a–z, digits and . _ + -, no blanks and no @."), code="username_form")


def normalise_username(text: str) -> str:
    return normalise_email(text)


class UsernameField(models.CharField):
    """Kept in its one normalised form; holds no @, so that it can't be mistaken for an e-mail."""

    default_validators = [username_form]

    def to_python(self, value: Any) -> Any:
        return normalise_username(value) if isinstance(value, str) else value

    def get_prep_value(self, value: Any) -> Any:
        return super().get_prep_value(self.to_python(value))

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        value = self.to_python(getattr(model_instance, self.attname))
        setattr(model_instance, self.attname, value)
        return value


class UserManager(BaseUserManager["User"]):
    def create_user(self, *, email: str | None = None, username: str = "", password: str | None = None, **fields: Any) -> User:
        """A person who may sign in; without a password only by a link. A username is made when none is given."""
        user = self.model(email=email or None, username=username or self.free_username(email or ""), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, *, email: str | None = None, password: str | None = None, **fields: Any) -> User:
        return self.create_user(email=email, password=password, is_superuser=True, **fields)

    def free_username(self, email: str) -> str:
        base = re.sub(r"[^a-z0-9._+-]", "", normalise_email(email).partition("@")[0])[:20] or "user"
        return f"{base}-{new_code(6).lower()}"

    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(username=username)


class User(PermissionsMixin, AbstractBaseUser, Timestamped):
    """A human. What is true at one event lives in that event's rows (Attendee, TeamMember)."""

    username = UsernameField(_("username"), max_length=60, unique=True)
    email = LowerEmailField(_("e-mail"), unique=True, null=True, blank=True)
    first_name = TrimmedCharField(_("first name"), max_length=100, blank=True)
    last_name = TrimmedCharField(_("last name"), max_length=100, blank=True)
    language = models.CharField(_("preferred language"), max_length=5, blank=True)
    is_active = models.BooleanField(_("active"), default=True)
    must_change_password = models.BooleanField(_("must change password"), default=False)
    date_joined = models.DateTimeField(_("joined"), auto_now_add=True)
    erased_at = models.DateTimeField(_("erased"), null=True, editable=False)

    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    # Upper apps say here who may enter the desk: it follows from rows such as a team membership, never from a flag.
    desk_doors: ClassVar[list[Callable[[User], bool]]] = []

    objects: ClassVar[UserManager] = UserManager()

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")
        indexes = (models.Index(fields=["-date_joined"], name="user_newest_first"),)

    def __str__(self) -> str:
        return self.get_full_name() or self.email or self.username

    @property
    def is_staff(self) -> bool:
        """May this person enter the desk? Asked by Django's admin on every page."""
        if not self.is_active:
            return False
        return self.is_superuser or any(door(self) for door in self.desk_doors)

    def get_full_name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()

    def get_short_name(self) -> str:
        return self.first_name or self.username


class Profile(Timestamped):
    """What a person tells about themselves once; it only prefills the rows of an event."""

    user = models.OneToOneField(User, on_delete=models.CASCADE, related_name="profile")
    organisation = TrimmedCharField(_("organisation"), max_length=200, blank=True)
    role = TrimmedCharField(_("role"), max_length=200, blank=True)
    introduction = models.TextField(_("introduction"), max_length=2000, blank=True)
    phone = TrimmedCharField(_("phone"), max_length=50, blank=True)
    linkedin = WebAddressField(_("LinkedIn"), blank=True)
    photo = models.ImageField(_("photo"), upload_to="photos/", blank=True)
    department = TrimmedCharField(_("department"), max_length=100, blank=True)
    semester = models.PositiveSmallIntegerField(
        _("semester"), null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(8)]
    )
    stage_two_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        verbose_name = _("profile")
        verbose_name_plural = _("profiles")
        constraints = (
            models.CheckConstraint(condition=models.Q(semester__isnull=True) | models.Q(semester__range=(1, 8)), name="semester_1_to_8"),
        )

    def __str__(self) -> str:
        return str(self.user)


class LanguageQuerySet(models.QuerySet["Language"]):
    def offered(self) -> Self:
        return self.filter(is_active=True).order_by("sort_order", "code")


class Language(Timestamped):
    """A language that pages may be read in. Rows elsewhere name it by its code, so switching one off breaks nothing."""

    code = models.CharField(_("code"), max_length=5, primary_key=True)
    name = models.CharField(_("name"), max_length=50)
    native_name = models.CharField(_("own name"), max_length=50)
    is_active = models.BooleanField(_("active"), default=True)
    is_default = models.BooleanField(_("default"), default=False)
    date_format = models.CharField(_("date format"), max_length=50, default=DEFAULT_DATE_FORMAT, help_text=_("strftime signs"))
    sort_order = models.PositiveSmallIntegerField(_("order"), default=0)

    objects = LanguageQuerySet.as_manager()

    class Meta:
        verbose_name = _("language")
        verbose_name_plural = _("languages")
        ordering = ("sort_order", "code")
        constraints = (
            models.UniqueConstraint(fields=["is_default"], condition=models.Q(is_default=True), name="one_default_language"),
            models.CheckConstraint(condition=models.Q(is_default=False) | models.Q(is_active=True), name="default_language_is_active"),
        )

    def __str__(self) -> str:
        return self.native_name
