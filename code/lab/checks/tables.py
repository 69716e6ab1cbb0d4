"""Which tables a piece of code really touched, whatever way it took to them.

SQLite's authorizer is asked about every table that a statement reads or writes, so a join, raw SQL,
a lazy foreign key and `apps.get_model` are all seen, and no SQL is parsed.
"""

from contextlib import contextmanager


@contextmanager
def tables(alias: str = "default"):
    """Yields a set of table names, growing while the block runs. SQLite only."""
    import sqlite3

    from django.db import connections

    asked = {sqlite3.SQLITE_READ, sqlite3.SQLITE_INSERT, sqlite3.SQLITE_UPDATE, sqlite3.SQLITE_DELETE}
    touched: set[str] = set()

    def authorise(action, table, *_):
        if action in asked and not table.startswith("sqlite_"):
            touched.add(table)
        return sqlite3.SQLITE_OK

    connection = connections[alias]
    connection.ensure_connection()
    raw = connection.connection
    raw.set_authorizer(authorise)
    try:
        yield touched
    finally:
        raw.set_authorizer(None)
