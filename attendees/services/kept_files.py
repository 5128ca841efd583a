"""Files that no row names: what an act wrote before it was taken back, or a process before it died."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.core.files.storage import default_storage
from django.utils import timezone

from attendees.models import Attendee, QuestionAnswer
from netevent.accounts.models import Profile

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

AGE = timedelta(days=1)  # an act that is still under way has not written its row
CHUNK = 500


def purge() -> int:
    """Remove photos and answers' files that are older than a day and in no row; how many."""
    return remove_unnamed("photos", (Attendee, "photo"), (Profile, "photo")) + remove_unnamed("answers", (QuestionAnswer, "file"))


def remove_unnamed(folder: str, *columns: tuple[type[Attendee | Profile | QuestionAnswer], str]) -> int:
    removed = 0
    for names in chunks(old_files(folder)):
        named = {
            name for model, column in columns for name in model.objects.filter(**{f"{column}__in": names}).values_list(column, flat=True)
        }
        for name in names:
            if name not in named:
                default_storage.delete(name)
                removed += 1
    return removed


def old_files(folder: str) -> Iterator[str]:
    if not default_storage.exists(folder):
        return
    before = timezone.now() - AGE
    for name in default_storage.listdir(folder)[1]:
        path = f"{folder}/{name}"
        if default_storage.get_modified_time(path) < before:
            yield path


def chunks(names: Iterable[str]) -> Iterator[list[str]]:
    part: list[str] = []
    for name in names:
        part.append(name)
        if len(part) == CHUNK:
            yield part
            part = []
    if part:
        yield part
