"""What pytest needs to run the box office's tests: the modular monolith, in an environment of the tests' own."""

import hashlib
import json
import os

import django
import pytest

from boxoffice.chassis.keys import new_pair

private_key, public_keys = new_pair()
SECRET = "only for the tests"
CONTEXTS = ["accounts", "catalog", "inventory", "orders", "payments", "reporting", "notifications"]

os.environ["DJANGO_SETTINGS_MODULE"] = "boxoffice.services.web.settings"
os.environ.setdefault("DATABASE_URL", "sqlite:///tests.sqlite3")  # never made: tests run in memory
for name in [
    name for name in os.environ if name.endswith(("_DATABASE_URL", "_URL")) and name != "DATABASE_URL"
]:
    del os.environ[name]  # where the reader's own services are is no business of the tests
os.environ.pop("CONTEXTS", None)
os.environ |= {
    "LAB": "1",
    "PASSWORD_HASHER": "md5",
    "SECRET_KEY": SECRET,
    "SERVICE_SECRET": SECRET,
    "SERVICE_CLIENTS": json.dumps(
        {"web": {"sha256": hashlib.sha256(SECRET.encode()).hexdigest(), "contexts": CONTEXTS}}
    ),
    "TOKEN_PRIVATE_KEY": private_key,
    "TOKEN_PUBLIC_KEYS": public_keys,
    "PROVIDER_URL": "http://provider",
    "THROTTLE_HOLDS": "off",
    "THROTTLE_LOGINS": "off",
}

django.setup()


@pytest.fixture(autouse=True)
def nothing_is_remembered(monkeypatch):
    """No test sees what another has left in the process: the cache, the service's token, the lab's faults."""
    from django.core.cache import cache

    from boxoffice.chassis import client, facades

    cache.clear()
    facades.faults.clear()
    monkeypatch.setattr(client, "_service_token", "")
    monkeypatch.setattr(client, "_local", type(client._local)())


@pytest.fixture
def line(monkeypatch):
    """The network, inside the process: a payment provider, and the box office's own APIs."""
    from boxoffice.tests.line import Line

    return Line.laid(monkeypatch)


@pytest.fixture
def apart(line, settings):
    """Every facade is answered by its remote half, over that network."""
    line.take_apart(settings)
    return line


@pytest.fixture
def strict(db):
    """SQLite takes a text with a NUL in it, and PostgreSQL does not: here nothing of the kind gets that far."""
    from django.db import connection

    def look(execute, sql, params, many, context):
        for row in params if many else [params]:
            if any(isinstance(value, str) and "\x00" in value for value in row or ()):
                raise ValueError("A string literal cannot contain NUL (0x00) characters.")
        return execute(sql, params, many, context)

    with connection.execute_wrapper(look):
        yield
