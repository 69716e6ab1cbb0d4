"""What every web service has: settings, health, request ids."""

import os
import subprocess
import sys
from unittest import mock

from django.db import OperationalError
from django.test import SimpleTestCase, TestCase


def settings_with(**env) -> subprocess.CompletedProcess:
    """`manage.py check` in an environment of only these variables."""
    kept = {name: os.environ[name] for name in ("PATH", "PYTHONPATH", "HOME") if name in os.environ}
    return subprocess.run(
        [sys.executable, "-m", "monolith.manage", "check"],
        env={**kept, **env},
        capture_output=True,
        text=True,
    )


class SettingsTests(SimpleTestCase):
    def test_a_variable_that_cannot_be_read_is_named_in_one_line(self):
        for name, value in {
            "DEBUG": "perhaps",
            "DATABASE_URL": "mysql://somewhere/else",
            "CACHE_URL": "memcached://here",
            "PAYMENTS_URL": "provider",
            "PAYMENTS_TIMEOUT": "soon",
            "HOLD_SECONDS": "0",
            "CONN_MAX_AGE": "-1",
            "PASSWORD_HASHER": "plain",
        }.items():
            with self.subTest(name):
                run = settings_with(**{"SECRET_KEY": "x", name: value})
                self.assertEqual(run.returncode, 1, run.stderr)
                self.assertRegex(run.stderr, rf"\AImproperlyConfigured: {name} must be .*\n\Z")

    def test_without_a_secret_key_nothing_starts(self):
        run = settings_with()
        self.assertEqual(run.returncode, 1)
        self.assertRegex(run.stderr, r"\AImproperlyConfigured: SECRET_KEY must be set .*\n\Z")

    def test_debug_makes_a_key_of_its_own(self):
        self.assertEqual(settings_with(DEBUG="1").returncode, 0)

    def test_the_fast_hasher_is_for_the_lab_alone(self):
        self.assertEqual(settings_with(SECRET_KEY="x", PASSWORD_HASHER="md5").returncode, 1)
        self.assertEqual(settings_with(SECRET_KEY="x", PASSWORD_HASHER="md5", LAB="1").returncode, 0)

    def test_a_database_password_is_not_repeated(self):
        self.assertNotIn(
            "hunter2", settings_with(SECRET_KEY="x", DATABASE_URL="nosql://me:hunter2@host/db").stderr
        )


class HealthTests(TestCase):
    def test_a_service_that_works_says_so(self):
        self.assertEqual(self.client.get("/health/live").json(), {"status": "ok"})
        self.assertEqual(self.client.get("/health/ready").json(), {"status": "ok", "database": "ok"})

    def test_without_its_database_it_lives_but_is_not_ready(self):
        with mock.patch("monolith.health.connection.cursor", side_effect=OperationalError("gone")):
            with self.assertLogs("monolith.health", "ERROR"):
                ready = self.client.get("/health/ready")
            self.assertEqual(ready.status_code, 503)
            self.assertEqual(ready.json()["database"], "unavailable")
            self.assertEqual(self.client.get("/health/live").status_code, 200)


class MiddlewareTests(SimpleTestCase):
    def get(self, path="/health/live", **headers):
        return self.client.get(path, headers=headers)

    def test_an_id_that_was_given_comes_back(self):
        self.assertEqual(self.get(**{"X-Request-ID": "abc-1.2_3"})["X-Request-ID"], "abc-1.2_3")

    def test_an_id_is_made_where_none_was_given(self):
        self.assertRegex(self.get()["X-Request-ID"], r"\A[0-9a-f]{32}\Z")
        self.assertNotEqual(self.get()["X-Request-ID"], self.get()["X-Request-ID"])

    def test_an_id_that_could_forge_a_log_line_is_replaced(self):
        for forged in ("a b", "a\nERROR all is lost", "x" * 65, "é"):
            self.assertRegex(self.get(**{"X-Request-ID": forged})["X-Request-ID"], r"\A[0-9a-f]{32}\Z")

    def test_log_lines_carry_the_id(self):
        from monolith.middleware import RequestIdFilter

        with self.assertLogs("django.request", "WARNING") as logged:
            self.get("/nothing/here/at/all", **{"X-Request-ID": "find-me"})
        record = logged.records[0]
        self.assertTrue(RequestIdFilter().filter(record))
        self.assertEqual(record.request_id, "find-me")

    def test_every_answer_says_how_long_it_took(self):
        self.assertRegex(self.get()["Server-Timing"], r"\Atotal;dur=\d+\.\d\Z")


class StaticTests(SimpleTestCase):
    def test_the_stylesheet_is_served_without_collecting(self):
        answer = self.client.get("/static/monolith/curtaincall.css")
        self.assertEqual(answer.status_code, 200)
        self.assertIn("text/css", answer["Content-Type"])
