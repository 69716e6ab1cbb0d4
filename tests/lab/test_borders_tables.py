"""Tables touched from outside their app: whose code sent the statement, and which tables it names."""

import json
import shutil
import subprocess
import sys
import textwrap

import pytest

from lab import Stack
from lab.borders.tables import tables_in
from lab.borders.walk import WalkFailed, walk
from lab.checks.judge import environment, prepared_database
from lab.home import CODE

# `code_of(app, source)` runs source as if it stood in a module of that app
SETTING = """
import sys, threading, types
from datetime import UTC, datetime
from decimal import Decimal

from django.db import connection, connections
from django.test import Client
from lab.borders import touched
from monolith.accounts.models import User
from monolith.catalog.models import Event, Venue
from monolith.inventory.models import Allotment


def code_of(app, source, module="planted"):
    made = types.ModuleType(f"monolith.{app}.{module}")
    exec(compile(source, f"{module}.py", "exec"), vars(made))
    sys.modules[made.__name__] = made
    return made


venue = Venue.objects.create(name="The Lantern", city="Leeds", address="1 Mill Lane")
event = Event.objects.create(venue=venue, title="Hedda", slug="hedda", starts_at=datetime(2040, 1, 1, tzinfo=UTC))
band = event.bands.create(name="Stalls", price=Decimal(10), position=0)
Allotment.objects.create(band=band, capacity=2, sold=0)
"""
TELL = """
told = {"outside": [[*pair, n] for pair, n in seen.outside().items()], "places": sorted(set(seen.places.values())),
        "count": seen.count(), "text": repr(seen), "markdown": seen._repr_markdown_()}
"""


