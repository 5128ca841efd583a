from django.apps import AppConfig


class NotificationsConfig(AppConfig):
    name = "netevent.notifications"
    label = "notifications"

    def ready(self) -> None:
        from netevent.notifications import desk_alerts, receivers  # noqa: F401 -- connects them
