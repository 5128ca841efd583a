from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules
from django.utils.translation import gettext_lazy as _


class JobsConfig(AppConfig):
    name = "netevent.jobs"
    label = "jobs"
    verbose_name = _("Jobs")

    def ready(self) -> None:
        """Web and worker know the same kinds of job: every app's `tasks` and `job_kinds` register theirs."""
        from netevent.jobs import receivers  # noqa: F401 -- connects them

        autodiscover_modules("tasks", "job_kinds")
