"""Catalog moves out: copied, asked in parallel, flipped, killed, turned back, and at last gone from the monolith.

Real processes and a real PostgreSQL. The tree before the old code goes (`seeding`) can do all of it but the last move.
"""

import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter

import pytest
import requests
from driver import FAST_LOGINS, PASSWORD, BoxOffice, eventually

from lab import LabError, Stack, postgres
from lab.errors import ServiceFailed
from lab.home import CODE
from lab.moving import CATALOG
from lab.road.plan import START

BOTH_HALVES, MOVED = "seeding", "tables"
ENV = {**FAST_LOGINS, "PAYMENTS_TIMEOUT": "1", "CALL_SECONDS": "2"}
TABLES = ("catalog_venue", "catalog_event", "catalog_priceband")


def rows(url: str, table: str) -> list:
    """All of a table, columns by name: two databases may have them in another order."""
    columns = postgres.execute(
        url, f"SELECT column_name FROM information_schema.columns WHERE table_name = '{table}' ORDER BY 1"
    )
    names = ", ".join(f'"{name}"' for (name,) in columns)
    return postgres.execute(url, f"SELECT {names} FROM {table} ORDER BY id")


@pytest.fixture(scope="module")
def started(trees):
    """Starts the pair of a tree, under a name of its own; all end with the module."""
    made = []

    def start(name: str, **more) -> Stack:
        more = {"env": ENV, "name": f"moving {len(made)}", "code": trees[name], **more}
        made.append(Stack("monolith", **more))
        return made[-1]

    yield start
    for stack in made:
        stack.stop()


@pytest.fixture(scope="module")
def copied(started):
    """A pair with everything copied, and still answered from the old tables."""
    stack = started(BOTH_HALVES)
    stack.manage("catalog", "copy_catalogue")
    return stack


@pytest.fixture
def pair(copied):
    """The copied pair, whole and embedded before and after."""
    yield copied
    if not copied.alive("catalog"):
        copied.start("catalog")
    copied.faults("catalog")
    copied.route("catalog", "embedded")
    copied.manage("catalog", "copy_catalogue", "--overwrite")
    copied._moving.record.unlink(missing_ok=True)


@pytest.fixture
def visitor(pair):
    with BoxOffice(pair.front) as box:
        yield box


@pytest.fixture
def admin(pair):
    with BoxOffice(pair.front) as box:
        box.admin_login()
        yield box


# getting ready


@pytest.mark.parametrize("kind", ["postgres", "sqlite"])
def test_the_keys_become_numbers_in_a_database_full_of_data_and_not_a_row_changes(started, kind):
    source = (
        "from django.apps import apps\n"
        "models = [m for m in apps.get_models() if m._meta.app_label in ('catalog', 'inventory', 'orders')]\n"
        "rows = {m._meta.db_table: [[str(v) for v in row] for row in m.objects.order_by('pk').values_list("
        "*sorted(f.attname for f in m._meta.concrete_fields))] for m in models}"
    )
    before = started(START, database=kind)
    old = before.inside("monolith", source, ["rows"]).values["rows"]
    url = before.env["monolith"]["DATABASE_URL"]
    after = started("lines", database=kind, databases={"monolith": url}, seed=False)
    assert after.inside("monolith", source, ["rows"]).values["rows"] == old
    assert len(old["inventory_hold"]) == 2000
    if kind == "postgres":
        pointing = (
            "SELECT 1 FROM pg_constraint WHERE contype = 'f' AND confrelid = 'catalog_priceband'::regclass"
        )
        assert postgres.execute(url, pointing) == []
        held = "INSERT INTO inventory_allotment (band_id, capacity, sold, created_at, updated_at) SELECT band_id, 1, 0, now(), now() FROM inventory_allotment LIMIT 1"
        with pytest.raises(Exception, match="unique"):
            postgres.execute(url, held)


# move 1


def test_the_dark_service_runs_and_nobody_asks_it(started):
    stack = started("dark")
    assert requests.get(f"{stack.url('catalog')}/health/ready").json()["status"] == "ok"
    assert requests.get(f"{stack.url('catalog')}/api/v1/events").json()["count"] == 0
    with BoxOffice(stack.front) as visitor:
        assert len(visitor.events()) == 20
    assert ("monolith", "catalog") not in stack.calls()
    assert stack.env["catalog"]["DATABASE_URL"] != stack.env["monolith"]["DATABASE_URL"]
    with pytest.raises(LabError, match="reads no route yet"):
        stack.route("catalog", "remote")


