from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from netevent import env
from tests.support import ROOT


def test_env_file_gives_what_is_not_set_yet(tmp_path):
    file = tmp_path / ".env"
    file.write_text("# a note\nA=1\nexport B='two words'\nC=\"it's\"\nD = x=y \nnonsense\n\nE=''\n", encoding="utf-8")
    into = {"A": "mine"}

    env.read_env_file(file, into)

    assert into == {"A": "mine", "B": "two words", "C": "it's", "D": "x=y", "E": ""}


def test_env_file_that_is_missing_changes_nothing(tmp_path):
    into: dict[str, str] = {}
    env.read_env_file(tmp_path / ".env", into)
    assert into == {}


@pytest.mark.parametrize(
    ("read", "raw"),
    [
        (lambda: env.integer("X", 1), "five"),
        (lambda: env.integer("X", 1, least=1), "0"),
        (lambda: env.boolean("X", True), "perhaps"),
        (lambda: env.choice("X", ("a", "b"), "a"), "c"),
        (lambda: env.integers("X", [1]), "1,two"),
        (lambda: env.integers("X", [1]), "1,-2"),
        (lambda: env.mapping("X"), "[1]"),
        (lambda: env.mapping("X"), "{"),
        (lambda: env.url("X"), "events.example.org"),
        (lambda: env.url("X"), "https://events.example.org/sub"),
        (lambda: env.url("X"), "https://user:pass@events.example.org"),
    ],
)
def test_value_that_cannot_be_read_is_named(monkeypatch, read, raw):
    monkeypatch.setenv("X", raw)
    with pytest.raises(ImproperlyConfigured, match="X"):
        read()


def test_values_are_typed(monkeypatch):
    monkeypatch.setenv("X", " 7 ")
    assert env.integer("X", 1) == 7
    assert env.integers("X", []) == [7]
    monkeypatch.setenv("X", "Yes")
    assert env.boolean("X", False) is True
    monkeypatch.setenv("X", "https://events.example.org/")
    assert env.url("X") == "https://events.example.org"
    monkeypatch.setenv("X", "")
    assert (env.integer("X", 3), env.boolean("X", True), env.words("X", ["a"])) == (3, True, ["a"])


@pytest.mark.parametrize(
    ("base_url", "first"),
    [
        ("https://events.example.org", "events.example.org"),
        ("http://127.0.0.1:8000", "127.0.0.1"),
        ("http://[2001:db8::1]:80", "[2001:db8::1]"),
        ("", "localhost"),
    ],
)
def test_hosts_are_that_of_the_base_url_and_this_machine(base_url, first):
    found = env.hosts(base_url, [])
    assert found[0] == first
    assert set(found) >= {"localhost", "127.0.0.1", "[::1]"}
    assert len(found) == len(set(found))


def mail(address: str, brevo_key: str = "") -> dict:
    return env.mail(address, folder=Path("/data/mail"), brevo_key=brevo_key, brevo_url="https://brevo.test/", timeout=9)


def test_mail_goes_to_files_unless_somebody_names_a_server():
    assert mail("") == {"EMAIL_BACKEND": "netevent.core.mail_files.EmailBackend", "EMAIL_FILE_PATH": "/data/mail"}
    assert mail("file:///var/out")["EMAIL_FILE_PATH"] == "/var/out"


def test_mail_by_smtp_reads_user_password_port_and_kind():
    found = mail("smtp+tls://ada%40example.org:p%3Ass@mail.example.org")
    assert (found["EMAIL_HOST"], found["EMAIL_PORT"], found["EMAIL_USE_TLS"], found["EMAIL_USE_SSL"]) == (
        "mail.example.org",
        587,
        True,
        False,
    )
    assert (found["EMAIL_HOST_USER"], found["EMAIL_HOST_PASSWORD"]) == ("ada@example.org", "p:ss")
    assert mail("smtp://127.0.0.1:2525")["EMAIL_PORT"] == 2525
    assert mail("smtps://mail.example.org")["EMAIL_USE_SSL"] is True


def test_mail_by_brevo_wins_over_smtp():
    found = mail("smtp://mail.example.org", brevo_key="k")
    assert found["EMAIL_BACKEND"] == "anymail.backends.brevo.EmailBackend"
    assert found["ANYMAIL"] == {"BREVO_API_KEY": "k", "BREVO_API_URL": "https://brevo.test/", "REQUESTS_TIMEOUT": 9}


@pytest.mark.parametrize("address", ["imap://mail.example.org", "smtp://", "smtp://user:hunter2@host:port"])
def test_mail_address_of_another_kind_is_refused_without_its_password(address):
    with pytest.raises(ImproperlyConfigured) as caught:
        mail(address)
    assert "hunter2" not in str(caught.value)


def test_every_name_that_settings_read_is_known_to_the_tests():
    """A name that is not listed would let a developer's environment change what the tests see."""
    source = (ROOT / "netevent" / "settings" / "base.py").read_text(encoding="utf-8")
    read = set(re.findall(r"env\.\w+\(\s*\"([A-Z_]+)\"", source))
    assert read <= set(env.NAMES)
