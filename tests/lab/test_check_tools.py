"""The tools that checks use, each proven where it works: on the monolith's models, in a process of its own."""

import importlib
import json
import shutil
import subprocess
import sys
import textwrap

import pytest
import requests

from lab.checks import poison, wire
from lab.checks.judge import environment, prepared_database
from lab.checks.poison import Poisoned

SETTING = """
from contextlib import suppress
from datetime import UTC, datetime
from decimal import Decimal

from django.apps import apps
from django.db import DatabaseError, connection, connections, transaction
from django.db.models import F

from lab.checks import queries, rival, tables
from monolith.catalog.models import Event, PriceBand, Venue
from monolith.inventory.models import Allotment

venue = Venue.objects.create(name="The Lantern", city="Leeds", address="1 Mill Lane")
event = Event.objects.create(
    venue=venue, title="Hedda", slug="hedda", starts_at=datetime(2040, 1, 1, tzinfo=UTC)
)
band = event.bands.create(name="Stalls", price=Decimal(10), position=0)
row = Allotment.objects.create(band=band, capacity=2, sold=0)
calls = 0


def column():
    return Allotment.objects.get().sold


def buy(cursor):
    global calls
    calls += 1
    cursor.execute("UPDATE inventory_allotment SET sold = sold + 1 WHERE sold + 1 <= capacity")
    return cursor.rowcount
"""


