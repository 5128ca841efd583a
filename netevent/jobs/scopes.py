"""The places a job may belong to; the apps above register theirs through `permissions`."""

from netevent.core.scopes import ScopeBook

scopes = ScopeBook()
