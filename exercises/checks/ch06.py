"""What the answers of chapter 06 must do."""

import copy
import json
import logging
import os
import sqlite3
import sys
import time
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import parse_qsl, urlsplit

from lab.checks import Exercise, reject, wire

# 06.1 --------------------------------------------------------------------------------------------

moved = Exercise(
    number="06.1",
    title="A copy that can be killed",
    kind="fix",
    minutes=16,
    provides=("copy_venues", "Refused", "Differs"),
    review="One answer commits a portion and how far it got together, the other commits the portion first. "
    "What does a kill between the two commits cost, and which of the two orders would cost rows?",
)

VENUES = [(3 * n + 2, f"Hall {n}", None if n % 5 == 3 else ("Leeds", "York", "")[n % 3]) for n in range(23)]
VENUES[4] = (14, "North", "light")
PORTION = 4
TABLES = """
CREATE TABLE venue (id INTEGER PRIMARY KEY, name TEXT NOT NULL, city TEXT);
CREATE TABLE copied (source TEXT PRIMARY KEY, last_id INTEGER NOT NULL);
"""


class Noticing(sqlite3.Cursor):
    """A cursor that has its connection look, after each statement, whether something was committed."""

    def execute(self, *arguments):
        try:
            return super().execute(*arguments)
        finally:
            self.connection.look()

    def executemany(self, *arguments):
        try:
            return super().executemany(*arguments)
        finally:
            self.connection.look()

    def executescript(self, *arguments):
        try:
            return super().executescript(*arguments)
        finally:
            self.connection.look()


class Target(sqlite3.Connection):
    """The new database. `states` has the file after each commit: what a killed process would leave behind.

    `portions` has the ids that each of these commits wrote; `then(rows)` is called after each, with the number of
    venues that are there.
    """

    def __repr__(self):
        return "new"

    def watch(self, path, then=lambda rows: None):
        super().execute("PRAGMA synchronous = OFF")  # nobody pulls the plug here
        self.other, self.then = sqlite3.connect(path), then
        self.states, self.portions, self.writing = [], [], []
        self.create_function("noted", 1, self.writing.append)
        for what in ("INSERT", "UPDATE"):
            super().execute(
                f"CREATE TEMP TRIGGER noting_{what} AFTER {what} ON main.venue BEGIN SELECT noted(NEW.id); END"
            )
        super().commit()
        self.version = self.read("PRAGMA data_version")

    def read(self, sql):
        return self.other.execute(sql).fetchall()

    def look(self):
        version = self.read("PRAGMA data_version")
        if version == self.version:
            return
        self.version = version
        self.states.append(self.other.serialize())
        self.portions.append(list(self.writing))
        self.writing.clear()
        self.then(self.read("SELECT count(*) FROM venue")[0][0])

    def cursor(self, factory=Noticing):
        return super().cursor(factory)

    def execute(self, *arguments):
        return self.cursor().execute(*arguments)

    def executemany(self, *arguments):
        return self.cursor().executemany(*arguments)

    def executescript(self, *arguments):
        return self.cursor().executescript(*arguments)

    def commit(self):
        super().commit()
        self.look()

    def __exit__(self, *problem):
        try:
            return super().__exit__(*problem)
        finally:
            self.look()


class Source(sqlite3.Connection):
    def __repr__(self):
        return "old"


def old_database(rows=VENUES):
    old = sqlite3.connect(":memory:", isolation_level=None, factory=Source)
    old.execute("CREATE TABLE venue (id INTEGER PRIMARY KEY, name TEXT NOT NULL, city TEXT)")
    old.executemany("INSERT INTO venue VALUES (?, ?, ?)", rows)
    return old


def state(venues=(), copied=()) -> bytes:
    """A new database with such rows, as a file."""
    with closing(sqlite3.connect(":memory:")) as made:
        made.executescript(TABLES)
        made.executemany("INSERT INTO venue VALUES (?, ?, ?)", venues)
        made.executemany("INSERT INTO copied VALUES (?, ?)", copied)
        made.commit()
        return made.serialize()


def venues(database) -> list[tuple]:
    if isinstance(database, bytes):
        with closing(sqlite3.connect(":memory:")) as loaded:
            loaded.deserialize(database)
            return venues(loaded)
    return database.execute("SELECT id, name, city FROM venue ORDER BY id").fetchall()


def everything(database: bytes) -> list[str]:
    with closing(sqlite3.connect(":memory:")) as loaded:
        loaded.deserialize(database)
        return list(loaded.iterdump())


class Run:
    """One run of the copy, as a process of its own: on a new database that begins as `begins`."""

    def __init__(self, answer, old, begins: bytes, then=lambda rows: None, source="curtaincall", **options):
        self.problem = None
        with TemporaryDirectory(dir=".") as folder:
            path = Path(folder, "new.sqlite3")
            path.write_bytes(begins)
            new = sqlite3.connect(path, factory=Target)
            new.watch(path, then)
            answer = answer.afresh()
            try:
                answer.copy_venues(old, new, source, **options)
            except (answer.Refused, answer.Differs) as problem:
                self.problem = problem
            finally:
                new.close()
                self.states, self.portions = new.states, new.portions
                self.left = new.other.serialize()
                new.other.close()

    @property
    def kind(self) -> str:
        return type(self.problem).__name__ if self.problem else ""

    @property
    def written(self) -> int:
        return sum(map(len, self.portions))


def short(rows: list[tuple], right: list[tuple]) -> str:
    """What is wrong with the rows, in words."""
    missing, more = [r for r in right if r not in rows], [r for r in rows if r not in right]
    said = [f"{len(rows)} venues"]
    if missing:
        said.append(f"without {missing[0]!r}" + (f" and {len(missing) - 1} more" if missing[1:] else ""))
    if more:
        said.append(f"with {more[0]!r}")
    return ", ".join(said)


def ends_well(run: Run, old, call: str, step: str) -> None:
    """The run came to its end, and the two sides are the same."""
    if run.problem:
        reject(call, f"{run.kind}: {run.problem}", "all rows, and no exception", step)
    if venues(run.left) != venues(old):
        reject(call, short(venues(run.left), venues(old)), short(venues(old), venues(old)), step)


