"""Every setting, read from the environment by three readers that fail loudly on nonsense."""

import os
import secrets
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

from openiop.ui.rules import reveals

ROOT = Path(__file__).resolve().parents[1]
VAR = Path(os.environ.get("OPENIOP_VAR", ROOT / "var"))


def text(name: str, default: str) -> str:
    """The variable's text, or the default where it is absent."""
    return os.environ.get(name, default)


def number(name: str, default: int) -> int:
    """The variable as a whole number; nonsense stops the start."""
    raw = os.environ.get(name, str(default))
    if not raw.strip().lstrip("-").isdigit():
        raise ImproperlyConfigured(f"{name} must be a whole number, not {raw!r}.")
    return int(raw)


def switch(name: str, default: bool) -> bool:
    """The variable as on or off; nonsense stops the start."""
    raw = os.environ.get(name, "on" if default else "off").lower()
    if raw not in {"on", "off"}:
        raise ImproperlyConfigured(f"{name} must be 'on' or 'off', not {raw!r}.")
    return raw == "on"


def kept(name: str) -> list[str]:
    """The secrets in var/ of this name, the newest first; one is made where there is none, whole or not at all."""
    file = VAR / name
    if not file.exists():
        VAR.mkdir(parents=True, exist_ok=True)
        made = VAR / f".{name}.{secrets.token_hex(8)}"
        with os.fdopen(os.open(made, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
            out.write(f"{secrets.token_urlsafe(50)}\n")
        with suppress(FileExistsError):  # a process that started beside this one was faster: its secret counts
            os.link(made, file)
        made.unlink()
    found = file.read_text().split()
    if not found:
        raise ImproperlyConfigured(f"{file} is empty. Put the secret back, or remove the file to have a new one made.")
    return found


def secret_keys() -> list[str]:
    """The key from the environment and those before it, or those in var/, made once for a machine of one's own."""
    if given := os.environ.get("OPENIOP_SECRET_KEY"):
        return [given, *os.environ.get("OPENIOP_OLD_SECRET_KEYS", "").split()]
    return kept("secret_key")


def database(url: str) -> dict[str, Any]:
    """Django's settings for a database address; an empty one means SQLite in var/."""
    if not url:
        VAR.mkdir(parents=True, exist_ok=True)
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": VAR / "openiop.sqlite3",
            "OPTIONS": {
                # An acknowledged write survives a power cut; readers never wait for a writer; REPLACE, which removes
                # rows, asks the triggers that refuse it.
                "transaction_mode": "IMMEDIATE",
                "timeout": 20,
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA recursive_triggers=ON;",
            },
        }
    parts = urlsplit(url)
    if parts.scheme not in {"postgres", "postgresql"}:
        raise ImproperlyConfigured("DATABASE_URL must begin with postgresql:// or be left out for SQLite.")
    host = dict(pair.split("=", 1) for pair in parts.query.split("&") if "=" in pair).get("host", parts.hostname or "")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.path.lstrip("/"),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": unquote(host),
        "PORT": str(parts.port or ""),
    }


DEBUG = switch("OPENIOP_DEBUG", False)
BIND = text("OPENIOP_BIND", "127.0.0.1")
PORT = number("OPENIOP_PORT", 8000)
# Reverse proxies in front of this server, each of which sets X-Forwarded-For and X-Forwarded-Proto itself.
# With none, what a client says of its address or of its connection counts for nothing.
PROXIES = number("OPENIOP_PROXIES", 0)
if PROXIES < 0:
    raise ImproperlyConfigured("OPENIOP_PROXIES must be 0 or more.")
# Demo passwords work only with all three: a debug server, bound to this machine alone, and no proxy in front.
DEMO_SIGN_IN = DEBUG and BIND in {"127.0.0.1", "::1", "localhost"} and not PROXIES
DEMO_PASSWORD = "demo only 2026"  # public by design; every account of the demo program has it
SECRET_KEY, *SECRET_KEY_FALLBACKS = secret_keys()  # what an older key signed is still read, and signed anew
ALLOWED_HOSTS = text("OPENIOP_HOSTS", "localhost,127.0.0.1,[::1]").split(",")
CSRF_TRUSTED_ORIGINS = [origin for origin in text("OPENIOP_ORIGINS", "").split(",") if origin]
SITE = (CSRF_TRUSTED_ORIGINS or [f"http://{BIND}:{PORT}"])[0].rstrip("/")  # where messages lead that no page wrote

