"""What must never be shown, kept or believed, whoever asks and however."""

from __future__ import annotations

import io
import uuid
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.middleware.csrf import get_token
from django.test import Client, RequestFactory
from django.urls import reverse
from PIL import Image

from attendees.models import Attendee, CheckIn
from attendees.services import badges
from attendees.services.lists import start_export
from events.desk_forms import EventForm
from events.models import Visibility
from netevent.accounts.links import confirm_url, password_url
from netevent.core.logging import blanked
from netevent.core.page_cache import cache_for_strangers
from netevent.jobs.models import Job
from tests.factories import first_type, make_attendee, make_event, make_member, make_running_event, make_user

pytestmark = pytest.mark.django_db


def signed_in(user: Any) -> Client:
    client = Client()
    client.force_login(user)
    return client


# --- Logs ------------------------------------------------------------------------------------------------------------------
def test_no_link_of_an_account_is_logged():
    user = make_user()
    address = EmailAddress.objects.create(user=user, email=user.email)
    token = badges.badge_for(make_attendee()).token

    for link in (confirm_url(address), password_url(user), f"/c/{token}", f"/attendee/personal/{token}"):
        secret = link.rstrip("/").rpartition("/")[2]
        for line in (f"Forbidden (CSRF token missing.): {link}", f"Not Found: {link}, again", f"({link})"):
            assert secret not in blanked(line)
            assert "…" in blanked(line)


# --- The door --------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("words", ["hidden.example", "quiet.one", "quiet.one@hidden.example", "lovelace hidden"])
def test_staff_at_the_door_cannot_look_for_an_address(words):
    event = make_running_event()
    make_attendee(event, email="quiet.one@hidden.example", first_name="Ada", last_name="Lovelace")
    client = signed_in(make_member(event, "check-in").user)

    def found(text: str) -> bool:
        return "Ada Lovelace" in client.get(reverse("staff:search", args=[event.pk]), {"q": text}).content.decode()

    assert found("lovelace ada")
    assert not found(words)


def test_a_walk_in_sent_twice_is_one_person_and_somebody_else_is_not():
    event = make_running_event()
    client = signed_in(make_member(event, "check-in").user)
    form = {"first_name": "Bo", "attendee_type": first_type(event).pk, "scan_id": str(uuid.uuid4())}

    for data in (form, form, {**form, "first_name": "Cy"}):
        assert client.post(reverse("staff:walk-in", args=[event.pk]), data).status_code == 200

    assert sorted(Attendee.objects.values_list("first_name", flat=True)) == ["Bo", "Cy"]
    assert sorted(CheckIn.objects.values_list("attendee__first_name", flat=True)) == ["Bo", "Cy"]


@pytest.mark.parametrize("name", ["scan", "undo", "walk-in", "frame", "check-in"])
def test_an_attendee_never_sets_their_own_attendance(name):
    event, person = make_running_event(), make_user()
    attendee = make_attendee(event, email=person.email)
    Attendee.objects.filter(pk=attendee.pk).update(user=person)
    data = {"text": attendee.code, "scan_id": str(uuid.uuid4()), "first_entry_at": "2026-01-01"}

    assert signed_in(person).post(reverse(f"staff:{name}", args=[event.pk]), data).status_code == 404
    desk = reverse("organiser-people:check-in", args=[event.pk, attendee.pk])
    assert signed_in(person).post(desk).status_code == 404
    signed_in(person).post(f"{reverse('attendees:attendance')}?event={event.code}", {"attendance_status": "attending", **data})
    attendee.refresh_from_db()
    assert attendee.first_entry_at is None
    assert not CheckIn.objects.exists()


def test_check_in_staff_neither_undo_others_scans_nor_get_lists_or_the_desk():
    event = make_running_event()
    attendee = make_attendee(event, email="quiet.one@hidden.example")
    first, second = (make_member(event, "check-in").user for _n in range(2))
    scan = {"text": attendee.code, "scan_id": str(uuid.uuid4())}
    signed_in(first).post(reverse("staff:scan", args=[event.pk]), scan)
    client = signed_in(second)

    undone = client.post(reverse("staff:undo", args=[event.pk]), {"scan": scan["scan_id"], "reason": "mine"})
    assert undone.status_code == 403
    assert not CheckIn.objects.filter(annulled_at__isnull=False).exists()
    for name in ("badges", "batch-assign-type"):
        assert client.get(reverse(f"organiser-people:{name}", args=[event.pk])).status_code == 404
    for page in ("attendees_attendee_changelist", "attendees_attendee_export", "notifications_message_changelist"):
        assert client.get(reverse(f"admin:{page}")).status_code in (302, 403, 404)
    for name in ("event", "check-in", "dashboard"):
        address = reverse(f"staff:{name}", args=[] if name == "dashboard" else [event.pk])
        assert b"hidden.example" not in client.get(address, {} if name != "check-in" else {"q": attendee.first_name}).content


