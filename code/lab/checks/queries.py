"""Count and list the SQL statements that a piece of code sends. Works with DEBUG off."""

from contextlib import contextmanager


@contextmanager
def queries(alias: str = "default"):
    """Yields the list of statements, in order, growing while the block runs.

    Transaction statements (BEGIN, SAVEPOINT, …) do not count: they ask nothing.
    """
    from django.db import connections

    seen: list[str] = []

    def note(execute, sql, params, many, context):
        if not sql.lstrip().upper().startswith(("BEGIN", "SAVEPOINT", "RELEASE", "ROLLBACK", "COMMIT")):
            seen.append(sql)
        return execute(sql, params, many, context)

    with connections[alias].execute_wrapper(note):
        yield seen
