"""Who may see a row that names its place by text, such as `event:12`, and who may act on it.

Messages and jobs know nothing of events. The apps above say, per prefix of a scope, who may see what hangs on it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

ScopeCheck = Callable[[Any, str], bool]
ScopeLister = Callable[[Any], Iterable[str]]


def nothing(_user: Any) -> Iterable[str]:
    return ()


def nobody(_user: Any, _scope: str) -> bool:
    return False


class ScopeBook:
    """The checks of one app, by prefix. A scope nobody registered is seen by nobody through it."""

    def __init__(self) -> None:
        self._checks: dict[str, tuple[ScopeCheck, ScopeLister]] = {}
        self._acts: dict[str, ScopeCheck] = {}

    def register(self, prefix: str, check: ScopeCheck, lister: ScopeLister = nothing, *, acts: ScopeCheck = nobody) -> None:
        """`check(user, scope)` answers for one scope; `lister(user)` names all of a user's scopes, by which lists are narrowed.

        `acts(user, scope)` says who may do something to what hangs on it, where seeing it is not enough for that.
        """
        self._checks[prefix] = (check, lister)
        self._acts[prefix] = acts

    def knows(self, scope: str) -> bool:
        return scope.partition(":")[0] in self._checks

    def known(self) -> tuple[str, ...]:
        """The prefixes that somebody registered."""
        return tuple(self._checks)

    def allows(self, user: Any, scope: str) -> bool:
        check, _lister = self._checks.get(scope.partition(":")[0], (None, nothing))
        return bool(check and check(user, scope))

    def allows_acts(self, user: Any, scope: str) -> bool:
        return self._acts.get(scope.partition(":")[0], nobody)(user, scope)

    def of(self, user: Any) -> list[str]:
        """Every scope this user may see."""
        return [scope for _check, lister in self._checks.values() for scope in lister(user)]
