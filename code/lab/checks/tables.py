"""Which tables a piece of code really touched, whatever way it took to them.

SQLite's authorizer is asked about every table that a statement reads or writes, so a join, raw SQL,
a lazy foreign key and `apps.get_model` are all seen, and no SQL is parsed. A statement that writes shows
the tables as well to which its foreign keys lead: SQLite looks there before it agrees.
"""

from contextlib import contextmanager, suppress


@contextmanager
def tables(alias: str = "default"):
    """Yields a set of table names, growing while the block runs. SQLite only."""
    import sqlite3

    from django.db import connections
    from django.db.backends.signals import connection_created

    asked = {sqlite3.SQLITE_READ, sqlite3.SQLITE_INSERT, sqlite3.SQLITE_UPDATE, sqlite3.SQLITE_DELETE}
    touched: set[str] = set()

    def authorise(action, table, *_):
        if action in asked and not table.startswith("sqlite_"):
            touched.add(table)
        return sqlite3.SQLITE_OK

    def watch(connection, **_):
        if connection.alias == alias:
            connection.connection.set_authorizer(authorise)

    connection = connections[alias]
    connection.ensure_connection()
    watch(connection)
    connection_created.connect(watch)  # the code may close the connection: its next one is watched, too
    try:
        yield touched
    finally:
        connection_created.disconnect(watch)
        with suppress(sqlite3.ProgrammingError):  # closed already
            if connection.connection is not None:
                connection.connection.set_authorizer(None)
