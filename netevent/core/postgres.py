"""PostgreSQL extensions in migrations."""

from __future__ import annotations

from typing import Any

from django.contrib.postgres.operations import CreateExtension


class Extension(CreateExtension):
    """A trusted extension, which the database's owner may create; nothing happens on SQLite."""

    def database_backwards(self, *args: Any) -> None:
        """Left installed: others may use it, and Django's own way back asks pg_extension on SQLite too."""
