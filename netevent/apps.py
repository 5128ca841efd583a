"""The admin as an app. Apart from `netevent.admin`, which needs the models and is loaded after them."""

from django.contrib.admin.apps import AdminConfig


class DeskConfig(AdminConfig):
    default_site = "netevent.admin.DeskSite"
