"""Databases of the box office, made by hand: how they are made, read, cloned and started."""

import json
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import psycopg

from lab import arrangements
from lab.home import CODE, ROOT
from lab.processes import Processes

QUICK = {
    "test_browse.py": [
        "test_the_programme_is_listed_over_several_pages",
        "test_a_search_finds_by_title_whatever_the_case",
        "test_an_event_shows_its_bands_prices_and_seats",
        "test_the_seeded_programme_has_one_event_sold_out",
    ],
    "test_buying.py": [
        "test_buying_turns_seats_into_a_paid_order",
        "test_seats_given_back_are_on_sale_again",
        "test_nobody_holds_more_than_there_is",
        "test_the_hold_of_somebody_else_does_not_exist",
        "test_a_double_click_buys_once",
    ],
    "test_orders.py": [
        "test_my_orders_are_mine_the_newest_first",
        "test_cancelling_refunds_and_returns_the_seats",
        "test_the_buyer_is_told_of_the_purchase_and_of_the_refund",
    ],
    "test_payment.py": ["test_declined_sells_nothing_and_the_buyer_may_try_again"],
    "test_staff.py": [
        "test_capacity_is_never_cut_below_what_is_sold",
        "test_the_report_is_the_sum_of_what_was_sold",
        "test_an_order_is_found_in_the_admin",
    ],
}


class Database:
    """A database at a URL, seen without Django."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.path = url.removeprefix("sqlite:///") if url.startswith("sqlite") else None

    def connect(self):
        if self.path:
            return closing(sqlite3.connect(self.path, isolation_level=None))
        return psycopg.connect(self.url, autocommit=True)

    def ask(self, statement: str, values=()) -> list[tuple]:
        """Run one statement (places are %s), and return its rows."""
        with self.connect() as connection:
            if self.path:
                return connection.execute(statement.replace("%s", "?"), values).fetchall()
            cursor = connection.execute(statement, values or None)
            return cursor.fetchall() if cursor.description else []

    def one(self, statement: str, values=()):
        return self.ask(statement, values)[0][0]

    def tables(self) -> list[str]:
        if self.path:
            return [
                name
                for (name,) in self.ask("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
                if name != "sqlite_sequence"
            ]
        return [
            name
            for (name,) in self.ask(
                "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename"
            )
        ]

    def rows(self, table: str) -> dict:
        """{primary key: {column: value}} of a table."""
        with self.connect() as connection:
            cursor = connection.execute(f'SELECT * FROM "{table}"')
            names = [column[0] for column in cursor.description]
            found = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
        return {row[names[0]]: row for row in found}

    def dump(self, but=()) -> dict:
        return {table: self.rows(table) for table in self.tables() if table not in but}

    def schema(self) -> dict[str, dict]:
        """Of every table: columns with type, nullability and default; indexes; constraints. Order aside."""
        return {
            table: (self._sqlite_table if self.path else self._postgres_table)(table)
            for table in self.tables()
        }

    def _sqlite_table(self, table: str) -> dict:
        made = self.one("SELECT sql FROM sqlite_master WHERE type = 'table' AND name = %s", [table])
        indexes = self.ask(
            "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND tbl_name = %s", [table]
        )
        return {
            "columns": sorted(_parts(made[made.index("(") + 1 : made.rindex(")")])),
            "indexes": sorted(f"{name}: {sql}" for name, sql in indexes if sql),
        }

    def _postgres_table(self, table: str) -> dict:
        return {
            "columns": self.ask(
                "SELECT column_name, data_type, character_maximum_length, numeric_precision, numeric_scale, is_nullable, "
                "column_default, is_identity FROM information_schema.columns WHERE table_name = %s ORDER BY column_name",
                [table],
            ),
            "indexes": self.ask(
                "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = %s ORDER BY 1", [table]
            ),
            "constraints": self.ask(
                "SELECT conname, contype, pg_get_constraintdef(oid) FROM pg_constraint "
                "WHERE conrelid = %s::regclass AND contype <> 'n' ORDER BY conname",
                [f'"{table}"'],
            ),
        }

    def foreign_keys(self) -> set[tuple[str, str]]:
        """(from table, to table) of every foreign key."""
        if self.path:
            return {
                (table, found[2])
                for table in self.tables()
                for found in self.ask(f'PRAGMA foreign_key_list("{table}")')
            }
        return set(
            self.ask(
                "SELECT conrelid::regclass::text, confrelid::regclass::text FROM pg_constraint WHERE contype = 'f'"
            )
        )

    def counts(self) -> dict[str, int]:
        return {table: self.one(f'SELECT count(*) FROM "{table}"') for table in self.tables()}


def _parts(made: str) -> list[str]:
    """What stands between the commas of a CREATE TABLE, those inside brackets aside."""
    found, depth, start = [], 0, 0
    for place, letter in enumerate(made):
        depth += (letter == "(") - (letter == ")")
        if letter == "," and not depth:
            found.append(made[start:place])
            start = place + 1
    return [" ".join(part.split()) for part in [*found, made[start:]]]


class Office:
    """A store of databases of one kind, and the command line of the box office upon them."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.store = Processes(kind)
        self.made = 0
        self.forking = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("ready.py"))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            bufsize=1,
            env={**os.environ, "PYTHONPATH": str(CODE)},
        )
        self.env = {}
        everywhere = arrangements.parts("split") + arrangements.parts("monolith")[-1:]
        urls = {part.name: "http://127.0.0.1:9" for part in everywhere} | {"provider": "http://127.0.0.1:9"}
        for arrangement in ("split", "monolith"):
            self.env |= arrangements.environments(arrangements.parts(arrangement), urls)

    def new(self, name: str = "empty") -> Database:
        self.made += 1
        return Database(self.store.database(f"{name}_{self.made}"))

    def clone(self, of: Database, name: str = "clone") -> Database:
        """Another database with the same content; nobody may be connected to the first."""
        if of.path:
            copy = self.new(name)
            shutil.copy(of.path, copy.path)
            return copy
        self.made += 1
        made = f"{name}_{os.getpid()}_{self.made}"
        template = of.url.rpartition("/")[2]
        Database(self.store.server).ask(f'CREATE DATABASE "{made}" TEMPLATE "{template}"')
        self.store.made.append(made)
        return Database(of.url.rpartition("/")[0] + "/" + made)

    def environment(self, service: str, **databases: str | Database) -> dict[str, str]:
        urls = {name: getattr(found, "url", found) for name, found in databases.items()}
        kept = {key: value for key, value in os.environ.items() if not key.endswith("DATABASE_URL")}
        return {**kept, **self.env[service], "LAB": "1", "PYTHONPATH": str(CODE), **urls}

    def begin(self, program: list[str], env: dict[str, str]) -> "Command":
        return Command(self, program, env)

    def command(self, service: str, *arguments: str) -> list[str]:
        return [str(CODE / "boxoffice" / "manage.py"), service, *arguments]

    def run(self, program: list[str], env: dict[str, str], fails: bool = False) -> str:
        """Run a program to its end: what it said; or, if it is to fail, its complaint."""
        running = self.begin(program, env)
        status = running.wait()
        assert bool(status) == fails, running.said() + running.complaint()
        return running.complaint() if fails else running.said() + running.complaint()

    def manage(self, service: str, *arguments: str, fails: bool = False, **databases) -> str:
        """Run a command of the box office to its end."""
        return self.run(self.command(service, *arguments), self.environment(service, **databases), fails)

    def ready(self, **job) -> int:
        self.forking.stdin.write(json.dumps(job) + "\n")
        return int(self.forking.stdout.readline())

    def close(self) -> None:
        self.forking.stdin.close()
        self.forking.wait()
        self.forking.stdout.close()
        self.store.close()


