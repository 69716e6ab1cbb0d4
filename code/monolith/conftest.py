"""What pytest needs to run the monolith's tests: a configured Django, in an environment of the tests' own."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "monolith.settings")
os.environ.setdefault("SECRET_KEY", "only for the tests")
os.environ.setdefault("DATABASE_URL", "sqlite:///tests.sqlite3")  # never made: tests run in memory
os.environ["LAB"] = "1"
os.environ["PASSWORD_HASHER"] = "md5"

import django

django.setup()


def pytest_configure(config):
    config.addinivalue_line("python_files", "tests.py")
