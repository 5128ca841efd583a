from __future__ import annotations

import email
import email.policy
from concurrent.futures import ThreadPoolExecutor

from django.core.mail import EmailMessage, EmailMultiAlternatives

from netevent.core.mail_files import EmailBackend


def test_each_message_is_one_whole_file(settings, tmp_path):
    settings.EMAIL_FILE_PATH = str(tmp_path / "mail")
    message = EmailMultiAlternatives(
        "Grüße 🎉", "Zażółć", "NetEvent <n@example.org>", ["../Ada@Example.org"], headers={"Message-ID": "<1@x>"}
    )
    message.attach_alternative("<p>Zażółć</p>", "text/html")
    message.attach("badge.pdf", b"%PDF-1.7 \x00\xff", "application/pdf")

    assert EmailBackend().send_messages([message]) == 1

    (file,) = (tmp_path / "mail").iterdir()
    assert file.name.endswith("-_Ada@Example.org.eml".lower()) or file.suffix == ".eml"
    read = email.message_from_bytes(file.read_bytes(), policy=email.policy.default)
    assert (read["subject"], read["message-id"]) == ("Grüße 🎉", "<1@x>")
    assert read.get_body(("plain",)).get_content().strip() == "Zażółć"
    assert [part.get_content() for part in read.iter_attachments()] == [b"%PDF-1.7 \x00\xff"]


def test_parallel_messages_to_one_person_are_all_kept(settings, tmp_path):
    settings.EMAIL_FILE_PATH = str(tmp_path)

    def send(number: int) -> int:
        return EmailBackend().send_messages([EmailMessage(f"{number}", "x", "n@example.org", ["ada@example.org"])])

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(send, range(40))) == 40
    assert len(list(tmp_path.glob("*.eml"))) == 40
    assert not list(tmp_path.glob("*.half"))


def test_message_to_nobody_is_not_written(settings, tmp_path):
    settings.EMAIL_FILE_PATH = str(tmp_path)
    assert EmailBackend().send_messages([EmailMessage("s", "b", "n@example.org", [])]) == 0
