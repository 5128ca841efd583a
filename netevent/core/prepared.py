"""Questions that are put together once: building and compiling a SELECT through the ORM costs several times what running it does.

    @prepared
    def badge_of(digest: Any) -> QuerySet[Badge]:
        return Badge.objects.select_related("attendee").filter(digest=digest)

    badge_of.first(digest="…")

answers what `Badge.objects.select_related("attendee").filter(digest="…")` would, for every value but None, for which SQL has other words.
The function is run once in a process, with stand-ins for the values, so it must not look at them, nor at anything that changes. For the hot
paths alone: what every request, scan and registration asks. Each is held against its queryset in tests/test_prepared.py.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Generic, TypeVar, cast

from django.db import DEFAULT_DB_ALIAS, connection
from django.db.models import Expression, Field, Lookup, Model, QuerySet
from django.db.models.base import ModelState
from django.db.models.lookups import Exact, GreaterThan, GreaterThanOrEqual, LessThan, LessThanOrEqual
from django.db.models.query import ModelIterable, ValuesListIterable, get_related_populators
from django.db.models.sql.where import WhereNode
from django.db.transaction import TransactionManagementError

Row = TypeVar("Row")
COMPARES = (Exact, GreaterThan, GreaterThanOrEqual, LessThan, LessThanOrEqual)
every: list[Prepared[Any]] = []


class NothingFits(Exception):  # noqa: N818 -- not a mistake: the answer is empty
    """No row can hold this value."""


class StandIn(Expression):
    """Takes the place of a value while a question is compiled; what it is compared with says how the value is written."""

    column: Field[Any, Any] | None = None
    limits: tuple[int | None, int | None] = (None, None)

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name

    def as_sql(self, _compiler: Any, _connection: Any) -> tuple[str, list[Any]]:  # type: ignore[override]  # a parameter of our own kind
        if self.column is None:
            raise TypeError(f"{self.name} is not simply compared with a column: this can't be prepared")
        return "%s", [self]

    def meet(self, lookup: Lookup[Any]) -> None:
        self.column = lookup.lhs.output_field
        kind = getattr(self.column, "target_field", self.column).get_internal_type()
        if kind in connection.ops.integer_field_ranges and isinstance(lookup, Exact):
            self.limits = connection.ops.integer_field_range(kind)

    def written(self, value: Any) -> Any:
        """As the ORM would send it.

        Raises:
            NothingFits: a number that is too large or too small for the column.
        """
        if value is None:
            raise ValueError(f"{self.name} is None: ask the queryset")
        ready = self.column.get_db_prep_value(value, connection)  # type: ignore[union-attr]  # compiled, so it has one
        least, most = self.limits
        if (least is not None and ready < least) or (most is not None and ready > most):
            raise NothingFits
        return ready


def comparisons(node: WhereNode) -> Iterator[Lookup[Any]]:
    for child in node.children:
        if isinstance(child, WhereNode):
            yield from comparisons(child)
        elif isinstance(child, COMPARES):
            yield child


@dataclass(frozen=True)
class Compiled(Generic[Row]):
    """What stays the same however often it is asked."""

    sql: str
    parameters: tuple[Any, ...]
    read: Callable[[Any], Row]
    converters: tuple[Any, ...]
    locks: bool

    def rows(self, values: dict[str, Any]) -> list[Row]:
        if self.locks and connection.get_autocommit():
            raise TransactionManagementError("select_for_update cannot be used outside of a transaction.")
        try:
            ready = [part.written(values[part.name]) if isinstance(part, StandIn) else part for part in self.parameters]
        except NothingFits:
            return []
        with connection.cursor() as cursor:
            cursor.execute(self.sql, ready)
            found = cursor.fetchall()
        return [self.read(self.converted(row) if self.converters else row) for row in found]

    def converted(self, row: tuple[Any, ...]) -> list[Any]:
        mended = list(row)
        for place, (converters, expression) in self.converters:
            for convert in converters:
                mended[place] = convert(mended[place], expression, connection)
        return mended


class Prepared(Generic[Row]):
    """A question of one shape; ask it with `all` or `first`, by the names of its function's arguments."""

    def __init__(self, question: Callable[..., QuerySet[Any, Row]]) -> None:
        self.question = question
        self.names = tuple(inspect.signature(question).parameters)
        every.append(self)

    def all(self, **values: Any) -> list[Row]:
        return self.compiled.rows(values)

    def first(self, **values: Any) -> Row | None:
        """The first row, if any; the question itself says how many to read."""
        return next(iter(self.all(**values)), None)

    @cached_property
    def compiled(self) -> Compiled[Row]:
        asked: Any = self.question(*map(StandIn, self.names))
        if asked._prefetch_related_lookups or asked._known_related_objects or asked.query.is_empty():
            raise TypeError(f"{self.question.__name__} is more than one SELECT: this can't be prepared")
        query = asked.query.chain()
        for lookup in comparisons(query.where):
            if isinstance(lookup.rhs, StandIn):
                lookup.rhs.meet(lookup)
        compiler = query.get_compiler(using=DEFAULT_DB_ALIAS)
        sql, parameters = compiler.as_sql()
        converters = compiler.get_converters([column for column, _sql, _alias in compiler.select[: compiler.col_count]])
        locks = query.select_for_update and connection.features.has_select_for_update
        return Compiled(sql, tuple(parameters), reader(asked, compiler), tuple(converters.items()), locks)


def reader(asked: Any, compiler: Any) -> Callable[[Any], Any]:
    """From a row to what the queryset gives for it: a tuple, or an instance with the related ones that were selected."""
    if asked._iterable_class is ValuesListIterable:
        return tuple
    if asked._iterable_class is not ModelIterable:
        raise TypeError("Only instances and values_list can be prepared")
    info, select = compiler.klass_info, compiler.select
    start, end = info["select_fields"][0], info["select_fields"][-1] + 1
    names = [column.target.attname for column, _sql, _alias in select[start:end]]
    annotated = tuple((compiler.annotation_col_map or {}).items())
    populators = get_related_populators(info, select, DEFAULT_DB_ALIAS)  # type: ignore[call-arg]  # the stubs are of a later Django
    quicken(populators)
    make = Maker(info["model"]).from_db

    def instance(row: Any) -> Any:
        made = make(DEFAULT_DB_ALIAS, names, row[start:end])
        for populator in populators:
            populator.populate(row, made)
        for name, place in annotated:
            setattr(made, name, row[place])
        return made

    return instance


class Maker:
    """Makes instances of a model from rows, as its `from_db` would: the columns go straight where `Model.__init__` would set them one by one.

    For our models nothing else happens there: what isn't read stays deferred, and nobody waits for `pre_init` or `post_init`.
    """

    def __init__(self, model: type[Model]) -> None:
        self._meta = model._meta
        if cast("Any", model.from_db).__func__ is not cast("Any", Model.from_db).__func__:
            raise TypeError(f"{model.__name__} reads its rows in its own way: this can't be prepared")
        self.model = model

    def from_db(self, db: str, names: Sequence[str], values: Sequence[Any]) -> Any:
        made = self.model.__new__(self.model)
        made.__dict__.update(zip(names, values, strict=True))
        made._state = state = ModelState()
        state.adding, state.db = False, db
        return made


def quicken(populators: Sequence[Any]) -> None:
    for populator in populators:
        populator.model_cls = Maker(populator.model_cls)
        quicken(populator.related_populators)


def prepared(question: Callable[..., QuerySet[Any, Row]]) -> Prepared[Row]:
    """The function's question, compiled when it is asked first."""
    return cast("Prepared[Row]", Prepared(question))
