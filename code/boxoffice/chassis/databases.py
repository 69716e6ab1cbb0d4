"""Which database a context keeps its rows in.

Each context has an alias of its own where `<CONTEXT>_DATABASE_URL` is set, else it lives in "default". What
Django itself brings (users' groups, sessions, the admin's log) lives in "default", and so does accounts. An app that is no context
may lodge with one: its rows are then part of that context's transactions (LODGERS).
"""

from django.conf import settings
from django.db import router, transaction


class ContextRouter:
    """Sends each app to its context's database, and keeps others out of it."""

    def db_for_read(self, model, **hints):
        return alias_of(model._meta.app_label)

    db_for_write = db_for_read

    def allow_relation(self, one, other, **hints):
        return alias_of(one._meta.app_label) == alias_of(other._meta.app_label)

    def allow_migrate(self, db, app_label, **hints):
        return db == alias_of(app_label)


def alias_of(app_label: str) -> str:
    app_label = settings.LODGERS.get(app_label, app_label)
    return app_label if app_label in settings.DATABASES else "default"


def atomic(model):
    """A transaction in the database that keeps `model`: never Django's bare atomic(), which would open
    one in "default", and protect nothing where the context has a database of its own."""
    return transaction.atomic(using=router.db_for_write(model))


def one_after_another(model, number: int) -> None:
    """Until the current transaction ends, whoever asks for the same number of the same model waits.

    So what they insert becomes visible in the order of its ids: PostgreSQL gives out an id long before the commit. SQLite has one
    writer at a time anyway.
    """
    connection = transaction.get_connection(router.db_for_write(model))
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_advisory_xact_lock(hashtext(%s), %s)", [model._meta.label, number % 2**31]
            )


def on_commit(model, act) -> None:
    """Call `act` once the current transaction of the model's database has been committed."""
    transaction.on_commit(act, using=router.db_for_write(model))
