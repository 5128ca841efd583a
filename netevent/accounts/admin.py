"""The desk's pages of people and languages: the admins' alone."""

from __future__ import annotations

from typing import Any

from allauth.account.models import EmailAddress, EmailConfirmation
from django import forms
from django.contrib import admin, messages
from django.contrib.auth.models import Group
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from netevent.accounts import services
from netevent.accounts.languages import offered
from netevent.accounts.models import Language, Profile, User
from netevent.core.admin import DeskAdmin, DeskStackedInline
from netevent.core.dates import written
from netevent.core.errors import DomainError
from netevent.core.fields import normalise_email

for theirs in (Group, EmailAddress, EmailConfirmation):  # nobody is given rights by groups; addresses stand on their person's page
    if admin.site.is_registered(theirs):
        admin.site.unregister(theirs)


class ProfileInline(DeskStackedInline):
    model = Profile
    fields = ("organisation", "role", "introduction", "phone", "linkedin", "department", "semester")
    max_num = 1


class UserForm(forms.ModelForm):
    """A person, as an admin writes them down. The address counts as proved: the admin vouches for it."""

    first_password = forms.CharField(
        label=_("First password"),
        required=False,
        strip=False,
        max_length=1024,
        help_text=_("For people without e-mail. They choose their own when they first sign in."),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    class Meta:
        model = User
        fields = ("first_name", "last_name", "email", "username", "language", "is_active", "is_superuser")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "username" in self.fields:
            self.fields["username"].required = False
        if "language" in self.fields:
            self.fields["language"] = forms.ChoiceField(
                label=_("Language of messages"), required=False, choices=[("", "---------"), *offered()]
            )

    def clean_username(self) -> str:
        """Made from the address when it is left empty."""
        typed: str = self.cleaned_data["username"] or self.instance.username
        return typed or User.objects.free_username(self.cleaned_data.get("email") or "")

    def clean_email(self) -> str | None:
        email = normalise_email(self.cleaned_data["email"] or "")
        return email or None


@admin.register(User)
class UserAdmin(DeskAdmin):
    form = UserForm
    inlines = (ProfileInline,)
    list_display = ("username", "name", "email", "is_proved", "language", "is_active", "is_superuser", "date_joined")
    list_filter = ("is_active", "is_superuser", "language")
    search_fields = ("username", "email", "first_name", "last_name")
    ordering = ("-date_joined",)
    readonly_fields = ("is_proved", "last_login", "date_joined")
    fieldsets = (
        (None, {"fields": ("first_name", "last_name", "email", "is_proved", "username", "language")}),
        (_("Signing in"), {"fields": ("first_password", "is_active", "is_superuser", "last_login", "date_joined")}),
    )
    actions = ("send_password_link", "switch_off")
    deletable = False  # people are switched off or erased; what others hold of them never goes with them
    not_in_files = ("first_password", "is_superuser", "last_login", "must_change_password", "erased_at")

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        proofs = EmailAddress.objects.filter(user=OuterRef("pk"), email=OuterRef("email"), verified=True)
        rows: QuerySet[User] = super().get_queryset(request).annotate(proved=Exists(proofs))
        return rows

    @admin.display(description=_("name"), ordering="first_name")
    def name(self, user: User) -> str:
        return user.get_full_name()

    @admin.display(description=_("address proved"), boolean=True)
    def is_proved(self, user: User) -> bool:
        return bool(getattr(user, "proved", False))

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        if obj.pk == request.user.pk and not (obj.is_active and obj.is_superuser):
            raise DomainError("own_account", _("You can't take your own rights away. Ask another admin."))
        services.save_person(obj, first_password=form.cleaned_data.get("first_password", ""))

    @admin.action(description=_("Send a link to choose a password"))
    def send_password_link(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        people = [user for user in queryset if user.email and user.is_active]
        for user in people:
            services.send_account_mail("account_password", address=user.email or "", user=user, language=user.language)
        text = ngettext("%(number)d link is on its way.", "%(number)d links are on their way.", len(people))
        self.message_user(request, text % {"number": len(people)}, messages.SUCCESS if people else messages.WARNING)

    @admin.action(description=_("Switch off: may not sign in any more"))
    def switch_off(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        number = services.switch_off(queryset.exclude(pk__in=[request.user.pk]))
        text = ngettext("%(number)d account was switched off.", "%(number)d accounts were switched off.", number)
        self.message_user(request, text % {"number": number})


class LanguageForm(forms.ModelForm):
    class Meta:
        model = Language
        fields = ("native_name", "name", "is_active", "sort_order", "date_format")

    def clean_date_format(self) -> str:
        """Something that shows a day: refused when two days look the same."""
        from datetime import datetime

        pattern: str = self.cleaned_data["date_format"]
        days = {written(datetime(2027, 1, day), pattern, "en") for day in (4, 15)}  # noqa: DTZ001 -- a wall clock
        if len(days) == 1:
            raise forms.ValidationError(_("Use strftime signs, for example %(example)s.") % {"example": "%d %B %Y, %H:%M"})
        return pattern


@admin.register(Language)
class LanguageAdmin(DeskAdmin):
    form = LanguageForm
    list_display = ("native_name", "code", "is_active", "is_default", "sort_order", "date_format")
    list_filter = ("is_active",)
    ordering = ("sort_order", "code")
    readonly_fields = ("code", "is_default")
    fields = ("code", "native_name", "name", "is_active", "is_default", "sort_order", "date_format")
    actions = ("choose_default",)
    addable = deletable = False  # a language needs its catalogue; one that isn't wanted is switched off

    def save_model(self, request: HttpRequest, obj: Language, form: Any, change: bool) -> None:
        services.save_language(obj)

    @admin.action(description=_("Make this the default"))
    def choose_default(self, request: HttpRequest, queryset: QuerySet[Language]) -> None:
        chosen = list(queryset[:2])
        if len(chosen) != 1:
            self.message_user(request, _("Choose one language."), messages.ERROR)
            return
        services.make_default(chosen[0])
        self.message_user(request, _("%(language)s is the default now.") % {"language": chosen[0]}, messages.SUCCESS)
