"""Each deployable stands alone: it starts, knows its own contexts, and of the others the doors alone."""

import json
import os
import subprocess
import sys

import pytest
from django.apps import apps
from django.core.management import call_command

from boxoffice.chassis.settings import BOXOFFICE
from boxoffice.services import common

SERVICES = sorted(path.parent.name for path in (BOXOFFICE / "services").glob("*/settings.py"))
INSIDE = {service: (service,) for service in common.ALL_CONTEXTS}
DOORS = {"facade", "contracts", "remote"}


def run(service: str, *arguments: str, **env: str) -> subprocess.CompletedProcess:
    """A program in the environment of that service; the pages' embed nothing unless told to."""
    urls = {f"{context.upper()}_URL": f"http://{context}" for context in common.ALL_CONTEXTS}
    private = (
        {} if service == "accounts" or "CONTEXTS" in env else {"TOKEN_PRIVATE_KEY": "", "SERVICE_CLIENTS": ""}
    )
    seen = {**os.environ, **urls, **private, "CONTEXTS": "none", "PYTHONPATH": str(BOXOFFICE.parent),
            "DJANGO_SETTINGS_MODULE": f"boxoffice.services.{service}.settings", **env}  # fmt: skip
    return subprocess.run([sys.executable, *arguments], env=seen, capture_output=True, text=True, timeout=120)


PROBE = """
import io, json, sys, django
django.setup()
from django.core.management import call_command
whole = sys.argv[1:] == ["whole"]
from django.urls import get_resolver
get_resolver().url_patterns
said = io.StringIO()
if whole:
    call_command("check", fail_level="WARNING")
    call_command("makemigrations", check=True, dry_run=True, stdout=said)
from django.apps import apps
from django.test import Client
from django.conf import settings
settings.ALLOWED_HOSTS += ["testserver"]
print(json.dumps({
    "modules": [name for name in sys.modules if name.startswith("boxoffice.")],
    "apps": sorted(app.label for app in apps.get_app_configs() if app.name.startswith("boxoffice.contexts.")),
    "migrations": said.getvalue(),
    "live": Client().get("/health/live").status_code,
    "nothing": Client().get("/api/v1/nothing").headers["Content-Type"],
    "key": hasattr(settings, "TOKEN_PRIVATE_KEY"),
}))
"""


def test_there_is_one_deployable_a_context_and_the_pages():
    assert set(SERVICES) == {*common.ALL_CONTEXTS, "web"}


@pytest.mark.parametrize("service", SERVICES)
def test_each_starts_alone_and_imports_nothing_of_another_context_but_its_doors(service, tmp_path):
    done = run(service, "-c", PROBE, "whole", DATABASE_URL=f"sqlite:///{tmp_path}/x.sqlite3")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout.splitlines()[-1])
    inside = INSIDE.get(service, ())
    strangers = {
        name
        for name in told["modules"]
        if name.startswith("boxoffice.contexts.")
        and name.count(".") > 2
        and name.split(".")[2] not in inside
        and name.split(".")[3] not in DOORS
    }
    assert strangers == set()
    assert told["apps"] == sorted(inside)
    assert "No changes detected" in told["migrations"]
    assert (told["live"], told["nothing"]) == (200, "application/problem+json")
    assert told["key"] == (service == "accounts")


@pytest.mark.parametrize("apart", common.ALL_CONTEXTS)
def test_the_pages_start_with_all_contexts_but_one(apart, tmp_path):
    inside = ",".join(context for context in common.ALL_CONTEXTS if context != apart)
    done = run("web", "-c", PROBE, CONTEXTS=inside, DATABASE_URL=f"sqlite:///{tmp_path}/x.sqlite3")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout.splitlines()[-1])
    assert apart not in told["apps"]
    assert f"boxoffice.contexts.{apart}.models" not in told["modules"]


@pytest.mark.django_db
def test_the_models_say_what_the_migrations_make():
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)
    call_command("check", fail_level="WARNING")


def test_a_service_cannot_be_made_to_embed_what_does_not_exist():
    done = run("web", "-c", "import django; django.setup()", CONTEXTS="catalogue")
    assert done.stderr.strip().endswith("ImproperlyConfigured: CONTEXTS: there is no catalogue.")


def test_all_contexts_keep_the_monoliths_labels_and_tables():
    tables = {
        model._meta.db_table for model in apps.get_models() if model.__module__.startswith("boxoffice.")
    }
    assert tables >= {"accounts_user", "catalog_event", "inventory_hold", "orders_order", "payments_payment"}
    assert all(table.partition("_")[0] in common.ALL_CONTEXTS for table in tables)
