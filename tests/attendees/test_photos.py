"""A person's photo: what is kept of a picture, who sees it, and that nothing is left behind."""

from __future__ import annotations

import io
import random
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from PIL import Image

from attendees.exports.photos import badge_photo
from attendees.models import Attendee
from attendees.services.badges import badge_for, is_stale, note_printed
from attendees.services.photos import SIDE, Crop, delete_photo, set_photo
from netevent.accounts.models import Profile
from netevent.accounts.services import profile_of
from netevent.core.errors import DomainError
from tests.attendees.pages import browser_of, page, text_of
from tests.factories import make_attendee, make_event, make_member, make_running_event, make_user
from tests.support import need

pytestmark = pytest.mark.django_db
RED, GREEN, BLUE, WHITE = (220, 20, 20), (20, 200, 20), (20, 20, 220), (255, 255, 255)


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


def picture(width=90, height=60, *, kind="JPEG", orientation=1, mode="RGB"):
    """Thirds side by side: red, green, blue; `orientation` says how it has to be turned."""
    image = Image.new("RGB", (width, height))
    for index, colour in enumerate((RED, GREEN, BLUE)):
        image.paste(colour, (width * index // 3, 0, width * (index + 1) // 3, height))
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = orientation, "Secret Camera"
    out = io.BytesIO()
    extra = {"quality": 95} if kind == "JPEG" else {}
    image.convert(mode).save(out, kind, exif=exif, **extra)
    return out.getvalue()


def upload(content, name="me.jpg"):
    return SimpleUploadedFile(name, content, content_type="image/jpeg")


def files(media):
    return sorted(path.name for path in media.rglob("*.jpg"))


def kept(holder):
    return Image.open(holder.photo.path)


def near(pixel, colour):
    return all(abs(a - b) < 40 for a, b in zip(pixel, colour, strict=True))


def corner_colours(image):
    left, right = image.getpixel((2, image.height // 2)), image.getpixel((image.width - 3, image.height // 2))
    top, bottom = image.getpixel((image.width // 2, 2)), image.getpixel((image.width // 2, image.height - 3))
    return left, right, top, bottom


@pytest.mark.parametrize(
    ("kind", "mode"), [("JPEG", "RGB"), ("JPEG", "L"), ("JPEG", "CMYK"), ("PNG", "RGBA"), ("PNG", "P"), ("WEBP", "RGB")]
)
def test_without_a_crop_the_middle_is_kept_as_jpeg_without_metadata(kind, mode):
    ada = make_attendee()

    set_photo(ada, io.BytesIO(picture(kind=kind, mode=mode)))

    image = kept(ada)
    assert (image.format, image.size, image.mode) == ("JPEG", (60, 60), "RGB")
    assert dict(image.getexif()) == {}
    assert b"Secret Camera" not in Path(ada.photo.path).read_bytes()
    if mode not in {"L", "CMYK"}:
        assert near(image.getpixel((30, 30)), GREEN)


@pytest.mark.parametrize(
    ("orientation", "left", "right", "top", "bottom"),
    [
        (1, RED, BLUE, None, None),
        (3, BLUE, RED, None, None),
        (6, None, None, RED, BLUE),
        (8, None, None, BLUE, RED),
    ],
)
def test_a_picture_is_kept_upright(orientation, left, right, top, bottom):
    ada = make_attendee()

    set_photo(ada, io.BytesIO(picture(90, 90, orientation=orientation)))

    for found, wanted in zip(corner_colours(kept(ada)), (left, right, top, bottom), strict=True):
        assert wanted is None or near(found, wanted)


@pytest.mark.parametrize(
    ("crop", "colour"),
    [
        (Crop(0, 10, 25), RED),
        (Crop(65, 0, 25), BLUE),
        (Crop(-500, -500, 25), RED),
        (Crop(9999, 9999, 25), BLUE),
    ],
)
def test_the_chosen_square_is_kept(crop, colour):
    ada = make_attendee()

    set_photo(ada, io.BytesIO(picture()), crop)

    assert kept(ada).size == (25, 25)
    assert near(kept(ada).getpixel((12, 12)), colour)


def test_the_square_counts_in_the_upright_picture():
    ada = make_attendee()

    set_photo(ada, io.BytesIO(picture(900, 600, orientation=6)), Crop(100, 620, 250))  # upright it is 600 wide and 900 high, blue below

    assert near(kept(ada).getpixel((100, 100)), BLUE)


def test_a_large_picture_becomes_small_and_its_badge_stays_light(settings):
    ada = make_attendee()
    noise = Image.frombytes("RGB", (2000, 1500), random.Random(1).randbytes(2000 * 1500 * 3))
    out = io.BytesIO()
    noise.save(out, "JPEG", quality=60)

    set_photo(ada, io.BytesIO(out.getvalue()), Crop(0, 0, 1500))

    assert kept(ada).size == (SIDE, SIDE)
    assert len(badge_photo(Path(ada.photo.path), 85, 85).jpeg) < 25_000


def test_the_crop_of_a_picture_that_is_decoded_smaller_is_the_same():
    ada = make_attendee()

    set_photo(ada, io.BytesIO(picture(6000, 4000)), Crop(2100, 0, 1800))
    image = kept(ada)

    assert near(image.getpixel((5, 5)), GREEN)
    assert near(image.getpixel((SIDE - 6, SIDE - 6)), GREEN)
    set_photo(ada, io.BytesIO(picture(6000, 4000)), Crop(0, 0, 4000))
    assert near(kept(ada).getpixel((SIDE * 1950 // 4000, 9)), RED)
    assert near(kept(ada).getpixel((SIDE * 2050 // 4000, 9)), GREEN)


# --- Refused ---------------------------------------------------------------------------------------------------------------
def gif():
    out = io.BytesIO()
    Image.new("RGB", (9, 9)).save(out, "GIF")
    return out.getvalue()


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "not_an_image"),
        (b"%PDF-1.7 nothing", "not_an_image"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "not_an_image"),
        (gif(), "not_an_image"),
        (picture(900, 600)[:4000], "broken"),
        (picture(1300, 1000, kind="PNG"), "too_large"),
        (b"\0" * 1_100_000, "too_heavy"),
    ],
    ids=["empty", "pdf", "svg", "gif", "cut off", "many pixels", "heavy"],
)
def test_what_is_no_good_picture_is_refused_and_the_old_photo_stays(content, code, settings, media):
    settings.MAX_IMAGE_MEGAPIXELS = settings.MAX_UPLOAD_MB = 1
    ada = make_attendee()
    set_photo(ada, io.BytesIO(picture()))
    before = files(media)

    with pytest.raises(DomainError) as refused:
        set_photo(ada, io.BytesIO(content))
    answer = browser_of(ada).post(page("photo"), {"photo": upload(content)})

    assert (refused.value.code, answer.status_code) == (code, 422)
    assert str(refused.value.message) in text_of(answer)
    assert files(media) == before


def test_no_file_at_all_is_asked_for():
    answer = browser_of(make_attendee()).post(page("photo"), {})

    assert answer.status_code == 422
    assert "Please choose a picture." in text_of(answer)


@pytest.mark.parametrize("crop", [{"crop_x": "x"}, {"crop_w": "-5", "crop_x": "1", "crop_y": "1"}, {"crop_x": "nan"}, {"crop_w": "inf"}])
def test_a_nonsensical_crop_breaks_nothing(crop):
    answer = browser_of(make_attendee()).post(page("photo"), {"photo": upload(picture()), **crop})

    assert answer.status_code in {303, 422}


# --- The page --------------------------------------------------------------------------------------------------------------
@pytest.mark.django_db(transaction=True)
def test_the_page_keeps_shows_and_deletes_a_photo(media):
    ada = make_attendee()
    client = browser_of(ada)

    answer = client.post(page("photo"), {"photo": upload(picture()), "crop_x": "0", "crop_y": "0", "crop_w": "20", "crop_h": "20"})

    assert answer.status_code == 303
    ada.refresh_from_db()
    assert near(kept(ada).getpixel((9, 9)), RED)
    shown = client.get(page("photo-file"))
    assert (shown.status_code, shown["Content-Type"]) == (200, "image/jpeg")
    assert b"".join(shown.streaming_content) == Path(ada.photo.path).read_bytes()
    assert "photo/file" in text_of(client.get(page("dashboard")))

    client.post(page("photo"), {"delete": "1"})

    assert (Attendee.objects.get().photo.name, files(media)) == ("", [])
    assert client.get(page("photo-file")).status_code == 404


@pytest.mark.django_db(transaction=True)
def test_a_new_photo_takes_the_place_of_the_old_file(media):
    ada = make_attendee()
    set_photo(ada, io.BytesIO(picture()))
    first = files(media)

    set_photo(ada, io.BytesIO(picture()))

    assert len(files(media)) == 1
    assert files(media) != first
    delete_photo(ada)
    assert files(media) == []


def test_a_new_photo_makes_the_printed_badge_stale():
    ada = make_attendee()
    badge = badge_for(ada)
    note_printed([badge])

    set_photo(ada, io.BytesIO(picture()))
    badge.refresh_from_db()

    assert is_stale(badge)


def test_uploads_are_limited(settings):
    settings.RATE_LIMITS = {"upload.user": "1/h"}
    client = browser_of(make_attendee())

    assert [client.post(page("photo"), {"photo": upload(picture())}).status_code for _ in range(2)] == [303, 429]


# --- The account's photo ---------------------------------------------------------------------------------------------------
def test_the_accounts_photo_begins_a_registration_and_stays_when_it_is_taken_from_it(media):
    ada = make_user("ada@example.org")
    client = Client()
    client.force_login(ada)
    assert client.post(page("photo"), {"photo": upload(picture())}).status_code == 303
    event = make_event()
    client.post(reverse("attendees:register", args=[event.code]), {"first_name": "Ada"})
    attendee = Attendee.objects.get()
    assert attendee.photo.name == Profile.objects.get().photo.name

    delete_photo(attendee)

    assert len(files(media)) == 1
    assert client.get(page("photo-file")).status_code == 200
    assert client.get(page("photo-file", attendee)).status_code == 404


@pytest.mark.django_db(transaction=True)
def test_the_last_row_that_shows_a_file_takes_it_away(media):
    ada = make_user("ada@example.org")
    profile = profile_of(ada)
    set_photo(profile, io.BytesIO(picture()))
    attendee = make_attendee(email="ada@example.org", user=ada)
    Attendee.objects.update(photo=profile.photo.name)
    attendee.refresh_from_db()

    delete_photo(profile)
    assert len(files(media)) == 1
    delete_photo(attendee)

    assert files(media) == []


# --- Who sees it -----------------------------------------------------------------------------------------------------------
def test_nobody_else_sees_it_but_the_door():
    event = make_running_event()
    ada, grace = make_attendee(event), make_attendee(event)
    set_photo(ada, io.BytesIO(picture()))
    address = reverse("staff:photo", args=[event.pk, ada.pk])

    assert browser_of(grace).get(page("photo-file")).status_code == 404
    assert Client().get(address).status_code == 302
    stranger, door = Client(), Client()
    stranger.force_login(make_user())
    door.force_login(make_member(event, "check-in").user)
    assert stranger.get(address).status_code == 404
    assert door.get(address)["Content-Type"] == "image/jpeg"
    assert door.get(reverse("staff:photo", args=[event.pk, make_attendee().pk])).status_code == 404
    assert door.get(reverse("staff:photo", args=[event.pk, grace.pk])).status_code == 404
    assert address in text_of(door.get(reverse("staff:search", args=[event.pk]), {"q": ada.full_name}))


def test_the_door_is_shown_whom_it_lets_in():
    event = make_running_event()
    ada, door = make_attendee(event), Client()
    set_photo(ada, io.BytesIO(picture()))
    Attendee.objects.update(attendance_status="not_attending")
    door.force_login(make_member(event, "check-in").user)

    answer = door.post(reverse("staff:scan", args=[event.pk]), {"text": ada.code, "scan_id": "7b3f1a0e-0000-4000-8000-000000000001"}).json()

    assert (answer["photo"], answer["intends"]) == (reverse("staff:photo", args=[event.pk, ada.pk]), "not_attending")


@pytest.mark.parametrize("name", ["Portrait_1.jpg", "Portrait_6.jpg"])
def test_real_photos_come_out_upright(name, sample_data):
    source = sample_data / "images_exif" / name
    need(source.exists(), f"{name} is not among the sample files")
    ada = make_attendee()

    with source.open("rb") as file:
        set_photo(ada, file, Crop(0, 600, 1200))

    image = kept(ada).convert("L").resize((3, 3))
    assert image.getpixel((1, 0)) > image.getpixel((1, 2)) + 25  # the sky is bright, the ground dark