# --- Access that ended -----------------------------------------------------------------------------------------------------
def test_whoever_left_the_team_loses_everything_at_once():
    event = make_running_event()
    attendee, member = make_attendee(event), make_member(event, "organiser")
    job = start_export(event, member.user)
    Job.objects.update(state="cancelled")
    job.lines.create(number=1, outcome="skipped", reason="ABC: Ada Lovelace")
    client = signed_in(member.user)
    pages = [
        reverse("staff:event", args=[event.pk]),
        reverse("staff:search", args=[event.pk]),
        reverse("organiser-people:badges", args=[event.pk]),
        reverse("admin:attendees_attendee_change", args=[attendee.pk]),
    ]
    assert [client.get(page).status_code for page in pages] == [200] * 4
    assert b"Ada Lovelace" in client.get(reverse("jobs:detail", args=[job.pk])).content

    member.delete()

    assert all(client.get(page).status_code in (302, 404) for page in pages)
    assert client.post(reverse("staff:scan", args=[event.pk]), {"text": attendee.code}).status_code == 404
    assert b"Ada Lovelace" not in client.get(reverse("jobs:detail", args=[job.pk])).content
    assert client.post(reverse("jobs:retry", args=[job.pk])).status_code == 404
    assert client.get(reverse("jobs:file", args=[job.pk])).status_code == 404


def test_an_account_that_was_switched_off_is_a_stranger_at_once():
    event = make_running_event()
    member = make_member(event, "organiser")
    client = signed_in(member.user)
    assert client.get(reverse("staff:event", args=[event.pk])).status_code == 200

    member.user.is_active = False
    member.user.save()

    assert client.get(reverse("staff:event", args=[event.pk])).status_code == 302


def test_a_cancelled_attendee_sees_nobody_and_is_seen_by_nobody():
    event = make_running_event()
    viewer, other = make_user(), make_attendee(event)
    own = make_attendee(event, email=viewer.email)
    Attendee.objects.filter(pk=own.pk).update(user=viewer)
    card = reverse("attendees:badge-opened", args=[badges.badge_for(other).token])
    assert other.last_name in signed_in(viewer).get(card).content.decode()

    for gone, back in ((own, other), (other, own)):
        Attendee.objects.filter(pk=gone.pk).update(status="cancelled")
        Attendee.objects.filter(pk=back.pk).update(status="confirmed")
        page = signed_in(viewer).get(card).content.decode()
        assert other.last_name not in page
        assert 'data-state="sign-in-to-connect"' in page


# --- What others may keep --------------------------------------------------------------------------------------------------
def test_a_page_with_a_token_of_this_browser_is_for_no_shared_cache():
    @cache_for_strangers()
    def view(request: Any) -> HttpResponse:
        return HttpResponse(get_token(request))

    first, second = (view(RequestFactory().get("/a-form")) for _n in range(2))

    assert first.content != second.content
    assert "public" not in first["Cache-Control"]
    assert "private" in first["Cache-Control"]


def test_a_page_for_strangers_is_never_answered_from_somebodys_own():
    event = make_event()
    address = reverse("events:detail", args=[event.code])
    person = signed_in(make_user(first_name="Zebediah"))

    own = person.get(address)
    assert "private" in own["Cache-Control"]
    strangers = [Client().get(address), Client().get(address), Client().get(address, {"lang": "pl"}), Client().get(address)]
    assert strangers[0].content == strangers[1].content == strangers[3].content != strangers[2].content
    assert all(b"csrfmiddlewaretoken" not in page.content and b"Zebediah" not in page.content for page in strangers)
    assert {*map(str.strip, strangers[1]["Vary"].split(","))} >= {"Accept-Language", "Cookie"}
    assert not strangers[1].cookies


def picture(kind: str = "PNG", size: tuple[int, int] = (4, 4)) -> bytes:
    out = io.BytesIO()
    Image.new("1", size).save(out, kind)
    return out.getvalue()