@pytest.fixture(scope="session")
def migrated(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LAB_HOME", str(tmp_path_factory.mktemp("home")))
        return prepared_database()


@pytest.fixture
def told(migrated, tmp_path):
    """Runs a piece of source in the monolith's settings, and returns what `seen` tells of it."""
    database = tmp_path / "tried.sqlite3"
    shutil.copy(migrated, database)
    database.chmod(0o644)

    def run(source: str) -> dict:
        job, report = tmp_path / "job.json", tmp_path / "report.json"
        whole = SETTING + textwrap.dedent(source) + TELL
        job.write_text(json.dumps({"source": whole, "names": ["told"], "report": str(report)}))
        argv = [sys.executable, "-m", "lab.inside", str(job)]
        done = subprocess.run(
            argv, env=environment(str(database)), capture_output=True, text=True, timeout=60
        )
        assert done.returncode == 0, done.stderr
        came = json.loads(report.read_text())
        assert came["error"] is None, came["error"]
        return came["values"]["told"]

    return run


WAYS = {
    "a lazy foreign key": "def go(band):\n    band = type(band).objects.get(pk=band.pk)\n    return band.event.title",
    "a join": "from monolith.inventory.models import Allotment\ndef go(band):\n    list(Allotment.objects.select_related('band__event'))",
    "raw SQL": "from django.db import connection\ndef go(band):\n    connection.cursor().execute('select 1 from catalog_event')",
    "the registry": "from django.apps import apps\ndef go(band):\n    apps.get_model('catalog', 'Event').objects.count()",
    "a write": "def go(band):\n    band.event.save()",
    "many at once": "from django.db import connection\ndef go(band):\n    connection.cursor().executemany('delete from \"catalog_event\" where id = %s', [[1000], [1001]])",
}


@pytest.mark.parametrize("way", WAYS)
def test_a_table_is_seen_whatever_way_leads_to_it(told, way):
    came = told(f"""
    planted = code_of("orders", {WAYS[way]!r})
    with touched() as seen:
        planted.go(band)
    """)
    assert [app_table for app_table in came["outside"] if app_table[:2] == ["orders", "catalog_event"]]
    assert all(app == "orders" for app, _, _ in came["outside"])
    assert all(place.startswith("monolith/orders/planted.py:") for place in came["places"])


def test_what_the_owner_reads_for_another_is_the_owners(told):
    came = told("""
    facade = code_of("catalog", "from monolith.catalog.models import Event\\ndef count():\\n    return Event.objects.count()", "facade")
    planted = code_of("orders", "from monolith.catalog import facade\\ndef go():\\n    return facade.count()")
    sys.modules["monolith.catalog"].facade = facade
    planted = code_of("orders", "from monolith.catalog.facade import count\\ndef go():\\n    return count()")
    with touched() as seen:
        planted.go()
    assert seen.counted == {("catalog", "catalog_event"): 1}
    """)
    assert came["outside"] == [] and came["count"] == 0


def test_statements_are_counted_and_those_of_nobodys_code_are_not(told):
    came = told("""
    planted = code_of("orders", "def go(event):\\n    event.refresh_from_db()")
    with touched() as seen:
        planted.go(event)
        planted.go(event)
        event.refresh_from_db()
    planted.go(event)
    """)
    assert came["outside"] == [["orders", "catalog_event", 2]]
    assert "1 tables touched" in came["text"] and "catalog_event" in came["text"]
    assert "| orders | `catalog_event` | catalog | 2 | `monolith/orders/planted.py:2` |" in came["markdown"]


def test_a_connection_that_is_opened_later_is_watched_and_left_alone_afterwards(told):
    came = told("""
    planted = code_of("orders", "def go(event):\\n    event.refresh_from_db()")
    lists = []

    def elsewhere():
        planted.go(event)
        lists.append(connection.execute_wrappers)
        connections.close_all()

    with touched() as seen:
        thread = threading.Thread(target=elsewhere)
        thread.start(), thread.join()
        connection.close()
        planted.go(event)
    assert lists == [[]] and connection.execute_wrappers == []
    """)
    assert came["outside"] == [["orders", "catalog_event", 2]]


def test_a_page_counts_for_the_app_whose_view_renders_it(told):
    """The list renders catalog's; the badge's query is orders' own code; the admin works for the app whose admin it is."""
    came = told("""
    admin = User.objects.create_superuser(username="a@x.org", email="a@x.org", password="x")
    visitor = Client()
    visitor.force_login(admin)
    with touched() as seen:
        assert visitor.get("/events/hedda/").status_code == 200
        assert visitor.get("/admin/inventory/hold/").status_code == 200
        assert visitor.get("/admin/catalog/venue/").status_code == 200
    """)
    outside = [tuple(row[:2]) for row in came["outside"]]
    assert ("catalog", "inventory_allotment") not in outside  # seats_left_in is inventory's own code
    assert ("inventory", "catalog_priceband") in outside
    assert ("inventory", "accounts_user") in outside and ("catalog", "accounts_user") in outside
    assert {app for app, _ in outside} == {"catalog", "inventory"}


def test_what_is_rendered_after_the_view_has_returned_is_the_views(told):
    came = told("""
    from django.template import engines
    from django.test import override_settings
    from django.urls import path

    planted = code_of("orders", '''
    from django.template.response import TemplateResponse
    from monolith.catalog.models import Event

    def late(request):
        return TemplateResponse(request, template, {"events": Event.objects.all()})
    ''')
    planted.template = engines["django"].from_string("{% for event in events %}{{ event }}{% endfor %}")
    urls = types.ModuleType("planted_urls")
    urls.urlpatterns = [path("late/", planted.late)]
    sys.modules["planted_urls"] = urls
    with override_settings(ROOT_URLCONF="planted_urls"), touched() as seen:
        assert Client().get("/late/").content == b"Hedda"
    """)
    assert came["outside"] == [["orders", "catalog_event", 1]]
    assert came["places"] == ["monolith.orders.planted"]


def test_outside_of_a_request_the_object_at_work_decides_but_never_a_model_or_its_manager(told):
    came = told("""
    from monolith.inventory.models import Hold
    from monolith.orders.forms import HoldForm

    with touched() as seen:
        assert HoldForm(event, {"band": band.pk, "quantity": 1}).is_valid()
        Hold.objects.filter(band__event__title="Hedda").count()
    """)
    assert {row[0] for row in came["outside"]} == {"orders"}
    assert came["places"] == ["monolith/orders/forms.py:6"]


def test_on_postgresql_the_same_is_seen():
    with Stack("monolith", seed=False) as stack:
        ran = stack.inside(
            "monolith",
            SETTING
            + 'planted = code_of("orders", "def go(event):\\n    event.refresh_from_db()\\n    list(type(event).objects.iterator())")\n'
            + "with touched() as seen:\n    planted.go(event)\n"
            + "vendor = connection.vendor\n"
            + TELL,
            ["told", "vendor"],
        )
    assert ran.error is None, ran.error
    assert ran.values["vendor"] == "postgresql"
    assert ran.values["told"]["outside"] == [["orders", "catalog_event", 2]]


KNOWN = frozenset({"orders", "catalog_event", "odd table"})


@pytest.mark.parametrize(
    ("sql", "tables"),
    [
        ('SELECT "catalog_event"."id" FROM "catalog_event"', ["catalog_event"]),
        ('SELECT COUNT(*) AS "orders" FROM "catalog_event"', ["catalog_event"]),
        ('SELECT T1."orders" FROM "catalog_event" T1', ["catalog_event"]),
        ("select 1 from catalog_event, orders", ["catalog_event", "orders"]),
        ("select 'from orders' from catalog_event -- orders", ["catalog_event"]),
        ("select 1 /* orders */", []),
        ("select 'it''s orders'", []),
        ('SELECT 1 FROM "public"."catalog_event"', ["catalog_event"]),
        ("SELECT 1 FROM public.orders", ["orders"]),
        ('UPDATE "orders" SET "x" = 1', ["orders"]),
        ('INSERT INTO "odd table" VALUES (1)', ["odd table"]),
        ("DELETE FROM `orders`", ["orders"]),
        ("select 1 from catalog_events, my_orders", []),
        ("BEGIN", []),
    ],
)
def test_tables_are_told_from_columns_aliases_texts_and_comments(sql, tables):
    assert list(tables_in(sql, KNOWN)) == tables


# the walk


@pytest.fixture(scope="module")
def walked():
    return walk("code/monolith")


def test_the_walk_finds_the_tables_that_the_monolith_shares(walked):
    outside = walked.outside()
    assert {
        ("catalog", "inventory_allotment"),
        ("orders", "catalog_event"),
        ("orders", "payments_payment"),
        ("notifications", "orders_orderline"),
        ("reporting", "catalog_venue"),
        ("inventory", "accounts_user"),
    } <= set(outside)
    assert walked.places["reporting", "orders_order"].startswith("monolith/reporting/sales.py:")
    assert walked.count() == len(outside) == 25
    assert not any(app in ("accounts", "payments") for app, _ in outside)


def test_the_walk_gives_the_same_numbers_again_and_leaves_nothing_in_the_tree(walked, tmp_path):
    tree = tmp_path / "any name"
    shutil.copytree(CODE / "monolith", tree, ignore=shutil.ignore_patterns("__pycache__", "*.sqlite3"))
    before = {path: path.stat().st_mtime_ns for path in tree.rglob("*")}
    again = walk(tree)
    assert again.outside() == walked.outside() and again.places == walked.places
    assert {path: path.stat().st_mtime_ns for path in tree.rglob("*")} == before


def test_a_walk_that_stumbles_names_the_page(tmp_path):
    tree = tmp_path / "monolith"
    shutil.copytree(CODE / "monolith", tree, ignore=shutil.ignore_patterns("__pycache__"))
    views = tree / "reporting" / "views.py"
    views.write_text(
        views.read_text()
        .replace("raise PermissionDenied", "pass")
        .replace("rows, totals = ", "rows, totals = 1 / 0, ")
    )
    with pytest.raises(WalkFailed, match="stumbled: ZeroDivisionError"):
        walk(tmp_path)
    (tree / "templates" / "orders" / "orders.html").write_text("{% nonsense %}")
    with pytest.raises(WalkFailed, match="stumbled: TemplateSyntaxError"):
        walk(tmp_path)
    (tree / "settings.py").write_text("1 / 0")
    with pytest.raises(WalkFailed, match="could not begin: ZeroDivisionError"):
        walk(tmp_path)
    with pytest.raises(WalkFailed, match="there is no settings.py"):
        walk(CODE / "lab")
