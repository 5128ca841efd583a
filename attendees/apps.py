from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AttendeesConfig(AppConfig):
    name = "attendees"
    verbose_name = _("Attendees")

    def ready(self) -> None:
        from attendees import (  # noqa: F401 -- they connect themselves
            desk_alerts,
            job_kinds_event,
            job_kinds_lists,
            mailing_text,
            receivers,
            receivers_discovery,
            receivers_event,
            receivers_money,
            receivers_waiting,
        )
