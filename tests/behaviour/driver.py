"""Drives the box office as a visitor does: through its pages, in any arrangement.

It knows the public pages, the admin's forms, and the `data-` attributes that every arrangement shows, and
nothing of how the pages come about.
"""

import csv
import io
import re
import time
from dataclasses import dataclass
from decimal import Decimal
from urllib.parse import urljoin, urlsplit

import requests
from bs4 import BeautifulSoup

PASSWORD = "curtain-call"  # of every account in the seed data
CHOSEN_PASSWORD = "the-orchestra-tunes"  # of accounts that tests register
FAST_LOGINS = {"LAB": "1", "PASSWORD_HASHER": "md5"}
STAFF, ADMIN = "staff@example.org", "admin@example.org"
SECONDS = 60  # a request that takes longer has failed


class Unexpected(AssertionError):
    """The box office did not show what was looked for; says where, and what it showed instead."""


@dataclass(frozen=True)
class Listed:
    """An event as the list shows it."""

    slug: str
    title: str
    venue: str
    from_price: Decimal | None
    sold_out: bool


@dataclass(frozen=True)
class Band:
    id: str
    name: str
    price: Decimal
    seats_left: int


@dataclass(frozen=True)
class EventPage:
    slug: str
    title: str
    venue: str
    bands: tuple[Band, ...]
    on_sale: bool

    def band(self, name: str) -> Band:
        for band in self.bands:
            if band.name == name:
                return band
        raise Unexpected(
            f"{self.slug} has no band {name!r}, only {', '.join(band.name for band in self.bands)}"
        )

    @property
    def seats_left(self) -> int:
        return sum(band.seats_left for band in self.bands)


@dataclass(frozen=True)
class Order:
    number: str
    state: str
    title: str
    total: Decimal
    quantity: int | None = None  # the list of orders does not tell


@dataclass(frozen=True)
class Notification:
    subject: str
    text: str


@dataclass(frozen=True)
class Provider:
    """The payment provider, as seen by whoever may break it."""

    url: str

    def fault(self, mode: str = "ok", **more) -> None:
        requests.put(f"{self.url}/faults", json={"mode": mode, **more}, timeout=30).raise_for_status()

    def ledger(self) -> list[dict]:
        answer = requests.get(f"{self.url}/ledger", timeout=30)
        answer.raise_for_status()
        return answer.json()["charges"]


class Page:
    """An answer of the box office, and how to find things in it."""

    def __init__(self, response: requests.Response):
        self.response = response
        self.status = response.status_code
        self.path = urlsplit(response.url).path
        self.soup = BeautifulSoup(response.text, "html.parser")

    @property
    def messages(self) -> list[str]:
        return [_text(element) for element in self.soup.select("[data-message]")]

    @property
    def errors(self) -> list[str]:
        return [_text(element) for element in self.soup.select('[data-message][data-level="error"]')]

    def one(self, selector: str):
        """The first element that fits; Unexpected if there is none."""
        found = self.soup.select_one(selector)
        if found is None:
            raise Unexpected(f"no {selector} on {self}")
        return found

    def has(self, selector: str) -> bool:
        return self.soup.select_one(selector) is not None

    def expect(self, status: int) -> "Page":
        if self.status != status:
            raise Unexpected(f"expected {status}, got {self}")
        return self

    def __str__(self):
        said = "; ".join(self.messages) or _text(self.soup.title or self.soup)[:200]
        return f"{self.response.request.method} {self.path} ({self.status}: {said})"


def _text(element) -> str:
    return " ".join(element.get_text().split())


