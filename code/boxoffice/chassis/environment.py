"""Settings from the environment: what is missing or cannot be read stops the start, and is named."""

import json
import os
import re
from urllib.parse import urlsplit

import dj_database_url
from django.core.exceptions import ImproperlyConfigured


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


def rate(name: str, default: str) -> str | None:
    """The variable as a rate such as "60/min" (sec, min, hour or day); None for "off"."""
    value = (os.environ.get(name) or default).strip().lower()
    if value == "off":
        return None
    if not re.fullmatch(r"[1-9][0-9]{0,8}/(sec|min|hour|day)", value):
        raise ImproperlyConfigured(f'{name} must be a rate such as "60/min", or "off", not {value!r}.')
    return value


def words(name: str, default: str) -> list[str]:
    """The variable as a list of words between commas."""
    return [word.strip() for word in (os.environ.get(name) or default).split(",") if word.strip()]


def address(name: str, default: str = "") -> str:
    """The variable as an http(s) address, with no slash at its end."""
    url = os.environ.get(name) or default
    try:
        parts = urlsplit(url)
        fine = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        fine = False
    if not fine:
        told = "" if "@" in url else f", not {url!r}"  # before the @ there may be a password
        raise ImproperlyConfigured(f"{name} must be an http or https address{told}.")
    return url.rstrip("/")


def redis(name: str) -> str:
    """The variable as the address of a Redis, such as redis://127.0.0.1:6379/0; empty where it is not set."""
    url = os.environ.get(name, "")
    if url and urlsplit(url).scheme not in ("redis", "rediss", "unix"):
        raise ImproperlyConfigured(f"{name} must be a redis://, rediss:// or unix:// address.")
    return url


def database(name: str) -> dict | None:
    """Django's description of the database that the variable names; None where it is not set."""
    url = os.environ.get(name)
    return described(url, name) if url else None


def described(url: str, name: str) -> dict:
    """Django's description of the database at the URL; ImproperlyConfigured calls it `name`."""
    try:
        found = dj_database_url.parse(url, conn_max_age=number("CONN_MAX_AGE", 0, least=0, kind=int))
    except ValueError:  # the URL may hold a password, so it is not repeated
        found = {}
    engine = found.get("ENGINE", "").rpartition(".")[2]
    if engine not in ("sqlite3", "postgresql") or not found.get("NAME"):
        raise ImproperlyConfigured(
            f"{name} must be postgres://user:password@host:port/name or sqlite:///path."
        )
    if engine == "sqlite3":
        # SQLite knows no row locks. A transaction that takes the write lock at its start is as safe, and
        # whoever comes second waits for it.
        found.setdefault("OPTIONS", {}).update({"transaction_mode": "IMMEDIATE", "timeout": 20})
    return found


def database_at(path) -> dict:
    """An SQLite file as a database."""
    return described(f"sqlite:///{path}", "DATABASE_URL")


def json_object(name: str) -> dict:
    """The variable as a JSON object; unset or empty is an empty one. Its value is not repeated."""
    try:
        found = json.loads(os.environ.get(name) or "{}")
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise ImproperlyConfigured(f"{name} must be a JSON object.")
    return found