@pytest.fixture(scope="session")
def migrated(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LAB_HOME", str(tmp_path_factory.mktemp("home")))
        return prepared_database()


@pytest.fixture
def tried(migrated, tmp_path):
    """Runs a piece of source in the monolith's settings, on a database of its own; returns its names."""
    database = tmp_path / "tried.sqlite3"
    shutil.copy(migrated, database)

    def run(source: str, *names: str) -> list:
        job, report = tmp_path / "job.json", tmp_path / "report.json"
        whole = SETTING + textwrap.dedent(source)
        job.write_text(json.dumps({"source": whole, "names": names, "report": str(report)}))
        argv = [sys.executable, "-m", "lab.inside", str(job)]
        done = subprocess.run(
            argv, env=environment(str(database)), capture_output=True, text=True, timeout=60
        )
        assert done.returncode == 0, done.stderr
        came = json.loads(report.read_text())
        assert came["error"] is None, came["error"]
        return [came["values"][name] for name in names]

    return run


# rival

NAIVE = """
def sell(quantity=1):
    mine = Allotment.objects.get(pk=row.pk)
    if mine.capacity - mine.sold < quantity:
        raise LookupError
    mine.sold += quantity
    mine.save()
"""
LOCKING = """
def sell(quantity=1):
    with transaction.atomic():
        mine = Allotment.objects.select_for_update().get(pk=row.pk)
        if mine.capacity - mine.sold < quantity:
            raise LookupError
        mine.sold += quantity
        mine.save()
"""
CONDITIONAL = """
def sell(quantity=1):
    if not Allotment.objects.filter(pk=row.pk, sold__lte=F("capacity") - quantity).update(sold=F("sold") + quantity):
        raise LookupError
"""
CONTEST = """
Allotment.objects.update(capacity=1)
sold = 1
with rival("inventory_allotment", buy) as other:
    try:
        sell()
    except LookupError:
        sold = 0
rows, moment, left = other.rows, other.moment, column()
"""


@pytest.mark.parametrize(
    ("answer", "came"),
    [
        # (ours, the rival's, when it acted, what the column says)
        pytest.param(NAIVE, [1, 1, "between", 1], id="read, then write: two tickets of one"),
        pytest.param(
            NAIVE.replace("    mine = ", "    with transaction.atomic():\n        mine = ", 1).replace(
                "\n    if", "\n    if"
            ),
            [1, 1, "between", 1],
            id="a transaction around the read alone",
        ),
        pytest.param(
            "@transaction.atomic" + NAIVE,
            [1, 1, "between", 1],
            id="atomic without a lock: two tickets of one",
        ),
        pytest.param(LOCKING, [1, 0, "after", 1], id="a lock: the rival waits"),
        pytest.param(CONDITIONAL, [1, 0, "after", 1], id="a conditional update: no read to be stale"),
    ],
)
def test_the_rival_acts_at_the_worst_moment_that_the_answer_leaves_it(tried, answer, came):
    assert tried(answer + CONTEST + "calls = calls", "sold", "rows", "moment", "left") == came


def test_a_read_by_hand_is_a_read_too(tried):
    answer = """
def sell():
    with connection.cursor() as cursor:
        cursor.execute("SELECT sold, capacity FROM inventory_allotment")
        sold, capacity = cursor.fetchone()
        if sold >= capacity:
            raise LookupError
        cursor.execute("UPDATE inventory_allotment SET sold = %s", [sold + 1])
"""
    assert tried(answer + CONTEST, "sold", "rows", "moment", "left") == [1, 1, "between", 1]


def test_the_rival_acts_exactly_once_however_long_the_answer_goes_on(tried):
    source = """
    Allotment.objects.update(capacity=99)
    with rival("inventory_allotment", buy) as other:
        for _ in range(5):
            column()
            with transaction.atomic():
                Allotment.objects.select_for_update().get()
    left, rows = column(), other.rows
    """
    assert tried(source, "calls", "left", "rows") == [1, 1, 1]


def test_a_rival_who_comes_again_acts_after_each_further_read_and_the_rest_at_the_end(tried):
    source = """
    Allotment.objects.update(capacity=99)
    seen = []
    with rival("inventory_allotment", buy, times=4) as other:
        for _ in range(2):
            column()
            list(Venue.objects.all())
            seen.append(list(other.acts))
    seen += [other.acts, other.rows, other.moment, column()]
    """
    assert tried(source, "seen") == [[[1], [1, 1], [1, 1, 1, 1], 4, "between", 4]]


def test_a_rival_may_wait_for_a_later_read(tried):
    source = """
    seen = []
    with rival("inventory_allotment", buy, read=3) as other:
        for _ in range(4):
            column()
            list(Venue.objects.all())
            seen.append(calls)
    moment = other.moment
    """
    assert tried(source, "seen", "moment") == [[0, 0, 1, 1], "between"]


def test_each_act_is_counted_also_those_that_were_refused(tried):
    source = """
    with rival("inventory_allotment", buy, times=3) as other:
        pass
    acts, rows, left = other.acts, other.rows, column()
    """
    assert tried(source, "acts", "rows", "left") == [[1, 1, 0], 2, 2]


def test_several_acts_that_a_rollback_undid_are_all_there_again(tried):
    source = """
    with rival("inventory_allotment", buy, times=2) as other:
        with suppress(ZeroDivisionError), transaction.atomic():
            for _ in range(2):
                column()
                list(Venue.objects.all())
            1 / 0
        inside = column()
    acts, left = other.acts, column()
    """
    assert tried(source, "inside", "acts", "left") == [2, [1, 1], 2]


@pytest.mark.parametrize(
    ("lock", "came"),
    [
        ("select_for_update()", [1, "before", 1]),  # waited, and then saw what the rival had left
        ("select_for_update(nowait=True)", ["OperationalError", None, 0]),
        ("select_for_update(skip_locked=True)", ["nothing", None, 0]),
    ],
)
def test_a_lock_that_the_rival_holds_is_waited_for_refused_or_passed_over(tried, lock, came):
    source = f"""
    with rival("inventory_allotment", buy, holds_lock=True) as other:
        try:
            with transaction.atomic():
                found = Allotment.objects.{lock}.first()
                found = found.sold if found else "nothing"
        except DatabaseError as problem:
            found = type(problem).__name__
        moment, during = other.moment, calls
    """
    assert tried(source, "found", "moment", "during") == came


def test_a_rival_whom_the_answer_gives_no_moment_acts_after_it(tried):
    source = """
    seen = []
    with rival("inventory_allotment", buy) as other:
        list(Event.objects.all())
        Venue.objects.update(city="York")
        seen += [other.rows, other.moment]
    seen += [other.rows, other.moment, calls, column()]
    """
    assert tried(source, "seen") == [[0, None, 1, "after", 1, 1]]


def test_the_rival_strikes_right_after_the_read_and_before_the_next_statement(tried):
    source = """
    seen = []
    with rival("inventory_allotment", buy) as other:
        column()
        seen.append(calls)
        list(Venue.objects.all())
        seen.append(calls)
    """
    assert tried(source, "seen") == [[0, 1]]


def test_a_table_whose_name_only_begins_alike_is_not_the_contested_one(tried):
    source = """
    connection.cursor().execute("CREATE TABLE inventory_allotments (x)")
    with rival("inventory_allotment", buy) as other:
        with connection.cursor() as cursor:
            cursor.execute("SELECT * FROM inventory_allotments")
            cursor.execute("SELECT 1")
        moment = other.moment
    """
    assert tried(source, "moment") == [None]


def test_a_lock_outside_a_transaction_raises_as_postgresql_would_have_it(tried):
    source = """
    raised = []
    with rival("inventory_allotment", buy):
        try:
            Allotment.objects.select_for_update().get()
        except transaction.TransactionManagementError as problem:
            raised.append(str(problem))
    outside = str(Allotment.objects.select_for_update().get().sold)
    """
    raised, outside = tried(source, "raised", "outside")
    assert raised == ["select_for_update cannot be used outside of a transaction."]
    assert outside == "1"  # SQLite ignores it again once the block is left


def test_a_lock_is_held_until_the_outermost_transaction_ends(tried):
    source = """
    seen = []
    with rival("inventory_allotment", buy) as other:
        with transaction.atomic():
            with suppress(ZeroDivisionError), transaction.atomic():
                Allotment.objects.select_for_update().get()
                1 / 0
            seen.append(other.moment)
            with transaction.atomic():
                column()
                column()
            seen.append(other.moment)
        seen.append(other.moment)
        seen.append(column())
    """
    assert tried(source, "seen", "calls") == [[None, None, "after", 1], 1]


def test_a_lock_whose_transaction_is_rolled_back_lets_the_rival_in(tried):
    source = """
    with rival("inventory_allotment", buy) as other:
        with suppress(ZeroDivisionError), transaction.atomic():
            Allotment.objects.select_for_update().update(sold=2)
            Allotment.objects.select_for_update().get()
            1 / 0
        moment = other.moment
    left = column()
    """
    assert tried(source, "moment", "left", "calls") == ["after", 1, 1]


@pytest.mark.parametrize(
    "undo",
    [
        "with suppress(ZeroDivisionError), transaction.atomic():\n    {}",
        "with transaction.atomic():\n    with suppress(ZeroDivisionError), transaction.atomic():\n        {}",
        "with suppress(ZeroDivisionError), transaction.atomic(), transaction.atomic():\n    {}",
    ],
)
def test_an_answer_that_rolls_back_does_not_undo_what_the_rival_did(tried, undo):
    source = f"""
with rival("inventory_allotment", buy) as other:
    {textwrap.indent(undo.format("column(); Allotment.objects.update(sold=2); 1 / 0"), "    ").strip()}
    inside = column()
left, rows, moment = column(), other.rows, other.moment
"""
    assert tried(source, "inside", "left", "rows", "moment") == [1, 1, 1, "between"]


def test_a_rollback_by_hand_does_not_undo_what_the_rival_did(tried):
    source = """
    with rival("inventory_allotment", buy) as other:
        with connection.cursor() as cursor:
            cursor.execute("BEGIN")
            cursor.execute("SELECT sold FROM inventory_allotment")
            cursor.execute("UPDATE inventory_allotment SET sold = 2")
            cursor.execute("ROLLBACK")
    left = column()
    """
    assert tried(source, "left") == [1]


def test_an_answer_that_closes_the_connection_meets_the_rival_all_the_same(tried):
    source = """
    with rival("inventory_allotment", buy) as other:
        column()
        connection.close()
    left, rows = column(), other.rows
    """
    assert tried(source, "left", "rows", "calls") == [1, 1, 1]


def test_an_answer_that_raises_leaves_the_connection_as_it_was(tried):
    source = """
    try:
        with rival("inventory_allotment", buy):
            column()
            1 / 0
    except ZeroDivisionError:
        pass
    able = [connection.features.has_select_for_update, connection.features.has_select_for_no_key_update]
    with transaction.atomic():
        Allotment.objects.update(sold=0)
    hooked = [name for name in vars(connections["default"]) if name in ("_commit", "_rollback")]
    wrapped = len(connection.execute_wrappers)
    """
    assert tried(source, "able", "hooked", "wrapped") == [[False, False], [], 0]


def test_no_trace_of_the_rival_is_left_and_a_second_one_may_follow(tried):
    source = """
    Allotment.objects.update(capacity=99)
    for _ in range(2):
        with rival("inventory_allotment", buy):
            column()
    left = column()
    tables_left = [name for name in connection.introspection.table_names() if "rival" in name]
    able = connection.features.has_select_for_update
    """
    assert tried(source, "left", "calls", "tables_left", "able") == [2, 2, [], False]


@pytest.mark.parametrize(
    "lock",
    [
        "select_for_update()",
        "select_for_update(nowait=True)",
        "select_for_update(skip_locked=True)",
        "select_for_update(no_key=True)",
        "select_for_update(of=('self',))",
        "select_for_update(of=('self',), no_key=True, nowait=True).select_related('band')",
        "select_for_update().order_by('pk')[:1]",
    ],
)
def test_every_way_to_lock_is_a_lock_and_sqlite_never_sees_it(tried, lock):
    source = f"""
    with queries() as seen, rival("inventory_allotment", buy) as other, transaction.atomic():
        list(Allotment.objects.{lock})
        list(Venue.objects.all())
        during = other.moment
    after = other.moment
    """
    assert tried(source, "during", "after") == [None, "after"]


# tables


@pytest.mark.parametrize(
    ("act", "touched"),
    [
        ("pass", []),
        ("list(Venue.objects.all())", ["catalog_venue"]),
        ("connection.cursor().execute('SELECT 1 FROM catalog_venue')", ["catalog_venue"]),
        ("apps.get_model('catalog', 'Venue').objects.count()", ["catalog_venue"]),
        ("list(Event.objects.filter(venue__city='Leeds'))", ["catalog_event", "catalog_venue"]),
        ("Event.objects.get().venue", ["catalog_event", "catalog_venue"]),
        ("event.venue", []),  # known already: nothing is asked
        ("list(Event.objects.prefetch_related('bands'))", ["catalog_event", "catalog_priceband"]),
        (
            "connection.cursor().execute('SELECT (SELECT count(*) FROM catalog_priceband) FROM catalog_venue')",
            ["catalog_priceband", "catalog_venue"],
        ),
        ("connection.cursor().execute('UPDATE catalog_venue SET city = 1')", ["catalog_venue"]),
        # a write shows what its foreign keys lead to as well: SQLite looks there
        (
            "connection.cursor().execute('DELETE FROM inventory_allotment')",
            ["catalog_priceband", "inventory_allotment"],
        ),
        ("with transaction.atomic(): Venue.objects.exists()", ["catalog_venue"]),
        ("connection.close(); Venue.objects.exists()", ["catalog_venue"]),
    ],
)
def test_the_tables_that_were_touched_are_seen_whatever_way_was_taken(tried, act, touched):
    source = f"""
    with tables() as seen:
        {act}
    during = sorted(seen)
    list(Event.objects.select_related("venue"))
    after = sorted(seen)
    """
    assert tried(source, "during", "after") == [touched, touched]


def test_an_insert_is_seen_and_what_raises_leaves_nobody_watching(tried):
    source = """
    seen = set()
    with suppress(ZeroDivisionError), tables() as seen:
        PriceBand.objects.create(event=event, name="Circle", price=7, position=1)
        1 / 0
    during = len(seen)
    list(Venue.objects.all())
    connection.close()
    list(Venue.objects.all())
    inserted, later = "catalog_priceband" in seen, len(seen) - during
    """
    assert tried(source, "inserted", "later") == [True, 0]


def test_a_connection_that_the_code_closed_is_no_error(tried):
    source = """
    with tables() as seen:
        Venue.objects.count()
        connection.connection.close()
    connection.close()
    with tables() as again:
        Event.objects.count()
        connection.close()
    seen = [sorted(seen), sorted(again)]
    """
    assert tried(source, "seen") == [[["catalog_venue"], ["catalog_event"]]]


# queries


def test_statements_are_counted_in_order_and_transactions_ask_nothing(tried):
    source = """
    with queries() as seen:
        with transaction.atomic():
            Venue.objects.count()
            with suppress(ZeroDivisionError), transaction.atomic():
                Event.objects.exists()
                1 / 0
            with transaction.atomic():
                Venue.objects.update(city="York")
        during = len(seen)
    Venue.objects.count()
    kinds = [statement.split()[0] for statement in seen]
    named = ["catalog_venue" in statement for statement in seen]
    """
    assert tried(source, "during", "kinds", "named") == [
        3,
        ["SELECT", "SELECT", "UPDATE"],
        [True, False, True],
    ]


def test_statements_by_hand_are_counted_one_for_many_and_debug_is_not_needed(tried):
    source = """
    from django.conf import settings
    with queries() as seen, connection.cursor() as cursor:
        for word in ("BEGIN", "  savepoint s", "RELEASE s", "COMMIT", "begin", "ROLLBACK"):
            cursor.execute(word)
        cursor.execute("\\n  SELECT 1")
        cursor.executemany("UPDATE catalog_venue SET city = %s", [["a"], ["b"]])
    count, debug, hooks = len(seen), settings.DEBUG, len(connection.execute_wrappers)
    """
    assert tried(source, "count", "debug", "hooks") == [2, False, 0]


def test_two_counts_may_run_one_in_the_other(tried):
    source = """
    with queries() as outer:
        Venue.objects.count()
        with queries() as inner:
            Venue.objects.count()
    counts = [len(outer), len(inner)]
    """
    assert tried(source, "counts") == [[2, 1]]


# elsewhere


def test_somebody_elses_request_sees_what_was_committed_and_not_what_is_still_open(tried):
    source = """
    from lab.checks import elsewhere
    seen, before = [], connection.connection
    with elsewhere():
        seen.append(column())
    with transaction.atomic():
        Allotment.objects.update(sold=2)
        with elsewhere() as other:
            seen.append(column())
        seen.append(column())
    with suppress(ZeroDivisionError), elsewhere() as other:
        seen.append(column())
        1 / 0
    same, closed = connection.connection is before, other.connection is None
    """
    assert tried(source, "seen", "same", "closed") == [[0, 0, 2, 2], True, True]


# poison


@pytest.fixture
def package(tmp_path, monkeypatch):
    """A small package to poison: antler, antler.tip, antler.base.root, and antlers, which only sounds alike."""
    (tmp_path / "antler" / "base").mkdir(parents=True)
    (tmp_path / "antler" / "__init__.py").write_text("word = 'antler'\n")
    (tmp_path / "antler" / "tip.py").write_text("word = 'tip'\n")
    (tmp_path / "antler" / "base" / "__init__.py").write_text("")
    (tmp_path / "antler" / "base" / "root.py").write_text("word = 'root'\n")
    (tmp_path / "antlers.py").write_text("word = 'antlers'\n")
    monkeypatch.syspath_prepend(tmp_path)
    yield
    for name in [n for n in sys.modules if n.partition(".")[0] in ("antler", "antlers")]:
        del sys.modules[name]


def reaches() -> str:
    """Imports where it is used, as an answer may."""
    import antler.tip

    return antler.tip.word


def takes_the_child() -> str:
    from antler import tip

    return tip.word


def by_name() -> str:
    return importlib.import_module("antler.tip").word


@pytest.mark.parametrize("imported_before", [True, False])
@pytest.mark.parametrize("reach", [reaches, takes_the_child, by_name])
def test_every_way_to_import_what_is_poisoned_raises(package, reach, imported_before):
    if imported_before:
        assert reach() == "tip"
    for poisoned in ("antler", "antler.tip"):
        with (
            poison(poisoned),
            pytest.raises(Poisoned, match=r"antler(\.tip)? was imported, and it is poisoned"),
        ):
            reach()
    assert reach() == "tip"


def test_a_poisoned_import_is_an_import_error_and_may_be_caught(package):
    with poison("antler"):
        try:
            import antler
        except ImportError:
            antler = None
    assert antler is None


def test_what_lies_deeper_is_poisoned_too_and_what_stands_beside_is_not(package):
    with poison("antler.base"):
        import antler.tip
        import antlers

        assert antlers.word == "antlers" and antler.tip.word == "tip"
        with pytest.raises(Poisoned, match="antler.base was imported"):
            import antler.base.root
        with pytest.raises(ImportError):
            from antler import base  # noqa: F401
    import antler.base.root as root

    assert root.word == "root"


def test_a_name_that_only_begins_alike_is_not_poisoned(package):
    import antlers

    with poison("antler"):
        assert sys.modules["antlers"] is antlers
        del sys.modules["antlers"]
        assert importlib.import_module("antlers").word == "antlers"


def test_afterwards_the_same_modules_are_back_also_when_the_block_raised(package):
    import antler.base.root
    import antler.tip

    before = {name: module for name, module in sys.modules.items() if name.partition(".")[0] == "antler"}
    hooks = list(sys.meta_path)
    with pytest.raises(ZeroDivisionError), poison("antler.tip", "antler.base"):
        assert not hasattr(antler, "tip") and "antler.tip" not in sys.modules
        assert "antler" in sys.modules
        1 / 0  # noqa: B018
    assert {name: sys.modules[name] for name in before} == before and len(before) == 4
    assert antler.tip is before["antler.tip"] and antler.base is before["antler.base"]
    assert sys.meta_path == hooks


def test_one_poison_inside_another_ends_in_order(package):
    assert reaches() == "tip"
    with poison("antler.tip"):
        with poison("antler"), pytest.raises(Poisoned):
            import antler
        import antler

        assert antler.word == "antler"
        with pytest.raises(Poisoned):
            reaches()
    assert reaches() == takes_the_child() == "tip"


# wire


def test_a_request_is_noted_as_it_left_and_gets_the_answer_of_the_check():
    with wire(lambda call: (201, {"id": 7, "of": call.method})) as line:
        response = requests.post(
            "http://payments.test/charges?x=1",
            json={"amount": "12.50"},
            headers={"Idempotency-Key": "k"},
            timeout=2.5,
        )
    assert response.status_code == 201 and response.ok
    assert response.json() == {"id": 7, "of": "POST"}
    assert response.headers["Content-Type"] == "application/json"
    [call] = line.calls
    assert (call.method, call.url, call.timeout) == ("POST", "http://payments.test/charges?x=1", 2.5)
    assert json.loads(call.body) == {"amount": "12.50"}
    assert call.headers["Idempotency-Key"] == "k"


@pytest.mark.parametrize("timeout", [None, 3, (0.5, 2)])
def test_the_timeout_of_each_call_is_noted_and_none_is_for_ever(timeout):
    with wire(lambda call: (200, "")) as line:
        requests.get("http://x.test/", timeout=timeout)
        requests.get("http://x.test/")
    assert [call.timeout for call in line.calls] == [timeout, None]
    assert [call.body for call in line.calls] == [b"", b""]


@pytest.mark.parametrize(
    ("body", "content", "text"),
    [
        (b"\xe2\x82\xac", b"\xe2\x82\xac", "€"),
        ("€ 5", "€ 5".encode(), "€ 5"),
        ([1, None], b"[1, null]", "[1, null]"),
        ("", b"", ""),
    ],
)
def test_an_answer_may_be_bytes_text_or_anything_that_json_holds(body, content, text):
    with wire(lambda call: (200, body)):
        response = requests.get("http://x.test/", timeout=1)
    assert (response.content, response.text, response.url) == (content, text, "http://x.test/")


def test_a_status_of_failure_is_raised_when_asked_for():
    with wire(lambda call: (503, "busy")):
        response = requests.get("http://x.test/", timeout=1)
    assert not response.ok
    with pytest.raises(requests.HTTPError, match="503"):
        response.raise_for_status()


@pytest.mark.parametrize("problem", [requests.ConnectionError("refused"), requests.ReadTimeout("slow")])
def test_an_exception_of_the_answer_is_what_the_caller_meets(problem):
    def answer(call):
        raise problem

    with wire(answer) as line, pytest.raises(type(problem), match=str(problem)):
        requests.put("http://x.test/", data="text", timeout=1)
    assert [call.body for call in line.calls] == [b"text"]


def test_sessions_are_on_the_wire_too_also_those_made_before_and_afterwards_nobody_is(closed_port):
    address = f"http://127.0.0.1:{closed_port}/"
    with requests.Session() as session:
        with wire(lambda call: (200, call.url)) as line:
            assert session.get(address, timeout=1).text == address
            assert requests.Session().get(address, timeout=1).text == address
        assert len(line.calls) == 2
        with pytest.raises(requests.ConnectionError):
            session.get(address, timeout=1)
    with pytest.raises(ZeroDivisionError), wire(lambda call: (200, "")):
        1 / 0  # noqa: B018
    with pytest.raises(requests.ConnectionError):
        requests.get(address, timeout=1)
    assert len(line.calls) == 2
