from django.apps import AppConfig


class CoreConfig(AppConfig):
    name = "netevent.core"
    label = "core"
