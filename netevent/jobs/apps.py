from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class JobsConfig(AppConfig):
    name = "netevent.jobs"
    label = "jobs"

    def ready(self) -> None:
        """Web and worker know the same kinds of job: every app's `tasks` and `job_kinds` register theirs."""
        from netevent.jobs import receivers  # noqa: F401 -- connects them

        autodiscover_modules("tasks", "job_kinds")