@moved.requirement(
    "R1",
    "every row arrives as it is, `portion` of them copied in a transaction and never more; `old` is only read",
    hints=(
        "How many rows does the stub commit at once, and how many would it be in a table of ten million?",
        "Look for a SELECT that gives the next few rows after the last one that you have; ids may have gaps.",
        "A while loop: the next rows WHERE id > … ORDER BY id LIMIT …; write them; commit; until there are none.",
    ),
)
def arrives(answer):
    for rows, portion in ((VENUES, PORTION), (VENUES, 3), (VENUES[:PORTION], PORTION), ([], PORTION)):
        old = old_database(rows)
        before, dump = old.total_changes, list(old.iterdump())
        run = Run(answer, old, state(), portion=portion)
        call = f"copy_venues(…, portion={portion}) of {len(rows)} venues into an empty database"
        if old.total_changes != before or list(old.iterdump()) != dump:
            reject(call, "a write to the old database", "none", "The old database is only read.")
        ends_well(run, old, call, "Are all rows read, and is what was written committed?")
        sizes = [len(ids) for ids in run.portions if ids]
        if max(sizes, default=0) > portion:
            reject(
                call,
                f"a transaction that wrote {max(sizes)} rows",
                f"at most {portion} in each",
                "A long transaction keeps others waiting, and is lost as a whole when it is killed.",
            )
        if len(sizes) > -(-len(rows) // portion):
            reject(
                call,
                f"{len(sizes)} transactions that wrote rows",
                f"{-(-len(rows) // portion)}, each of {portion} but for the last",
                "Each commit waits for the disk: that is what portions are for.",
            )
    old = old_database()
    ends_well(Run(answer, old, state()), old, "copy_venues(old, new, source)", "The default portion is 100.")


@moved.requirement(
    "R2",
    "killed at any moment and started again, it ends with everything, and writes at most one portion a second time",
    hints=(
        "Your process is killed between two commits. What does the next one find, and what does it believe?",
        "Look at what you commit when you remember how far you got: before the rows, after them, or with them? And what "
        "does an INSERT do with a row that is there already?",
        "Rows and progress in one `with new:` block; and an INSERT … ON CONFLICT (id) DO UPDATE, which may be repeated.",
    ),
)
def killed(answer):
    old = old_database()
    whole = Run(answer, old, state(), portion=PORTION)
    ends_well(whole, old, "copy_venues(…) of 23 venues", "Before it can be killed, it must work.")
    if len(whole.states) < 3:
        reject(
            f"copy_venues(…, portion={PORTION}) of 23 venues",
            f"{len(whole.states)} commits",
            "at least one for each portion",
            "Killed before its only commit, it would begin anew, for ever.",
        )
    for number, left in enumerate(whole.states, 1):
        again = resumed(answer, old, left, f"copy_venues(…), killed after its commit number {number}")
        if number in (2, len(whole.states) // 2):
            for second, twice in enumerate(again.states, 1):
                call = (
                    f"copy_venues(…), killed after its commit number {number}, and again after {second} more"
                )
                resumed(answer, old, twice, call)


def resumed(answer, old, left: bytes, call: str) -> Run:
    there, right = venues(left), venues(old)
    missing = len([row for row in right if row not in there])
    call = f"{call} with {len(there)} of {len(right)} venues there, and started again"
    run = Run(answer, old, left, portion=PORTION)
    ends_well(
        run,
        old,
        call,
        "What was committed at that moment: rows, progress, or both? They must never disagree.",
    )
    if missing and run.written > missing + PORTION:
        reject(
            call,
            f"{run.written} rows written",
            f"the {missing} that were missing, and at most {PORTION} again",
            "It began anew, or wrote twice: `copied` is there to remember how far it got.",
        )
    return run


MEANWHILE = {
    "a name is changed": "UPDATE venue SET name = 'The New Hall' WHERE id = 5",
    "a city is changed for one that is as long": "UPDATE venue SET city = 'Hull' WHERE id = 5",
    "an empty city becomes NULL": "UPDATE venue SET city = NULL WHERE id = 8",
    "NULL becomes the city 'None'": "UPDATE venue SET city = 'None' WHERE id = 11",
    "'North', 'light' becomes 'Northl', 'ight'": "UPDATE venue SET name = 'Northl', city = 'ight' WHERE id = 14",
    "two venues change names": "UPDATE venue SET name = CASE id WHEN 2 THEN 'Hall 2' ELSE 'Hall 0' END WHERE id IN (2, 8)",
    "two venues change all but their numbers": "UPDATE venue SET name = CASE id WHEN 2 THEN 'Hall 1' ELSE 'Hall 0' END, "
    "city = CASE id WHEN 2 THEN 'York' ELSE 'Leeds' END WHERE id IN (2, 5)",
    "a name is written in capitals": "UPDATE venue SET name = upper(name) WHERE id = 5",
    "a venue is deleted": "DELETE FROM venue WHERE id = 5",
    "a venue with a low number is added": "INSERT INTO venue VALUES (4, 'Late', 'York')",
    "one is deleted and one added": "DELETE FROM venue WHERE id = 5; INSERT INTO venue VALUES (6, 'Hall 1', 'York')",
}


@moved.requirement(
    "R3",
    "it ends well only if both sides have the same rows, in number and in content; else it raises Differs, and the next run "
    "mends that",
    hints=(
        "A row is changed after you have copied it. Which line of yours could notice?",
        "Look at the end of your function, and compare all columns of all rows; NULL and '' are two things.",
        "After the last portion: the rows of both sides, ordered by id, are equal or Differs is raised. And what "
        "`copied` says by then must make the next run begin at the front.",
    ),
)
def compared(answer):
    for what, sql in MEANWHILE.items():
        old = old_database()
        waiting = [sql]

        def change(rows, old=old, waiting=waiting):
            if rows >= 2 * PORTION and waiting:
                old.executescript(waiting.pop())

        call = f"copy_venues(…), and {what} once that row has been copied"
        run = Run(answer, old, state(), change, portion=PORTION)
        noticed(answer, old, run, call)

        old = old_database()
        half = next(
            (s for s in Run(answer, old, state(), portion=PORTION).states if len(venues(s)) >= 8), state()
        )
        old.executescript(sql)
        call = f"copy_venues(…), killed with {len(venues(half))} venues there; {what}; started again"
        noticed(answer, old, Run(answer, old, half, portion=PORTION), call)


def noticed(answer, old, run: Run, call: str) -> None:
    if run.kind == "Refused":
        reject(call, "Refused", "Differs, or the same rows on both sides", "It is the same source as before.")
    if not run.problem and venues(run.left) != venues(old):
        reject(
            call,
            f"no exception, and {short(venues(run.left), venues(old))}",
            "Differs",
            "A copy that says it is done is believed: compare what is in the rows before it does.",
        )
    again = Run(answer, old, run.left, portion=PORTION)
    ends_well(
        again,
        old,
        f"{call}; and a next run, while nobody writes",
        "The difference is in what it had passed already.",
    )


@moved.requirement(
    "R4",
    "made again, it brings what was changed, added or deleted there since; and if nothing was, it changes nothing",
    hints=(
        "Your copy is complete. Tomorrow you start it again: what does it believe is left to do?",
        "Look at what `copied` says after a complete run, and at rows that are here and no longer there.",
        "A complete run leaves a mark that means: begin at the front. Rows whose ids the old side has not are deleted here.",
    ),
)
def again(answer):
    old = old_database()
    first = Run(answer, old, state(), portion=PORTION)
    ends_well(first, old, "copy_venues(…) of 23 venues", "Before it can be made again, it must work.")
    second = Run(answer, old, first.left, portion=PORTION)
    ends_well(
        second, old, "copy_venues(…), made a second time", "Nothing has changed: nothing is to be done."
    )
    third = Run(answer, old, second.left, portion=PORTION)
    ends_well(third, old, "copy_venues(…), made a third time", "Nothing has changed: nothing is to be done.")
    for what, sql in {
        **MEANWHILE,
        "a venue is added at the end": "INSERT INTO venue VALUES (500, 'Last', NULL)",
    }.items():
        old.executescript(sql)
        third = Run(answer, old, third.left, portion=PORTION)
        ends_well(
            third,
            old,
            f"copy_venues(…) after a complete one, and after {what}",
            "What is different there must be the same here.",
        )
    old.execute("DELETE FROM venue")
    ends_well(
        Run(answer, old, third.left, portion=PORTION),
        old,
        "copy_venues(…) after all venues are deleted there",
        "So they go here.",
    )


@moved.requirement(
    "R5",
    "a target that has venues of its own, or was filled from another source, is Refused before anything is written",
    hints=(
        "Somebody starts your copy with the wrong address. What is lost?",
        "Look at `copied` before you write: which sources are in it, and what if there are venues and no source?",
        "Two questions on top of the function, each with a raise: another source in `copied`? Venues, and nothing in it?",
    ),
)
def refused(answer):
    own = [(1, "Somebody's own hall", "Bath")]
    for what, begins in {
        "a database with a venue of its own, that nothing was copied to": state(own),
        "a database filled from another source": state(VENUES[:8], [("staging", VENUES[7][0])]),
        "a database into which another source's copy has begun, or ended with nothing": state(
            [], [("staging", 0)]
        ),
        "a database with venues of its own, with the numbers of ours": state(
            [(row[0], "Ours", "Bath") for row in VENUES]
        ),
    }.items():
        for rows in (VENUES, []):
            call = f"copy_venues(…) of {len(rows)} venues from curtaincall into {what}"
            run = Run(answer, old_database(rows), begins, portion=PORTION)
            if run.kind != "Refused":
                step = "Look before you write: whose rows are these?"
                reject(call, run.kind or "a copy, and no exception", "Refused", step)
            if everything(run.left) != everything(begins) or run.states:
                reject(
                    call,
                    "Refused, and a database that was written to",
                    "a database as it was",
                    "Look first, then write.",
                )
    old = old_database()
    ends_well(
        Run(answer, old, state(), source="staging", portion=PORTION),
        old,
        "copy_venues(…, 'staging')",
        "An empty one may be filled.",
    )


# 06.2 --------------------------------------------------------------------------------------------

remote = Exercise(
    number="06.2",
    title="The other half of the facade",
    kind="write",
    minutes=14,
    provides=(
        "get_event",
        "get_bands",
        "BandContract",
        "EventContract",
        "EventNotFound",
        "CatalogUnavailable",
        "request_id",
    ),
    review="One answer reads each contract by hand, the other from the contract's own fields. A colleague adds a field to "
    "BandContract and to the service, on the same day: what happens with each, and which of the two must be deployed first?",
)

CATALOG = "http://catalog.internal/api/v1"
SECONDS = 2


class Service:
    """The catalogue's service, as its API says. `instead` may answer in its place."""

    def __init__(self, bands: int = 60, instead=None):
        self.bands = {
            n: {"id": n, "name": f"Row {n}", "price": f"{10 + n}.{n % 10}0"} for n in range(1, bands + 1)
        }
        self.event = {
            "id": 7,
            "title": "Salt and Starlight",
            "starts_at": "2031-05-01T19:30:00.000250+02:00",
            "bands": [self.bands[n] for n in (3, 1, 2)],
        }
        self.instead = instead

    def __call__(self, call):
        if self.instead:
            return self.instead(call)
        parts = urlsplit(call.url)
        base = urlsplit(CATALOG)
        path = parts.path.removeprefix(f"{base.path}/")
        if (parts.netloc, call.method) != (base.netloc, "GET"):
            return 404, "<h1>There is nothing here</h1>"
        if path == "bands":
            return self.some(parse_qsl(parts.query))
        if path == "events/7":
            return 200, self.event
        if path.startswith("events/") and path.removeprefix("events/").isdigit():
            return 404, problem("event-not-found", 404)
        return 404, "<h1>There is nothing here</h1>"

    def some(self, query):
        try:
            ((name, text),) = query
            wanted = [int(number) for number in text.split(",")]
        except ValueError:
            return 400, problem("invalid", 400)
        if name != "ids":
            return 400, problem("invalid", 400)
        return 200, {str(n): self.bands[n] for n in wanted if n in self.bands}


def problem(name: str, status: int) -> dict:
    return {"type": f"urn:boxoffice:{name}", "status": status, "detail": "A sentence for people."}


def answered(answer, service, ask, call: str, step: str = ""):
    """(what was returned, the calls); an answer that says CatalogUnavailable of a service that is well is rejected."""
    with wire(service) as line:
        try:
            return ask(), line.calls
        except (answer.CatalogUnavailable, answer.EventNotFound) as trouble:
            asked = ", ".join(f"{c.method} {c.url}" for c in line.calls) or "no call"
            reject(
                call,
                f"{type(trouble).__name__}, after {asked}",
                "the contract: the service is well, and has it",
                step or f"The addresses are {CATALOG}/events/7 and {CATALOG}/bands?ids=3,5.",
            )


def contract(answer, body: dict):
    return answer.BandContract(id=body["id"], name=body["name"], price=Decimal(body["price"]))


def same(answer, got, right, call: str) -> None:
    """Equal, and of the same types all the way down."""
    if differing := unlike(got, right, "the answer"):
        where, mine, expected = differing
        reject(
            call, f"{where}: {mine}", expected, "Whoever asks must not be able to tell the two halves apart."
        )


def unlike(got, right, where: str):
    """(where, what came, what was expected) of the first place that is unlike, to the last digit; else None."""
    kinds = type(got).__name__, type(right).__name__
    if type(got) is not type(right):
        return where, f"{got!r}, a {kinds[0]}", f"a {kinds[1]}"
    if isinstance(right, dict):
        if [type(key) for key in got] != [type(key) for key in right] or set(got) != set(right):
            return f"the keys of {where}", f"{list(got)[:4]}", f"{list(right)[:4]}"
        return next(
            (found for key in right if (found := unlike(got[key], right[key], f"{where}[{key}]"))), None
        )
    if isinstance(right, tuple):
        if len(got) != len(right):
            return where, f"{len(got)} of them", f"{len(right)}"
        pairs = enumerate(zip(got, right, strict=True))
        return next((found for n, (a, b) in pairs if (found := unlike(a, b, f"{where}[{n}]"))), None)
    if hasattr(right, "__dataclass_fields__"):
        for name in right.__dataclass_fields__:
            if found := unlike(getattr(got, name, "nothing"), getattr(right, name), f"{where}.{name}"):
                return found
        return None
    if isinstance(right, datetime) and got.tzinfo is None:
        return where, f"{got!r}, a time of no zone", f"{right!r}"
    alike = str(got) == str(right) if isinstance(right, Decimal) else got == right
    return None if alike else (where, repr(got), repr(right))


@remote.requirement(
    "R1",
    "the same contracts as a function call gives: keys are numbers, prices Decimals to the last digit, times with their zone, "
    "the event's bands a tuple in the service's order; unknown ids are left out",
    hints=(
        "What does JSON make of a Decimal, a datetime, a tuple, and of a dict whose keys are numbers?",
        "Look at each field of the contracts, and at what comes over the wire in its place: print response.json().",
        "A small function for each contract: BandContract(id=…, name=…, price=Decimal(…)), and int(…) around the keys.",
    ),
)
def same_contracts(answer):
    service = Service()
    right = {n: contract(answer, service.bands[n]) for n in (3, 20)}
    for ids, shown in (
        ([3, 20], "[3, 20]"),
        ([20, 3, 20, 9999], "[20, 3, 20, 9999], of which 9999 is unknown"),
    ):
        call = f"get_bands({shown})"
        got, _ = answered(answer, service, lambda ids=ids: answer.get_bands(ids), call)
        same(answer, got, right, call)
    call = "get_bands(a generator of 3 and 20)"
    got, _ = answered(answer, service, lambda: answer.get_bands(n for n in (3, 20)), call)
    same(answer, got, right, call)
    event = answer.EventContract(
        id=7,
        title="Salt and Starlight",
        starts_at=datetime.fromisoformat(service.event["starts_at"]),
        bands=tuple(contract(answer, body) for body in service.event["bands"]),
    )
    got, _ = answered(answer, service, lambda: answer.get_event(7), "get_event(7)")
    same(answer, got, event, "get_event(7)")
    service.event = {**service.event, "starts_at": "2031-05-01T17:30:00Z", "bands": []}
    event = answer.EventContract(7, "Salt and Starlight", datetime(2031, 5, 1, 17, 30, tzinfo=UTC), ())
    call = "get_event(7), moved to 17:30 UTC, and without bands"
    got, _ = answered(answer, service, lambda: answer.get_event(7), call)
    same(answer, got, event, call)
    answered(answer, service, lambda: answer.get_bands([3]), "get_bands([3])")
    service.bands[3] = {**service.bands[3], "price": "1234567890123456789.125"}
    call = "get_bands([3]), after the price has changed in the service"
    got, _ = answered(answer, service, lambda: answer.get_bands([3]), call)
    same(answer, got, {3: contract(answer, service.bands[3])}, call)


@remote.requirement(
    "R2",
    "50 ids are one call, and none is none",
    hints=(
        "How long does a basket with 50 seats take, at 5 ms a call?",
        "The service takes many numbers in one address: ?ids=3,5. What would it make of ?ids= with none?",
        "Collect the ids in one text with commas, ask once; and return early when there is nothing to ask.",
    ),
)
def one_call(answer):
    service = Service()
    for ids, most in ((list(range(1, 51)), 1), ([], 0), ([4] * 50, 1)):
        call = f"get_bands of {len(ids)} ids" + (", all the same" if ids and len(set(ids)) == 1 else "")
        for given in (ids, iter(ids)):
            step = "" if ids else "There is nothing to ask: no call, and an empty dict."
            got, calls = answered(answer, service, lambda given=given: answer.get_bands(given), call, step)
            if len(calls) != most:
                reject(
                    call, f"{len(calls)} calls", f"{most}", "A function call is cheap, an HTTP call is not."
                )
            if len(got) != len(set(ids)):
                reject(
                    call, f"{len(got)} bands", f"{len(set(ids))}", "Each id that is known is in the answer."
                )


NOT_FOUND = {
    "a page of a proxy's": (404, "<h1>404 Not Found</h1>"),
    "a problem of another type": (404, {"type": "about:blank", "status": 404}),
    "JSON that is no problem": (404, {"detail": "Not found."}),
    "a list": (404, ["event-not-found"]),
    "nothing at all": (404, ""),
}


@remote.requirement(
    "R3",
    "EventNotFound when the service says event-not-found, and for no other 404",
    hints=(
        "Who else may answer 404, when an address is wrong or a proxy has lost its route?",
        "Look at the body: a problem has a `type`, and the type is for programs.",
        "On a 404, read the body as JSON; only if it is a dict whose type is the one in the task, EventNotFound.",
    ),
)
def not_found(answer):
    with wire(Service()):
        try:
            got = repr(answer.get_event(8))
        except answer.EventNotFound:
            got = ""
        except answer.CatalogUnavailable as trouble:
            got = f"CatalogUnavailable: {trouble}"
    if got:
        reject(
            "get_event(8), which the service does not have",
            got,
            "EventNotFound",
            "It said so: look at the problem's type.",
        )
    for what, (status, body) in NOT_FOUND.items():
        unavailable(
            answer,
            lambda: answer.get_event(7),
            lambda _, status=status, body=body: (status, body),
            f"get_event(7), answered with 404 and {what}",
            "Nobody who knows the catalogue has said that there is no such event.",
        )
        unavailable(
            answer,
            lambda: answer.get_bands([3]),
            lambda _, status=status, body=body: (status, body),
            f"get_bands([3]), answered with 404 and {what}",
            "Nobody who knows the catalogue has said that there is no such band.",
        )


def unavailable(answer, ask, reply, call: str, step: str) -> None:
    with wire(reply) as line:
        try:
            got = f"{ask()!r}"
        except answer.CatalogUnavailable:
            if len(line.calls) <= 2:
                return
            got = f"CatalogUnavailable, after {len(line.calls)} calls"
            step = "One more try may help. More of them keep a buyer waiting, and a service down that is trying to get up."
        except Exception as trouble:
            got = f"{type(trouble).__name__}: {trouble}"
    reject(call, got, "CatalogUnavailable", step)


def troubles():
    import requests

    def raising(kind):
        def reply(_):
            raise kind("trouble on the line")

        return reply

    for kind in (
        requests.ConnectionError,
        requests.ConnectTimeout,
        requests.ReadTimeout,
        requests.exceptions.SSLError,
        requests.exceptions.ChunkedEncodingError,
        requests.TooManyRedirects,
    ):
        yield f"when the line gives {kind.__name__}", raising(kind)
    well = Service()
    for status in (500, 502, 503, 504, 429, 302):
        yield f"answered with {status} and a page", lambda _, status=status: (status, "<h1>Sorry</h1>")
        yield f"answered with {status} and JSON", lambda call, status=status: (status, well(call)[1])


@remote.requirement(
    "R4",
    "nobody there, too late, or a status that is no success: CatalogUnavailable, from both functions, after two calls at most",
    hints=(
        "Which exceptions may requests raise, and what would a caller have to import to catch them?",
        "Look for the one class that all of requests' exceptions share; and at what requests does with a 503: nothing.",
        "try … except around the call for everything that requests raises; then a look at the status before the body.",
    ),
)
def nobody(answer):
    for what, reply in troubles():
        step = "The caller knows the catalogue's own exceptions, and nothing of HTTP."
        unavailable(answer, lambda: answer.get_bands([3, 5]), reply, f"get_bands([3, 5]), {what}", step)
        unavailable(answer, lambda: answer.get_event(7), reply, f"get_event(7), {what}", step)


def spoilt(service: Service):
    """(what is wrong, body for get_bands, body for get_event); None where it cannot be."""
    band, event = service.bands[3], service.event
    for what, changed in {
        "a band without its price": {k: v for k, v in band.items() if k != "price"},
        "a band without its name": {k: v for k, v in band.items() if k != "name"},
        "a price of null": {**band, "price": None},
        "the price 'twelve'": {**band, "price": "twelve"},
        "the price 'NaN'": {**band, "price": "NaN"},
        "the price 'Infinity'": {**band, "price": "Infinity"},
        "null for a band": None,
        "a text for a band": "Stalls",
    }.items():
        yield what, {"3": changed}, {**event, "bands": [band, changed]}
    for what, changed in {
        "an event without a time": {k: v for k, v in event.items() if k != "starts_at"},
        "an event without bands, not even none": {k: v for k, v in event.items() if k != "bands"},
        "bands of null": {**event, "bands": None},
        "a time of no zone": {**event, "starts_at": "2031-05-01T19:30:00"},
        "the time 'soon'": {**event, "starts_at": "soon"},
        "a time of null": {**event, "starts_at": None},
    }.items():
        yield what, None, changed
    yield "a number that is none", {"three": band}, None
    for what, body in {
        "a page of HTML": "<h1>Welcome</h1>",
        "half a body": '{"3": {"id": 3, "na',
        "no text": b"\xff\xfe\xfa",
        "nothing": "",
        "null": None,
        "a list": [1],
        "a number": 7,
    }.items():
        body = "null" if body is None else body
        yield what, body, body


@remote.requirement(
    "R5",
    "a field that you do not know is passed over; one that is missing, or makes no sense, is CatalogUnavailable: also a price "
    "that is no amount, a time without a zone, a body that is no JSON",
    hints=(
        "The service adds a field on Monday. On Tuesday it breaks and sends a page of HTML with status 200. What do you do on each day?",
        "Look at every expression that reads from the body: what can it raise? Decimal('twelve') raises no ValueError. "
        "And Decimal('NaN') raises nothing.",
        "Pick the fields that you know by name, and turn what reading them may raise into CatalogUnavailable, in one place; "
        "then look whether amount and time are what you wanted.",
    ),
)
def tolerant(answer):
    service = Service()
    plain = contract(answer, service.bands[3])
    more = {**service.bands[3], "colour": "red", "seats": [1, 2]}
    service.bands[3] = more
    service.event = {**service.event, "bands": [more], "presented_by": "Ada", "links": {"self": "/"}}
    call = "get_bands([3]), with a field that nobody knows"
    got, _ = answered(answer, service, lambda: answer.get_bands([3]), call)
    same(answer, got, {3: plain}, call)
    call = "get_event(7), with fields that nobody knows"
    got, _ = answered(answer, service, lambda: answer.get_event(7), call)
    same(answer, got.bands, (plain,), call)
    for what, bands, event in spoilt(Service()):
        step = "An answer that cannot be read is no answer."
        for name, body in (("get_bands([3])", bands), ("get_event(7)", event)):
            if body is not None:
                ask = (
                    (lambda: answer.get_bands([3]))
                    if bands is body and name[4] == "b"
                    else (lambda: answer.get_event(7))
                )
                call = f"{name}, answered with 200 and {what}"
                unavailable(answer, ask, lambda _, body=body: (200, body), call, step)


@remote.requirement(
    "R6",
    "every call waits SECONDS at most, and carries the request's id as X-Request-ID",
    hints=(
        "How long does requests wait if you do not say?",
        "Look at the arguments of requests.get: timeout and headers. And when do you look at request_id?",
        "timeout=SECONDS, and headers with request_id.get(), both where the call is made: the id is another one in each request.",
    ),
)
def every_call(answer):
    asks = {"get_bands([3])": lambda: answer.get_bands([3]), "get_event(7)": lambda: answer.get_event(7)}
    for number, (name, ask) in enumerate([*asks.items(), *asks.items()]):
        wanted = f"find-me-{number}"
        token = answer.request_id.set(wanted)
        try:
            _, calls = answered(answer, Service(), ask, name)
        finally:
            answer.request_id.reset(token)
        if not calls:
            reject(name, "no call through requests", "one call", "Ask the service, each time.")
        for call in calls:
            parts = call.timeout if isinstance(call.timeout, tuple) else (call.timeout,)
            if not all(isinstance(part, int | float) and 0 < part <= SECONDS for part in parts):
                reject(
                    name,
                    f"a call with timeout={call.timeout}",
                    f"timeout={SECONDS} or less",
                    "A thread that waits for a dead service waits for ever, and the page with it.",
                )
            got = {key.lower(): value for key, value in call.headers.items()}.get("x-request-id")
            got = got.decode(errors="replace") if isinstance(got, bytes) else got
            if got != wanted:
                reject(
                    f"{name}, in the request {wanted}",
                    f"X-Request-ID: {got}",
                    f"X-Request-ID: {wanted}",
                    "Without it, nobody finds the two services' log lines of one request.",
                )


# 06.3 --------------------------------------------------------------------------------------------

both = Exercise(
    number="06.3",
    title="Old answer, new answer",
    kind="write",
    minutes=16,
    provides=("parallel",),
    limit=5,
    review="The answer is a dict, and whoever asked may change it before it is compared. Which of the two answers would then "
    "report a difference that is none, and what of the book's contracts makes the question go away?",
)


class Named:
    """A function that is shown by a name, should the answer raise."""

    def __init__(self, name, act):
        self.name, self.act = name, act

    def __call__(self, *arguments):
        return self.act(*arguments)

    def __repr__(self):
        return self.name


class Asked:
    """One question, asked in parallel. An exception as `old` or `new` is raised. Jobs are done after the answer."""

    def __init__(self, answer, old, new, refuses: bool = False):
        self.old, self.new = old, new
        self.asked, self.before, self.jobs, self.recorded = {"old": 0, "new": 0}, False, [], []
        self.returned = self.raised = self.in_the_job = None
        self.back, self.refuses = False, refuses
        try:
            self.returned = answer.parallel(
                Named("old", self.ask_old),
                Named("new", self.ask_new),
                Named("record", self.record),
                Named("beside", self.beside),
            )
        except Exception as problem:
            if problem is not old:
                raise
            self.raised = problem
        self.back = True
        for job in self.jobs:
            try:
                job()
            except Exception as problem:
                self.in_the_job = problem

    def ask_old(self):
        self.asked["old"] += 1
        return self.say(self.old)

    def ask_new(self):
        self.asked["new"] += 1
        self.before = self.before or not self.back
        return self.say(self.new)

    def say(self, what):
        if isinstance(what, Exception):
            raise what
        return what

    def record(self, *told):
        self.recorded.append(told)

    def beside(self, job):
        if self.refuses:
            raise RuntimeError("everybody is busy")
        if not callable(job):
            reject("beside(job)", f"a {type(job).__name__}", "a function", "Give the work, not its result.")
        self.jobs.append(job)

    def told(self) -> str:
        found = f"{len(self.recorded)} recorded" if self.recorded else "nothing recorded"
        if self.in_the_job:
            found += f" (the job raised {type(self.in_the_job).__name__}: {self.in_the_job})"
        return found


STALLS = {"id": 1, "name": "Stalls", "price": "12.50"}
CIRCLE = {"id": 2, "name": "Circle", "price": "9.00"}


def evening(**changes) -> dict:
    """A body as both sides give it; a change of ... takes the field away."""
    body = {
        "id": 7,
        "title": "Salt and Starlight",
        "generated_at": "2031-05-01T10:00:00Z",
        "starts_at": "2031-06-01T19:30:00Z",
        "from_price": "9.00",
        "subtitle": None,
        "acts": ["Overture", "Storm", "Encore"],
        "bands": [STALLS, CIRCLE],
    }
    return copy.deepcopy({key: value for key, value in {**body, **changes}.items() if value is not ...})


@both.requirement(
    "R1",
    "whoever asks gets what `old` gave, as it is, or the exception that it raised; `old` is asked once",
    hints=(
        "What does the caller get back: old's answer, or something that you made of it?",
        "Look for .pop, .sort and del on what old gave. And at an exception: who is to see it?",
        "Keep what old gave, or what it raised; at the end return the one, or raise the other, untouched.",
    ),
)
def old_answers(answer):
    lost = LookupError("there is no such event")
    for new, what in (
        (evening(), "the same"),
        (evening(title="Wrong"), "another answer"),
        (lost, "an exception"),
    ):
        given = evening(bands=[CIRCLE, STALLS])
        kept = copy.deepcopy(given)
        run = Asked(answer, given, new)
        call = f"parallel(…), where new gives {what}"
        if run.returned is not given:
            reject(
                call,
                f"{run.returned!r}"[:200],
                "old's answer itself",
                "The new half is on probation: it answers nobody.",
            )
        if list(given.items()) != list(kept.items()) or given["bands"] != kept["bands"]:
            reject(
                call,
                "an answer that was changed when it was compared",
                "old's answer, untouched",
                "The caller holds the same dict and lists as you: make new ones to compare.",
            )
        once(run, call)
    run = Asked(answer, lost, evening())
    call = "parallel(…), where old raises LookupError"
    if run.raised is not lost:
        reject(
            call, f"{run.returned!r}", "the same LookupError, raised", "An exception is old's answer, too."
        )
    once(run, call)
    for given in (None, [], "", 0):
        run = Asked(answer, given, evening())
        if run.returned is not given:
            reject(
                f"parallel(…), where old gives {given!r}",
                f"{run.returned!r}",
                f"{given!r}",
                "Whatever it is.",
            )


def once(run: Asked, call: str) -> None:
    if run.asked["old"] != 1:
        reject(
            call,
            f"old asked {run.asked['old']} times",
            "once",
            "Asking twice costs twice, and may answer twice.",
        )


@both.requirement(
    "R2",
    "nobody waits for `new`: it is asked once, in a job that `beside` is given; should `beside` raise, nobody notices either",
    hints=(
        "The new service hangs for ten seconds. Who waits?",
        "Look at when your code calls new(): before parallel returns, or in a function that somebody else calls later?",
        "Define a function inside that asks new and compares; hand the function itself to beside, in a try.",
    ),
)
def nobody_waits(answer):
    call = "parallel(…), and everything that beside was given"
    for old, new in ((evening(), evening()), (evening(), LookupError("no")), (LookupError("no"), evening())):
        run = Asked(answer, old, new)
        if run.before:
            reject(
                "parallel(…)",
                "new asked before the caller was answered",
                "new asked in a job, later",
                "Use beside(job).",
            )
        if run.asked["new"] != 1:
            reject(
                call,
                f"new asked {run.asked['new']} times, in {len(run.jobs)} jobs",
                "once, in a job",
                "beside wants a function without arguments that asks, compares and records.",
            )
    given = evening()
    try:
        run = Asked(answer, given, evening(), refuses=True)
        got = (
            "another answer"
            if run.returned is not given
            else "old asked twice"
            if run.asked["old"] != 1
            else ""
        )
        got = "new asked before the caller was answered" if run.before else got
    except RuntimeError as problem:
        got = f"RuntimeError: {problem}"
    if got:
        call = "parallel(…), while beside raises RuntimeError: everybody is busy"
        reject(
            call,
            got,
            "old's answer",
            "What is not compared today is compared tomorrow; the buyer is here now.",
        )
    lost = LookupError("there is no such event")
    if Asked(answer, lost, evening(), refuses=True).raised is not lost:
        reject(
            "parallel(…), while beside and old raise",
            "something else",
            "old's exception",
            "It is old's answer.",
        )


NOTHING = object()  # stands for a field or an item that is not there


def apart(old, new, path: str = "") -> list[tuple]:
    """(path, what old has, what new has) of the smallest parts that two answers do not share."""
    if isinstance(old, dict) and isinstance(new, dict):
        if old.keys() == new.keys() and list(old) != list(new):
            return [(f"the keys of {path or 'the answer'}", list(old), list(new))]
        return [
            part
            for name in {**old, **new}
            for part in apart(old.get(name, NOTHING), new.get(name, NOTHING), f"{path}.{name}".lstrip("."))
        ]
    if isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        pairs = enumerate(zip(old, new, strict=True))
        unlike = [found for n, (mine, other) in pairs if (found := apart(mine, other, f"{path}[{n}]"))]
        if len(unlike) > 1 and not as_json([old, new], 300).endswith("…"):
            return [(path, old, new)]  # of two items that changed places, the whole list says more
        return [part for found in unlike for part in found]
    return [] if type(old) is type(new) and old == new else [(path or "the answer", old, new)]


def as_json(value, most: int = 160) -> str:
    """A part of an answer as the wire has it."""
    if value is NOTHING:
        return "no such field"
    if isinstance(value, Exception):
        return f"{type(value).__name__} raised"
    try:
        text = json.dumps(value, default=repr, ensure_ascii=False)
    except (TypeError, ValueError):
        text = repr(value)
    return text if len(text) <= most else f"{text[: most - 1]}…"


def unlike_in(old, new) -> str:
    """Where two answers differ, in words: the smallest parts, the first three of them."""
    parts = apart(old, new)
    said = [f"{path}: old {as_json(mine)}, new {as_json(other)}" for path, mine, other in parts[:3]]
    return "; ".join(said + [f"and {len(parts) - 3} more"] * (len(parts) > 3)) or "both are the same"


def recorded(run: Asked, count: int, call: str, step: str) -> None:
    """So many differences are recorded, with both answers as they were given, and the job came to its end."""
    call = f"{call} ({unlike_in(run.old, run.new)})"
    if len(run.recorded) != count or run.in_the_job:
        reject(
            call, run.told(), "recorded once" if count else "nothing recorded: that is no difference", step
        )
    for told in run.recorded:
        if len(told) != 2:
            reject(
                call,
                f"record with {len(told)} arguments",
                "record(old's, new's)",
                "Two answers, in this order.",
            )
        for whose, mine, right in zip(("old", "new"), told, (run.old, run.new), strict=True):
            if mine is not right and (type(mine) is not type(right) or mine != right):
                path, kept, given = next(iter(apart(mine, right)), ("the answer", mine, right))
                reject(
                    call,
                    f"record(…) with another answer of {whose}'s: {path} is {as_json(kept)}",
                    f"{as_json(given)}, as {whose} gave it",
                    "Both answers as they were given: compare copies.",
                )


def turned(band: dict) -> dict:
    """The same with its keys in another order."""
    return dict(reversed(band.items()))


KEYS = "Whatever you sort or compare by, make it the same for {a, b} and {b, a}; inside of a list, too."
BANDS = "What puts your bands in order, or finds the one that belongs to another? It must not see what is no difference."
AMOUNT = "As amounts they are equal: compare the numbers, wherever they stand."
LEFT_OUT = "The stub's PASSED_OVER: leave it out before you compare, at any depth."
EQUAL = "Two equal texts are the same, whatever they mean: what is your NaN equal to?"
SEATS = {"area": {"floor": 1, "side": "left"}, "id": 3}
BOXES = {**SEATS, "id": 4}
ZED, ABE = {"id": 1, "name": "Z"}, {"id": 2, "name": "A"}
DEAR, CHEAP = {"price": "12.50", "row": "A"}, {"price": "12.50", "row": "B"}

SAME = {
    "the same": (evening(), evening(), "Nothing differs: what did you compare?"),
    "its keys in another order": (evening(), turned(evening()), KEYS),
    "the bands in another order": (evening(), evening(bands=[CIRCLE, STALLS]), BANDS),
    "the bands and their keys in another order": (evening(), evening(bands=[turned(CIRCLE), STALLS]), BANDS),
    "the keys of one band in another order": (evening(), evening(bands=[turned(STALLS), CIRCLE]), KEYS),
    "12.5 for 12.50": (evening(), evening(bands=[{**STALLS, "price": "12.5"}, CIRCLE]), AMOUNT),
    "a from_price of 9 for 9.00": (evening(), evening(from_price="9"), AMOUNT),
    "12.5 for 12.50, and the bands in another order": (
        evening(),
        evening(bands=[CIRCLE, {**STALLS, "price": "12.5"}]),
        BANDS,
    ),
    "another generated_at": (evening(), evening(generated_at="2031-05-01T10:00:03Z"), LEFT_OUT),
    "another generated_at in each band, and another order": (
        evening(bands=[{**STALLS, "generated_at": "a"}, {**CIRCLE, "generated_at": "b"}]),
        evening(bands=[{**CIRCLE, "generated_at": "a"}, {**STALLS, "generated_at": "b"}]),
        LEFT_OUT,
    ),
    "all of it, in a list of events": (
        [evening(), evening(id=8)],
        [evening(bands=[CIRCLE, STALLS], generated_at="x"), evening(id=8, from_price="9.0")],
        "The three sets name fields wherever they stand: at any depth, and in lists.",
    ),
    "all of it, deeper": (
        {"page": {"events": [evening()]}},
        {"page": {"events": [evening(bands=[CIRCLE, STALLS], generated_at="x")]}},
        "The three sets name fields wherever they stand: at any depth, and in lists.",
    ),
    "no bands": (evening(bands=[], from_price=None), evening(bands=[], from_price=None), "Nothing differs."),
    "two bands alike but for the number, in another order": (
        evening(bands=[{**STALLS, "id": 3}, STALLS]),
        evening(bands=[STALLS, {**STALLS, "id": 3}]),
        BANDS,
    ),
    "null for a whole answer": (None, None, "Nothing differs."),
    "the bands and the other one's keys in another order": (
        evening(),
        evening(bands=[CIRCLE, turned(STALLS)]),
        BANDS,
    ),
    "the bands in another order, with the name first": (
        evening(bands=[ZED, ABE]),
        evening(bands=[turned(ABE), turned(ZED)]),
        BANDS,
    ),
    "the bands in another order, and the keys within one": (
        evening(bands=[SEATS, BOXES]),
        evening(bands=[BOXES, {**SEATS, "area": turned(SEATS["area"])}]),
        BANDS,
    ),
    "12.5 for 12.50 in one of two bands that cost the same": (
        evening(bands=[DEAR, CHEAP]),
        evening(bands=[DEAR, {**CHEAP, "price": "12.5"}]),
        BANDS,
    ),
    "12.5 for 12.50 in one of two bands that cost the same, in another order": (
        evening(bands=[DEAR, CHEAP]),
        evening(bands=[CHEAP, {**DEAR, "price": "12.5000"}]),
        BANDS,
    ),
    "the text NaN for from_price, as old does": (evening(from_price="NaN"), evening(from_price="NaN"), EQUAL),
    "the text sNaN for a price, as old does": (
        evening(bands=[{**STALLS, "price": "sNaN"}]),
        evening(bands=[{**STALLS, "price": "sNaN"}]),
        EQUAL,
    ),
    "the text twelve for from_price, as old does": (
        evening(from_price="twelve"),
        evening(from_price="twelve"),
        EQUAL,
    ),
}


@both.requirement(
    "R3",
    "no difference: the order of keys; the order of `bands`; 12.5 for 12.50 where the field is an amount; whatever stands in "
    "`generated_at`; two equal texts, be they an amount or not",
    hints=(
        "What would old() == new() call a difference that no buyer would?",
        "Look at the three sets in the stub: they name the fields that are special, wherever they stand. Then look at what "
        "you sort by: does it change with the order of keys, or with 12.5 for 12.50?",
        "A function that walks both answers, or one that makes a plain form of each, with the field's name at hand; it calls "
        "itself for what is inside, before anything around it is put in order or counted.",
    ),
)
def no_difference(answer):
    for what, (old, new, step) in SAME.items():
        recorded(Asked(answer, old, new), 0, f"parallel(…), where new gives {what}", step)


PENNY = "Two amounts are equal only if they are so to the last digit: which of your steps rounds?"
LOST = "A list has each band as often as it is in it: which of your steps loses one, or stops early?"
NULL = "null is a value: neither nothing, nor nought, nor a field that is not there."
ORDER = "`bands` alone is in no order: what is in order there, and what did you put in order?"
TEXT = "Under any other name a text is what it is, to the letter."
TYPE = "Python takes some values of two types for equal, JSON does not: compare the types, too."

DIFFERENT = {
    "a penny more": (evening(), evening(bands=[{**STALLS, "price": "12.51"}, CIRCLE]), PENNY),
    "a penny more, of much": (
        evening(from_price="90071992547409930.01"),
        evening(from_price="90071992547409930.02"),
        PENNY,
    ),
    "a tenth of a penny less": (evening(from_price="9.001"), evening(), PENNY),
    "a band less": (evening(), evening(bands=[STALLS]), LOST),
    "no bands": (evening(), evening(bands=[]), LOST),
    "a band more": (evening(), evening(bands=[STALLS, CIRCLE, {**CIRCLE, "id": 3}]), LOST),
    "one band twice": (evening(), evening(bands=[STALLS, CIRCLE, CIRCLE]), LOST),
    "the other of two bands twice": (
        evening(bands=[STALLS, STALLS, CIRCLE]),
        evening(bands=[STALLS, CIRCLE, CIRCLE]),
        LOST,
    ),
    "the prices of two bands changed round": (
        evening(),
        evening(bands=[{**STALLS, "price": "9.00"}, {**CIRCLE, "price": "12.50"}]),
        "A band is one thing: compare all of it with all of another.",
    ),
    "no subtitle, where old says null": (evening(), evening(subtitle=...), NULL),
    "null, where old has no such field": (evening(), evening(remark=None), NULL),
    "null for a price": (evening(), evening(from_price=None), NULL),
    "a price, where old says null": (evening(from_price=None), evening(), NULL),
    "0.00, where old says null": (evening(from_price=None), evening(from_price="0.00"), NULL),
    "the acts in another order": (evening(), evening(acts=["Storm", "Overture", "Encore"]), ORDER),
    "an act less": (evening(), evening(acts=["Overture", "Storm"]), LOST),
    "the title 12.5 for 12.50": (evening(title="12.50"), evening(title="12.5"), TEXT),
    "another starts_at": (evening(), evening(starts_at="2031-06-01T19:30:03Z"), TEXT),
    "a blank behind the title": (evening(), evening(title="Salt and Starlight "), TEXT),
    "a minus before a price": (evening(), evening(from_price="-9.00"), PENNY),
    "the rows of a band in another order": (
        evening(bands=[{**STALLS, "rows": ["A", "B"]}]),
        evening(bands=[{**STALLS, "rows": ["B", "A"]}]),
        ORDER,
    ),
    "a title in capitals": (evening(), evening(title="SALT AND STARLIGHT"), TEXT),
    "the number 7 as a text": (evening(), evening(id="7"), TYPE),
    "true for 1": (evening(row=1), evening(row=True), TYPE),
    "0 for false": (evening(sold_out=False), evening(sold_out=0), TYPE),
    "true for 1, in a band": (evening(bands=[STALLS]), evening(bands=[{**STALLS, "id": True}]), TYPE),
    "the number 9 for an amount": (
        evening(),
        evening(from_price=9),
        "An amount is a text: as a number it would pass through a float somewhere.",
    ),
    "an empty text for null": (evening(), evening(subtitle=""), NULL),
    "two events in another order": ([evening(), evening(id=8)], [evening(id=8), evening()], ORDER),
    "a title that is wrong, deeper": ({"page": [evening()]}, {"page": [evening(title="Salt")]}, TEXT),
}


@both.requirement(
    "R4",
    "a difference, recorded once with `record(old, new)`: a penny, a band that is missing or there twice, null for nothing or for "
    "no such field, another order of anything but `bands`, any other text, another type, such as true for 1 or 9 for the amount "
    '"9.00"',
    hints=(
        "Which difference of a penny does your comparison not see: of 12.50, and of 90071992547409930.01? And what "
        "is True == 1?",
        "Look for float, round, set, sorted and .get: each takes something for equal that is not.",
        "Amounts as Decimals; bands in one order, none of them lost, compared one by one; types and keys compared before "
        "values.",
    ),
)
def difference(answer):
    for what, (old, new, step) in DIFFERENT.items():
        recorded(Asked(answer, old, new), 1, f"parallel(…), where new gives {what}", step)
    one = evening(title="Wrong")
    kept = copy.deepcopy(one)
    run = Asked(answer, evening(), one)
    run.new = kept  # as it was when it was given
    recorded(run, 1, "parallel(…), where new has a wrong title", TEXT)
    if changed := apart(kept, one):
        path, given, left = changed[0]
        reject(
            "parallel(…), where new has a wrong title",
            f"an answer of new's that was changed: {path} is {as_json(left)}",
            as_json(given),
            "Compare copies.",
        )


@both.requirement(
    "R5",
    "an exception is an answer, too: one of the same type is no difference, and of another type, or on one side alone, it is",
    hints=(
        "The new service knows nothing of the event, and raises. Is that news? And if the old one raises as well?",
        "Look at where you call new(): who gets what it raises? And what of two exceptions does your comparison compare?",
        "Ask each in a try that keeps the exception as the answer; of two exceptions, compare the types.",
    ),
)
def exceptions(answer):
    for old, new, count in (
        (LookupError("there is no such event"), LookupError("no event 7"), 0),
        (LookupError("there is no such event"), TimeoutError("too late"), 1),
        (LookupError("there is no such event"), evening(), 1),
        (evening(), LookupError("there is no such event"), 1),
        (evening(), ZeroDivisionError("a fault of the new one"), 1),
        (LookupError("there is no such event"), None, 1),
        (None, LookupError("there is no such event"), 1),
    ):
        said = [
            f"raises {type(x).__name__}: {x}" if isinstance(x, Exception) else f"answers {as_json(x, 40)}"
            for x in (old, new)
        ]
        call = f"parallel(…), where old {said[0]}, and new {said[1]}"
        run = Asked(answer, old, new)
        if len(run.recorded) != count or run.in_the_job:
            reject(
                call,
                run.told(),
                "recorded once" if count else "nothing recorded: that is no difference",
                "What was raised is what was answered; the type says what happened, the text is for people.",
            )
        for whose, right, told in zip(
            ("old", "new"), (old, new), run.recorded[0] if count else (), strict=False
        ):
            if told is not right and told != right:
                reject(
                    call,
                    f"record(…) with {as_json(told, 80)} for {whose}'s",
                    f"{whose}'s exception or answer, as it was given",
                    "Keep the exception itself, and hand it to record.",
                )


GARBAGE = {
    "null for a whole answer": None,
    "an empty list for the event": [],
    "a list for the event": [1, None, "x"],
    "a page of HTML": "<h1>Sorry</h1>",
    "a number": 7,
    "an event without a field": {},
    "a price in words": evening(from_price="twelve"),
    "an empty price": evening(from_price=""),
    "a list for a price": evening(from_price=["9.00"]),
    "an object for a price": evening(from_price={"pounds": 9}),
    "NaN for a price": evening(from_price="NaN"),
    "sNaN for a price": evening(from_price="sNaN"),
    "null for the bands": evening(bands=None),
    "a text for the bands": evening(bands="none"),
    "an object for the bands": evening(bands={"1": STALLS}),
    "null for a band": evening(bands=[None, STALLS]),
    "numbers, texts and null among the bands": evening(bands=[1, "x", None, STALLS]),
    "a band without a number": evening(bands=[{"name": "Stalls"}, STALLS]),
    "an object for a list": evening(acts={"first": "Overture"}),
    "an object for a text": evening(subtitle={"de": "Salz"}),
}


@both.requirement(
    "R6",
    "nothing that `new` answers makes the job fail: what makes no sense is a difference, recorded once",
    hints=(
        "What does the new half answer on its worst day, where you await an amount, or a list of bands?",
        "Look at what your comparison does with the price 'twelve', with None for the bands, with a list for an event.",
        "Compare types first; what cannot be read as an amount is compared as it is.",
    ),
)
def worst_day(answer):
    for what, new in GARBAGE.items():
        recorded(
            Asked(answer, evening(), new),
            1,
            f"parallel(…), where new gives {what}",
            "The worse the new half's answer is, the more you want to read of it: which line of yours trusts it?",
        )


# 06.4 --------------------------------------------------------------------------------------------

routing = Exercise(
    number="06.4",
    title="The route, flipped by a file",
    kind="fix",
    minutes=12,
    core=False,
    provides=("RouteFile", "NoRoute"),
    limit=5,
    review="Both answers keep the last good route when the file is spoilt. Suppose that the file is spoilt when a new process "
    "starts, in the middle of the night: which way of failing would you rather be called for?",
)

_opened: list[str] = []


@contextmanager
def reads_of(path: Path):
    """A list that gets an entry for each time that somebody opens the file."""
    if not getattr(reads_of, "on", False):
        reads_of.on = True
        sys.addaudithook(lambda event, details: _opened.append(str(details[0])) if event == "open" else None)
    found: list[str] = []
    before = len(_opened)
    try:
        yield found
    finally:
        found += [name for name in _opened[before:] if Path(name).name == path.name]


class Place:
    """A folder with a route file, and ways to change it."""

    def __init__(self, folder: str, text: str | None = "embedded"):
        self.file = Path(folder, "route").resolve()
        self.moment = 1_900_000_000 * 10**9
        if text is not None:
            self.replace(text)

    def replace(self, text, age: int | None = None) -> None:
        """Put another file in its place, in one step. `age`: the nanoseconds that its time is after the last one's."""
        fresh = self.file.with_name("fresh")
        fresh.write_bytes(text if isinstance(text, bytes) else text.encode())
        self._date(fresh, age)
        time.sleep(0.01)  # clocks of file systems are coarse
        fresh.replace(self.file)

    def rewrite(self, text: str, age: int | None = None) -> None:
        """Write another text into the same file. `age` as above."""
        self.file.write_text(text)
        self._date(self.file, age)

    def _date(self, path: Path, age: int | None) -> None:
        self.moment += 10**9 if age is None else age
        os.utime(path, ns=(self.moment, self.moment))


@contextmanager
def errors():
    """A list that gets each record that is logged as an error or worse."""
    found = []
    handler = logging.Handler(logging.ERROR)
    handler.emit = found.append
    root = logging.getLogger()
    before = root.handlers[:]
    root.handlers[:] = [handler]
    try:
        yield found
    finally:
        root.handlers[:] = before


def says(route, right: str, call: str, step: str) -> None:
    got = route.route()
    if got != right:
        reject(call, repr(got), repr(right), step)


@routing.requirement(
    "R1",
    "route() says what the file says, blanks aside; the first call after the file was changed says the new one; two RouteFiles "
    "know nothing of each other",
    hints=(
        "Who has to start again when the file is changed?",
        "Look at what your object keeps between two calls, and at where it keeps that.",
        "With each call a look at the file's os.stat; and everything that is remembered stands on self.",
    ),
)
def follows(answer):
    with TemporaryDirectory() as one, TemporaryDirectory() as two, errors():
        place, other = Place(one), Place(two, "remote\n")
        route, second = answer.RouteFile(str(place.file)), answer.RouteFile(str(other.file))
        for _ in range(2):
            says(route, "embedded", "route() with a file that says embedded", "Read the file.")
            says(
                second,
                "remote",
                "route() of a second RouteFile, whose file says remote",
                "Each has a file of its own.",
            )
        for how, change in (("replaced by another", place.replace), ("written anew", place.rewrite)):
            for text in ("parallel", "embedded", "remote\n", "  parallel \n\n", "embedded", "remote"):
                change(text)
                for _ in range(2):
                    says(
                        route,
                        text.strip(),
                        f"route(), after the file was {how}, which says {text!r}",
                        "Look with each call.",
                    )
        says(
            second,
            "remote",
            "route() of the second RouteFile, after the first one's file was changed",
            "Keep it on self.",
        )
        place.replace("embedded")
        says(route, "embedded", "route(), with embedded in the file", "Look with each call.")
        other.replace("nonsense")
        says(
            second,
            "remote",
            "route() of the second RouteFile, after its own file was spoilt",
            "Keep it on self.",
        )


@routing.requirement(
    "R2",
    "the file is read once, not again while it is the same; another text in it is read, and another file in its place, even if it "
    "is as long, and not a second younger, or older",
    hints=(
        "What does a page with 200 questions to the catalogue cost you?",
        "Look at what os.stat tells: time, size, and the number of the file (st_ino). `embedded` and `parallel` are equally long.",
        "Keep what os.stat said when you last read: (st_mtime_ns, st_size, st_ino). Read when it is not equal; later or earlier does not matter.",
    ),
)
def reads_seldom(answer):
    with TemporaryDirectory() as folder, errors():
        place = Place(folder)
        route = answer.RouteFile(str(place.file))
        for text, right in (("embedded", "embedded"), ("remote", "remote"), ("nonsense", "remote")):
            place.replace(text)
            with reads_of(place.file) as reads:
                for _ in range(200):
                    says(route, right, f"route() with a file that says {text}", "Keep the last good one.")
            if len(reads) > 1:
                reject(
                    f"route(), 200 times, while the file says {text}",
                    f"the file opened {len(reads)} times",
                    "once",
                    "A look at its os.stat costs a microsecond; opening and reading it costs twenty.",
                )
        place.replace("embedded")
        says(route, "embedded", "route(), with embedded in the file", "Look with each call.")
        for what, age in (
            ("of the same time", 0),
            ("an hour older", -3600 * 10**9),
            ("younger by 0.1 s", 10**8),
        ):
            for text in ("parallel", "embedded"):
                place.replace(text, age)
                says(
                    route,
                    text,
                    f"route(), after a file {what} and as long was put in its place",
                    "It is not the file that you read.",
                )
        place.replace("embedded")
        says(route, "embedded", "route(), with embedded in the file", "Look with each call.")
        for text in ("parallel", "embedded"):  # the same file: only the digits behind its second are others
            place.rewrite(text, 10**8)
            says(
                route,
                text,
                "route(), after the file was written anew within the same second, and as long",
                "Its number and its size are the same: how exactly do you look at its time?",
            )

        place.replace("parallel")
        with replaced_after_reading(place, "embedded"):
            says(route, "parallel", "route(), with parallel in the file", "Look with each call.")
            says(
                route,
                "embedded",
                "route(), after the file was replaced between your reading it and your next look at it",
                "What you remember of the file's looks must not be younger than what you read: look first, then read.",
            )


@contextmanager
def replaced_after_reading(place: Place, text: str):
    """Once somebody has opened the file, another one is in its place before the next os.stat."""
    before, look = len(_opened), os.stat

    def stat(path, *rest, **named):
        nonlocal before
        if before is not None and any(Path(name) == place.file for name in _opened[before:]):
            before = None
            place.replace(text)
        return look(path, *rest, **named)

    os.stat = stat
    try:
        yield
    finally:
        os.stat = look


SPOILT = {
    "misspelt": "remtoe",
    "empty": "",
    "two words": "remote embedded",
    "a longer word": "remotely",
    "the beginning of a word": "remot",
    "no text": b"\xff\xfe\x00r",
    "a route among other things": '{"route": "embedded"}',
}


@routing.requirement(
    "R3",
    "a file that is gone, or says nothing that makes sense, keeps the last good route, and is logged as an error: once, not with "
    "each call",
    hints=(
        "Somebody mistypes the word, under load. What should your buyers see, and what should you?",
        "Look at every line that touches the file: which exceptions can it raise? A file may also be no text at all.",
        "A try around look and read; what it finds goes into the last good route only if it is one of ROUTES. Log where "
        "you notice that the file has changed, not where you answer.",
    ),
)
def keeps(answer):
    with TemporaryDirectory() as folder:
        place = Place(folder, "parallel")
        route = answer.RouteFile(str(place.file))
        says(route, "parallel", "route() with a file that says parallel", "Read the file.")
        ways = {
            f"a file that is spoilt ({what})": lambda text=text: place.replace(text)
            for what, text in SPOILT.items()
        }
        ways["a file that is gone"] = place.file.unlink
        ways["a folder in its place"] = place.file.mkdir
        for good in ("remote", "embedded"):
            for what, spoil in ways.items():
                if place.file.is_dir():
                    place.file.rmdir()
                place.replace(good)
                with errors() as logged:
                    says(route, good, f"route() with a file that says {good}", "It is well again.")
                    if logged:
                        reject(
                            "route() with a good file",
                            "an error logged",
                            "none",
                            "Log what is wrong, no more.",
                        )
                    if what.startswith("a folder"):
                        place.file.unlink()
                    spoil()
                    for _ in range(5):
                        try:
                            says(
                                route, good, f"route() after {good}, with {what}", "Keep the last good route."
                            )
                        except (answer.NoRoute, OSError, ValueError) as problem:
                            reject(
                                f"route() after {good}, with {what}",
                                f"{type(problem).__name__}: {problem}",
                                repr(good),
                                "There was a good route: keep it.",
                            )
                if len(logged) != 1:
                    reject(
                        f"route(), 5 times, with {what}",
                        f"{len(logged)} errors logged",
                        "1",
                        "Nobody would know." if not logged else "Thousands of lines say no more than one.",
                    )


@routing.requirement(
    "R4",
    "where there never was a good route, route() raises NoRoute, until there is one",
    hints=(
        "A process starts, and the file is empty. Which half should answer?",
        "Look at what your last good route is before there is one: does somebody get that?",
        "Nothing to fall back on: raise NoRoute. And do not remember the failure longer than the file stays as it is.",
    ),
)
def never_good(answer):
    for what, text in {**SPOILT, "missing": None}.items():
        with TemporaryDirectory() as folder, errors():
            place = Place(folder, text)
            route = answer.RouteFile(str(place.file))
            for number in ("first", "second"):
                call = f"route(), for the {number} time, with a file that is {what} and was never good"
                try:
                    got = repr(route.route())
                except answer.NoRoute:
                    continue
                except (OSError, ValueError) as problem:
                    got = f"{type(problem).__name__}: {problem}"
                reject(call, got, "NoRoute", "A guess would send buyers to a half that nobody chose.")
            place.replace("remote")
            call = f"route(), once the file that was {what} says remote"
            try:
                says(route, "remote", call, "It is well now.")
            except answer.NoRoute as problem:
                reject(call, f"NoRoute: {problem}", "'remote'", "It is well now.")
