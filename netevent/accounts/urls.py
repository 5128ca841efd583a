"""The account pages. allauth's names stay, so that its own links keep working; the paths are ours."""

from allauth.account import views as allauth_views
from django.urls import path, re_path

from netevent.accounts import views

urlpatterns = [
    path("start", views.start, name="start"),
    path("account/", views.profile, name="account"),
    path("language", views.set_language, name="set-language"),
    path("login", allauth_views.login, name="account_login"),
    path("login/code/confirm", allauth_views.confirm_login_code, name="account_confirm_login_code"),
    path("logout", allauth_views.logout, name="account_logout"),
    path("signup", views.SignupView.as_view(), name="account_signup"),
    path("accounts/inactive", allauth_views.account_inactive, name="account_inactive"),
    path("accounts/reauthenticate", allauth_views.reauthenticate, name="account_reauthenticate"),
    path("accounts/email", views.EmailView.as_view(), name="account_email"),
    path("confirm-email/", allauth_views.email_verification_sent, name="account_email_verification_sent"),
    re_path(r"^confirm-email/(?P<key>[-:\w]+)/$", views.ConfirmEmailView.as_view(), name="account_confirm_email"),
    path("password/change", views.PasswordChangeView.as_view(), name="account_change_password"),
    path("password/set", views.PasswordSetView.as_view(), name="account_set_password"),
    path("password/reset", views.PasswordResetView.as_view(), name="account_reset_password"),
    path("password/reset/done", allauth_views.password_reset_done, name="account_reset_password_done"),
    path("password/reset/key/done", allauth_views.password_reset_from_key_done, name="account_reset_password_from_key_done"),
    re_path(
        r"^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>[^/]+)/$",
        views.PasswordResetFromKeyView.as_view(),
        name="account_reset_password_from_key",
    ),
]
