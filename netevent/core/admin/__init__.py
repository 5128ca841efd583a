"""The desk's one base: rows narrowed to the person everywhere, acts through services, one page one act.

`get_queryset` alone leaks: through list filters, foreign-key fields, both history views (also of deleted rows), imports and the answer to
somebody else's id. Whatever a person may not see is 404 here, for every door of a table.
"""

from netevent.core.admin.base import DeskAdmin, NoLanguageCompulsory, ReadOnlyDesk, TranslatedDeskAdmin
from netevent.core.admin.files import refuse_heavy
from netevent.core.admin.inlines import DeskInline, DeskStackedInline, DeskTabularInline, TranslatedStackedInline, TranslatedTabularInline
from netevent.core.admin.narrowed import EVENT_ITSELF, Narrowed, Rights, model_at, remembered, visible_rows
from netevent.core.admin.own import IdempotencyKeyAdmin, RateCountAdmin, own_models

__all__ = [
    "EVENT_ITSELF",
    "DeskAdmin",
    "DeskInline",
    "DeskStackedInline",
    "DeskTabularInline",
    "IdempotencyKeyAdmin",
    "Narrowed",
    "NoLanguageCompulsory",
    "RateCountAdmin",
    "ReadOnlyDesk",
    "Rights",
    "TranslatedDeskAdmin",
    "TranslatedStackedInline",
    "TranslatedTabularInline",
    "model_at",
    "own_models",
    "refuse_heavy",
    "remembered",
    "visible_rows",
]
