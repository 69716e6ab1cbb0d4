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