ROOMS = [
    "ui",
    "audit",
    "outbox",
    "backups",
    "accounts",
    "programs",
    "curriculum",
    "participants",
    "consents",
    "disclosures",
    "alerts",
    "counseling",
    "questionnaires",
    "admissions",
    "plans",
    "recovery",
    "schedule",
    "attendance",
    "notes",
    "continuing",
    "privacy",
    "desk",
    "portal",
    "frontdoor",
    "records",
]
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_htmx",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "django_linear_migrations",
    "openiop",  # the roof, for its management commands
    *(f"openiop.{room}" for room in ROOMS),
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "openiop.ui.middleware.safety_headers",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "openiop.ui.middleware.whole_page_doors",
    "openiop.ui.middleware.held_forms",
    "openiop.ui.middleware.Refusals",
    "allauth.account.middleware.AccountMiddleware",
    "openiop.accounts.middleware.idle_lock",
    "openiop.ui.middleware.sent_twice",
    "openiop.programs.middleware.viewer",
    "openiop.programs.middleware.second_step",
    "openiop.navigation.middleware",
]
ROOT_URLCONF = "openiop.urls"
WSGI_APPLICATION = "openiop.wsgi.application"
TEMPLATES = [
    {
        "NAME": "jinja2",
        "BACKEND": "django.template.backends.jinja2.Jinja2",
        "DIRS": [ROOT / "openiop" / room / "templates" for room in ROOMS],
        "APP_DIRS": False,
        "OPTIONS": {"environment": "openiop.ui.environment.environment", "autoescape": True},
    },
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    },
]
DATABASES = {"default": database(text("DATABASE_URL", ""))}
# Attempts are counted in the database, so that all worker processes, on one machine or several, count together.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "openiop_cache",
        "OPTIONS": {"MAX_ENTRIES": 10_000},
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "accounts.User"

LANGUAGE_CODE = "en-us"
TIME_ZONE = "UTC"  # stored and computed; each program shows its own zone
USE_TZ = True
USE_I18N = True

STATIC_URL = "/static/"
STATIC_ROOT = VAR / "static"
WHITENOISE_USE_FINDERS = DEBUG
WHITENOISE_AUTOREFRESH = DEBUG

LOGIN_URL = "/sign-in/"
LOCK_URL = "/lock/"
CONFIRM_URL = "/confirm/"
ENROL_URL = "/second-step/"
LOGIN_REDIRECT_URL = "/"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = not DEBUG
CSRF_COOKIE_SECURE = not DEBUG
SECURE_HSTS_SECONDS = 0 if DEBUG else 31_536_000
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = not DEBUG
SECURE_SSL_REDIRECT = not DEBUG
SECURE_REDIRECT_EXEMPT = [r"^health/"]  # asked on the machine itself, before TLS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if PROXIES else None
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CSRF_FAILURE_VIEW = "openiop.ui.views.csrf_failed"
# Where Quick exit leads: a page that says nothing about the person who looks at it.
EXIT_URL = text("OPENIOP_EXIT_URL", "https://www.weather.gov/")
# Minutes without a touch before the screen locks (design.md 8; 45 CFR 164.312(a)(2)(iii)).
IDLE_MINUTES = number("OPENIOP_IDLE_MINUTES", 10)
IDLE_MINUTES_SHARED = number("OPENIOP_IDLE_MINUTES_SHARED", 5)

EMAIL_BACKEND = text("OPENIOP_EMAIL_BACKEND", "django.core.mail.backends.filebased.EmailBackend")
EMAIL_FILE_PATH = VAR / "mail"
EMAIL_HOST = text("OPENIOP_EMAIL_HOST", "localhost")
EMAIL_PORT = number("OPENIOP_EMAIL_PORT", 25)
EMAIL_USE_TLS = switch("OPENIOP_EMAIL_TLS", False)
EMAIL_TIMEOUT = 30  # seconds; a server that says nothing longer counts as gone
DEFAULT_FROM_EMAIL = text("OPENIOP_EMAIL_FROM", "office@localhost")
if reveals(DEFAULT_FROM_EMAIL):  # a sender is read over a shoulder and on a locked phone (42 CFR 2.13(c))
    raise ImproperlyConfigured("OPENIOP_EMAIL_FROM must not tell what kind of place this is; use a neutral sender.")

