"""Looks at a tree from inside its own Django, and writes down what may not change: pages, mail, figures, and the
number of queries. Run as a process: python look.py REPORT, with the tree first on the PYTHONPATH.
"""

import json
import re
import sys
from unittest import mock

CHANGES = [  # what differs from one visit to the next
    (re.compile(r'(name="csrfmiddlewaretoken" value=")[^"]*'), r"\1"),
    (re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"), "REFERENCE"),
    (re.compile(r"CC-[A-Z0-9]{4}-[A-Z0-9]{4}"), "NUMBER"),
    (re.compile(r'(data-expires-at=")[^"]*'), r"\1"),
    (re.compile(r"(data-seconds-left=\"|data-countdown>)\d+"), r"\1"),
    (re.compile(r"\d{1,2} [A-Z][a-z]+ 20\d\d, \d\d:\d\d(?=</p>| by | · new|</td>| placed)"), "NOW"),
    (re.compile(r"placed [^<]*? by"), "placed NOW by"),
]


def steady(text: str) -> str:
    for pattern, instead in CHANGES:
        text = pattern.sub(instead, text)
    return text


def everything() -> dict[str, list]:
    """Every row of the box office's own tables, ids included, without time stamps and salted passwords."""
    from django.apps import apps

    fresh = {"created_at", "updated_at", "date_joined", "password", "last_login"}
    found = {}
    for model in apps.get_models():
        if model.__module__.startswith("monolith."):
            fields = [field.attname for field in model._meta.concrete_fields if field.attname not in fresh]
            rows = model.objects.order_by("pk").values_list(*sorted(fields))
            found[model._meta.label] = [[str(value) for value in row] for row in rows]
    return found


def main(report: str) -> None:
    import django

    django.setup()
    from django.core import mail
    from django.core.cache import cache
    from django.core.management import call_command
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext, setup_test_environment

    from lab.provider import Provider
    from monolith.tests.provider import InProcess

    setup_test_environment()
    call_command("migrate", verbosity=0)
    call_command("seed", events=20, orders=400, verbosity=0)
    seeded = everything()
    adapter = InProcess(Provider())
    mock.patch("requests.Session.get_adapter", lambda session, url: adapter).start()

    pages, queries = {}, {}
    client = Client()

    def visit(name: str, method: str, url: str, **data):
        with CaptureQueriesContext(connection) as captured:
            answer = getattr(client, method)(url, data)
        queries[name] = len(captured)
        pages[name] = steady(
            f"{answer.status_code} {answer.headers.get('Location', '')}\n{answer.content.decode()}"
        )
        return answer

    def log_in(email: str) -> None:
        assert client.login(username=email, password="curtain-call")

    cache.clear()
    visit("list", "get", "/")
    visit("second page", "get", "/?page=2")
    visit("search", "get", "/?q=the")
    for slug in ("the-clockmakers-daughter", "an-evening-of-unfinished-symphonies"):
        cache.clear()
        visit(f"event {slug}", "get", f"/events/{slug}/")
    url = "/events/the-clockmakers-daughter/"
    band = re.search(r'data-band="(\d+)"', pages["event the-clockmakers-daughter"])[1]
    log_in("buyer001@example.org")
    client.get("/account/notifications/")
    for purchase in ("first", "second"):
        held = visit(f"hold ({purchase})", "post", f"{url}hold/", band=band, quantity=2)
        place = held.headers["Location"]
        visit(f"checkout ({purchase})", "get", place)
        bought = visit(f"pay ({purchase})", "post", f"{place}pay/")
        visit(f"order ({purchase})", "get", bought.headers["Location"])
    visit("paid twice", "post", f"{place}pay/")
    visit("checkout of what was paid", "get", place)
    visit("orders", "get", "/orders/")
    visit("cancel", "post", f"{bought.headers['Location']}cancel/")
    visit("refunded order", "get", bought.headers["Location"])
    visit("notifications", "get", "/account/notifications/")
    held = visit("hold to give back", "post", f"{url}hold/", band=band, quantity=10)
    visit("give back", "post", f"{held.headers['Location']}release/")
    visit("event afterwards", "get", url)
    log_in("staff@example.org")
    visit("report", "get", "/reports/sales/")
    visit("csv", "get", "/reports/sales/?format=csv")
    mails = [steady(f"{one.to}\n{one.subject}\n{one.body}") for one in mail.outbox]
    data = {"pages": pages, "queries": queries, "mails": mails, "seeded": seeded}
    with open(report, "w") as file:
        json.dump(data, file)


if __name__ == "__main__":
    main(sys.argv[1])