class BoxOffice:
    """One visitor, with a session of their own."""

    def __init__(self, base_url: str):
        self.base_url = base_url.rstrip("/")
        self.session = requests.Session()
        # A server may close an idle connection just when it is used again, and a POST must not be repeated.
        self.session.headers["Connection"] = "close"
        self.statuses: list[int] = []  # of every answer, redirects too
        self.session.hooks["response"] = [lambda answer, *rest, **more: self._note(answer)]

    def __enter__(self) -> "BoxOffice":
        return self

    def __exit__(self, *problem):
        self.session.close()

    def _note(self, answer: requests.Response) -> None:
        self.statuses.append(answer.status_code)

    def same_visitor(self) -> "BoxOffice":
        """Another window of the same visitor: the same cookies, its own connection."""
        other = BoxOffice(self.base_url)
        other.session.cookies.update(self.session.cookies)
        return other

    # Pages and forms

    def get(self, path: str, **params) -> Page:
        return Page(self.session.get(self._url(path), params=params, timeout=SECONDS))

    def post(self, path: str, fields: dict) -> Page:
        """Send a form as a browser does: with the token of the CSRF cookie, and a referrer."""
        url = self._url(path)
        data = {"csrfmiddlewaretoken": self.session.cookies.get("csrftoken", ""), **fields}
        return Page(self.session.post(url, data=data, headers={"Referer": url}, timeout=SECONDS))

    def submit(self, page: Page, form: str, **fields) -> Page:
        """Send the form of that name (`data-form`, or a CSS selector), with what it already holds."""
        found = page.one(form if "[" in form or "#" in form else f'form[data-form="{form}"]')
        return self.post(
            urljoin(page.response.url, found.get("action") or ""), {**form_data(found), **fields}
        )

    def _url(self, path: str) -> str:
        return path if path.startswith("http") else self.base_url + path

    # Who is there

    def login(self, email: str, password: str = PASSWORD) -> Page:
        page = self.submit(self.get("/accounts/login/"), "login", username=email, password=password)
        if self.user != email:
            raise Unexpected(f"{email} is not logged in: {page}")
        return page

    def logout(self) -> Page:
        return self.submit(self.get("/"), "logout").expect(200)

    def register(self, email: str, password: str, first_name: str = "", last_name: str = "") -> Page:
        return self.submit(
            self.get("/accounts/register/"),
            "register",
            email=email,
            first_name=first_name,
            last_name=last_name,
            password1=password,
            password2=password,
        )

    @property
    def user(self) -> str | None:
        """The e-mail address that the pages greet, or None."""
        shown = self.get("/").soup.select_one("[data-user]")
        return shown["data-user"] if shown else None

    # Looking around

    def events(self, q: str = "") -> list[Listed]:
        """All events with that in their title, from every page of the list."""
        page = self.get("/", **({"q": q} if q else {})).expect(200)
        found = _listed(page)
        while following := page.soup.select_one('a[rel="next"]'):
            page = self.get(urljoin(page.response.url, following["href"])).expect(200)
            found += _listed(page)
        return found

    def event(self, slug: str) -> EventPage:
        page = self.get(f"/events/{slug}/").expect(200)
        prices = {
            row["data-price-band"]: Decimal(row.select_one("[data-price]")["data-price"])
            for row in page.soup.select("[data-price-band]")
        }
        bands = tuple(
            Band(
                id=element["data-band"],
                name=_text(element.select_one("[data-name]")),
                price=prices[element["data-band"]],
                seats_left=int(element["data-seats-left"]),
            )
            for element in page.soup.select("[data-band]")
        )
        return EventPage(
            slug=page.one("[data-event]")["data-event"],
            title=_text(page.one("[data-title]")),
            venue=_text(page.one("[data-venue]")),
            bands=bands,
            on_sale=not page.has("[data-not-on-sale]"),
        )

    # Buying

    def try_hold(self, slug: str, band: str, quantity=1) -> Page:
        """Ask for seats in the band of that id, whatever the answer."""
        page = self.get(f"/events/{slug}/").expect(200)
        return self.submit(page, "hold", band=band, quantity=quantity)

    def hold(self, slug: str, band: str, quantity: int = 1) -> str:
        """Hold seats, and return the path of the checkout page."""
        page = self.try_hold(slug, band, quantity)
        if page.status != 200 or not page.has("[data-hold]"):
            raise Unexpected(f"no hold on {quantity} of {slug}: {page}")
        return page.path

    def pay(self, checkout: str) -> Page:
        """Press "Pay" on the checkout page, whatever the answer."""
        return self.submit(self.get(checkout).expect(200), "pay")

    def release(self, checkout: str) -> Page:
        return self.submit(self.get(checkout).expect(200), "release").expect(200)

    def buy(self, slug: str, band: str, quantity: int = 1) -> Order:
        """Hold, pay, and return the paid order."""
        page = self.pay(self.hold(slug, band, quantity))
        order = order_on(page)
        if order.state != "paid":
            raise Unexpected(f"the order is {order.state}, not paid: {page}")
        return order

    # Afterwards

    def orders(self) -> list[Order]:
        """All my orders, the newest first."""
        page = self.get("/orders/").expect(200)
        found = _orders(page)
        while following := page.soup.select_one('a[rel="next"]'):
            page = self.get(urljoin(page.response.url, following["href"])).expect(200)
            found += _orders(page)
        return found

    def paid_orders(self) -> list[Order]:
        return [order for order in self.orders() if order.state == "paid"]

    def order(self, number: str) -> Order:
        return order_on(self.get(f"/orders/{number}/").expect(200))

    def cancel(self, number: str) -> Page:
        """Press "Cancel and refund" on the order's page, whatever the answer."""
        return self.submit(self.get(f"/orders/{number}/").expect(200), "cancel")

    def notifications(self) -> list[Notification]:
        page = self.get("/account/notifications/").expect(200)
        return [
            Notification(
                _text(element.select_one("[data-subject]")), _text(element.select_one("[data-text]"))
            )
            for element in page.soup.select("[data-notification]")
        ]

    @property
    def unread(self) -> int:
        """The number beside "Notifications" in the page's head."""
        shown = self.get("/").soup.select_one("[data-unread]")
        return int(shown["data-unread"]) if shown else 0

    # The staff

    def report(self) -> dict[str, dict]:
        """The sales report by event slug, from its CSV."""
        page = self.get("/reports/sales/", format="csv").expect(200)
        kind = page.response.headers["Content-Type"]
        if not kind.startswith("text/csv"):
            raise Unexpected(f"the report is {kind}, not CSV: {page}")
        return {
            row["slug"]: {
                "orders": int(row["orders"]),
                "tickets": int(row["tickets"]),
                "revenue": Decimal(row["revenue"]),
                "refunded": Decimal(row["refunded"]),
            }
            for row in csv.DictReader(io.StringIO(page.response.text))
        }

    def admin_login(self, email: str = ADMIN, password: str = PASSWORD) -> Page:
        page = self.get("/admin/").expect(200)
        return self.submit(page, "#login-form", username=email, password=password)

    def admin_save(self, path: str, **fields) -> Page:
        """Fill in the admin's form at that path; Unexpected with the admin's own words if it refuses."""
        page = self.get(path).expect(200)
        saved = self.submit(page, "form[id$=_form]", **fields, _save="Save")
        if refusals := [_text(element) for element in saved.soup.select(".errorlist li, .errornote")]:
            raise Unexpected(f"the admin refuses {path}: {'; '.join(refusals)}")
        return saved.expect(200)

    def create_venue(self, name: str, city: str = "Bristol") -> str:
        """Enter a venue in the admin, and return its id there."""
        self.admin_save("/admin/catalog/venue/add/", name=name, city=city, address="1 Test Street")
        return self._admin_id("/admin/catalog/venue/", name)

    def create_event(self, title: str, venue: str, bands: list[tuple], **fields) -> str:
        """Enter an event with (name, price, capacity) bands in the admin, and return its slug."""
        slug = "-".join(re.findall(r"[a-z0-9]+", title.lower()))
        form = {
            "title": title,
            "slug": slug,
            "venue": venue,
            "starts_at_0": "2031-05-01",
            "starts_at_1": "19:30:00",
            "bands-TOTAL_FORMS": str(len(bands)),
        }
        for number, (name, price, capacity) in enumerate(bands):
            form |= {
                f"bands-{number}-name": name,
                f"bands-{number}-price": price,
                f"bands-{number}-position": str(number + 1),
                f"bands-{number}-capacity": str(capacity),
            }
        self.admin_save("/admin/catalog/event/add/", **{**form, **fields})
        return slug

    def edit_event(self, title: str, /, **fields) -> None:
        """Change fields of the admin's form of the event with that title."""
        found = self._admin_id("/admin/catalog/event/", title)
        self.admin_save(f"/admin/catalog/event/{found}/change/", **fields)

    def close_sale(self, title: str) -> Page:
        """Run the admin's action "close sale" on the event with that title."""
        found = self._admin_id("/admin/catalog/event/", title)
        return self.admin_action("/admin/catalog/event/", "close_sale", [found])

    def _admin_id(self, path: str, words: str) -> str:
        """The id of the row that is called exactly so: the search finds every row that has all the words."""
        page = self.get(path, q=words).expect(200)
        for link in page.soup.select("#result_list tbody th a"):
            if _text(link) == words:
                return re.search(r"/(\d+)/change/", link["href"])[1]
        raise Unexpected(f"no row called {words!r} on {page}")

    def admin_action(self, path: str, action: str, ids: list[str]) -> Page:
        """Run a list's action on those rows."""
        page = self.get(path).expect(200)
        return self.submit(page, "#changelist-form", action=action, _selected_action=ids).expect(200)


