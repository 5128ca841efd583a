"""Who may see messages of which place. The apps above register their scopes: `register_scope_check("event", check, lister)`."""

from __future__ import annotations

from netevent.accounts.models import User
from netevent.notifications.models import Message
from netevent.notifications.scopes import scopes

register_scope_check = scopes.register


def may_see(user: User, message: Message) -> bool:
    """The same question as `Message.objects.visible_to`, for one row."""
    return user.is_superuser or (message.scope != "" and scopes.allows(user, message.scope))


def may_send(user: User, message: Message) -> bool:
    """Send it again, or never: for whoever sends messages there. Seeing it is not enough."""
    return user.is_superuser or (message.scope != "" and scopes.allows_acts(user, message.scope))
