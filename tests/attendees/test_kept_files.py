"""Files that no row names are removed after a day, and no other."""

from __future__ import annotations

import os
import time

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from attendees.models import Attendee
from attendees.services import kept_files
from netevent.accounts.models import Profile
from tests.factories import make_attendee, make_user

pytestmark = pytest.mark.django_db

TWO_DAYS = 2 * 24 * 3600


@pytest.fixture(autouse=True)
def own_folder(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


def kept(name, *, old=True):
    name = default_storage.save(name, ContentFile(b"x"))
    if old:
        then = time.time() - TWO_DAYS
        os.utime(default_storage.path(name), (then, then))
    return name


def test_what_a_row_names_or_an_act_may_still_write_stays(django_assert_num_queries):
    of_attendee, of_account = kept("photos/a.jpg"), kept("photos/b.jpg")
    Attendee.objects.filter(pk=make_attendee().pk).update(photo=of_attendee)
    Profile.objects.create(user=make_user(), photo=of_account)
    fresh = kept("photos/new.jpg", old=False)
    lost = [kept(f"photos/lost{number}.jpg") for number in range(3)] + [kept("answers/lost.pdf")]

    with django_assert_num_queries(3):
        assert kept_files.purge() == 4

    assert all(default_storage.exists(name) for name in (of_attendee, of_account, fresh))
    assert not any(default_storage.exists(name) for name in lost)


def test_without_folders_there_is_nothing_to_do():
    assert kept_files.purge() == 0
