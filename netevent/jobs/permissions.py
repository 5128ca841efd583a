"""Who may see a job and take its file. The apps above register their scopes: `register_scope_check("event", check, lister)`."""

from __future__ import annotations

from netevent.accounts.models import User
from netevent.jobs.models import Job
from netevent.jobs.scopes import scopes

register_scope_check = scopes.register


def may_see(user: User, job: Job) -> bool:
    """The page: its owner, superusers, and whoever may see its place."""
    return user.is_superuser or (job.owner_id is not None and job.owner_id == user.pk) or scopes.allows(user, job.scope)


def may_fetch(user: User, job: Job) -> bool:
    """The file, the lines and another try: asked anew each time, so that who lost the right loses it also for what they ordered."""
    if scopes.knows(job.scope) and not user.is_superuser:
        return scopes.allows(user, job.scope)
    return may_see(user, job)
