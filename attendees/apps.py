from django.apps import AppConfig


class AttendeesConfig(AppConfig):
    name = "attendees"

    def ready(self) -> None:
        from attendees import desk_alerts, job_kinds_lists, receivers  # noqa: F401 -- they connect themselves
