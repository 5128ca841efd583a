"""List filters that offer a person only what they may see: Django's own name every row of the related table."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django.contrib.admin import ListFilter
from django.contrib.admin.utils import get_fields_from_path
from django.db import models
from django.http import HttpRequest
from unfold.contrib.filters.admin import AutocompleteSelectFilter, ChoicesDropdownFilter, RelatedDropdownFilter
from unfold.contrib.filters.forms import AutocompleteDropdownForm

Filter = str | type[ListFilter] | tuple[str, type[ListFilter]] | Callable[..., Any]


class VisibleRelatedFilter(RelatedDropdownFilter):
    """The related rows that this person may see."""

    def field_choices(self, field: Any, request: HttpRequest, model_admin: Any) -> list[tuple[Any, str]]:
        return [(row.pk, str(row)) for row in model_admin.get_field_queryset(None, field, request)]


class VisibleForm(AutocompleteDropdownForm):
    """The library's form looks the chosen row up in the whole table, and so would name a stranger's."""

    def __init__(self, *, request: HttpRequest, name: str, field: Any, model_admin: Any, **options: Any) -> None:
        super().__init__(request=request, name=name, field=field, model_admin=model_admin, **options)
        self.fields[name].queryset = model_admin.get_field_queryset(None, field, request)


class VisibleAutocompleteFilter(AutocompleteSelectFilter):
    """The same for long tables: found by typing, through the narrowed autocomplete view."""

    form_class = VisibleForm

    def field_choices(self, field: Any, request: HttpRequest, model_admin: Any) -> list[tuple[Any, str]]:
        return []

    def has_output(self) -> bool:
        return True


def narrowed_filter(model: type[models.Model], spec: Filter, typed: Sequence[str]) -> Filter:
    """The filter for a field's name: narrowed for relations, a menu for choices; what is no name stays as it is.

    Args:
        typed: names of relations too long for a menu.
    """
    if not isinstance(spec, str):
        return spec
    field = get_fields_from_path(model, spec)[-1]
    if field.is_relation:
        return spec, VisibleAutocompleteFilter if spec in typed else VisibleRelatedFilter
    return (spec, ChoicesDropdownFilter) if getattr(field, "choices", None) else spec
