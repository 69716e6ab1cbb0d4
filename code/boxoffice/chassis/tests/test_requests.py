"""What every request meets: its number, its time, the health of the process, and who is in the admin."""

import json
import logging

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import DatabaseError, connections
from django.test import Client, RequestFactory

from boxoffice.chassis import admins
from boxoffice.chassis.contracts import Actor
from boxoffice.chassis.middleware import RequestIdFilter, request_id
from boxoffice.tests import world


class TestRequestId:
    def test_one_is_made_for_each_request(self):
        ids = {Client().get("/health/live").headers["X-Request-ID"] for _ in range(3)}
        assert len(ids) == 3
        assert all(len(one) == 32 for one in ids)

    @pytest.mark.parametrize("offered", ["abc", "A-1_b.2", "x" * 64])
    def test_the_callers_own_is_kept(self, offered):
        response = Client().get("/health/live", headers={"X-Request-ID": offered})
        assert response.headers["X-Request-ID"] == offered

    @pytest.mark.parametrize(
        "forged", ["", "a b", "a\nb", "a\rb", "x" * 65, "é", "<script>", "a\x00", "a;b", "abc\n"], ids=ascii
    )
    def test_one_that_could_forge_a_log_line_is_replaced(self, forged):
        response = Client().get("/health/live", headers={"X-Request-ID": forged})
        assert response.headers["X-Request-ID"] != forged
        assert len(response.headers["X-Request-ID"]) == 32

    def test_log_lines_carry_it(self):
        record = logging.makeLogRecord({})
        token = request_id.set("the-one")
        assert RequestIdFilter().filter(record)
        request_id.reset(token)
        assert record.request_id == "the-one"


def test_the_time_it_took_is_said():
    name, _, duration = Client().get("/health/live").headers["Server-Timing"].partition(";dur=")
    assert name == "total"
    assert 0 <= float(duration) < 10_000


class TestHealth:
    def test_the_process_lives_without_its_database(self):
        assert Client().get("/health/live").json() == {"status": "ok"}  # no database is allowed in this test

    @pytest.mark.django_db
    def test_it_is_ready_when_each_of_its_databases_answers(self):
        response = Client().get("/health/ready")
        assert response.status_code == 200
        assert response.json() == {"status": "ok", "databases": {"default": "ok"}}

    @pytest.mark.django_db
    def test_it_is_not_ready_while_one_does_not(self, monkeypatch):
        def gone():
            raise DatabaseError("gone")

        monkeypatch.setattr(connections["default"], "cursor", gone)
        response = Client().get("/health/ready")
        assert response.status_code == 503
        assert response.json() == {"status": "unavailable", "databases": {"default": "unavailable"}}


@pytest.mark.django_db
class TestWhoIsInTheAdmin:
    STRANGER = Actor(4711, "far@example.org", "Far Away", is_staff=True, token="")

    def test_nobody_without_a_token(self):
        assert isinstance(admins.user_of(None), AnonymousUser)

    def test_where_accounts_is_embedded_it_is_the_account_itself(self):
        account = world.user(is_staff=True)
        assert admins.user_of(world.actor(account)) == account
        account.is_active = False
        account.save()
        assert isinstance(admins.user_of(world.actor(account)), AnonymousUser)
        assert isinstance(admins.user_of(self.STRANGER), AnonymousUser)

    def test_a_token_in_the_header_names_the_actor(self):
        person = world.staff()
        middleware = admins.BearerActorMiddleware(lambda request: request.actor)
        for said, found in {f"Bearer {person.token}": person, f"bearer {person.token}": person, "": None,
                            "Bearer x": None, f"Basic {person.token}": None}.items():  # fmt: skip
            assert middleware(RequestFactory().get("/", headers={"Authorization": said})) == found


def test_elsewhere_a_shadow_of_the_person_is_kept(tmp_path):
    """In a process of another service, with tables of its own."""
    import os
    import subprocess
    import sys

    from boxoffice.chassis.settings import BOXOFFICE

    source = """
import json, django
django.setup()
from django.contrib.auth.models import User
from django.core.management import call_command
from boxoffice.chassis.admins import user_of
from boxoffice.chassis.contracts import Actor
call_command("migrate", verbosity=0)
first = user_of(Actor(7, "ada@example.org", "Ada " + "x" * 300, is_staff=True, is_superuser=True))
again = user_of(Actor(7, "new@example.org", "Ada Birch", is_staff=True))
other = user_of(Actor(8, "ada@example.org", "Another", is_staff=True))
User.objects.filter(pk=again.pk).update(is_active=False)
user_of(Actor(7, "new@example.org", "Ada Birch", is_staff=True))
kept = User.objects.get(pk=first.pk)
print(json.dumps([first.pk == again.pk, first.pk == other.pk, User.objects.count(), kept.username, kept.email,
                  kept.first_name, kept.is_staff, kept.is_superuser, kept.is_active]))
"""
    env = {
        **os.environ,
        "PYTHONPATH": str(BOXOFFICE.parent),
        "DJANGO_SETTINGS_MODULE": "boxoffice.services.inventory.settings",
        "DATABASE_URL": f"sqlite:///{tmp_path}/shadows.sqlite3",
        "ACCOUNTS_URL": "http://accounts",
    }
    done = subprocess.run([sys.executable, "-c", source], env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == [
        True, False, 2, "7", "new@example.org", "Ada Birch", True, False, True,
    ]  # fmt: skip
