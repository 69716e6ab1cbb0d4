"""The copy: a context's tables from the database that holds everything into the database of its own.

Nothing is written down about how far a copy has come: the target itself says. Rows travel in the order of their
primary keys, each batch in one transaction, so what the target holds is the source's beginning, up to some row,
or it did not come from there. That is looked at before anything is written, and the copy goes on behind
the last row; whoever kills it may start it again, as often as they like.

Rows are compared as values (a time, an amount, a UUID), never as a database writes them down.
"""

import hashlib
import json
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from graphlib import TopologicalSorter
from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, connections, transaction
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.db.models import AutoField

from boxoffice.chassis import environment
from boxoffice.chassis.databases import alias_of

SOURCE = "source"  # the alias under which the source is read
# What of Django's own goes where accounts goes: rights, and the admin's log, which point at accounts and at each
# other by number. Sessions do not: whoever was logged in logs in again.
WITH_ACCOUNTS = ("contenttypes", "auth", "accounts", "admin")  # in the order of their foreign keys
# `migrate` writes these into every database by itself; the source's, with their numbers, take their place
MADE_BY_MIGRATE = ("contenttypes.ContentType", "auth.Permission")
BATCH = 1000
LOCK = 0x0B0C0F  # of the copy, among PostgreSQL's advisory locks


class Refused(Exception):
    """The copy does not begin, for this reason; nothing was written."""


@dataclass
class Comparison:
    """A table on either side: how many rows, their checksum, and where the first difference is."""

    table: str
    rows: tuple[int, int]
    checksums: tuple[str, str]
    difference: str = ""

    @property
    def same(self) -> bool:
        return not self.difference


