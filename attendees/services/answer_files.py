"""Files that answer a question: known by their content, kept under names that say nothing, where no address leads."""

from __future__ import annotations

import io
import uuid
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import FileResponse, Http404
from django.utils.translation import gettext_lazy as _

from attendees.models import QuestionAnswer
from netevent.core.images import ImageRefused, opened
from netevent.core.text import NOT_PRINTABLE, trimmed

if TYPE_CHECKING:
    from django.core.files.uploadedfile import UploadedFile

PICTURES = {"JPEG": "jpg", "PNG": "png", "WEBP": "webp"}
TYPES = {"pdf": "application/pdf", "jpg": "image/jpeg", "png": "image/png", "webp": "image/webp"}
ACCEPTED = ".pdf,.jpg,.jpeg,.png,.webp"
LONGEST_NAME = 200


def refuse_bad_file(upload: UploadedFile) -> None:
    """Only a PDF or a picture, told by content and not by name, and no larger than MAX_UPLOAD_MB and MAX_IMAGE_MEGAPIXELS.

    Raises:
        ValidationError: `too_large`, `empty` or `wrong_kind`.
    """
    if not upload.size:
        raise ValidationError(_("The file is empty."), code="empty")
    if upload.size > settings.MAX_UPLOAD_MB * 1024 * 1024:
        raise ValidationError(_("The file is larger than %(limit)s MB."), code="too_large", params={"limit": settings.MAX_UPLOAD_MB})
    extension_of(upload)


def extension_of(upload: UploadedFile) -> str:
    upload.seek(0)
    content = upload.read()
    upload.seek(0)
    if content.startswith(b"%PDF-"):
        return "pdf"
    try:
        with opened(io.BytesIO(content)) as image:
            return PICTURES[image.format or ""]
    except ImageRefused as refused:
        if refused.reason == "too_large":
            raise ValidationError(_("The picture is too large."), code="too_large") from refused
        raise ValidationError(_("Please choose a PDF or a picture (JPEG, PNG or WebP)."), code="wrong_kind") from refused


def keep_file(answer: QuestionAnswer, upload: UploadedFile) -> None:
    """Put the file in the answer's place, and take away the one that stood there once this holds. The answer is saved by the caller."""
    forget_file(answer)
    answer.value = NOT_PRINTABLE.sub("", trimmed(upload.name or ""))[-LONGEST_NAME:] or "file"
    answer.file.save(f"{uuid.uuid4().hex}.{extension_of(upload)}", upload, save=False)


def forget_file(answer: QuestionAnswer) -> None:
    if answer.file:
        storage, name = answer.file.storage, str(answer.file.name)
        transaction.on_commit(lambda: storage.delete(name))


def type_of(answer: QuestionAnswer) -> str:
    """The content type that was found when the file came."""
    return TYPES.get(str(answer.file.name).rpartition(".")[2], "application/octet-stream")


def is_upload(value: Any) -> bool:
    return hasattr(value, "chunks")


def file_response(answer: QuestionAnswer) -> FileResponse:
    """To be saved and not shown: what somebody sent is never a page of ours.

    Raises:
        Http404: the answer has no file, or it is gone.
    """
    try:
        file: Any = answer.file.open("rb")
    except (OSError, ValueError):
        raise Http404 from None
    headers = {"X-Content-Type-Options": "nosniff", "Cache-Control": "private, no-store"}
    return FileResponse(file, as_attachment=True, filename=str(answer.value), content_type=type_of(answer), headers=headers)
