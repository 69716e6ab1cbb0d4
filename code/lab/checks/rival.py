"""One competitor, who acts at the worst moment, every time: no threads, no luck, no waiting.

The rival acts between the answer's first plain read of a contested table and the answer's next
statement, as another connection could on PostgreSQL at its default isolation level. When the answer
took a row lock (`select_for_update` inside `atomic`), the rival waits, as PostgreSQL would make it,
until that transaction ends.

SQLite has no row locks and ignores `select_for_update` silently, so for the block the connection is
told that it has them, and the clause is taken off each statement before SQLite sees it.

Limits: one rival, one act. The rival writes through the answer's own connection; what it wrote is
written again if the answer rolls back. Locks are taken to cover the whole table.
"""

import re
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass

LOCK = re.compile(r" FOR (NO KEY )?UPDATE( OF [^)]*?)?( NOWAIT| SKIP LOCKED)?$")
ABILITIES = (
    "has_select_for_update",
    "has_select_for_update_of",
    "has_select_for_update_nowait",
    "has_select_for_update_skip_locked",
    "has_select_for_no_key_update",
)


@dataclass
class Rival:
    """What happened: `rows` the rival changed (0: it was refused), and when it acted.

    `moment` is "between" a read and the next statement, "after" the answer's transaction or the
    answer's end, or None while it has not acted.
    """

    rows: int = 0
    moment: str | None = None


@contextmanager
def rival(table: str, act: Callable):
    """Inside the block, `act(cursor)` happens once; it returns how many rows it changed.

    `table` is the contested database table; `act` gets a raw SQLite cursor.
    """
    from django.db import connection

    connection.ensure_connection()
    happened = Rival()
    state = {"armed": False, "locked": False}
    contested = re.compile(rf"\b{table}\b")
    # a row beside the rival's own writing: a rollback that undoes the one undoes the other
    connection.connection.execute("DROP TABLE IF EXISTS lab_rival")
    connection.connection.execute("CREATE TABLE lab_rival (acted INTEGER)")

    def strike(moment: str) -> None:
        cursor = connection.connection.cursor()
        happened.rows, happened.moment = act(cursor), moment
        cursor.execute("INSERT INTO lab_rival VALUES (1)")
        cursor.close()
        state["armed"] = False

    def undone() -> bool:
        return not connection.connection.execute("SELECT count(*) FROM lab_rival").fetchone()[0]

    def between(execute, sql, params, many, context):
        if state["armed"] and happened.moment is None:
            strike("between")
        plain = LOCK.sub("", sql.rstrip())
        result = execute(plain, params, many, context)
        if happened.moment is None and sql.lstrip().upper().startswith("SELECT") and contested.search(sql):
            if plain != sql.rstrip() and connection.in_atomic_block:
                state["locked"] = True
            elif not state["locked"]:
                state["armed"] = True
        return result

    def ending(original):
        def end(*arguments, **named):
            result = original(*arguments, **named)
            # a savepoint rolled back does not end the transaction, which still holds the lock
            if happened.moment is None and state["locked"] and original.__name__ != "_savepoint_rollback":
                state["locked"] = False
                strike("after")
            elif happened.moment is not None and undone():
                strike(happened.moment)
            return result

        return end

    hooked = ("_commit", "_rollback", "_savepoint_rollback")
    for name in hooked:
        setattr(connection, name, ending(getattr(connection, name)))
    for name in ABILITIES:
        setattr(connection.features, name, True)
    try:
        with connection.execute_wrapper(between):
            yield happened
    finally:
        for name in hooked:
            delattr(connection, name)
        for name in ABILITIES:
            delattr(connection.features, name)
    connection.ensure_connection()  # the answer may have closed it
    if happened.moment is None or undone():
        strike(happened.moment or "after")
    connection.connection.execute("DROP TABLE lab_rival")
