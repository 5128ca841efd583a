from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class NotificationsConfig(AppConfig):
    name = "netevent.notifications"
    label = "notifications"
    verbose_name = _("Messages")

    def ready(self) -> None:
        from netevent.notifications import desk_alerts, receivers  # noqa: F401 -- connects them