AUTHENTICATION_BACKENDS = ["openiop.accounts.backend.Backend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("email", "name")},
    },
]
PASSWORD_RESET_TIMEOUT = 3 * 24 * 3600  # seconds a set-up link works
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_ADAPTER = "allauth.account.adapter.DefaultAccountAdapter"
ACCOUNT_SESSION_REMEMBER = False
SESSION_COOKIE_AGE = 12 * 3600
ACCOUNT_RATE_LIMITS = {"login_failed": ""}  # tries at the door are counted in a table of our own
# Wishes to be called that one address may send in an hour; a clinic or a library shares one address. 0: no bound.
if ENQUIRIES_AN_HOUR := number("OPENIOP_ENQUIRIES_AN_HOUR", 20):
    ACCOUNT_RATE_LIMITS["enquiry"] = f"{ENQUIRIES_AN_HOUR}/h/ip"
ALLAUTH_TRUSTED_PROXY_COUNT = PROXIES

MFA_ADAPTER = "openiop.accounts.adapter.Adapter"
MFA_SUPPORTED_TYPES = ["webauthn", "totp", "recovery_codes"]
MFA_WEBAUTHN_USER_VERIFICATION = "required"  # a passkey is a device and a face, finger or PIN: two factors in one
# Secrets of code apps are encrypted, and recovery codes kept as digests, with these keys; they are not in the database.
SIGN_IN_KEYS = [line.encode() for line in kept("sign_in_key")]
# What a phone shows beside a passkey or a code; it names no kind of care.
PASSKEY_NAME = text("OPENIOP_PASSKEY_NAME", "Portal sign-in")
# Whether staff must have a passkey or a code app before anything opens. Participants may, and never must.
STAFF_SECOND_FACTOR = text("OPENIOP_STAFF_SECOND_FACTOR", "required")
if STAFF_SECOND_FACTOR not in {"required", "offered"}:
    raise ImproperlyConfigured("OPENIOP_STAFF_SECOND_FACTOR must be 'required' or 'offered'.")
# Minutes for which it counts that someone showed who they are, before an export, a change of roles and the like.
CONFIRM_MINUTES = number("OPENIOP_CONFIRM_MINUTES", 10)

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"()": "openiop.ui.logs.Line", "whole": DEBUG}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {
        "openiop": {"level": "INFO"},
        "django": {"handlers": [], "level": "INFO"},
        "django.server": {"handlers": ["console"], "level": "INFO", "propagate": False},
    },
}

# Copies of everything, readable by these age keys alone; without any, a key is made once and kept in var/.
BACKUP_FOLDER = Path(text("OPENIOP_BACKUP_FOLDER", str(VAR / "backups")))
BACKUP_RECIPIENTS = [one for one in text("OPENIOP_BACKUP_RECIPIENTS", "").replace(",", " ").split() if one]
BACKUP_KEY = Path(text("OPENIOP_BACKUP_KEY", str(VAR / "backup.key")))
# Events are marked and chained with these keys, which are never in the database. The chain's end is noted in a file,
# and so is what an event said until it hangs in the chain.
AUDIT_KEYS = [line.encode() for line in kept("audit_key")]
AUDIT_ANCHOR = Path(text("OPENIOP_AUDIT_ANCHOR", str(VAR / "audit-anchor")))
AUDIT_UNSEALED = VAR / "audit-unsealed"
# Counseling notes are sealed with the first of these keys; the others only open what they sealed before. Without any, a
# key is made once and kept in var/. Whoever loses a key loses the notes it sealed.
NOTES_KEYS = [one.encode() for one in text("OPENIOP_NOTES_KEY", "").replace(",", " ").split()] or [
    line.encode() for line in kept("notes_key")
]
# Whoever bears this may read figures of the machine at /metrics/; empty: nobody.
METRICS_TOKEN = text("OPENIOP_METRICS_TOKEN", "")
