from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AttendeesConfig(AppConfig):
    name = "attendees"
    verbose_name = _("Attendees")

    def ready(self) -> None:
        from attendees import desk_alerts, job_kinds_event, job_kinds_lists, receivers, receivers_event  # noqa: F401 -- they connect themselves
        from attendees import mailing_text, receivers_waiting  # noqa: F401
