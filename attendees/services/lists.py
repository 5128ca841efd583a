"""Order lists in and out: an import of an uploaded file, an export; a worker does them (attendees.job_kinds_lists)."""

from __future__ import annotations

import json
import shutil
import time
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, cast

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from attendees.models import Attendee, Status
from events.models import AttendeeType, Event
from events.permissions import Right, allowed
from netevent.core import limits
from netevent.core.errors import DomainError
from netevent.core.formats import WRITERS
from netevent.core.idempotency import hash_of
from netevent.core.tables import Table, read_table
from netevent.jobs.services import enqueue

if TYPE_CHECKING:
    from collections.abc import Iterator

    from attendees.models import AttendeeQuerySet
    from netevent.accounts.models import User
    from netevent.jobs.models import Job

IMPORT, EXPORT = "attendees.import", "attendees.export"
FOLDER = "private/imports"
KEPT_SECONDS = 24 * 3600  # an upload that nobody started
NOT_ALLOWED = _("Your role at this event does not include this.")
GONE = _("The uploaded file is no longer here. Please choose it again; who was imported already is known and not taken twice.")


# --- Out -------------------------------------------------------------------------------------------------------------------
def start_export(
    event: Event, by: User, *, file_format: str = "xlsx", filters: Mapping[str, Any] | None = None, columns: Sequence[str] = ()
) -> Job:
    """The list of an event's attendees as a file, made by a job; the same order twice while it waits or runs is one job.

    Args:
        filters: `states`, `types` (ids), `arrived` ("yes" or "no") and `words` to search for; what isn't there narrows nothing.
        columns: words of `column_sets`, in their order; none means all that this person may take out.

    Raises:
        DomainError: `not_allowed` (403) for who may not see the people, `unknown_format` (422), `too_often`.
    """
    if not may_see_people(by, event):
        raise DomainError("not_allowed", NOT_ALLOWED, status=403)
    if file_format not in WRITERS:
        raise DomainError("unknown_format", _("There is no such file format."), status=422)
    limits.hit("export.user", by.pk)
    params = {"event": event.pk, "format": file_format, "filters": {name: value for name, value in (filters or {}).items() if value}}
    if columns:
        params["columns"] = [*columns]
    key = f"export:{event.pk}:{by.pk}:{hash_of(params)[:32]}"
    return enqueue(EXPORT, params=params, owner=by, scope=f"event:{event.pk}", key=key)


def may_see_people(user: User, event: Event) -> bool:
    return allowed(user, Right.SEE_PERSONAL_DATA, event) or allowed(user, Right.MANAGE_ATTENDEES, event)


def people_for(user: User, event: Event, filters: Mapping[str, Any]) -> AttendeeQuerySet:
    """Whom this user may see at this event, narrowed; by name, in an order that doesn't move."""
    rows = Attendee.objects.filter(event=event, erased_at__isnull=True).visible_to(user)
    if states := [state for state in filters.get("states", ()) if state in Status.values]:
        rows = rows.filter(status__in=states)
    if types := filters.get("types"):
        rows = rows.filter(attendee_type__in=types)
    if arrived := filters.get("arrived"):
        rows = rows.filter(first_entry_at__isnull=arrived == "no")
    return rows.search(filters.get("words", "")).order_by("last_name", "first_name", "pk")


# --- In --------------------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Upload:
    """A file that waits for somebody to say what its columns mean; only whoever brought it may go on with it."""

    token: str
    event: int
    user: int
    name: str

    @property
    def folder(self) -> Path:
        return folder_of(self.token)

    def table(self) -> Table:
        with (self.folder / "table").open("rb") as file:
            return read_table(cast("Any", file), self.name)


def root() -> Path:
    return Path(settings.MEDIA_ROOT) / FOLDER


def folder_of(token: str) -> Path:
    return root() / uuid.UUID(token).hex


def keep_upload(event: Event, by: User, file: IO[bytes], name: str) -> Upload:
    """Read an uploaded table once, refuse what is none, and keep it where no address leads.

    Raises:
        DomainError: `not_allowed` (403), `too_often`, and all that `read_table` refuses (422).
    """
    if not allowed(by, Right.MANAGE_ATTENDEES, event):
        raise DomainError("not_allowed", NOT_ALLOWED, status=403)
    limits.hit("upload.user", by.pk)
    if not read_table(cast("Any", file), name).rows:
        text = _("The file has headings and no rows.")
        raise DomainError("file_empty", text, status=422, fields={"file": text})
    forget_old_uploads()
    upload = Upload(uuid.uuid4().hex, event.pk, by.pk, name[:200])
    upload.folder.mkdir(parents=True, mode=0o700)
    file.seek(0)
    with (upload.folder / "table").open("wb") as kept:
        shutil.copyfileobj(file, kept)
    (upload.folder / "about.json").write_text(json.dumps(asdict(upload)), encoding="utf-8")
    return upload


def upload_of(token: str) -> Upload | None:
    """None when it is gone: started and done, or too old."""
    try:
        return Upload(**json.loads((folder_of(token) / "about.json").read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def forget_upload(token: str) -> None:
    shutil.rmtree(folder_of(token), ignore_errors=True)


def forget_old_uploads() -> None:
    for folder in old_uploads():
        shutil.rmtree(folder, ignore_errors=True)


def old_uploads() -> Iterator[Path]:
    since = time.time() - KEPT_SECONDS
    return (folder for folder in (root().iterdir() if root().is_dir() else ()) if folder.stat().st_mtime < since)


def start_import(upload: Upload, by: User, *, columns: Mapping[int, str], attendee_type: AttendeeType, tell: bool) -> Job:
    """Order the import of an upload; asking twice is one job.

    Raises:
        DomainError: `not_allowed` (403).
    """
    event = Event.objects.get(pk=upload.event)
    if by.pk != upload.user or not allowed(by, Right.MANAGE_ATTENDEES, event) or attendee_type.event_id != event.pk:
        raise DomainError("not_allowed", NOT_ALLOWED, status=403)
    params = {
        "event": event.pk,
        "upload": upload.token,
        "columns": {str(index): name for index, name in columns.items() if name},
        "attendee_type": attendee_type.pk,
        "tell": tell,
    }
    return enqueue(IMPORT, params=params, owner=by, scope=f"event:{event.pk}", key=f"import:{upload.token}")