def copying(stack: Stack, *options: str) -> subprocess.Popen:
    """The copy as a process of its own, which can be killed."""
    return subprocess.Popen(
        [sys.executable, "-m", "django", "copy_catalogue", *options],
        env=stack.backend.environment(CATALOG, stack.env["catalog"]),
        stdout=subprocess.PIPE,
        text=True,
    )


def test_a_copy_that_is_killed_goes_on_where_it_was_and_ends_complete(started):
    stack = started("copy", seed=False)
    stack.manage("monolith", "seed", "--events=300", "--orders=50")
    old, here = (stack.env[name]["DATABASE_URL"] for name in ("monolith", "catalog"))
    told = []
    for table in ("catalog_event", "catalog_priceband"):
        process = copying(stack, "--batch=3")
        for line in process.stdout:
            told.append(line)
            if line.startswith(table):
                os.kill(process.pid, signal.SIGKILL)
                break
        process.stdout.close()
        assert process.wait() == -signal.SIGKILL
        there = len(rows(old, table))
        assert 0 < len(rows(here, table)) < there, "it was killed too late to prove anything"
    assert sum(line.startswith("catalog_venue") for line in told) == 2  # three at a time, and never again
    with pytest.raises(ServiceFailed, match="differ"):
        stack.manage("catalog", "copy_catalogue", "--check")
    resumed = stack.manage("catalog", "copy_catalogue")
    assert "catalog_event: up to" not in resumed
    for table in TABLES:
        assert rows(here, table) == rows(old, table)
    made = stack.inside(
        "catalog",
        "from catalog_service.models import Venue\nnumber = Venue.objects.create(name='New', city='Here').pk",
        ["number"],
    )
    assert made.values["number"] == 7  # PostgreSQL was told which numbers are taken


def test_a_database_that_is_not_known_is_refused_and_nothing_is_written(pair):
    here = pair.env["catalog"]["DATABASE_URL"]
    before = [rows(here, table) for table in TABLES]
    empty = pair.backend.database("stranger")
    for url, why in ((empty, "no database that I know"), (here, "this service's own")):
        with pytest.raises(ServiceFailed, match=why):
            pair.manage("catalog", "copy_catalogue", url)
    assert [rows(here, table) for table in TABLES] == before


# move 3


def look_at_everything(box: BoxOffice) -> None:
    for event in box.events():
        box.event(event.slug)
    box.report()
    box.get("/admin/orders/order/", q="quartet").expect(200)


def settled(stack: Stack) -> list[dict]:
    """What is written down once the service has been asked no more for a while."""
    seen = None
    while seen != (seen := (stack.calls().get(("monolith", "catalog"), 0), len(stack.mismatches()))):
        time.sleep(0.5)
    return stack.mismatches()


def test_the_parallel_run_finds_nothing_where_nothing_differs(pair, admin):
    pair.forget_calls()
    pair.route("catalog", "parallel")
    look_at_everything(admin)
    assert settled(pair) == []
    assert pair.calls()[("monolith", "catalog")] > 20


def test_the_parallel_run_writes_down_each_planted_difference_and_nobody_sees_one(pair, admin, visitor):
    slug = "the-lighthouse-quartet"
    before = visitor.event(slug)
    plant = (
        "from decimal import Decimal\nfrom catalog_service.models import Event\n"
        f"event = Event.objects.get(slug='{slug}')\n"
        "penny, gone = event.bands.all()[:2]\n"
        "numbers = [penny.pk, gone.pk]\n"
        "penny.price += Decimal('0.01')\npenny.save()\ngone.delete()\n"
        "Event.objects.filter(pk=event.pk).update(presented_by='')"
    )
    planted = pair.inside("catalog", plant, ["numbers"])
    assert planted.error is None
    penny, gone = planted.values["numbers"]
    pair.route("catalog", "parallel")
    assert visitor.event(slug) == before
    found = {each["where"]: (each["old"], each["new"]) for each in settled(pair)}
    assert set(found) == {".presented_by", f".bands[{penny}].price", f".bands[{gone}]"}
    old, new = found[f".bands[{penny}].price"]
    assert round(100 * float(new)) - round(100 * float(old)) == 1
    assert found[f".bands[{gone}]"][1] == "absent"
    assert {each["call"] for each in pair.mismatches()} == {"get_event_by_slug"}
    known = len(pair.mismatches())
    visitor.event("salt-and-starlight")
    assert len(settled(pair)) == known


