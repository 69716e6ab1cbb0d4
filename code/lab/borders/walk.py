"""A walk through the Curtain Call site, so that the tables touched can be counted again and again.

`walk` takes any tree that has the monolith's pages: it relies on addresses, forms and `data-` attributes, and on
nothing inside. As a process (`python -m lab.borders.walk REPORT`) it is what runs in the tree's own Django.
"""

import io
import json
import subprocess
import sys
import tempfile
from collections import Counter
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlencode, urlsplit
from wsgiref.util import setup_testing_defaults

from lab.borders.tables import Touched
from lab.errors import ServiceFailed
from lab.home import CODE

PACKAGE = "monolith"
PASSWORD = "curtain-call"  # of every account in the seed data
BUYER, ADMIN = "buyer001@example.org", "admin@example.org"
EVENTS, ORDERS = 6, 40
IN_THE_ADMIN = ("event", "order", "hold")
SECONDS = 120


class WalkFailed(ServiceFailed):
    """A page of the walk did not answer as it should; the message names it."""


def walk(path="code/monolith") -> Touched:
    """Visit every page of the box office in the folder, and count the tables touched from outside their app.

    `path` is the package `monolith` (whatever the folder is called) or a folder with it. The visit happens in a process
    of its own, on an empty SQLite file that is migrated and seeded first, with the payment provider in the same
    process. Nothing is written below `path`. WalkFailed if a page does not answer as it should.
    """
    from lab.checks.judge import environment

    with tempfile.TemporaryDirectory(prefix="split-decisions-walk-") as folder:
        scratch = Path(folder)
        (scratch / PACKAGE).symlink_to(_package(path), target_is_directory=True)
        report = scratch / "report.json"
        env = environment(str(scratch / "walk.sqlite3"))
        env["PYTHONPATH"] = f"{scratch}:{CODE}"
        try:
            done = subprocess.run(
                [sys.executable, "-m", "lab.borders.walk", str(report)],
                env=env,
                cwd=scratch,
                capture_output=True,
                text=True,
                timeout=SECONDS,
            )
        except subprocess.TimeoutExpired:
            raise WalkFailed(f"the walk through {path} was not over after {SECONDS} seconds") from None
        if not report.exists():
            last = " ".join(done.stderr.strip().splitlines()[-1:])
            raise WalkFailed(f"the walk through {path} could not begin: {last}")
        told = json.loads(report.read_text())
    if told["error"]:
        raise WalkFailed(f"the walk through {path} stumbled: {told['error']}")
    pairs = {(row["app"], row["table"]): row for row in told["rows"]}
    return Touched(
        Counter({pair: row["number"] for pair, row in pairs.items()}),
        {pair: row["place"] for pair, row in pairs.items()},
        told["owners"],
    )


def _package(path) -> Path:
    from lab.borders.source import located

    top = located(path)
    for folder in (top, top / PACKAGE, top / "code" / PACKAGE):
        if (folder / "settings.py").is_file():
            return folder
    raise WalkFailed(f"there is no settings.py in {path}, and none in a folder {PACKAGE} below it")


class Visitor:
    """Somebody with a browser, in the same process."""

    def __init__(self) -> None:
        from django.test import Client

        self.client = Client()

    def get(self, path: str, **params):
        """The page at an address, as soup; WalkFailed unless it is there."""
        address = f"{path}?{urlencode(params)}" if params else path
        return self._read(self.client.get(address, follow=True), f"GET {address}")

    def submit(self, page, selector: str, **fields):
        """Send a form of a page with what it holds, and these fields."""
        form = page.select_one(selector)
        if form is None:
            raise WalkFailed(f"there is no form {selector} on {page.address}")
        address = form.get("action") or page.address
        answer = self.client.post(address, {**filled(form), **fields}, follow=True)
        return self._read(answer, f"POST {address}")

    def _read(self, answer, asked: str):
        from bs4 import BeautifulSoup

        if answer.status_code != 200:
            raise WalkFailed(f"{asked} answered {answer.status_code}")
        page = BeautifulSoup(b"".join(answer) if answer.streaming else answer.content, "html.parser")
        page.address = answer.redirect_chain[-1][0] if answer.redirect_chain else asked.split(" ", 1)[1]
        return page

    def login(self, email: str) -> None:
        page = self.submit(
            self.get("/accounts/login/"), '[data-form="login"]', username=email, password=PASSWORD
        )
        if page.select_one(f'[data-user="{email}"]') is None:
            raise WalkFailed(f"{email} could not log in")