@dataclass
class Copy:
    """The copy of all that this service keeps elsewhere than in the source.

        with Copy.open(url) as copy:
            copy.check_schemas()
            copy.lock(print)
            copy.check_rows()
            copy.run(print)
            copy.compare()

    `models` has the models to copy, parents first, and `stay` the contexts that the source goes on keeping.
    """

    models: list
    stay: list[str]
    batch: int = BATCH
    _transaction: object = field(default=None, repr=False)

    @classmethod
    def open(cls, url: str, batch: int = BATCH) -> "Copy":
        """Connect, and see what is to be copied. Raises Refused."""
        _connect(url)
        keeping = [context for context in settings.CONTEXTS if _models([context])]
        stay = [context for context in keeping if _identity(alias_of(context)) == _identity(SOURCE)]
        if stay and stay == keeping:
            raise Refused("The source and the target are the same database.")
        return cls(_models([context for context in keeping if context not in stay]), stay, batch)

    def __enter__(self) -> "Copy":
        """The source is read in one transaction that can write nothing, and sees one moment of it."""
        self._transaction = transaction.atomic(using=SOURCE)
        self._transaction.__enter__()
        if connections[SOURCE].vendor == "postgresql":
            _ask(SOURCE, "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        return self

    def __exit__(self, *problem) -> None:
        self._transaction.__exit__(*problem)
        for alias in {SOURCE, *self.aliases}:  # a lock of the copy ends with its connection
            connections[alias].close()

    @property
    def aliases(self) -> list[str]:
        return sorted({_target(model) for model in self.models})

    def lock(self, waiting: Callable[[str], None]) -> None:
        """One copy at a time into a database; one that was killed is waited for until its server knows.

        SQLite has one writer anyway, and notices at once.
        """
        for alias in self.aliases:
            if connections[alias].vendor != "postgresql":
                continue
            if not _ask(alias, "SELECT pg_try_advisory_lock(%s)", LOCK)[0]:
                waiting(f"waiting for another copy into the database of {_called(alias)} to end")
                _ask(alias, "SELECT pg_advisory_lock(%s)", LOCK)

    def check_schemas(self) -> None:
        """Raises Refused unless both sides are the box office's, and of this version."""
        labels = {model._meta.app_label for model in self.models}
        _check_schema(SOURCE, labels, self.models, "the source", "web")
        for alias in self.aliases:
            models = [model for model in self.models if _target(model) == alias]
            own = {model._meta.app_label for model in models}
            _check_schema(alias, own, models, f"the database of {_called(alias)}", settings.SERVICE_NAME)

    def check_rows(self) -> None:
        """Raises Refused if a target holds anything but the source's beginning."""
        for model in self.models:
            if self._is_replaced(model):
                continue
            last = _last(model, _target(model))
            compared = compare(model, self.batch, until=last)
            if not compared.same:
                raise Refused(
                    f"The database of {_called(_target(model))} holds rows that are not the source's "
                    f"({compared.difference}): it was filled from elsewhere, or the source was written to since. "
                    "Empty it to begin anew."
                )

    def _is_replaced(self, model) -> bool:
        """Whether the rows are `migrate`'s own, and nothing points at their numbers yet."""
        alias = _target(model)
        others = [
            other
            for other in self.models
            if _target(other) == alias and other._meta.app_label in WITH_ACCOUNTS
        ]
        return model._meta.label in MADE_BY_MIGRATE and not any(
            _rows_of(other, alias).exists() for other in others if other._meta.label not in MADE_BY_MIGRATE
        )

    def run(self, say: Callable[[str], None]) -> int:
        """Copy what is not there yet; returns how many rows that were."""
        copied = self._replace(say)
        for model in self.models:
            copied += self._table(model, say)
        for model in self.models:
            _go_on_counting(model)
        return copied

    def _replace(self, say) -> int:
        """What `migrate` made goes, and the source's comes, in one transaction."""
        replaced = [model for model in self.models if self._is_replaced(model)]
        replaced = [model for model in replaced if not compare(model, self.batch).same]
        if not replaced:
            return 0
        copied = 0
        with transaction.atomic(using=_target(replaced[0])):
            for model in reversed(replaced):
                _ask(_target(model), f"DELETE FROM {_quoted(model)}")
            for model in replaced:
                for rows in _batches(model, SOURCE, self.batch):
                    copied += _insert(model, rows)
        return copied

    def _table(self, model, say) -> int:
        alias, table = _target(model), model._meta.db_table
        there, wanted = _rows_of(model, alias).count(), _rows_of(model, SOURCE).count()
        copied, told = 0, time.monotonic()
        while True:
            with transaction.atomic(using=alias):
                rows = next(_batches(model, SOURCE, self.batch, after=_last(model, alias)), None)
                if rows is None:
                    break
                copied += _insert(model, rows)
            if time.monotonic() - told > 1:
                say(f"{table}: {there + copied} of {wanted}")
                told = time.monotonic()
        say(f"{table}: {wanted} rows" + (f", {there} of them there already" if there and copied else ""))
        return copied

    def compare(self) -> list[Comparison]:
        """Every table, row by row, on both sides."""
        return [compare(model, self.batch) for model in self.models]


def compare(model, batch: int = BATCH, until: int | None = None) -> Comparison:
    """The model's table in the source and in its target, by primary key; up to the key `until`, if given."""
    sides = [_read(model, alias, batch, until) for alias in (SOURCE, _target(model))]
    counted, digests = [0, 0], [hashlib.sha256(), hashlib.sha256()]
    table, difference = model._meta.db_table, ""
    heads = [next(side, None) for side in sides]
    while any(heads):
        lowest = min(head[0] for head in heads if head)
        here = [head if head and head[0] == lowest else None for head in heads]
        if here[0] != here[1] and not difference:
            what = (
                "is missing" if here[1] is None else "is not the source's" if here[0] is None else "differs"
            )
            difference = f"{table}: the row {lowest} {what}"
        for side, head in enumerate(here):
            if head:
                counted[side] += 1
                digests[side].update(head[1])
                heads[side] = next(sides[side], None)
    return Comparison(table, tuple(counted), tuple(digest.hexdigest() for digest in digests), difference)


def _read(model, alias: str, batch: int, until: int | None) -> Iterator[tuple[int, bytes]]:
    """(primary key, the whole row as bytes that are the same for any database), in order."""
    key = [column.attname for column in _columns(model)].index(model._meta.pk.attname)
    for rows in _batches(model, alias, batch, until=until):
        for row in rows:
            yield row[key], (json.dumps([_written(value) for value in row]) + "\n").encode()


def _written(value) -> str | None:
    """A value of a column as text; None stays None."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, Decimal):
        return f"{value:f}"
    return None if value is None else str(value)


def _batches(
    model, alias, batch, *, after: int | None = None, until: int | None = None
) -> Iterator[list[tuple]]:
    """The rows behind the key `after`, up to `until`, in order, some at a time."""
    names = [column.attname for column in _columns(model)]
    key = names.index(model._meta.pk.attname)
    wanted = _rows_of(model, alias).order_by("pk")
    if until is not None:
        wanted = wanted.filter(pk__lte=until)
    while True:
        rows = list((wanted if after is None else wanted.filter(pk__gt=after)).values_list(*names)[:batch])
        if not rows:
            return
        yield rows
        after = rows[-1][key]


def _insert(model, rows: list[tuple]) -> int:
    """Write the rows as they are: no defaults, no signals, no times of today."""
    connection, columns = connections[_target(model)], _columns(model)
    names = ", ".join(connection.ops.quote_name(column.column) for column in columns)
    places = ", ".join(["%s"] * len(columns))
    values = [
        [column.get_db_prep_save(value, connection) for column, value in zip(columns, row, strict=True)]
        for row in rows
    ]
    with connection.cursor() as cursor:
        cursor.executemany(f"INSERT INTO {_quoted(model)} ({names}) VALUES ({places})", values)
    return len(rows)


# What is copied


def _models(contexts: list[str]) -> list:
    """The models of these contexts, of Django's where accounts brings them, and of who lodges with one; parents before children."""
    labels = [
        label
        for context in contexts
        for label in (WITH_ACCOUNTS if context == "accounts" else [context, *_lodgers(context)])
        if label in apps.app_configs
    ]
    found = []
    for label in labels:
        models = [
            model
            for model in apps.get_app_config(label).get_models(include_auto_created=True)
            if model._meta.managed and not model._meta.proxy
        ]
        parents = {model: [other for other in models if other in _parents(model)] for model in models}
        found += TopologicalSorter(parents).static_order()
    return found


def _lodgers(context: str) -> list[str]:
    return [label for label, host in settings.LODGERS.items() if host == context]


def _parents(model) -> set:
    pointed_at = {column.remote_field.model for column in _columns(model) if column.remote_field}
    return pointed_at - {model}


def _columns(model) -> list:
    return model._meta.local_concrete_fields


def _quoted(model) -> str:
    return connections[_target(model)].ops.quote_name(model._meta.db_table)


def _rows_of(model, alias: str):
    return model._base_manager.using(alias).all()


def _target(model) -> str:
    return alias_of(model._meta.app_label)


def _called(alias: str) -> str:
    return settings.SERVICE_NAME if alias == "default" else alias


def _last(model, alias: str) -> int:
    """The highest primary key there; 0 in an empty table."""
    return _rows_of(model, alias).order_by("-pk").values_list("pk", flat=True).first() or 0


# Databases


def _connect(url: str) -> None:
    """Make the source known to Django under its alias. Raises Refused."""
    try:
        found = environment.described(url, "The source")
    except ImproperlyConfigured as problem:
        raise Refused(str(problem)) from None
    if found["ENGINE"].endswith("sqlite3"):  # opened so that it is neither made nor written, and not locked
        found["NAME"] = f"{Path(found['NAME']).absolute().as_uri()}?mode=ro"
        found["OPTIONS"].pop("transaction_mode")
    connections.settings[SOURCE] = connections.configure_settings({"default": found})["default"]
    try:
        connections[SOURCE].introspection.table_names()
    except DatabaseError as problem:
        raise Refused(f"The source cannot be opened: {in_one_line(problem)}.") from None


def in_one_line(problem: Exception) -> str:
    """A driver's words may go on for several lines."""
    return str(problem).strip().partition("\n")[0].rstrip(".")


def _ask(alias: str, question: str, *values) -> tuple | None:
    with connections[alias].cursor() as cursor:
        cursor.execute(question, values or None)
        return cursor.fetchone() if cursor.description else None


def _identity(alias: str) -> tuple:
    """What tells a database from any other, however its address is spelt."""
    try:
        if connections[alias].vendor == "postgresql":
            return _ask(
                alias,
                "SELECT pg_postmaster_start_time(), oid FROM pg_database WHERE datname = current_database()",
            )
        file = os.stat(_ask(alias, "SELECT file FROM pragma_database_list WHERE name = 'main'")[0])
        return file.st_dev, file.st_ino
    except (DatabaseError, OSError) as problem:
        raise Refused(f"The database of {_called(alias)} cannot be opened: {in_one_line(problem)}.") from None


def _check_schema(alias: str, labels: set[str], models: list, name: str, service: str) -> None:
    """Raises Refused unless exactly our migrations of those apps were run there, and the tables exist."""
    connection = connections[alias]
    tables = set(connection.introspection.table_names())
    begin = name[0].upper() + name[1:]
    if MigrationRecorder.Migration._meta.db_table not in tables:
        raise Refused(
            f"{begin} is no database of the box office: it has no table django_migrations. "
            f"(An empty one becomes one by `manage.py {service} prepare`.)"
        )
    wanted = {key for key in MigrationLoader(None).disk_migrations if key[0] in labels}
    applied = {key for key in MigrationRecorder(connection).applied_migrations() if key[0] in labels}
    if missing := wanted - applied:
        raise Refused(f"{begin} lacks {_few(missing)}: run `manage.py {service} prepare` on it first.")
    if unknown := applied - wanted:
        raise Refused(
            f"{begin} is newer than this code, which does not know {_few(unknown)}: use its own version."
        )
    if absent := {model._meta.db_table for model in models} - tables:
        raise Refused(f"{begin} has no table {', '.join(sorted(absent))}: it does not hold these contexts.")


def _few(keys: set[tuple[str, str]], most: int = 3) -> str:
    named = [".".join(key) for key in sorted(keys)]
    return ", ".join(named[:most]) + (f" and {len(named) - most} more" if len(named) > most else "")


def _go_on_counting(model) -> None:
    """The next row gets the number that the source would give it: one that was used, and whose row is gone,
    may still stand in another context's rows."""
    if not isinstance(model._meta.pk, AutoField):  # numbers of its own, such as UUIDs
        return
    alias = _target(model)
    number = max(_counted(model, SOURCE), _counted(model, alias), _last(model, alias))
    if not number:
        return
    if connections[alias].vendor == "postgresql":
        _ask(alias, "SELECT setval(pg_get_serial_sequence(%s, %s), %s)", *_sequence(model), number)
    elif not _ask(alias, "SELECT 1 FROM sqlite_sequence WHERE name = %s", model._meta.db_table):
        _ask(alias, "INSERT INTO sqlite_sequence (name, seq) VALUES (%s, %s)", model._meta.db_table, number)
    else:
        _ask(alias, "UPDATE sqlite_sequence SET seq = %s WHERE name = %s", number, model._meta.db_table)


def _counted(model, alias: str) -> int:
    """The last number that the table's sequence gave."""
    if connections[alias].vendor == "postgresql":
        sequence = _ask(alias, "SELECT pg_get_serial_sequence(%s, %s)", *_sequence(model))[0]
        return _ask(alias, f"SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM {sequence}")[0]
    found = _ask(alias, "SELECT seq FROM sqlite_sequence WHERE name = %s", model._meta.db_table)
    return found[0] if found else 0


def _sequence(model) -> tuple[str, str]:
    return _quoted(model), model._meta.pk.column
