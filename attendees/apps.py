from django.apps import AppConfig


class AttendeesConfig(AppConfig):
    name = "attendees"

    def ready(self) -> None:
        from attendees import desk_alerts, receivers  # noqa: F401 -- they connect themselves
