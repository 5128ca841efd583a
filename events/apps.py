from django.apps import AppConfig


class EventsConfig(AppConfig):
    name = "events"

    def ready(self) -> None:
        from events.permissions import may_enter_desk
        from netevent.accounts.models import User

        User.desk_doors.append(may_enter_desk)
