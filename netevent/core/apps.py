from django.apps import AppConfig
from django.core import checks


class CoreConfig(AppConfig):
    name = "netevent.core"
    label = "core"

    def ready(self) -> None:
        from netevent.core.checks import check_demo_accounts

        checks.register(check_demo_accounts, checks.Tags.security, deploy=True)
