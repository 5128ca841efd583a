from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class EventsConfig(AppConfig):
    name = "events"
    verbose_name = _("Events")

    def ready(self) -> None:
        from events import desk_alerts, receivers, scopes  # noqa: F401 -- receivers connect themselves
        from events.models import names, search
        from events.permissions import may_enter_desk
        from netevent.accounts.models import User
        from netevent.core import database_objects

        User.desk_doors.append(may_enter_desk)
        scopes.register()
        database_objects.register(*search.OBJECTS, *names.OBJECTS)
