from __future__ import annotations

import os
import subprocess
import sys

import pytest
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from netevent.core import checks
from netevent.settings import base
from tests.support import ROOT

GOOD_KEY = "kept-nowhere-but-in-this-test-0123456789"
GOOD = {"SECRET_KEY": GOOD_KEY, "BASE_URL": "https://events.example.org", "DATABASE_URL": "postgres://u:p@db/netevent"}
PRINT = "from django.conf import settings as s; print(s.SECURE_SSL_REDIRECT, s.SESSION_COOKIE_SECURE, s.ALLOWED_HOSTS[0], s.DEBUG)"


def start(tmp_path, code: str = PRINT, **environment: str) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("NETEVENT", "DJANGO", "PYTEST"))}
    clean |= {
        "NETEVENT_ENV": "production",
        "NETEVENT_DATA_DIR": str(tmp_path),
        "DJANGO_SETTINGS_MODULE": "netevent.settings.production",
    }
    return subprocess.run([sys.executable, "-c", code], env=clean | environment, cwd=ROOT, capture_output=True, text=True, timeout=60)


def test_production_names_every_setting_that_is_missing_or_unsafe(tmp_path):
    ended = start(tmp_path, SECRET_KEY="", BASE_URL="", DATABASE_URL="", PAYMENT_TEST_PROVIDER="on", ALLOW_SQLITE="")
    assert ended.returncode != 0
    for name in ("SECRET_KEY", "BASE_URL", "DATABASE_URL", "PAYMENT_TEST_PROVIDER"):
        assert f"- {name}" in ended.stderr
    assert not (tmp_path / "secret_key").exists()


def test_production_starts_with_what_it_needs(tmp_path):
    ended = start(tmp_path, **GOOD)
    assert ended.stdout.split() == ["True", "True", "events.example.org", "False"], ended.stderr


@pytest.mark.parametrize(
    ("name", "value", "fine"),
    [
        ("secret_key", "short", False),
        ("secret_key", "a" * 60, False),
        ("secret_key", "django-insecure-0123456789-0123456789-0123456789", False),
        ("base_url", "http://events.example.org", False),
        ("base_url", "http://127.0.0.1:8000", True),
        ("database_url", "sqlite:////data/netevent.sqlite3", False),
        ("payment_test_provider", True, False),
    ],
)
def test_each_unsafe_setting_has_its_own_sentence(name, value, fine):
    good = {
        "secret_key": GOOD_KEY,
        "base_url": "https://x.example",
        "database_url": "postgres://db/x",
        "allow_sqlite": False,
        "payment_test_provider": False,
    }
    assert checks.production_problems(**good) == []
    assert len(checks.production_problems(**good | {name: value})) == (0 if fine else 1)


def test_sqlite_in_production_wants_to_be_allowed():
    good = {
        "secret_key": GOOD_KEY,
        "base_url": "https://x.example",
        "database_url": "sqlite:///x",
        "payment_test_provider": False,
    }
    assert checks.production_problems(**good, allow_sqlite=True) == []


def test_unknown_limit_stops_the_start(tmp_path):
    ended = start(tmp_path, **GOOD, RATE_LIMITS='{"login.acount": "1/m"}')
    assert ended.returncode != 0
    assert "login.acount" in ended.stderr


@pytest.mark.django_db
def test_production_is_refused_while_demo_accounts_may_sign_in(django_user_model, settings):
    settings.IS_PRODUCTION = True
    assert checks.check_demo_accounts(None) == []
    demo = django_user_model.objects.create_user(email="ada@demo.netevent.test")

    with pytest.raises(ImproperlyConfigured, match="demo"):
        checks.refuse_demo_accounts()
    assert [error.id for error in checks.check_demo_accounts(None)] == ["netevent.E001"]

    django_user_model.objects.filter(pk=demo.pk).update(is_active=False)
    checks.refuse_demo_accounts()


def test_development_key_is_made_once_and_kept(tmp_path):
    first = base.kept_secret(tmp_path / "new" / "secret_key")
    assert len(first) > 40
    assert base.kept_secret(tmp_path / "new" / "secret_key") == first
    assert (tmp_path / "new" / "secret_key").stat().st_mode & 0o077 == 0


def test_development_key_left_empty_by_a_dead_run_is_made_again(tmp_path):
    (tmp_path / "secret_key").write_text("")
    assert len(base.kept_secret(tmp_path / "secret_key")) > 40


def test_tests_never_see_the_developers_settings():
    assert settings.NETEVENT_ENV == "development"
    assert os.environ["DATABASE_URL"] == ""
    assert str(settings.DATA_DIR).startswith(os.environ["NETEVENT_TEST_DIR"])


def test_another_kind_of_database_is_refused():
    with pytest.raises(ImproperlyConfigured, match="DATABASE_URL"):
        base.database("mysql://u:p@db/netevent")


@pytest.mark.e2e
def test_production_does_not_serve_demo_accounts(tmp_path):
    database = {"DATABASE_URL": f"sqlite:///{tmp_path / 'x.sqlite3'}", "ALLOW_SQLITE": "1"}
    make = "from django.core.management import call_command as c; import django; django.setup(); c('migrate', verbosity=0)"
    add = f"{make}; from netevent.accounts.models import User; User.objects.create_user(email='ada@demo.netevent.test')"
    assert start(tmp_path, f"{make}; import netevent.wsgi", **GOOD | database).returncode == 0
    ended = start(tmp_path, f"{add}; import netevent.wsgi", **GOOD | database)
    assert ended.returncode != 0
    assert "1 demo accounts" in ended.stderr
