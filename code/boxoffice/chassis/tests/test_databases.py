"""Each context's rows are in its own database, and its transactions are opened there."""

import pytest
from django.db import router, transaction

from boxoffice.chassis import databases
from boxoffice.chassis.databases import ContextRouter, alias_of, atomic, on_commit

ROUTER = ContextRouter()


class Model:
    def __init__(self, app_label):
        self._meta = type("Meta", (), {"app_label": app_label})


SEAT, EVENT, SESSION = Model("inventory"), Model("catalog"), Model("sessions")


@pytest.fixture
def two(settings, monkeypatch):
    """Settings in which inventory has a database of its own; no such database is opened."""
    monkeypatch.setattr(
        databases,
        "settings",
        type(
            "Settings", (), {"DATABASES": {"default": {}, "inventory": {}}, "LODGERS": {"queue": "inventory"}}
        ),
    )


def test_one_database_holds_everything_unless_it_is_said_otherwise():
    assert {alias_of(label) for label in ("inventory", "catalog", "sessions")} == {"default"}
    assert ROUTER.allow_relation(SEAT, EVENT)


def test_a_context_with_a_database_of_its_own_reads_and_writes_there(two):
    for ask in (ROUTER.db_for_read, ROUTER.db_for_write):
        assert [ask(model) for model in (SEAT, EVENT, SESSION)] == ["inventory", "default", "default"]


def test_an_app_that_lodges_with_a_context_is_in_its_database(two):
    queue = Model("queue")
    assert ROUTER.db_for_write(queue) == "inventory" and ROUTER.allow_relation(queue, SEAT)
    assert [ROUTER.allow_migrate(db, "queue") for db in ("default", "inventory")] == [False, True]


def test_no_foreign_key_leads_into_another_database(two):
    assert ROUTER.allow_relation(SEAT, SEAT)
    assert ROUTER.allow_relation(EVENT, SESSION)
    assert not ROUTER.allow_relation(SEAT, EVENT)
    assert not ROUTER.allow_relation(EVENT, SEAT)


def test_each_table_is_made_in_one_database_alone(two):
    made = {(db, label) for db in ("default", "inventory") for label in ("inventory", "catalog", "sessions")
            if ROUTER.allow_migrate(db, label)}  # fmt: skip
    assert made == {("inventory", "inventory"), ("default", "catalog"), ("default", "sessions")}


def test_a_transaction_is_opened_in_the_database_that_keeps_the_rows(two, monkeypatch):
    opened, later = [], []
    monkeypatch.setattr(transaction, "atomic", lambda using: opened.append(using))
    monkeypatch.setattr(transaction, "on_commit", lambda act, using: later.append(using))
    monkeypatch.setattr(router, "db_for_write", ROUTER.db_for_write)
    for model in (SEAT, EVENT):
        atomic(model)
        on_commit(model, lambda: None)
    assert opened == later == ["inventory", "default"]