def filled(form) -> dict:
    """What a browser would send for the form as it stands."""
    data = {}
    for field in form.select("input[name], select[name], textarea[name]"):
        kind = field.get("type")
        if field.has_attr("disabled") or kind in ("submit", "button", "file", "image"):
            continue
        if field.name == "select":
            chosen = field.select("option[selected]") or field.select("option")[:1]
            if chosen:
                data[field["name"]] = chosen[0].get("value", chosen[0].get_text())
        elif field.name == "textarea":
            data[field["name"]] = field.get_text()
        elif kind not in ("checkbox", "radio") or field.has_attr("checked"):
            data[field["name"]] = field.get("value", "on" if kind in ("checkbox", "radio") else "")
    return data


def visit() -> None:
    """The walk: a visitor looks around, a buyer buys and cancels, the staff look at it all."""
    anybody = Visitor()
    listing = anybody.get("/")
    anybody.get("/", q="the")
    slug = next(
        (
            item["data-event"]
            for item in listing.select("li[data-event]")
            if not item.select("[data-sold-out]")
        ),
        None,
    )
    if slug is None:
        raise WalkFailed("no event on the first page is on sale")
    anybody.get(f"/events/{slug}/")
    buyer = Visitor()
    buyer.login(BUYER)
    buyer.submit(hold(buyer, slug), '[data-form="release"]')
    order = buyer.submit(hold(buyer, slug), '[data-form="pay"]')
    if order.select_one('[data-order][data-state="paid"]') is None:
        raise WalkFailed(f"the order was not paid: {order.address}")
    number = order.select_one("[data-order]")["data-order"]
    buyer.get("/orders/")
    buyer.get("/account/notifications/")
    gone = buyer.submit(buyer.get(f"/orders/{number}/"), '[data-form="cancel"]')
    if gone.select_one('[data-order][data-state="refunded"]') is None:
        raise WalkFailed(f"order {number} was not cancelled")
    buyer.get("/account/notifications/")
    staff = Visitor()
    staff.login(ADMIN)
    staff.get("/reports/sales/")
    staff.get("/reports/sales/", format="csv")
    index = staff.get("/admin/")
    for model in IN_THE_ADMIN:
        link = index.select_one(f'a[href$="/{model}/"]')
        if link is None:
            raise WalkFailed(f"the admin has no list of {model}s")
        rows = staff.get(link["href"])
        first = rows.select_one("#result_list tbody th a")
        if first is None:
            raise WalkFailed(f"the admin's list of {model}s is empty")
        form = staff.get(first["href"])
        if model == "event":
            saved = staff.submit(form, "form[id$=_form]", _save="Save")
            if saved.select_one(".errornote"):
                raise WalkFailed(f"the admin does not save an {model}")


def hold(buyer: Visitor, slug: str):
    """Keep two seats of the first band that has any; the checkout page."""
    page = buyer.get(f"/events/{slug}/")
    band = page.select_one('[data-form="hold"] input[name="band"]:not([disabled])')
    if band is None:
        raise WalkFailed(f"{slug} has no seats left")
    checkout = buyer.submit(page, '[data-form="hold"]', band=band["value"], quantity="2")
    if checkout.select_one("[data-hold]") is None:
        raise WalkFailed(f"no seats were held in {slug}: {checkout.address}")
    return checkout


def provider_in_here():
    """The payment provider, at every address that `requests` asks in this process."""
    from lab.checks.wire import wire
    from lab.provider import Provider

    provider = Provider(sleep=lambda seconds: None)

    def answer(call):
        address = urlsplit(call.url)
        environ = {
            "REQUEST_METHOD": call.method,
            "PATH_INFO": address.path,
            "QUERY_STRING": address.query,
            "CONTENT_LENGTH": str(len(call.body)),
            "wsgi.input": io.BytesIO(call.body),
        }
        setup_testing_defaults(environ)
        status = []
        body = b"".join(provider(environ, lambda line, headers: status.append(int(line.split()[0]))))
        return status[0], body

    return wire(answer)


def main() -> None:
    import django

    django.setup()
    from django.core.cache import cache
    from django.core.management import call_command
    from django.db import connections

    from lab.borders.tables import touched

    error = None
    with ExitStack() as stack:
        for alias in connections:
            call_command("migrate", database=alias, verbosity=0)
        call_command("seed", events=EVENTS, orders=ORDERS, verbosity=0)
        cache.clear()
        stack.enter_context(provider_in_here())
        found = stack.enter_context(touched())
        try:
            visit()
        except Exception as problem:
            error = (
                str(problem) if isinstance(problem, WalkFailed) else f"{type(problem).__name__}: {problem}"
            )
    rows = [
        {"app": app, "table": table, "number": number, "place": found.places[app, table]}
        for (app, table), number in sorted(found.counted.items())
    ]
    Path(sys.argv[1]).write_text(json.dumps({"error": error, "rows": rows, "owners": found.owners}))


if __name__ == "__main__":
    main()
