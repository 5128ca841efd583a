from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    name = "netevent.accounts"
    label = "accounts"
    verbose_name = _("People")

    def ready(self) -> None:
        from netevent.accounts import languages, receivers  # noqa: F401 -- models are ready only now
        from netevent.core.context import set_language_source
        from netevent.core.dates import set_date_format_source

        set_language_source(languages.offered)
        set_date_format_source(languages.date_format)
