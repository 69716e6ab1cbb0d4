"""The settings of a service of the box office, all from the environment.

A service's settings module says what it is, and takes the rest from here:

    from boxoffice.services.common import service
    globals().update(service("catalog", ("catalog",)))

which adds to the base in here what the embedded contexts want. A variable that is missing or cannot be
read stops the start with one line that names it.
"""

import json
import os
import secrets
from pathlib import Path

import jwt
from django.core.exceptions import ImproperlyConfigured

from boxoffice.chassis import environment

LARGEST_BODY = 256 * 1024  # bytes; the largest honest one is the news of an order of a hundred lines, 60 kB
THROTTLES = {"holds": "60/min", "logins": "20/min"}
BOXOFFICE = Path(__file__).resolve().parent.parent


def base(
    name: str,
    contexts: tuple[str, ...],
    *,
    calls: tuple[str, ...] = (),
    auth: bool = False,
    admin: bool = False,
    pages: bool = False,
    apps: tuple[str, ...] = (),
    actor: tuple[str, ...] = (),
) -> dict:
    """The settings of the service `name`, which embeds `contexts`, and reaches `calls` over HTTP.

    `auth` installs Django's users and groups, `admin` the admin as well, `pages` sessions and messages for
    visitors. `actor` is the middleware that finds out who is there (where there are no sessions, a token
    does), `apps` more apps of the service's own.
    """
    debug, lab, redis = environment.flag("DEBUG"), environment.flag("LAB"), environment.redis("REDIS_URL")
    return {
        "DEBUG": debug,
        "LAB": lab,
        "SERVICE_NAME": name,
        "CONTEXTS": contexts,
        "CONTEXT_URLS": {context: environment.address(f"{context.upper()}_URL") for context in calls},
        "CALL_SECONDS": environment.number("CALL_SECONDS", 2, least=0.01),
        "SECRET_KEY": _secret("SECRET_KEY", debug),
        "SERVICE_SECRET": os.environ.get("SERVICE_SECRET", ""),
        # of the streams in which messages travel (chassis.relay); without it they are handed over by calls
        "REDIS_URL": redis,
        "TOKEN_PUBLIC_KEYS": _public_keys(),
        "ALLOWED_HOSTS": environment.words("ALLOWED_HOSTS", "localhost,127.0.0.1,[::1],testserver"),
        "INSTALLED_APPS": _apps(contexts, apps, auth=auth, admin=admin, pages=pages),
        "MIDDLEWARE": _middleware(actor, admin=admin, pages=pages),
        "ROOT_URLCONF": f"boxoffice.services.{name}.urls",
        "WSGI_APPLICATION": f"boxoffice.services.{name}.wsgi.application",
        "TEMPLATES": [_templates(admin=admin, pages=pages)],
        "DATABASES": _databases(contexts),
        "DATABASE_ROUTERS": ["boxoffice.chassis.databases.ContextRouter"],
        "LODGERS": {},
        "DEFAULT_AUTO_FIELD": "django.db.models.BigAutoField",
        "CHANNEL_LAYERS": _channels(redis, lab),
        # whose pages may open a socket
        "LIVE_ORIGINS": environment.words("LIVE_ORIGINS", ""),
        "CACHES": {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": name}},
        # a service keeps nothing about its visitors: each request brings its own token
        "SESSION_ENGINE": f"django.contrib.sessions.backends.{'db' if pages else 'signed_cookies'}",
        "MESSAGE_STORAGE": f"django.contrib.messages.storage.{'session.Session' if pages else 'cookie.Cookie'}Storage",
        "DATA_UPLOAD_MAX_MEMORY_SIZE": LARGEST_BODY,
        "LANGUAGE_CODE": "en-gb",
        "USE_I18N": False,
        "TIME_ZONE": "Europe/London",
        "USE_TZ": True,
        "STATIC_URL": "/static/",
        "WHITENOISE_USE_FINDERS": True,
        "REST_FRAMEWORK": {
            "DEFAULT_AUTHENTICATION_CLASSES": ["boxoffice.chassis.callers.BearerAuthentication"],
            "DEFAULT_PERMISSION_CLASSES": ["boxoffice.chassis.callers.People"],
            "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
            "DEFAULT_PARSER_CLASSES": ["boxoffice.chassis.parsers.Json"],
            "EXCEPTION_HANDLER": "boxoffice.chassis.api.on_error",
            "UNAUTHENTICATED_USER": None,
            "UNAUTHENTICATED_TOKEN": None,
        },
        # how often one caller may do it; "off" where a machine is not to be braked
        "THROTTLES": {
            name: environment.rate(f"THROTTLE_{name.upper()}", rate) for name, rate in THROTTLES.items()
        },
        "LOGGING": _logging(),
    }


def _secret(name: str, debug: bool) -> str:
    if found := os.environ.get(name):
        return found
    if debug:
        return secrets.token_urlsafe(50)
    raise ImproperlyConfigured(f"{name} must be set (or DEBUG=1, for one that lasts as long as the process).")


def _public_keys() -> str:
    """A JWK set; one without any key lets nobody in."""
    found = environment.json_object("TOKEN_PUBLIC_KEYS") or {"keys": []}
    if found.get("keys") != []:
        try:
            jwt.PyJWKSet.from_dict(found)
        except jwt.PyJWTError:
            raise ImproperlyConfigured(
                "TOKEN_PUBLIC_KEYS must be a JWK set with a key that can be read."
            ) from None
    return json.dumps(found)


def _apps(contexts, own, *, auth: bool, admin: bool, pages: bool) -> list[str]:
    apps = [*own, *(f"boxoffice.contexts.{context}" for context in contexts)]
    if auth or admin:
        apps += ["django.contrib.auth", "django.contrib.contenttypes"]
    if admin:
        apps += ["django.contrib.admin"]
    if pages:
        apps += ["django.contrib.sessions"]
    if admin or pages:
        apps += ["django.contrib.messages"]
    return [
        *apps,
        "rest_framework",
        "drf_spectacular_sidecar",
        "whitenoise.runserver_nostatic",
        "django.contrib.staticfiles",
    ]


def _middleware(actor: tuple[str, ...], *, admin: bool, pages: bool) -> list[str]:
    middleware = [
        "boxoffice.chassis.middleware.RequestIdMiddleware",
        "boxoffice.chassis.middleware.ServerTimingMiddleware",
        "django.middleware.security.SecurityMiddleware",
        "whitenoise.middleware.WhiteNoiseMiddleware",
        "django.middleware.http.ConditionalGetMiddleware",
    ]
    if admin or pages:
        middleware += ["django.contrib.sessions.middleware.SessionMiddleware"]
    middleware += [
        "django.middleware.common.CommonMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
        *(actor or (("boxoffice.chassis.admins.BearerActorMiddleware",) if admin else ())),
    ]
    if admin:
        middleware += ["boxoffice.chassis.admins.ActorUserMiddleware"]
    if admin or pages:
        middleware += ["django.contrib.messages.middleware.MessageMiddleware"]
    return [*middleware, "django.middleware.clickjacking.XFrameOptionsMiddleware"]


def _templates(*, admin: bool, pages: bool) -> dict:
    processors = ["django.template.context_processors.request"]
    if admin:
        processors += ["django.contrib.auth.context_processors.auth"]
    if admin or pages:
        processors += ["django.contrib.messages.context_processors.messages"]
    return {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [],
        "APP_DIRS": True,
        "OPTIONS": {"context_processors": processors, "builtins": ["boxoffice.chassis.filters"]},
    }


def _databases(contexts) -> dict:
    """ "default", and one for each embedded context that has a database of its own."""
    default = environment.database("DATABASE_URL") or environment.database_at(BOXOFFICE / "boxoffice.sqlite3")
    if os.environ.get("ACCOUNTS_DATABASE_URL"):
        raise ImproperlyConfigured(
            "ACCOUNTS_DATABASE_URL is not for use: accounts lives beside sessions and the admin's log, in DATABASE_URL."
        )
    own = {context: environment.database(f"{context.upper()}_DATABASE_URL") for context in contexts}
    return {"default": default, **{context: found for context, found in own.items() if found}}


def _channels(redis: str, lab: bool) -> dict:
    """How sockets in one process hear of another: through Redis, or not at all.

    CHANNEL_LAYER=memory, under LAB=1, shows why not: it ends at the border of the process.
    """
    wanted = os.environ.get("CHANNEL_LAYER") or "redis"
    if wanted not in ("redis", "memory") or (wanted == "memory" and not lab):
        raise ImproperlyConfigured(f"CHANNEL_LAYER must be redis (or memory, under LAB=1), not {wanted!r}.")
    if not redis:
        return {}
    if wanted == "memory":
        return {"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}}
    return {
        "default": {
            "BACKEND": "channels_redis.core.RedisChannelLayer",
            "CONFIG": {"hosts": [{"address": redis, "socket_timeout": None}]},
        }
    }


def _logging() -> dict:
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "filters": {"request_id": {"()": "boxoffice.chassis.middleware.RequestIdFilter"}},
        "formatters": {
            "line": {"format": "{asctime} {levelname} {name} [{request_id}] {message}", "style": "{"}
        },
        "handlers": {
            "stderr": {"class": "logging.StreamHandler", "filters": ["request_id"], "formatter": "line"},
        },
        "loggers": {"django": {"handlers": ["stderr"], "level": "INFO", "propagate": False}},
        "root": {"handlers": ["stderr"], "level": "INFO"},
    }
