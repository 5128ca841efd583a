from django.apps import AppConfig


class EventsConfig(AppConfig):
    name = "events"

    def ready(self) -> None:
        from events import receivers  # noqa: F401, PLC0415 -- they connect themselves
        from events.permissions import may_enter_desk
        from netevent.accounts.models import User

        User.desk_doors.append(may_enter_desk)
