"""Sign-in by e-mail or username, either in its one normalised form."""

from __future__ import annotations

from typing import Any

from allauth.account.auth_backends import AuthenticationBackend
from django.contrib.auth.base_user import AbstractBaseUser
from django.db.models import QuerySet
from django.http import HttpRequest

from netevent.accounts.models import User
from netevent.accounts.selectors import find_by_sign_in_name
from netevent.core.prepared import prepared


@prepared
def user_by_id(pk: Any) -> QuerySet[User]:
    return User.objects.filter(pk=pk).select_related("profile")  # what forms begin with, in the question that is asked anyway


class EmailOrUsername(AuthenticationBackend):
    """One look-up and one password hash, whether the name is known or not: the time tells nothing."""

    def _authenticate(self, request: HttpRequest | None, **credentials: Any) -> AbstractBaseUser | None:
        name = str(credentials.get("username") or credentials.get("email") or "")
        return self._check_password(find_by_sign_in_name(name), str(credentials.get("password") or ""))

    def get_user(self, user_id: Any) -> User | None:
        user = user_by_id.first(pk=user_id)
        return user if user and self.user_can_authenticate(user) else None

    def has_perm(self, user_obj: Any, perm: str, obj: Any = None) -> bool:
        """No per-model permissions: the desk asks rights (events.permissions). Superusers may everything."""
        return bool(user_obj.is_active and user_obj.is_superuser)

    def has_module_perms(self, user_obj: Any, app_label: str) -> bool:
        return bool(user_obj.is_active and user_obj.is_superuser)
