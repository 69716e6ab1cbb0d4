"""Settings of Curtain Call, all from the environment.

A variable that is missing or cannot be read stops the start with one line that names it.
"""

import os
import secrets
from pathlib import Path
from urllib.parse import urlsplit

import dj_database_url
from django.core.exceptions import ImproperlyConfigured

BASE_DIR = Path(__file__).resolve().parent


def flag(name: str) -> bool:
    """Whether the variable says yes; unset or empty is no, and anything unclear is refused."""
    value = os.environ.get(name, "").strip().lower()
    if value in ("1", "true", "yes", "on"):
        return True
    if value in ("", "0", "false", "no", "off"):
        return False
    raise ImproperlyConfigured(f"{name} must be 1 or 0, not {value!r}.")


def number(name: str, default: float, *, least: float, kind: type = float) -> float:
    """The variable as a number of that kind, `least` or more."""
    value = os.environ.get(name) or str(default)
    try:
        parsed = kind(value)
    except ValueError:
        parsed = None
    if parsed is None or not least <= parsed < float("inf"):
        raise ImproperlyConfigured(f"{name} must be a number, {least} or more, not {value!r}.")
    return parsed


def secret_key() -> str:
    if key := os.environ.get("SECRET_KEY"):
        return key
    if DEBUG:
        return secrets.token_urlsafe(50)
    raise ImproperlyConfigured(
        "SECRET_KEY must be set (or DEBUG=1, for a key that lasts as long as the process)."
    )


def database() -> dict:
    url = os.environ.get("DATABASE_URL") or f"sqlite:///{BASE_DIR / 'curtaincall.sqlite3'}"
    try:
        found = dj_database_url.parse(url, conn_max_age=number("CONN_MAX_AGE", 0, least=0, kind=int))
    except ValueError:  # the URL may hold a password, so it is not repeated
        found = {}
    engine = found.get("ENGINE", "").rpartition(".")[2]
    if engine not in ("sqlite3", "postgresql") or not found.get("NAME"):
        raise ImproperlyConfigured(
            "DATABASE_URL must be postgres://user:password@host:port/name or sqlite:///path."
        )
    if engine == "sqlite3":
        # SQLite knows no row locks. A transaction that takes the write lock at its start is as safe, and
        # whoever comes second waits for it.
        found.setdefault("OPTIONS", {}).update({"transaction_mode": "IMMEDIATE", "timeout": 20})
    return found


def cache() -> dict:
    url = os.environ.get("CACHE_URL") or "locmem://"
    backends = {
        "locmem": "django.core.cache.backends.locmem.LocMemCache",  # one per process, shared by its threads
        "dummy": "django.core.cache.backends.dummy.DummyCache",
        "redis": "django.core.cache.backends.redis.RedisCache",
    }
    scheme, host = urlsplit(url)[:2]
    if scheme not in backends or (scheme == "redis" and not host):
        raise ImproperlyConfigured("CACHE_URL must be locmem://, dummy:// or redis://host:port/number.")
    return {"BACKEND": backends[scheme], "LOCATION": url if scheme == "redis" else "curtain-call"}


def payments_url() -> str:
    url = os.environ.get("PAYMENTS_URL") or "http://127.0.0.1:8001"
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise ImproperlyConfigured(f"PAYMENTS_URL must be an http or https address, not {url!r}.")
    return url.rstrip("/")


def password_hashers() -> list[str]:
    """PBKDF2; the lab may ask for MD5, where speed matters and no password is real."""
    wanted = os.environ.get("PASSWORD_HASHER") or "pbkdf2"
    strong = "django.contrib.auth.hashers.PBKDF2PasswordHasher"
    if wanted == "pbkdf2":
        return [strong]
    if wanted == "md5" and LAB:
        return ["django.contrib.auth.hashers.MD5PasswordHasher", strong]
    raise ImproperlyConfigured(f"PASSWORD_HASHER must be pbkdf2 (or md5, under LAB=1), not {wanted!r}.")


DEBUG = flag("DEBUG")
LAB = flag("LAB")
SECRET_KEY = secret_key()
ALLOWED_HOSTS = [
    host.strip()
    for host in (os.environ.get("ALLOWED_HOSTS") or "localhost,127.0.0.1,[::1],testserver").split(",")
    if host.strip()
]

INSTALLED_APPS = [
    "monolith.accounts",
    "monolith.catalog",
    "monolith.inventory",
    "monolith.orders",
    "monolith.payments",
    "monolith.notifications",
    "monolith.reporting",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
]

MIDDLEWARE = [
    "monolith.middleware.RequestIdMiddleware",
    "monolith.middleware.ServerTimingMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.http.ConditionalGetMiddleware",
    # coupling 8: the session and the CSRF cookie are the only proof of who is calling
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

ROOT_URLCONF = "monolith.urls"
WSGI_APPLICATION = "monolith.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "monolith.notifications.unread.unread",
            ],
            "builtins": ["monolith.filters"],
        },
    },
]

DATABASES = {"default": database()}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
CACHES = {"default": cache()}

AUTH_USER_MODEL = "accounts.User"
PASSWORD_HASHERS = password_hashers()
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "catalog:events"
LOGOUT_REDIRECT_URL = "catalog:events"

LANGUAGE_CODE = "en-gb"
USE_I18N = False
TIME_ZONE = "Europe/London"
USE_TZ = True

STATIC_URL = "static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
WHITENOISE_USE_FINDERS = True

# Mail goes into files under MAIL_DIR, or nowhere.
MAIL_DIR = os.environ.get("MAIL_DIR", "")
EMAIL_BACKEND = f"django.core.mail.backends.{'filebased' if MAIL_DIR else 'dummy'}.EmailBackend"
EMAIL_FILE_PATH = MAIL_DIR or None
DEFAULT_FROM_EMAIL = "Curtain Call <tickets@example.org>"

PAYMENTS_URL = payments_url()
PAYMENTS_TIMEOUT = number("PAYMENTS_TIMEOUT", 2, least=0.01)
HOLD_SECONDS = number("HOLD_SECONDS", 60, least=1, kind=int)

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"request_id": {"()": "monolith.middleware.RequestIdFilter"}},
    "formatters": {"line": {"format": "{asctime} {levelname} {name} [{request_id}] {message}", "style": "{"}},
    "handlers": {
        "stderr": {"class": "logging.StreamHandler", "filters": ["request_id"], "formatter": "line"},
    },
    "loggers": {"django": {"handlers": ["stderr"], "level": "INFO", "propagate": False}},
    "root": {"handlers": ["stderr"], "level": "INFO"},
}