def test_a_new_half_that_is_slow_or_dead_changes_nothing_for_the_visitor(pair, visitor):
    pair.route("catalog", "parallel")
    pair.faults("catalog", latency_ms=1500)
    began = time.monotonic()
    for _ in range(60):
        visitor.get("/events/salt-and-starlight/").expect(200)
    assert time.monotonic() - began < 15  # a second and a half each would be ninety
    pair.kill("catalog")
    for _ in range(10):
        visitor.get("/events/salt-and-starlight/").expect(200)
    assert pair.mismatches() == []


# move 4


def test_the_route_is_flipped_under_load_and_back_and_no_request_fails(pair):
    """Buyers who look, hold, give back, buy and cancel, while the route goes all ways, five times around."""
    done, failed, over = Counter(), [], threading.Event()

    def visit(number: int) -> None:
        try:
            with BoxOffice(pair.front) as box:
                box.login(f"buyer{number:03}@example.org", PASSWORD)
                while not over.is_set():
                    box.get("/", q=f"the{' ' * (done[number] % 50)}").expect(200)
                    band = box.event("the-last-lamplighter").bands[0].id
                    box.release(box.hold("the-last-lamplighter", band))
                    box.cancel(box.buy("the-last-lamplighter", band).number).expect(200)
                    done[number] += 1
                failed.extend(status for status in box.statuses if status >= 400)
        except Exception as problem:
            failed.append(problem)

    pair.forget_calls()
    threads = [threading.Thread(target=visit, args=(number,)) for number in range(1, 7)]
    for thread in threads:
        thread.start()
    asked = []
    for _ in range(5):
        for route in ("parallel", "remote", "embedded"):
            pair.route("catalog", route)
            time.sleep(0.7)
            asked.append(pair.calls().get(("monolith", "catalog"), 0))
    over.set()
    for thread in threads:
        thread.join(60)
    assert failed == []
    assert min(done[number] for number in range(1, 7)) >= 2 and sum(done.values()) >= 20
    assert asked[0] > 0 and asked == sorted(asked)
    assert pair.mismatches() == []


def test_with_the_service_dead_under_remote_its_pages_say_so_others_answer_and_the_file_brings_them_back(
    pair, visitor
):
    pair.route("catalog", "remote")
    visitor.login("buyer002@example.org", PASSWORD)
    assert visitor.event("salt-and-starlight").on_sale
    pair.kill("catalog")
    told = visitor.get("/events/salt-and-starlight/").expect(503)
    assert told.errors == ["The programme cannot be read at the moment. Please try again."]
    visitor.get("/", q="not kept yet").expect(503)
    visitor.get("/account/notifications/").expect(200)
    visitor.get("/accounts/login/").expect(200)
    pair.route("catalog", "embedded")
    assert visitor.event("salt-and-starlight").on_sale
    pair.start("catalog")
    pair.route("catalog", "remote")
    assert visitor.event("salt-and-starlight").on_sale


def test_a_route_file_that_makes_no_sense_keeps_the_last_good_route(pair, visitor):
    pair.route("catalog", "remote")
    visitor.event("salt-and-starlight")
    pair._moving.route_file.write_text("remtoe")
    pair.forget_calls()
    visitor.event("salt-and-starlight")
    assert pair.calls()[("monolith", "catalog")] >= 1
    assert "must say one of embedded, parallel, remote, not 'remtoe': the catalogue stays remote" in pair.log(
        "monolith", 50
    )
    with pytest.raises(ServiceFailed, match="CATALOG_ROUTE: .* must say one of"):
        pair.manage("monolith", "check")


