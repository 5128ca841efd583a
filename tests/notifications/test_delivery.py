"""From the outbox to a mailbox, by a real SMTP server, files and Brevo's API."""

from __future__ import annotations

import email
import logging
import socket
from collections.abc import Iterator
from datetime import timedelta
from email import policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from netevent.core.errors import DomainError
from netevent.notifications import services
from netevent.notifications.models import Message
from netevent.notifications.services import deliver_due, drop_message, send_again
from netevent.notifications.signals import rendering
from netevent.notifications.transport import scrubbed

LADDER = [10, 60, 300, 900, 3600, 10800, 21600]
TOKEN = "qX3vJ9aTt0mZs1kWb7yDcE5rUiP2oLhN"


def parsed(raw: bytes) -> EmailMessage:
    message = email.message_from_bytes(raw, policy=policy.default)
    assert isinstance(message, EmailMessage)
    return message


def state_of(message: Message) -> tuple[str, str]:
    message.refresh_from_db()
    return message.state, message.error


def due_again(message: Message) -> None:
    Message.objects.filter(pk=message.pk).update(due_at=timezone.now())


@pytest.fixture
def links() -> Iterator[None]:
    """What the apps above do: a link with a token, made while the mail is."""

    def make(message: Message, **kwargs: Any) -> dict[str, Any]:
        calendar = ("event.ics", "text/calendar", b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n")
        return {"personal_link": f"https://netevent.test/attendee/personal/{TOKEN}", "attachments": [calendar]}

    rendering.connect(make)
    yield
    rendering.disconnect(make)


# --- What arrives ----------------------------------------------------------------------------------------------------------
def test_deliver_due_sends_text_html_link_and_attachment(queue: Any, smtp: Any, links: None) -> None:
    message = queue(to_address="grace@example.org")

    assert deliver_due() == {"sent": 1}
    mail = parsed(smtp.mails[0])
    assert (mail["To"], mail["Message-ID"]) == ("grace@example.org", message.header_id)
    assert mail["Subject"] == "Your place at PyConf is confirmed"
    text, html = mail.get_body(("plain",)), mail.get_body(("html",))
    assert text is not None
    assert html is not None
    assert f"https://netevent.test/attendee/personal/{TOKEN}" in text.get_content()
    assert "Hello Grace," in text.get_content()
    assert f'href="https://netevent.test/attendee/personal/{TOKEN}"' in html.get_content()
    assert [part.get_filename() for part in mail.iter_attachments()] == ["event.ics"]
    message.refresh_from_db()
    assert (message.state, message.attempt, message.error) == ("sent", 1, "")
    assert message.sent_at is not None


def test_no_table_holds_the_link(queue: Any, smtp: Any, links: None, caplog: pytest.LogCaptureFixture) -> None:
    queue()
    smtp.data_answer = f"550 spam: https://netevent.test/attendee/personal/{TOKEN} is not welcome, nor is {TOKEN}"
    deliver_due()

    row = Message.objects.values().get()
    assert row["state"] == "failed"
    assert "not welcome" in row["error"]
    assert TOKEN not in str(row) + caplog.text


def test_one_connection_carries_a_batch(queue: Any, smtp: Any) -> None:
    for _number in range(5):
        queue()

    assert deliver_due() == {"sent": 5}
    assert (len(smtp.mails), smtp.connections) == (5, 1)


def test_the_receivers_language_wins_over_the_workers(queue: Any, smtp: Any, ada: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Catalogues are made elsewhere: what is asked here is which language was on while the mail was made."""
    seen: list[str] = []

    def note(message: Message, **kwargs: Any) -> None:
        from django.utils.translation import get_language

        seen.append(get_language() or "")

    rendering.connect(note)
    queue(to_user=ada)
    queue(language="pl")
    queue(language="xx")
    deliver_due()
    rendering.disconnect(note)

    assert seen == ["nl", "pl", "en"]
    assert all(b'lang="' in mail for mail in smtp.mails)


@pytest.mark.parametrize("name", ["Grace\r\nBcc: victim@example.org", "Grace\u2028Bcc: x", "Grace\x0bX"])
def test_a_name_cant_break_out_of_the_subject(queue: Any, smtp: Any, name: str) -> None:
    queue(context={"event": {"name": name}, "attendee": {"first_name": name}})

    assert deliver_due() == {"sent": 1}
    mail = parsed(smtp.mails[0])
    assert mail["Bcc"] is None
    assert "\n" not in mail["Subject"]
    assert "Grace" in mail["Subject"]


def test_markup_in_a_name_is_text_in_both_parts(queue: Any, smtp: Any) -> None:
    queue(context={"event": {"name": "Tom & <b>Jerry"}, "attendee": {"first_name": "O'Neil & Söhne"}})
    deliver_due()

    mail = parsed(smtp.mails[0])
    text, html = mail.get_body(("plain",)), mail.get_body(("html",))
    assert text is not None
    assert html is not None
    assert "Tom & <b>Jerry" in text.get_content()
    assert "O'Neil & Söhne" in text.get_content()
    assert "Tom &amp; &lt;b&gt;Jerry" in html.get_content()
    assert "<b>" not in html.get_content()


@pytest.mark.parametrize("name", ["Win at http://spam.example", "www.spam.example", "write me@spam.example", "N" * 61])
def test_an_advertisement_is_not_greeted(queue: Any, smtp: Any, name: str) -> None:
    queue(context={"event": {"name": "PyConf"}, "attendee": {"first_name": name}})
    deliver_due()

    assert name.encode() not in smtp.mails[0]
    assert b"Hello," in smtp.mails[0]


LINKS = (
    *("personal_link", "desk_link", "confirm_link", "reset_link", "signup_link", "account_link"),
    *("accept_link", "decline_link", "attendance_link", "pay_link"),
)
BUTTONS = {"login_code": 0, "mailing": 0, "offer": 2, "reminder": 2}  # what an organiser wrote holds its own links
TEMPLATES = sorted(path.name for path in (Path(__file__).parents[2] / "templates" / "emails").iterdir() if path.name != "base")


@pytest.mark.parametrize("language", ["en", "pl"])
@pytest.mark.parametrize("template", TEMPLATES)
def test_every_message_renders_in_both_parts(queue: Any, template: str, language: str) -> None:
    from netevent.notifications.rendering import part

    link = "https://netevent.test/x"
    context = {
        "event": {"name": "PyConf", "when": "June 1", "where": "Utrecht", "code": "PY", "url": link},
        "attendee": {"first_name": "Grace", "last_name": "Hopper", "code": "G1", "type": "Speaker"},
        "organiser_name": "Club",
        "person_name": "Grace",
        "person_email": "g@example.org",
        **dict.fromkeys(LINKS, link),
        "position": 3,
        "code": "123456",
        "notice": "Changed.",
        "valid_until": "June 2",
        "previous_type": "Guest",
        "base_url": "https://netevent.test",
        "subject": "A word about Saturday",
    }
    subject, text, html = (part(template, name, context) for name in ("subject.txt", "body.txt", "body.html"))

    assert subject.strip()
    assert "{" not in subject + text + html.replace("{}", "")
    buttons = BUTTONS.get(template, 1)
    assert (link in text) == (link in html) == bool(buttons)
    assert html.count("<a href=") == buttons + 1  # and the site's address


# --- What goes wrong -------------------------------------------------------------------------------------------------------
def test_a_refusal_for_now_climbs_the_ladder_and_then_fails(queue: Any, smtp: Any) -> None:
    message = queue(to_address="busy@example.org")
    smtp.rcpt_answers["busy@example.org"] = "451 try later"
    waits = []
    for _rung in LADDER:
        before = timezone.now()
        assert deliver_due() == {"waiting": 1}
        message.refresh_from_db()
        waits.append(round((message.due_at - before).total_seconds()))
        assert deliver_due() == {}
        due_again(message)

    assert waits == LADDER
    assert deliver_due() == {"failed": 1}
    assert state_of(message) == ("failed", "smtp_451: try later")
    assert list(Message.objects.failing()) == [message]


def test_a_refusal_for_good_fails_at_once_and_harms_no_other(queue: Any, smtp: Any) -> None:
    gone, fine = queue(to_address="gone@example.org"), queue()
    smtp.rcpt_answers["gone@example.org"] = "550 5.1.1 no such user"

    assert deliver_due() == {"failed": 1, "sent": 1}
    assert state_of(gone) == ("failed", "smtp_550: 5.1.1 no such user")
    assert state_of(fine) == ("sent", "")
    assert smtp.connections == 1


def test_our_own_fault_at_the_server_is_tried_again(queue: Any, smtp: Any) -> None:
    message = queue()
    smtp.data_answer = "530 5.7.0 authentication required"

    assert deliver_due() == {"waiting": 1}
    assert state_of(message)[0] == "waiting"


def test_nobody_at_the_port_puts_off_the_whole_batch_after_one_try(queue: Any, settings: Any) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", free.getsockname()[1]
        messages = [queue() for _number in range(3)]

        assert deliver_due() == {"waiting": 3}
    assert {state_of(message) for message in messages} == {("waiting", "unreachable: ConnectionRefusedError")}


def test_a_silent_server_is_left_after_the_time_out(queue: Any, settings: Any) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", silent.getsockname()[1], 0.2
        message = queue()

        assert deliver_due() == {"waiting": 1}
    assert state_of(message) == ("waiting", "timeout")


def test_a_server_that_closes_in_between_is_called_again(queue: Any, smtp: Any) -> None:
    messages = [queue(), queue()]
    smtp.rcpt_answers[messages[0].to_address] = "421 closing"

    assert deliver_due() == {"waiting": 1, "sent": 1}
    assert smtp.connections == 2


def test_a_message_that_cant_be_rendered_stops_no_other_and_says_nothing_secret(
    queue: Any, smtp: Any, caplog: pytest.LogCaptureFixture
) -> None:
    broken, fine = queue(template="no_such_template"), queue()

    def explode(message: Message, **kwargs: Any) -> None:
        if message.pk == late.pk:
            raise ValueError(f"no route for /attendee/personal/{TOKEN}")

    late = queue()
    rendering.connect(explode)
    with caplog.at_level(logging.DEBUG):
        assert deliver_due() == {"waiting": 2, "sent": 1}
    rendering.disconnect(explode)

    assert state_of(broken) == ("waiting", "rendering: TemplateDoesNotExist")
    assert state_of(late) == ("waiting", "rendering: ValueError")
    assert state_of(fine) == ("sent", "")
    assert "test_delivery.py" in caplog.text
    assert TOKEN not in caplog.text


def test_whoever_is_gone_gets_nothing(queue: Any, smtp: Any, ada: Any) -> None:
    ada.erased_at = timezone.now()
    ada.save()
    erased = queue(to_user=ada)

    def call_off(message: Message, **kwargs: Any) -> dict[str, str] | None:
        return {"drop": "cancelled_meanwhile"} if message.pk == late.pk else None

    late = queue()
    rendering.connect(call_off)
    assert deliver_due() == {"dropped": 2}
    rendering.disconnect(call_off)

    assert smtp.mails == []
    assert (state_of(erased), state_of(late)) == (("dropped", "no_address"), ("dropped", "cancelled_meanwhile"))


def test_a_new_address_of_the_user_is_where_it_goes(queue: Any, smtp: Any, ada: Any) -> None:
    queue(to_user=ada)
    ada.email = "new@example.org"
    ada.save()
    deliver_due()

    assert parsed(smtp.mails[0])["To"] == "new@example.org"


def test_a_dead_senders_message_goes_out_again_with_the_same_message_id(queue: Any, smtp: Any) -> None:
    message = queue()
    [claimed] = Message.objects.claim(10, services.LEASE)
    assert deliver_due() == {}  # in a sender's hands
    Message.objects.update(lease_until=timezone.now() - timedelta(seconds=1))

    assert deliver_due() == {"sent": 1}
    assert parsed(smtp.mails[0])["Message-ID"] == message.header_id
    services.finish(claimed, "failed", "the ghost's word")
    assert state_of(message) == ("sent", "")


def test_a_message_that_kills_its_sender_is_given_up(queue: Any, smtp: Any) -> None:
    message = queue()
    Message.objects.update(state="sending", attempt=8, lease_until=timezone.now() - timedelta(seconds=1))

    assert deliver_due() == {"failed": 1}
    assert state_of(message) == ("failed", "sender_lost")


def test_what_is_not_begun_in_time_is_given_back_untouched(queue: Any, smtp: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    message = queue()
    monkeypatch.setattr(services, "START_WITHIN", -1.0)
    deliver_due(seconds=-1)

    message.refresh_from_db()
    assert (message.state, message.attempt, message.claim) == ("waiting", 0, None)


def test_send_again_gives_the_whole_ladder_once_more(queue: Any, smtp: Any) -> None:
    message = queue()
    with pytest.raises(DomainError, match="not_failed"):
        send_again(message)
    Message.objects.update(state="failed", attempt=8, error="smtp_550")
    send_again(message)

    assert deliver_due() == {"sent": 1}
    with pytest.raises(DomainError, match="already_sent"):
        drop_message(message)


def test_drop_message_is_never_sent(queue: Any, smtp: Any) -> None:
    message = queue()
    drop_message(message)

    assert deliver_due() == {}
    assert state_of(message) == ("dropped", "dropped_by_staff")


def test_scrubbed_keeps_words_and_takes_links() -> None:
    assert scrubbed(f"550 see https://x.test/{TOKEN}\r\n or {TOKEN}") == "550 see … or …"


# --- Other ways out --------------------------------------------------------------------------------------------------------
def test_files_hold_one_mail_each(queue: Any, settings: Any, tmp_path: Path) -> None:
    settings.EMAIL_BACKEND, settings.EMAIL_FILE_PATH = "netevent.core.mail_files.EmailBackend", str(tmp_path)
    messages = [queue(), queue()]

    assert deliver_due() == {"sent": 2}
    ids = {parsed(path.read_bytes())["Message-ID"] for path in tmp_path.glob("*.eml")}
    assert ids == {message.header_id for message in messages}


def test_brevo_takes_the_mail_with_its_message_id(queue: Any, brevo: Any, links: None) -> None:
    message = queue(to_address="grace@example.org")

    assert deliver_due() == {"sent": 1}
    post = brevo.posts[0]
    assert brevo.keys == ["test-key"]
    assert post["to"] == [{"email": "grace@example.org"}]
    assert post["headers"]["Message-ID"] == message.header_id
    assert TOKEN in post["textContent"]
    assert TOKEN in post["htmlContent"]
    assert [attachment["name"] for attachment in post["attachment"]] == ["event.ics"]


@pytest.mark.parametrize(("status", "state"), [(400, "failed"), (401, "waiting"), (429, "waiting"), (503, "waiting")])
def test_brevo_refuses_for_good_or_for_now(queue: Any, brevo: Any, status: int, state: str) -> None:
    messages = [queue(), queue()]
    brevo.answer = (status, {"code": "refused", "message": "no"})

    assert deliver_due() == {state: 2}
    assert all(state_of(message)[1].startswith(f"http_{status}: ") for message in messages)
    assert len(brevo.posts) == (2 if state == "failed" else 1)  # a closed counter is asked once


def test_brevo_unreachable_is_tried_again(queue: Any, brevo: Any, settings: Any) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        settings.ANYMAIL = {**settings.ANYMAIL, "BREVO_API_URL": f"http://127.0.0.1:{free.getsockname()[1]}/v3/"}
        message = queue()

        assert deliver_due() == {"waiting": 1}
    assert state_of(message)[1].startswith("unreachable")


# --- Mails of the floor ----------------------------------------------------------------------------------------------------
def test_a_request_names_who_asks_and_leads_to_the_desk(queue: Any, smtp: Any, ada: Any) -> None:
    queue("organiser_requested", about="nothing.here:3", context={"organiser_name": "Club <9>", "asked_by": ada.pk})
    deliver_due()

    text = parsed(smtp.mails[0]).get_body(("plain",))
    assert text is not None
    assert "Ada Lovelace (ada@example.org) asks to run events as Club <9>." in text.get_content()
    assert "/admin/" in text.get_content()


def test_account_mails_carry_links_that_no_row_holds(smtp: Any, ada: Any) -> None:
    from netevent.accounts.services import send_account_mail

    send_account_mail("account_password", address="ada@example.org", user=ada, language="en")
    send_account_mail("account_unknown", address="nobody@example.org", language="pl")
    assert deliver_due() == {"sent": 2}

    texts = {str(mail["To"]): mail.get_body(("plain",)) for mail in map(parsed, smtp.mails)}
    assert texts["ada@example.org"] is not None
    link = next(line for line in texts["ada@example.org"].get_content().splitlines() if "/password" in line)
    assert link.rpartition("/")[0].rpartition("/")[2] not in str(list(Message.objects.values()))
    assert texts["nobody@example.org"] is not None