class Command:
    """A program of Python's that runs in a process of its own (see `ready`)."""

    def __init__(self, office: Office, program: list[str], env: dict[str, str]) -> None:
        office.made += 1
        self.office = office
        self.out, self.err = (Path(office.store.folder, f"{office.made}.{name}") for name in ("out", "err"))
        self.pid = office.ready(argv=program, env=env, out=str(self.out), err=str(self.err))

    def said(self) -> str:
        return self.out.read_text() if self.out.exists() else ""

    def complaint(self) -> str:
        return self.err.read_text() if self.err.exists() else ""

    def wait(self) -> int:
        """Its exit status; below zero, the signal that ended it."""
        return self.office.ready(wait=self.pid)

    def wait_for(self, words: str) -> None:
        """Until it says so."""
        deadline = time.monotonic() + 60
        while words not in self.said():
            assert time.monotonic() < deadline, self.said() + self.complaint()
            time.sleep(0.001)

    def kill(self) -> int:
        """kill -9; says how it ended: it may have been quicker."""
        os.kill(self.pid, signal.SIGKILL)
        return self.wait()


def behaves(front: str, provider: str) -> int:
    """Run the quick part of the behavioural suite against a box office; how many tests passed."""
    tests = [f"tests/behaviour/{file}::{name}" for file, names in QUICK.items() for name in names]
    options = [
        "--base-url",
        front,
        "--provider-url",
        provider,
        "-q",
        "-p",
        "no:xdist",
        "-p",
        "no:cacheprovider",
    ]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *tests, *options], cwd=Path(ROOT), capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr
    return int(re.search(r"(\d+) passed", done.stdout)[1])


def apart(office: Office, context: str) -> dict[str, Database]:
    """An empty, migrated database for a service of its own."""
    database = office.new(context)
    office.manage(context, "prepare", DATABASE_URL=database)
    return {"DATABASE_URL": database}


def one_each(office: Office) -> dict[str, Database]:
    """Empty, migrated databases for the arrangement `databases`, by the variable that names each."""
    (part,) = arrangements.parts("databases")
    found = {variable: office.new(name) for variable, name in part.databases.items()}
    office.manage("web", "prepare", **found)
    return found
