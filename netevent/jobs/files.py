"""Results as files: written aside, named last, served only by the view that asks for the right.

    MEDIA_ROOT/private/jobs/<job>/<attempt's own word>/<name>

An attempt writes under a word of its own, and the job's row names the file in the update that ends it. So a worker that was replaced can
neither mix its bytes into the result nor leave half a file where somebody may find it.
"""

from __future__ import annotations

import os
import shutil
from contextlib import suppress
from pathlib import Path

from django.conf import settings
from django.utils.text import get_valid_filename

FOLDER = "private/jobs"


def root() -> Path:
    return Path(settings.MEDIA_ROOT) / FOLDER


def job_folder(job_id: int) -> Path:
    return root() / str(job_id)


def place_for(job_id: int, word: str, filename: str) -> Path:
    """Where this attempt may write a file of that name; the folder exists."""
    folder = job_folder(job_id) / word
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder / get_valid_filename(Path(filename).name)


def settled(path: Path) -> str:
    """The file's name for the row, once its bytes are on the disk; empty when nothing was written."""
    if not path.is_file():
        return ""
    with path.open("rb") as file:
        os.fsync(file.fileno())
    return path.relative_to(settings.MEDIA_ROOT).as_posix()


def path_of(name: str) -> Path | None:
    """The file of a row; None when it is gone."""
    path = Path(settings.MEDIA_ROOT) / name
    return path if name.startswith(f"{FOLDER}/") and path.is_file() else None


def remove_attempt(job_id: int, word: str) -> None:
    shutil.rmtree(job_folder(job_id) / word, ignore_errors=True)
    remove_if_empty(job_folder(job_id))


def keep_only(job_id: int, word: str) -> None:
    """Remove what other attempts left; with an empty word, all of it."""
    folder = job_folder(job_id)
    for other in folder.iterdir() if folder.is_dir() else ():
        if other.name != word:
            shutil.rmtree(other, ignore_errors=True)
    remove_if_empty(folder)


def remove_if_empty(folder: Path) -> None:
    with suppress(OSError):
        folder.rmdir()
