"""`netevent.settings.base`, and on it `local`, `test` and `production`; `NETEVENT_ENV` chooses (see manage.py)."""