def test_a_drafts_picture_is_kept_by_nobody(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    event = make_event(visibility=Visibility.DRAFT)
    event.picture.save("x.png", SimpleUploadedFile("x.png", picture()))
    address = reverse("events:picture", args=[event.code])

    assert Client().get(address).status_code == 404
    own = signed_in(make_member(event).user).get(address)
    assert own["Cache-Control"] == "private, no-store"
    assert own["X-Content-Type-Options"] == "nosniff"
    own.close()


@pytest.mark.parametrize(
    ("name", "content", "fits"),
    [
        ("a.png", picture(), True),
        ("a.png", picture("GIF"), False),
        ("a.html", picture(), False),
        ("a.png", b"<svg xmlns='http://www.w3.org/2000/svg'/>", False),
        ("a.png", picture(size=(6000, 6000)), False),
        ("a.png", picture() + b"x" * 6_000_000, False),
    ],
)
def test_an_events_picture_is_a_picture_of_a_bearable_size(name, content, fits):
    class Form(EventForm):
        class Meta(EventForm.Meta):
            fields = ("picture",)

    form = Form({}, {"picture": SimpleUploadedFile(name, content)}, instance=make_event())
    form.is_valid()

    assert ("picture" not in form.errors) is fits


# --- Every answer ----------------------------------------------------------------------------------------------------------
def test_every_answer_forbids_frames_sniffing_and_foreign_code(settings):
    event = make_event()
    answers = {
        200: Client().get("/"),
        301: Client().get(reverse("events:detail", args=[event.code]).rstrip("/")),
        302: Client().get("/start"),
        400: Client().get("/?a=%00"),
        403: Client(enforce_csrf_checks=True).post("/language", {"language": "nl"}),
        404: Client().get("/nothing-here"),
        405: Client().get("/language"),
    }
    for status, answer in answers.items():
        assert status in (answer.status_code, 301), status
        assert "frame-ancestors 'none'" in answer["Content-Security-Policy"]
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert answer["Referrer-Policy"] == "same-origin"


def test_what_was_uploaded_or_made_has_no_public_address(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    (tmp_path / "private").mkdir()
    (tmp_path / "private" / "x.csv").write_text("secret")

    for address in ("/media/private/x.csv", "/static/../media/private/x.csv", "/static/%2e%2e/media/private/x.csv"):
        assert Client().get(address).status_code == 404


@pytest.mark.parametrize("goal", ["https://evil.example/", "//evil.example/", "/\\evil.example/", "javascript:alert(1)"])
def test_no_form_leads_to_another_site(goal):
    language = Client().post("/language", {"language": "nl", "next": goal})
    desk = Client().get("/admin/login/", {"next": goal})
    sign_in = signed_in(make_user()).get("/login", {"next": goal})

    for answer in (language, desk, sign_in):
        assert "evil" not in answer.get("Location", "")
        assert "alert" not in answer.get("Location", "")


def test_a_foreign_host_is_refused_and_stands_in_no_link():
    assert Client().get("/", headers={"host": "evil.example"}).status_code == 400
    assert Client().post("/password/reset", {"email": "a@example.org"}, headers={"host": "evil.example"}).status_code == 400
    assert b"evil" not in Client().get("/", headers={"x-forwarded-host": "evil.example"}).content


# --- Limits ----------------------------------------------------------------------------------------------------------------
def test_every_scanning_door_is_limited(settings):
    settings.RATE_LIMITS = {"checkin.device": "1/h"}
    event = make_running_event()
    attendee, client = make_attendee(event), signed_in(make_member(event, "organiser").user)
    desk = reverse("organiser-people:check-in", args=[event.pk, attendee.pk])

    assert [client.post(desk).status_code for _n in range(2)] == [302, 429]
    answer = client.post(reverse("staff:scan", args=[event.pk]), {"text": attendee.code})
    assert answer.status_code == 429
    assert int(answer["Retry-After"]) > 0


@pytest.mark.parametrize("address", ["/c/{0}", "/attendee/personal/{0}", "/staff/ABCDEF"])
def test_trying_codes_and_links_is_stopped_and_a_made_up_header_does_not_help(settings, address):
    settings.RATE_LIMITS = {"code.ip": "2/h"}

    def knock(number: int) -> int:
        return Client().get(address.format("a" * 32), headers={"x-forwarded-for": f"10.1.1.{number}"}).status_code

    assert knock(1) != 429
    assert knock(2) != 429
    assert knock(3) == 429
