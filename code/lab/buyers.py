"""Buyers: what people do at the box office, through its pages, one after another or all at once."""

import re
import threading
from collections import Counter

import requests

PASSWORD = "curtain-call"  # of every account in the seed data


class Buyer:
    """One visitor with a session of their own, as a browser has it: cookies, and the CSRF token in each form."""

    def __init__(self, url: str, email: str, password: str = PASSWORD) -> None:
        self.url, self.email, self.password = url, email, password
        self.session = requests.Session()
        # A server may close an idle connection just when it is used again, and a POST must not be repeated.
        self.session.headers["Connection"] = "close"

    def get(self, path: str) -> requests.Response:
        return self.session.get(self.url + path, timeout=30)

    def post(self, path: str, **fields) -> requests.Response:
        """Send a form; Django compares the token in it with the cookie."""
        fields["csrfmiddlewaretoken"] = self.session.cookies.get("csrftoken", "")
        return self.session.post(self.url + path, data=fields, timeout=60)

    def log_in(self) -> "Buyer":
        self.get("/accounts/login/")
        answer = self.post("/accounts/login/", username=self.email, password=self.password)
        if "sessionid" not in self.session.cookies:
            raise RuntimeError(f"{self.email} could not log in ({answer.status_code})")
        return self

    def hold(self, slug: str, quantity: int = 1) -> str | None:
        """Hold seats in the event's first price band that has any. The checkout's path; None if refused."""
        page = self.get(f"/events/{slug}/").text
        bands = re.findall(r'data-band="(\d+)" data-seats-left="(\d+)"', page)
        if not bands:
            raise RuntimeError(f"the page of {slug} shows no price bands")
        band = next((number for number, left in bands if int(left)), bands[0][0])
        answer = self.post(f"/events/{slug}/hold/", band=band, quantity=quantity)
        if answer.status_code >= 500:
            raise RuntimeError(f"{self.email}: {answer.status_code} from the hold")
        path = answer.url.removeprefix(self.url)
        return path if path.startswith("/checkout/") else None

    def pay(self, checkout: str) -> bool:
        """Pay for held seats; whether an order came of it."""
        answer = self.post(f"{checkout}pay/")
        if answer.status_code >= 500:
            raise RuntimeError(f"{self.email}: {answer.status_code} from the payment")
        return "/orders/" in answer.url


def rush(url: str, slug: str, emails: list[str], quantity: int = 1) -> dict[str, int]:
    """All buyers log in, then go for the same event at the same moment.

    Returns how many "paid", were "refused", and met an "error" (an exception or a status of 500).
    """
    buyers = [Buyer(url, email).log_in() for email in emails]
    outcomes: list[str] = []
    together = threading.Barrier(len(buyers))

    def go(buyer: Buyer) -> None:
        together.wait()
        try:
            checkout = buyer.hold(slug, quantity)
            outcomes.append("paid" if checkout and buyer.pay(checkout) else "refused")
        except (requests.RequestException, RuntimeError):
            outcomes.append("error")

    threads = [threading.Thread(target=go, args=[buyer]) for buyer in buyers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    counted = Counter(outcomes)
    return {name: counted[name] for name in ("paid", "refused", "error")}


class Crowd:
    """Buyers who look, hold seats, pay or give them back, and cancel what they bought, as long as the block runs.

        with Crowd(stack.front) as crowd:
            …                       # change something, while they go on
        crowd.asked, crowd.failed   # how many requests were answered, and what went wrong
        crowd.bought                # how many tickets were paid for

    Each of them takes one seat, and has none left at the end. A status of 400 or more is a failure, and so is no answer at all. Each buyer has finished a round before the
    block begins.
    """

    EVENT = "the-last-lamplighter"

    def __init__(self, url: str, buyers: int = 6) -> None:
        self.asked = self.bought = 0
        self.failed: list[str] = []
        self._over = threading.Event()
        self._began = threading.Barrier(buyers + 1)
        self._lock = threading.Lock()
        emails = [f"buyer{number:03}@example.org" for number in range(1, buyers + 1)]
        self._buyers = [Buyer(url, email).log_in() for email in emails]
        self._threads = [threading.Thread(target=self._go_on, args=[buyer]) for buyer in self._buyers]

    def __enter__(self) -> "Crowd":
        for buyer in self._buyers:
            buyer.session.hooks["response"].append(self._answered)
        for thread in self._threads:
            thread.start()
        self._began.wait(60)
        return self

    def __exit__(self, *_) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()

    def _answered(self, response: requests.Response, **_) -> None:
        with self._lock:
            self.asked += 1
            if response.status_code >= 400:
                self.failed.append(f"{response.status_code} {response.url}")

    def _go_on(self, buyer: Buyer) -> None:
        rounds = 0
        while not self._over.is_set():
            try:
                self._round(buyer, rounds)
            except (requests.RequestException, RuntimeError) as problem:
                self.failed.append(f"{buyer.email}: {problem}")
                self._over.wait(0.2)  # whoever is refused tries again a little later
            rounds += 1
            if rounds == 1:
                self._began.wait(60)

    def _round(self, buyer: Buyer, number: int) -> None:
        # a page that nobody has asked for by that name, so that no kept one answers
        buyer.get(f"/?page={buyer.email}-{number}")
        checkout = buyer.hold(self.EVENT)
        if checkout is None:
            raise RuntimeError("no seats were held")
        buyer.get(checkout)
        if number % 2:
            buyer.post(f"{checkout}release/")
            return
        order = buyer.post(f"{checkout}pay/").url.removeprefix(buyer.url)
        if not order.startswith("/orders/"):
            raise RuntimeError("the payment was refused")
        with self._lock:
            self.bought += 1
        buyer.post(f"{order}cancel/")