def test_organisers_look_while_it_is_parallel_and_work_in_the_service_s_admin_once_it_is_remote(pair, admin):
    pair.route("catalog", "parallel")
    page = admin.get("/admin/catalog/event/").expect(200)
    assert (
        "is kept in two places" in page.response.text and len(page.soup.select("#result_list tbody tr")) == 20
    )
    refused = admin.get("/admin/catalog/venue/add/")
    assert refused.status == 403 and "is kept in two places" in refused.response.text

    pair.route("catalog", "remote")
    slug = admin.create_event("A New Place", admin.create_venue("Hall"), [("Stalls", "20.00", 5)])
    band = admin.event(slug).bands[0].id
    assert admin.event(slug).seats_left == 5
    with BoxOffice(pair.front) as buyer:
        buyer.login("buyer003@example.org", PASSWORD)
        buyer.buy(slug, band, 3)
    with pytest.raises(AssertionError, match="3 seats are sold or held already"):
        admin.edit_event("A New Place", **{"bands-0-capacity": "2"})
    admin.close_sale("A New Place")
    assert not eventually(lambda: [admin.event(slug)])[0].on_sale

    shadows = "SELECT username, email, password FROM auth_user"
    ((username, email, password),) = postgres.execute(pair.env["catalog"]["DATABASE_URL"], shadows)
    assert email == "admin@example.org" and password.startswith("!") and username.isdigit()
    with BoxOffice(pair.front) as stranger:
        assert stranger.get("/admin/catalog/event/").path == "/admin/login/"
    direct = requests.get(f"{pair.url('catalog')}/admin/catalog/event/", allow_redirects=False)
    assert direct.status_code == 302 and "/admin/login/" in direct.headers["Location"]
    with_session = requests.get(
        f"{pair.url('catalog')}/admin/catalog/event/",
        cookies=admin.session.cookies.get_dict(),
        allow_redirects=False,
    )
    assert with_session.status_code == 302

    # turned back: what was entered meanwhile is brought first
    assert "the same" in pair.manage("catalog", "copy_catalogue", "--back")
    pair.route("catalog", "embedded")
    assert not admin.event(slug).on_sale
    assert slug in {event.slug for event in admin.events("A New Place")}


def test_no_secret_is_shared_and_each_private_key_is_in_one_process(pair):
    monolith, catalog = pair.env["monolith"], pair.env["catalog"]
    for name in ("SECRET_KEY", "TOKEN_PRIVATE_KEY", "DATABASE_URL"):
        assert monolith[name] != catalog[name]
    assert not {monolith["TOKEN_PRIVATE_KEY"], monolith["SECRET_KEY"]} & set(catalog.values())
    assert not {catalog["TOKEN_PRIVATE_KEY"], catalog["SECRET_KEY"]} & set(monolith.values())
    for token in ("", "forged"):
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        assert requests.get(f"{pair.front}/api/v1/seats?ids=1", headers=headers).status_code == 401


# move 5


def test_the_old_tables_are_dropped_once_the_copy_is_complete_and_not_before(trees, started):
    stack = started(BOTH_HALVES)
    # the new release's copy: the old one does not know a database in which the new migrations have begun
    copying_now = {**stack.env["catalog"], "PYTHONPATH": f"{trees[MOVED]}{os.pathsep}{CODE}"}
    urls = {name: stack.env[name]["DATABASE_URL"] for name in ("monolith", "catalog")}
    with pytest.raises(ServiceFailed, match="was never copied as a whole"):
        started(MOVED, databases=urls, seed=False)
    stack.backend.run(CATALOG, copying_now, "copy_catalogue")
    with BoxOffice(stack.front) as admin:  # somebody writes here after the copy
        admin.admin_login()
        admin.create_venue("Too late")
    with pytest.raises(ServiceFailed, match="was written to since it was copied"):
        started(MOVED, databases=urls, seed=False)
    assert len(rows(urls["monolith"], "catalog_event")) == 20
    stack.backend.run(CATALOG, copying_now, "copy_catalogue")
    moved = started(MOVED, databases=urls, seed=False)
    left = postgres.execute(
        urls["monolith"], "SELECT tablename FROM pg_tables WHERE tablename LIKE 'catalog_%'"
    )
    assert left == []
    with BoxOffice(moved.front) as visitor:
        assert len(visitor.events()) == 20
        visitor.login("buyer001@example.org", PASSWORD)
        assert visitor.orders()
    with pytest.raises(LabError, match="its old half is deleted"):
        moved.route("catalog", "embedded")
    with pytest.raises(ServiceFailed, match="no database that I know"):
        moved.manage("catalog", "copy_catalogue", "--back")


def test_the_pair_is_seeded_as_the_monolith_was(started):
    def seen(stack: Stack) -> tuple:
        with BoxOffice(stack.front) as admin:
            admin.admin_login()
            return admin.events(), admin.report(), [admin.event(event.slug).bands for event in admin.events()]

    assert seen(started(MOVED)) == seen(started(BOTH_HALVES))


def test_a_stack_without_a_second_service_has_nothing_to_flip(started):
    stack = started("linter", seed=False)
    assert stack.names == ["provider", "monolith"]
    for ask in (lambda: stack.route("catalog", "remote"), stack.mismatches):
        with pytest.raises(LabError, match="catalog is not moving out"):
            ask()