def eventually(look, seconds: float = 10):
    """What `look()` gives once that is true: an arrangement may need a moment to tell everybody."""
    end = time.monotonic() + seconds
    while not (seen := look()):
        if time.monotonic() > end:
            raise Unexpected(f"not within {seconds} seconds: the last look gave {seen!r}")
        time.sleep(0.1)
    return seen


def form_data(form) -> dict:
    """What a browser would send for the form as it stands, without pressing a button."""
    data = {}
    for field in form.select("input[name], select[name], textarea[name]"):
        if field.has_attr("disabled"):
            continue
        if field.name == "select":
            chosen = field.select_one("option[selected]") or field.select_one("option")
            if chosen is not None:
                data[field["name"]] = chosen.get("value", chosen.get_text())
        elif field.name == "textarea":
            data[field["name"]] = field.get_text()
        elif field.get("type") in ("checkbox", "radio"):
            if field.has_attr("checked"):
                data[field["name"]] = field.get("value", "on")
        elif field.get("type") not in ("submit", "button", "image", "file"):
            data[field["name"]] = field.get("value", "")
    return data


def order_on(page: Page) -> Order:
    """The order that the page shows; Unexpected with the page's own words if it shows none."""
    if page.status != 200 or not page.has("article[data-order]"):
        raise Unexpected(f"no order on {page}")
    article = page.one("article[data-order]")
    return Order(
        number=article["data-order"],
        state=article["data-state"],
        title=_text(article.select_one("[data-title]")),
        total=Decimal(article.select_one("[data-total]")["data-total"]),
        quantity=sum(int(element["data-quantity"]) for element in article.select("[data-quantity]")),
    )


def _listed(page: Page) -> list[Listed]:
    found = []
    for element in page.soup.select("li[data-event]"):
        price = element.select_one("[data-from-price]")
        found.append(
            Listed(
                slug=element["data-event"],
                title=_text(element.select_one("[data-title]")),
                venue=_text(element.select_one("[data-venue]")),
                from_price=Decimal(price["data-from-price"]) if price else None,
                sold_out=element.select_one("[data-sold-out]") is not None,
            )
        )
    return found


def _orders(page: Page) -> list[Order]:
    return [
        Order(
            number=row["data-order"],
            state=row["data-state"],
            title=_text(row.select_one("[data-title]")),
            total=Decimal(row.select_one("[data-total]")["data-total"]),
        )
        for row in page.soup.select("tr[data-order]")
    ]
