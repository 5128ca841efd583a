from django.apps import AppConfig
from django.core import checks
from django.utils.translation import gettext_lazy as _


class CoreConfig(AppConfig):
    name = "netevent.core"
    label = "core"
    verbose_name = _("Platform")

    def ready(self) -> None:
        from netevent.core import database_objects
        from netevent.core.checks import check_demo_accounts

        database_objects.connect(self)
        checks.register(check_demo_accounts, checks.Tags.security, deploy=True)
