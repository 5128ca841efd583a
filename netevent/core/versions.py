"""Numbered versions: one act that changes a row is one version, whatever it touched.

A version is simple-history's row with a number without gaps, every translated column, the sets and children that belong to it, and the
fields that changed. It is written from the locked row just before commit, never from the instance in somebody's memory: a second editor
with a stale copy can't write their old values into history.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models, transaction
from django.db.models.signals import m2m_changed, post_delete, post_save
from django.utils import timezone
from modeltranslation.translator import NotRegistered, translator
from simple_history.models import HistoricalRecords

from netevent.core.locks import locked


@dataclass
class Act:
    """What one act touched, by whom and from where (page, admin, api, import, job)."""

    source: str
    user: Any
    touched: dict[tuple[VersionedRecords, Any], None] = field(default_factory=dict)


_act: ContextVar[Act | None] = ContextVar("act", default=None)


@contextmanager
def one_version(row: models.Model | None = None, *, source: str, user: Any = None) -> Iterator[Act]:
    """Whatever is saved inside becomes one version per touched row, written before commit; a nested call joins the outer act.

    Args:
        row: is locked first, which keeps the order of locks when the act takes others later.
        source: page, admin, api, import or job.
    """
    if (outer := _act.get()) is not None:
        yield outer
        return
    act = Act(source, user)
    reset = _act.set(act)
    try:
        with transaction.atomic():
            if row is not None and row.pk:
                locked(row)
            yield act
            for records, pk in act.touched:
                records.record(pk, act)
    finally:
        _act.reset(reset)


class VersionedMeta(models.Model):
    """The columns that make a history row a version."""

    version_number = models.PositiveIntegerField()
    changes = models.JSONField(default=dict, encoder=DjangoJSONEncoder)
    related = models.JSONField(default=dict, encoder=DjangoJSONEncoder)
    source = models.CharField(max_length=10, blank=True)

    class Meta:
        abstract = True


class VersionedRecords(HistoricalRecords):
    """History of a model whose every act is numbered.

    Args:
        related: `row -> dict` of what belongs to a version beside its columns (tags by name, types with their prices).
        sets: names of many-to-many fields that touch the row.
        children: `(model, attname)` pairs: saving or deleting such a row touches the row it points at.
        leave_out: columns that are caches and no part of a version.
        written: `(row, names of what changed, or None for a new row)`, called after each version, inside its transaction.
    """

    def __init__(
        self,
        *,
        related: Callable[[Any], dict[str, Any]] = lambda _row: {},
        sets: Sequence[str] = (),
        children: Sequence[tuple[type[models.Model], str]] = (),
        leave_out: Sequence[str] = (),
        written: Callable[[Any, frozenset[str] | None], None] = lambda _row, _names: None,
        **options: Any,
    ) -> None:
        self.related, self.sets, self.children, self.leave_out = related, tuple(sets), tuple(children), frozenset(leave_out)
        self.written = written
        super().__init__(bases=[VersionedMeta], history_id_field=models.BigAutoField(), **options)

    def copy_fields(self, model: type[models.Model]) -> dict[str, models.Field]:
        fields = super().copy_fields(model)
        for copied in fields.values():
            copied.db_index = False
            copied._unique = False
        return fields

    def get_meta_options(self, model: type[models.Model]) -> dict[str, Any]:
        name = f"{model._meta.model_name}_version_once"
        once = models.UniqueConstraint(fields=[model._meta.pk.attname, "version_number"], name=name)
        return super().get_meta_options(model) | {
            "constraints": [once],
            "ordering": ("-version_number",),
            "indexes": [
                models.Index(fields=["history_date"], name=f"{model._meta.model_name}_version_date"),
                models.Index(fields=["history_user", "history_date"], name=f"{model._meta.model_name}_version_user"),
            ],
        }

    # -- hearing ---------------------------------------------------------------------------------------------------------
    def finalize(self, sender: type[models.Model], **kwargs: Any) -> None:
        super().finalize(sender, **kwargs)
        if sender is not self.cls:
            return
        for name in self.sets:
            m2m_changed.connect(self.sets_changed, sender=getattr(sender, name).through, weak=False)
        for child, attname in self.children:
            for signal in (post_save, post_delete):
                signal.connect(self.child_heard(attname), sender=child, weak=False)

    def child_heard(self, attname: str) -> Callable[..., None]:
        def heard(instance: models.Model, raw: bool = False, **kwargs: Any) -> None:
            if not raw:
                self.touch(getattr(instance, attname))

        return heard

    def sets_changed(
        self, instance: Any, action: str, reverse: bool, pk_set: set[Any] | None, model: Any, sender: Any, **kwargs: Any
    ) -> None:
        if action == "pre_clear" and reverse:  # afterwards nobody knows who had the tag
            near = next(f.name for f in sender._meta.fields if f.related_model is self.cls)
            far = next(f.name for f in sender._meta.fields if f.related_model is type(instance))
            instance._clearing = list(sender._default_manager.filter(**{far: instance}).values_list(near, flat=True))
        if action in {"post_add", "post_remove", "post_clear"}:
            touched = (pk_set or getattr(instance, "_clearing", None) or set()) if reverse else {instance.pk}
            for pk in touched:
                self.touch(pk)

    def post_save(self, instance: models.Model, created: bool, using: str | None = None, raw: bool = False, **kwargs: Any) -> None:
        if not raw:
            self.touch(instance.pk)

    def post_delete(self, instance: models.Model, using: str | None = None, **kwargs: Any) -> None:
        """A deleted draft keeps its versions; the last one, marked `-`, says that it is gone."""
        last = self.newest(instance.pk)
        act = _act.get() or Act("", None)
        self.write(
            instance, number=(last.version_number if last else 0) + 1, changes={}, related=last.related if last else {}, act=act, kind="-"
        )
        act.touched.pop((self, instance.pk), None)

    # -- writing ---------------------------------------------------------------------------------------------------------
    def touch(self, pk: Any) -> None:
        """Outside an act every save writes its own version: nothing is ever lost."""
        act = _act.get()
        if act is not None:
            act.touched.setdefault((self, pk))
            return
        with transaction.atomic():
            self.record(pk, Act("", None))

    def record(self, pk: Any, act: Act) -> None:
        row = self.cls._base_manager.select_for_update(no_key=True).filter(pk=pk).first()  # fresh and locked, never the caller's
        if row is None:
            return
        last, related = self.newest(pk), self.related(row)
        changes = dict(self.compare(last, row, related)) if last else {}
        if last is None or changes:
            number = (last.version_number if last else 0) + 1
            self.write(row, number=number, changes=changes, related=related, act=act, kind="~" if last else "+")
            self.written(row, frozenset(changes) if last else None)

    def newest(self, pk: Any) -> Any:
        history = getattr(self.cls, self.manager_name).model
        return history.objects.filter(**{self.cls._meta.pk.attname: pk}).order_by("-version_number").first()

    def columns(self) -> list[models.Field]:
        """Every column that a version holds. A translated field's bare column holds whatever language was active at the last save: it is
        left out of comparisons and written from English."""
        bare = self.bare_columns()
        return [f for f in self.cls._meta.concrete_fields if f.name not in bare | self.leave_out | {"created_at", "updated_at"}]

    def bare_columns(self) -> frozenset[str]:
        try:
            return frozenset(translator.get_options_for_model(self.cls).all_fields)
        except NotRegistered:
            return frozenset()

    def compare(self, last: Any, row: models.Model, related: dict[str, Any]) -> Iterator[tuple[str, list[Any]]]:
        for column in self.columns():
            before, after = getattr(last, column.attname), getattr(row, column.attname)
            if isinstance(column, models.FileField):
                before, after = str(before), str(after)
            nothing = before in (None, "") and after in (None, "")  # a form writes "" for a translation that isn't there
            if before != after and not nothing:
                yield column.name, [plain(before), plain(after)]
        was, now = plain(last.related), plain(related)
        yield from ((key, [was.get(key), now.get(key)]) for key in sorted({*was, *now}) if was.get(key) != now.get(key))

    def write(self, row: models.Model, *, number: int, changes: dict[str, Any], related: dict[str, Any], act: Act, kind: str) -> None:
        manager = getattr(self.cls, self.manager_name)
        values = {f.attname: getattr(row, f.attname) for f in self.fields_included(row)}
        for name in self.bare_columns():
            values[name] = values.get(f"{name}_en") or ""
        user = act.user or self.get_history_user(row)
        manager.model.objects.create(
            **values,
            history_date=timezone.now(),
            history_type=kind,
            history_user=user if getattr(user, "pk", None) else None,
            version_number=number,
            changes=changes,
            related=plain(related),
            source=act.source,
        )


def plain(value: Any) -> Any:
    """The value as JSON would give it back, so that today's can be compared with a stored one."""
    return json.loads(json.dumps(value, cls=DjangoJSONEncoder))
