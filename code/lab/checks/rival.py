"""One competitor, who acts at the worst moment, every time: no threads, no luck, no waiting.

The rival acts between the answer's plain read of a contested table and the answer's next statement,
as another connection could on PostgreSQL at its default isolation level. When the answer took a row
lock (`select_for_update` inside `atomic`), the rival waits, as PostgreSQL would make it, until that
transaction ends.

SQLite has no row locks and ignores `select_for_update` silently, so for the block the connection is
told that it has them, and the clause is taken off each statement before SQLite sees it.

Limits: the rival writes through the answer's own connection; what it wrote is written again if the
answer rolls back. Locks are taken to cover the whole table.
"""

import re
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass, field

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
    """What happened: the rows that each act of the rival changed (0: it was refused), and when it acted first.

    `moment` is "between" a read and the next statement, "before" a lock that the answer waited for,
    "after" the answer's transaction or the answer's end, or None while it has not acted.
    """

    acts: list[int] = field(default_factory=list)
    moment: str | None = None

    @property
    def rows(self) -> int:
        """Rows changed by all acts together."""
        return sum(self.acts)


@contextmanager
def rival(table: str, act: Callable, *, read: int = 1, times: int = 1, holds_lock: bool = False):
    """Inside the block, `act(cursor)` happens `times` times; it returns how many rows it changed.

    `table` is the contested database table; `act` gets a raw SQLite cursor. The first act follows the
    answer's plain read number `read`, each further one a read after that; what is left of them at the
    end of the block happens then. With `holds_lock`, the rival has the row locked when the answer asks
    for a lock of its own: the answer waits for it, or, having said `nowait` or `skip_locked`, gets an
    OperationalError or no row.
    """
    from django.db import OperationalError, connection

    connection.ensure_connection()
    happened = Rival()
    state = {"armed": False, "locked": False, "reads": 0, "held": holds_lock}
    contested = re.compile(rf"\b{table}\b")
    # a row beside each of the rival's own writes: a rollback that undoes the one undoes the other
    connection.connection.execute("DROP TABLE IF EXISTS lab_rival")
    connection.connection.execute("CREATE TABLE lab_rival (act INTEGER)")

    def write(number: int) -> None:
        cursor = connection.connection.cursor()
        happened.acts[number] = act(cursor)
        cursor.execute("INSERT INTO lab_rival VALUES (?)", [number])
        cursor.close()

    def strike(moment: str) -> None:
        happened.acts.append(0)
        happened.moment = happened.moment or moment
        write(len(happened.acts) - 1)
        state["armed"] = False

    def write_again() -> None:
        """What a rollback of the answer's has undone."""
        kept = {number for (number,) in connection.connection.execute("SELECT act FROM lab_rival")}
        for number in range(len(happened.acts)):
            if number not in kept:
                write(number)

    def may_act() -> bool:
        return len(happened.acts) < times

    def between(execute, sql, params, many, context):
        if state["armed"]:
            strike("between")
        plain = LOCK.sub("", sql.rstrip())
        clause = sql.rstrip()[len(plain) :]
        reads = sql.lstrip().upper().startswith("SELECT") and contested.search(sql)
        if reads and clause and state["held"] and connection.in_atomic_block:
            if clause.endswith("NOWAIT"):
                raise OperationalError("could not obtain lock on row")
            if clause.endswith("SKIP LOCKED"):
                return execute(f"SELECT * FROM ({plain}) WHERE 0", params, many, context)
            state["held"] = False
            strike("before")  # the answer has waited; now it is its turn
        result = execute(plain, params, many, context)
        if reads and may_act():
            if clause and connection.in_atomic_block:
                state["locked"] = True
            elif not state["locked"]:
                state["reads"] += 1
                state["armed"] = state["reads"] >= read
        return result

    def ending(original):
        def end(*arguments, **named):
            result = original(*arguments, **named)
            write_again()
            # a savepoint rolled back does not end the transaction, which still holds the lock
            if state["locked"] and original.__name__ != "_savepoint_rollback":
                state["locked"] = False
                if may_act():
                    strike("after")
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
    write_again()
    while may_act():
        strike("after")
    connection.connection.execute("DROP TABLE lab_rival")
