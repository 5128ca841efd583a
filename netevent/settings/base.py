"""What is true everywhere. Every value that a person may set is read here, through `netevent.env`."""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import Any

import environ
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from netevent import env
from netevent.core.logging import logging_settings
from netevent.core.rates import rates
from netevent.settings.desk import UNFOLD  # noqa: F401 -- read by unfold

BASE_DIR = Path(__file__).resolve().parent.parent.parent
env.read_env_file(BASE_DIR / ".env")

NETEVENT_ENV = env.choice("NETEVENT_ENV", ("development", "production"), "development")
IS_PRODUCTION = NETEVENT_ENV == "production"
DATA_DIR = Path(env.text("NETEVENT_DATA_DIR", str(BASE_DIR / "var"))).expanduser()
DEBUG = False


def kept_secret(path: Path) -> str:
    """The development key: made once, readable by its owner alone; two first runs agree on one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text(encoding="ascii").strip() or kept_secret_again(path)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(secrets.token_urlsafe(48))
    return path.read_text(encoding="ascii").strip()


def kept_secret_again(path: Path) -> str:
    """An empty file is what a run that died while writing left behind."""
    path.unlink()
    return kept_secret(path)


SECRET_KEY = env.text("SECRET_KEY") or ("" if IS_PRODUCTION else kept_secret(DATA_DIR / "secret_key"))
SECRET_KEY_FALLBACKS = env.words("SECRET_KEY_FALLBACKS")

BASE_URL = env.url("BASE_URL", "" if IS_PRODUCTION else "http://127.0.0.1:8000")
ALLOWED_HOSTS = env.hosts(BASE_URL, env.words("ALLOWED_HOSTS"))
CSRF_TRUSTED_ORIGINS = [BASE_URL] if BASE_URL else []
CSRF_FAILURE_VIEW = "netevent.core.refusals.csrf_failed"
TRUSTED_PROXY_COUNT = env.integer("TRUSTED_PROXY_COUNT", 0)
if TRUSTED_PROXY_COUNT:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

# --- Parts -----------------------------------------------------------------------------------------------------------------
INSTALLED_APPS = [
    "modeltranslation",
    "unfold.apps.BasicAppConfig",  # the site itself is ours: netevent.admin
    "unfold.contrib.filters",
    "unfold.contrib.forms",
    "unfold.contrib.inlines",
    "unfold.contrib.import_export",
    "unfold.contrib.simple_history",
    "netevent.apps.DeskConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.sitemaps",
    "import_export",
    "simple_history",
    "allauth",
    "allauth.account",
    "django_celery_beat",
    "django_htmx",
    "csp",
    "netevent.core",
    "netevent.accounts",
    "netevent.notifications",
    "netevent.jobs",
    "events",
    "attendees",
    "sessions_app",
    "networking",
    "analytics",
]

# Lean on purpose: a scan passes through all of it. None may ask the database or open the session by itself.
MIDDLEWARE = [
    "netevent.core.middleware.RequestId",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "netevent.core.middleware.PageHeaders",
    "netevent.core.middleware.Refusals",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "netevent.accounts.locale.LocaleMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "netevent.accounts.middleware.OwnPasswordFirst",
    "simple_history.middleware.HistoryRequestMiddleware",
]

ROOT_URLCONF = "netevent.urls"
WSGI_APPLICATION = "netevent.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
SILENCED_SYSTEM_CHECKS = ["models.W040"]  # on SQLite an index leaves out what it would only cover on PostgreSQL

# --- What a browser may do with our pages ----------------------------------------------------------------------------------
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
CONTENT_SECURITY_POLICY: dict[str, Any] = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "img-src": ["'self'", "data:", "blob:"],  # previews of a photo that is being chosen, generated patterns
        "media-src": ["'self'", "blob:"],  # the camera's picture
        "worker-src": ["'self'"],
        "object-src": ["'none'"],
        "base-uri": ["'none'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
    }
}
# The desk's theme computes expressions and styles in the page (Alpine): under /admin/ alone that is let be.
DESK_SECURITY_POLICY: dict[str, Any] = CONTENT_SECURITY_POLICY["DIRECTIVES"] | {
    "script-src": ["'self'", "'unsafe-eval'"],
    "style-src": ["'self'", "'unsafe-inline'"],
}
PERMISSIONS_POLICY = "camera=(), microphone=(), geolocation=(), payment=(), usb=(), display-capture=()"

TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "netevent.core.context.site",
            ],
            "builtins": ["django.templatetags.i18n", "django.templatetags.static"],
        },
    }
]

# --- Database --------------------------------------------------------------------------------------------------------------
DATABASE_URL = env.text("DATABASE_URL", f"sqlite:///{DATA_DIR / 'netevent.sqlite3'}")


def database(url: str) -> dict[str, Any]:
    """Connection settings: SQLite takes its write lock at BEGIN, so that a count and the write after it are one act; PostgreSQL
    gives up on a lock after five seconds (the page answers 503) and draws from a pool of connections."""
    config: dict[str, Any] = environ.Env.db_url_config(url)
    if not config.get("ENGINE", "").endswith(("sqlite3", "postgresql")):
        raise ImproperlyConfigured("DATABASE_URL is neither sqlite:///… nor postgres://…")
    if config["ENGINE"].endswith("sqlite3"):
        config["CONN_MAX_AGE"] = 600  # opening the file and its pragmas cost more than most questions
        config["OPTIONS"] = {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON; PRAGMA secure_delete=ON;",
        }
    else:
        config["OPTIONS"] = {
            **config.get("OPTIONS", {}),
            "options": "-c lock_timeout=5000",
            "connect_timeout": 5,
            "pool": {"min_size": 1, "max_size": env.integer("DATABASE_POOL_SIZE", 8, least=1), "timeout": 5},
        }
    return config


DATABASES = {"default": database(DATABASE_URL)}

# --- Redis, cache, sessions ------------------------------------------------------------------------------------------------
REDIS_URL = env.text("REDIS_URL")
REDIS_PREFIX = env.text("REDIS_PREFIX", "netevent")
CACHES: dict[str, dict[str, Any]] = {
    "default": {"BACKEND": "netevent.core.cache.SteadyRedisCache", "LOCATION": REDIS_URL, "KEY_PREFIX": REDIS_PREFIX}
    if REDIS_URL
    else {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "core_cache",
        "OPTIONS": {"MAX_ENTRIES": 20_000},  # Django's 300 would throw out whatever comes, limits of the sign-in among it
    },
    "local": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "netevent"},
}
SESSION_ENGINE = "netevent.core.sessions"
SESSION_COOKIE_AGE = 14 * 24 * 3600
SESSION_COOKIE_SAMESITE = "Lax"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

# --- People ----------------------------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
PASSWORD_HASHERS = ["netevent.accounts.hashers.LightArgon2", "django.contrib.auth.hashers.PBKDF2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
AUTHENTICATION_BACKENDS = ["netevent.accounts.backends.EmailOrUsername"]
LOGIN_URL = "/login"
LOGIN_REDIRECT_URL = "/start"
LOGOUT_REDIRECT_URL = "/"
ORGANIZER_SIGNUP = env.choice("ORGANIZER_SIGNUP", ("approval", "open"), "approval" if IS_PRODUCTION else "open")
DEMO_PASSWORD = env.text("DEMO_PASSWORD", "netevent-demo")

# --- Sign-in (allauth, in the ways of netevent.accounts.adapter) ---
ACCOUNT_ADAPTER = "netevent.accounts.adapter.AccountAdapter"
ACCOUNT_FORMS = {
    "login": "netevent.accounts.forms.LoginForm",
    "signup": "netevent.accounts.forms.SignupForm",
    "reset_password": "netevent.accounts.forms.ResetPasswordForm",
    "reset_password_from_key": "netevent.accounts.forms.ResetPasswordKeyForm",
    "change_password": "netevent.accounts.forms.ChangePasswordForm",
    "set_password": "netevent.accounts.forms.SetPasswordForm",
    "add_email": "netevent.accounts.forms.AddEmailForm",
    "reauthenticate": "netevent.accounts.forms.ReauthenticateForm",
}
ACCOUNT_LOGIN_METHODS = {"email", "username"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "username", "password1*"]
ACCOUNT_PRESERVE_USERNAME_CASING = False
ACCOUNT_EMAIL_VERIFICATION = "mandatory"  # with this, signing up answers a known address like a new one
ACCOUNT_CHANGE_EMAIL = True  # one address for each account; a new one takes its place once it is proved
ACCOUNT_LOGIN_ON_EMAIL_CONFIRMATION = True  # only in the browser that signed up
ACCOUNT_LOGIN_ON_PASSWORD_RESET = True
ACCOUNT_LOGIN_TIMEOUT = 3600
ACCOUNT_RATE_LIMITS = False  # ours stand in front of every page (netevent.accounts.door): allauth's answer 200 or 400
ACCOUNT_USER_DISPLAY = "netevent.accounts.selectors.display_name"

# --- Languages, time -------------------------------------------------------------------------------------------------------
LANGUAGES = [
    ("en", _("English")),
    ("nl", _("Dutch")),
    ("de", _("German")),
    ("fr", _("French")),
    ("es", _("Spanish")),
    ("it", _("Italian")),
    ("pl", _("Polish")),
]
LANGUAGE_CODE = env.choice("DEFAULT_LANGUAGE", tuple(code for code, _name in LANGUAGES), "en")
LANGUAGE_COOKIE_AGE = 365 * 24 * 3600
LANGUAGE_CACHE_SECONDS = 5.0  # how old a process's copy of the Language rows may be
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = env.text("TIME_ZONE", "UTC")
MODELTRANSLATION_DEFAULT_LANGUAGE = "en"
MODELTRANSLATION_LANGUAGES = tuple(code for code, _name in LANGUAGES)
MODELTRANSLATION_FALLBACK_LANGUAGES = {"default": ("en", "nl", "de", "fr", "es", "it", "pl")}

# --- Files -----------------------------------------------------------------------------------------------------------------
STATIC_URL = "/static/"
# `build_assets` writes the joined styles and the cut fonts into the second.
STATICFILES_DIRS = [BASE_DIR / "netevent" / "static", DATA_DIR / "assets"]
STATICFILES_DIRS[1].mkdir(parents=True, exist_ok=True)
STATIC_ROOT = DATA_DIR / "static"
MEDIA_ROOT = DATA_DIR / "media"
MEDIA_URL = "/media/"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
MAX_UPLOAD_MB = env.integer("MAX_UPLOAD_MB", 5, least=1)
MAX_IMAGE_MEGAPIXELS = env.integer("MAX_IMAGE_MEGAPIXELS", 25, least=1)
MAX_IMPORT_MB = env.integer("MAX_IMPORT_MB", 10, least=1)
MAX_IMPORT_ROWS = env.integer("MAX_IMPORT_ROWS", 20000, least=1)
MAX_UNPACKED_MB = env.integer("MAX_UNPACKED_MB", 100, least=1)
BADGE_FONT_DIR = env.text("BADGE_FONT_DIR")

# --- Mail ------------------------------------------------------------------------------------------------------------------
EMAIL_URL = env.text("EMAIL_URL")
BREVO_API_KEY = env.text("BREVO_API_KEY")
BREVO_API_URL = env.text("BREVO_API_URL", "https://api.brevo.com/v3/")
DEFAULT_FROM_EMAIL = env.text("DEFAULT_FROM_EMAIL", "NetEvent <netevent@localhost>")
SERVER_EMAIL = DEFAULT_FROM_EMAIL
EMAIL_TIMEOUT = env.integer("EMAIL_TIMEOUT_SECONDS", 10, least=1)
MAIL = env.mail(EMAIL_URL, folder=DATA_DIR / "mail", brevo_key=BREVO_API_KEY, brevo_url=BREVO_API_URL, timeout=EMAIL_TIMEOUT)
EMAIL_BACKEND: str = MAIL["EMAIL_BACKEND"]
EMAIL_FILE_PATH: str = MAIL.get("EMAIL_FILE_PATH", "")
EMAIL_HOST: str = MAIL.get("EMAIL_HOST", "localhost")
EMAIL_PORT: int = MAIL.get("EMAIL_PORT", 25)
EMAIL_HOST_USER: str = MAIL.get("EMAIL_HOST_USER", "")
EMAIL_HOST_PASSWORD: str = MAIL.get("EMAIL_HOST_PASSWORD", "")
EMAIL_USE_TLS: bool = MAIL.get("EMAIL_USE_TLS", False)
EMAIL_USE_SSL: bool = MAIL.get("EMAIL_USE_SSL", False)
ANYMAIL: dict[str, Any] = MAIL.get("ANYMAIL", {})
EMAIL_RETRY_SECONDS = env.integers("EMAIL_RETRY_SECONDS", [10, 60, 300, 900, 3600, 10800, 21600])

# --- Jobs ------------------------------------------------------------------------------------------------------------------
JOB_LEASE_SECONDS = env.integer("JOB_LEASE_SECONDS", 300, least=1)

# --- Registration ----------------------------------------------------------------------------------------------------------
HOLD_MINUTES = env.integer("HOLD_MINUTES", 15, least=1)
PERSONAL_LINK_HOURS = env.integer("PERSONAL_LINK_HOURS", 168, least=1)
INVITE_HOURS = env.integer("INVITE_HOURS", 168, least=1)

# --- Limits and logs -------------------------------------------------------------------------------------------------------
RATE_LIMITS = env.mapping("RATE_LIMITS")
try:
    rates(RATE_LIMITS)
except ValueError as error:
    raise ImproperlyConfigured(f"RATE_LIMITS: {error}.") from error
LOG_FORMAT = env.choice("LOG_FORMAT", ("text", "json"), "text")
LOG_LEVEL = env.choice("LOG_LEVEL", ("DEBUG", "INFO", "WARNING", "ERROR"), "INFO")
LOGGING = logging_settings(LOG_FORMAT, LOG_LEVEL)
DATA_UPLOAD_MAX_MEMORY_SIZE = (MAX_UPLOAD_MB + 1) * 1024 * 1024  # without files; a file's own bound is its form's
STRIPE_SECRET_KEY = env.text("STRIPE_SECRET_KEY")
STRIPE_WEBHOOK_SECRET = env.text("STRIPE_WEBHOOK_SECRET")
STRIPE_API_BASE = env.url("STRIPE_API_BASE")
PAYMENT_TEST_PROVIDER = env.boolean("PAYMENT_TEST_PROVIDER", not IS_PRODUCTION)

# --- Background ------------------------------------------------------------------------------------------------------------
BROKER_DIR = DATA_DIR / "broker"
CELERY_BROKER_URL = REDIS_URL or "filesystem://localhost//"  # made sturdy in netevent/celery.py
CELERY_BROKER_TRANSPORT_OPTIONS: dict[str, Any] = (
    {"global_keyprefix": f"{REDIS_PREFIX}:", "socket_connect_timeout": 2, "socket_timeout": 10}
    if REDIS_URL
    else {
        "data_folder_in": str(BROKER_DIR / "queue"),
        "data_folder_out": str(BROKER_DIR / "queue"),
        "control_folder": str(BROKER_DIR / "control"),
        "polling_interval": 0.1,
    }
)
CELERY_BROKER_CONNECTION_TIMEOUT = 2
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_PUBLISH_RETRY = False  # a message is a doorbell: a page never waits for the broker, the minute's sweep rings again
CELERY_TASK_IGNORE_RESULT = True  # results live in Job rows
CELERY_TASK_DEFAULT_QUEUE = "netevent"
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_ENABLE_REMOTE_CONTROL = False
CELERY_WORKER_CONCURRENCY = 4  # threads: most of their time goes into waiting for mail servers
CELERY_TIMEZONE = "UTC"
WAKE_WORKERS = True  # ring for a worker after commit (netevent/core/doorbell.py)
CELERY_BEAT_SCHEDULER = "django_celery_beat.schedulers:DatabaseScheduler"
CELERY_BEAT_SCHEDULE = {
    "worker is alive": {"task": "core.heartbeat", "schedule": 20.0, "options": {"expire_seconds": 15}},
    "purge what the floor keeps": {"task": "core.purge", "schedule": 3600.0, "options": {"expire_seconds": 3000}},
    "remind of events that are near": {"task": "attendees.remind", "schedule": 3600.0, "options": {"expire_seconds": 3000}},
    "deliver due messages": {"task": "notifications.deliver_due", "schedule": 60.0, "options": {"expire_seconds": 55}},
    "tend waiting lists": {"task": "attendees.tend_waiting_lists", "schedule": 60.0, "options": {"expire_seconds": 55}},
    "sweep stalled jobs": {
        "task": "jobs.sweep",
        "schedule": float(min(60, JOB_LEASE_SECONDS)),
        "options": {"expire_seconds": 55},
    },
    "end terms of payment": {"task": "attendees.tend_payments", "schedule": 60.0, "options": {"expire_seconds": 55}},
    "purge results of jobs": {"task": "jobs.purge", "schedule": 3600.0, "options": {"expire_seconds": 3000}},
    "purge files that no row names": {"task": "attendees.purge_files", "schedule": 24 * 3600.0, "options": {"expire_seconds": 3600}},
}
