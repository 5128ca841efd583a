"""Who may see a row that names its place by text, such as `event:12`.

Messages and jobs know nothing of events. The apps above say, per prefix of a scope, who may see what hangs on it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

ScopeCheck = Callable[[Any, str], bool]
ScopeLister = Callable[[Any], Iterable[str]]


def nothing(_user: Any) -> Iterable[str]:
    return ()


class ScopeBook:
    """The checks of one app, by prefix. A scope nobody registered is seen by nobody through it."""

    def __init__(self) -> None:
        self._checks: dict[str, tuple[ScopeCheck, ScopeLister]] = {}

    def register(self, prefix: str, check: ScopeCheck, lister: ScopeLister = nothing) -> None:
        """`check(user, scope)` answers for one scope; `lister(user)` names all of a user's scopes, by which lists are narrowed."""
        self._checks[prefix] = (check, lister)

    def knows(self, scope: str) -> bool:
        return scope.partition(":")[0] in self._checks

    def allows(self, user: Any, scope: str) -> bool:
        check, _lister = self._checks.get(scope.partition(":")[0], (None, nothing))
        return bool(check and check(user, scope))

    def of(self, user: Any) -> list[str]:
        """Every scope this user may see."""
        return [scope for _check, lister in self._checks.values() for scope in lister(user)]
