"""The test suite: a database of its own, mail kept in memory, a light hasher, nothing outside a temporary folder.

Whatever the developer's environment and `.env` say, only TEST_DATABASE_URL and TEST_REDIS_URL have a meaning here.
"""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

from netevent import env

if not os.environ.get("NETEVENT_TEST_DIR"):  # processes that a test starts find it set, and share the folder
    os.environ["NETEVENT_TEST_DIR"] = tempfile.mkdtemp(prefix="netevent-test-")
    atexit.register(shutil.rmtree, os.environ["NETEVENT_TEST_DIR"], ignore_errors=True)
TEST_DIR = Path(os.environ["NETEVENT_TEST_DIR"]) / os.environ.get("PYTEST_XDIST_WORKER", "")

for name in env.NAMES:
    os.environ[name] = ""  # set and empty: neither the environment nor `.env` speaks
os.environ["NETEVENT_ENV"] = "development"
os.environ["NETEVENT_DATA_DIR"] = str(TEST_DIR)
os.environ["REDIS_URL"] = os.environ.get("TEST_REDIS_URL", "")
os.environ["REDIS_PREFIX"] = "-".join(TEST_DIR.parts[-2:])  # a Redis that others use too is never flushed

from netevent.settings.base import *  # noqa: E402 -- the environment is cleared first
from netevent.settings.base import DATA_DIR, database  # noqa: E402

DATABASES = {"default": database(env.text("TEST_DATABASE_URL", f"sqlite:///{DATA_DIR / 'unused.sqlite3'}"))}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATABASES["default"]["TEST"] = {"NAME": str(DATA_DIR / "test.sqlite3")}
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = True
STATIC_ROOT.mkdir(parents=True, exist_ok=True)  # whitenoise warns where there is none
LANGUAGE_CACHE_SECONDS = 3600.0  # query counts must not depend on the clock; saving a row still shows at once
WAKE_WORKERS = False  # nobody listens: tests call what a worker would
