"""A person's photo: cropped square, upright, without metadata; the file that came is not kept."""

from __future__ import annotations

import io
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil
from typing import IO, Any

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from PIL import Image, ImageOps

from attendees.models import Attendee
from netevent.accounts.models import Profile
from netevent.core.errors import DomainError
from netevent.core.images import DAMAGED, ImageRefused, on_white, opened, upright_size

SIDE = 640  # pixels: a badge prints fewer, a phone at the door shows fewer
QUALITY = 86
FOLDER = "photos"

MESSAGES: Mapping[str, str | Promise] = {
    "not_an_image": _("This is no picture that we can read. Please choose a JPEG, PNG or WebP file."),
    "broken": _("This picture is damaged. Please choose another one."),
    "too_large": _("This picture has too many pixels. Please choose a smaller one."),
    "too_heavy": _("The file is larger than %(limit)s MB."),
}

Holder = Attendee | Profile


@dataclass(frozen=True)
class Crop:
    """The square that is kept, in pixels of the upright picture; what lies outside the picture is moved into it."""

    x: float
    y: float
    side: float

    def inside(self, width: int, height: int) -> Crop:
        side = min(max(self.side, 1.0), width, height)
        return Crop(min(max(self.x, 0.0), width - side), min(max(self.y, 0.0), height - side), side)


def middle(width: int, height: int) -> Crop:
    """The largest square, in the middle; of a portrait a little above it, where faces are."""
    side = min(width, height)
    return Crop((width - side) / 2, (height - side) * 0.4, side)


def set_photo(holder: Holder, file: IO[bytes], crop: Crop | None = None) -> str:
    """Keep this picture as the person's photo, and forget the one before; the name it is stored under.

    Raises:
        DomainError: `not_an_image`, `broken`, `too_large` (pixels) or `too_heavy` (bytes); nothing changed then.
    """
    return store(holder, square_jpeg(file, crop))


def square_jpeg(file: IO[bytes], crop: Crop | None) -> bytes:
    refuse_heavy(file)
    try:
        with opened(file) as image:
            return encoded(cropped(image, crop))
    except ImageRefused as refusal:
        raise refused(refusal.reason) from refusal
    except DAMAGED as error:
        raise refused("broken") from error


def refuse_heavy(file: IO[bytes]) -> None:
    size = file.seek(0, io.SEEK_END)
    file.seek(0)
    if size > settings.MAX_UPLOAD_MB * 1024 * 1024:
        raise refused("too_heavy")


def refused(reason: str) -> DomainError:
    message = MESSAGES[reason]
    if reason == "too_heavy":
        message = str(message) % {"limit": settings.MAX_UPLOAD_MB}
    return DomainError(reason, message, status=422, fields={"photo": message})


def cropped(image: Image.Image, crop: Crop | None) -> Image.Image:
    """The chosen square, upright. A JPEG is decoded no larger than needed, so the crop is taken to the size that came out."""
    width, height = upright_size(image)
    chosen = crop.inside(width, height) if crop else middle(width, height)
    needed = SIDE / chosen.side
    image.draft("RGB", (ceil(image.width * needed), ceil(image.height * needed)))
    upright = ImageOps.exif_transpose(image)
    scale = upright.width / width
    box = (chosen.x * scale, chosen.y * scale, (chosen.x + chosen.side) * scale, (chosen.y + chosen.side) * scale)
    side = max(1, min(SIDE, round(chosen.side)))
    right, bottom = min(box[2], upright.width), min(box[3], upright.height)
    return on_white(upright).resize((side, side), Image.Resampling.LANCZOS, box=(box[0], box[1], right, bottom))


def encoded(image: Image.Image) -> bytes:
    image.info.clear()  # comments, places and colour profiles would be written back
    out = io.BytesIO()
    image.save(out, "JPEG", quality=QUALITY, optimize=True)
    return out.getvalue()


def store(holder: Holder, jpeg: bytes) -> str:
    """Under a name that nobody guesses, and that changes with the picture: a printed badge with the old one is stale."""
    name = default_storage.save(f"{FOLDER}/{uuid.uuid4().hex}.jpg", ContentFile(jpeg))
    try:
        change(holder, name)
    except BaseException:
        default_storage.delete(name)
        raise
    return name


def delete_photo(holder: Holder) -> bool:
    """Take the photo away; False when there was none."""
    return change(holder, "")


@transaction.atomic
def change(holder: Holder, name: str) -> bool:
    """Of two at once each takes away what it replaced, so no file is left behind."""
    rows: Any = type(holder).objects.filter(pk=holder.pk)
    old = rows.select_for_update().values_list("photo", flat=True).get()
    if old == name:
        return False
    rows.update(photo=name, updated_at=timezone.now())
    holder.photo = name
    if old:
        transaction.on_commit(lambda: forget_file(old, holder.user_id))
    return True


def forget_file(name: str, user_id: int | None) -> None:
    """Remove a file unless another row of the same person shows it too."""
    if user_id is None or not any(rows.filter(user=user_id, photo=name).exists() for rows in (Profile.objects, Attendee.objects)):
        default_storage.delete(name)
