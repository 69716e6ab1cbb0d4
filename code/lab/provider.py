"""The fake payment provider: HTTP and JSON, everything in memory, faults on request.

A pure WSGI application of the standard library: any WSGI server runs it, and so does a browser tab.

    POST   /charges               {"key", "amount": "12.50", "currency": "GBP", "reference"}: 201, and the
                                  charge. The same key and body again: 200, and the same charge; the same
                                  key with another body: 409
    POST   /charges/<id>/refund   200, however often; 404 for a charge that does not exist
    GET    /charges?key=…         the charges made with that key
    GET    /ledger                every charge, in the order in which they were made
    DELETE /ledger                forget them all
    GET    /faults, PUT /faults   {"mode", "delay", "hold", "times"}: what goes wrong from now on
    GET    /health

The modes of a charge: `ok`; `declined` (402, nothing captured); `error` (500, nothing captured);
`timeout` (captured, but the answer comes after `hold` seconds); `lost` (not captured, and the answer
comes as late); `duplicate` (the key is ignored: another charge appears). A mode lasts for the next
`times` charge requests, or until it is changed if that is null. `delay` seconds are added to every
answer but those of /faults and /health, until they are changed.
"""

import itertools
import json
import re
import threading
import time
from dataclasses import asdict, dataclass
from decimal import Decimal
from http import HTTPStatus
from urllib.parse import parse_qs

MODES = ("ok", "declined", "timeout", "lost", "error", "duplicate")
AMOUNT = re.compile(r"[0-9]{1,8}\.[0-9]{2}")
LONGEST_BODY = 10_000
LONGEST_WAIT = 600


class Refused(Exception):
    """A request that is answered with an error: the status, and a sentence."""

    def __init__(self, code: int, sentence: str, /, **more):
        super().__init__(sentence)
        self.code = code
        self.body = {"error": sentence, **more}


@dataclass(frozen=True)
class Faults:
    mode: str = "ok"
    delay: float = 0
    hold: float = 10
    times: int | None = None

    @classmethod
    def read(cls, body: dict) -> "Faults":
        """The faults that the body asks for; what it does not mention is as on the first day."""
        faults = cls(**_only(body, cls.__dataclass_fields__))
        if faults.mode not in MODES:
            raise Refused(400, f"mode must be one of {', '.join(MODES)}.")
        for name in ("delay", "hold"):
            seconds = getattr(faults, name)
            if type(seconds) not in (int, float) or not 0 <= seconds <= LONGEST_WAIT:
                raise Refused(400, f"{name} must be a number of seconds, from 0 to {LONGEST_WAIT}.")
        if faults.times is not None and (type(faults.times) is not int or faults.times < 1):
            raise Refused(400, "times must be a whole number, 1 or more, or null.")
        return faults


@dataclass(frozen=True)
class Wanted:
    """A charge as it is asked for."""

    key: str
    amount: str
    currency: str
    reference: str

    @classmethod
    def read(cls, body: dict) -> "Wanted":
        fields = _only(body, cls.__dataclass_fields__)
        for name in cls.__dataclass_fields__:
            if not isinstance(fields.get(name), str) or not 1 <= len(fields[name]) <= 200:
                raise Refused(400, f"{name} must be a text of 1 to 200 characters.")
        if not AMOUNT.fullmatch(fields["amount"]) or Decimal(fields["amount"]) == 0:
            raise Refused(400, 'amount must be more than nothing, and written like "12.50".')
        if fields["currency"] != "GBP":
            raise Refused(400, "currency must be GBP.")
        return cls(**fields)


def _only(body: dict, known) -> dict:
    if unknown := sorted(set(body) - set(known)):
        raise Refused(400, f"unknown: {', '.join(unknown)}. Known: {', '.join(known)}.")
    return body


class Provider:
    """One provider with a ledger of its own: a WSGI application."""

    def __init__(self, sleep=time.sleep):
        self._lock = threading.Lock()
        self._sleep = sleep
        self._faults = Faults()
        self._charges: list[dict] = []
        self._numbers = itertools.count(1)  # goes on when the ledger is emptied: no id comes twice

    def __call__(self, environ, start_response):
        path = environ.get("PATH_INFO", "/")
        if path not in ("/faults", "/health"):
            self._wait(self._faults.delay)
        try:
            status, body = self._answer(environ.get("REQUEST_METHOD", "GET"), path, environ)
        except Refused as refused:
            status, body = refused.code, refused.body
        content = json.dumps(body).encode()
        headers = [("Content-Type", "application/json"), ("Content-Length", str(len(content)))]
        start_response(f"{status} {HTTPStatus(status).phrase}", headers)
        return [content]

    def _wait(self, seconds: float) -> None:
        if seconds:
            self._sleep(seconds)

    def _answer(self, method: str, path: str, environ) -> tuple[int, dict]:
        refund = re.fullmatch(r"/charges/([^/]+)/refund", path)
        allowed = {
            "/health": {"GET": lambda: (200, {"status": "ok"})},
            "/faults": {"GET": lambda: (200, asdict(self._faults)), "PUT": lambda: self._set_faults(environ)},
            "/ledger": {"GET": self._ledger, "DELETE": self._empty},
            "/charges": {"GET": lambda: self._find(environ), "POST": lambda: self._charge(environ)},
        }.get(path)
        if refund:
            allowed = {"POST": lambda: self._refund(refund[1])}
        if allowed is None:
            raise Refused(404, f"there is nothing at {path}.")
        if method not in allowed:
            raise Refused(405, f"{path} knows {' and '.join(allowed)}, not {method}.")
        return allowed[method]()

    def _set_faults(self, environ) -> tuple[int, dict]:
        faults = Faults.read(_json(environ))
        with self._lock:
            self._faults = faults
        return 200, asdict(faults)

    def _ledger(self) -> tuple[int, dict]:
        with self._lock:
            return 200, {"charges": [dict(charge) for charge in self._charges]}

    def _empty(self) -> tuple[int, dict]:
        with self._lock:
            self._charges.clear()
        return 200, {"charges": []}

    def _find(self, environ) -> tuple[int, dict]:
        keys = parse_qs(environ.get("QUERY_STRING", "")).get("key")
        if not keys:
            raise Refused(400, "say which: /charges?key=…")
        with self._lock:
            return 200, {"charges": [dict(charge) for charge in self._charges if charge["key"] == keys[0]]}

    def _charge(self, environ) -> tuple[int, dict]:
        wanted = Wanted.read(_json(environ))
        faults = self._take_fault()
        if faults.mode == "declined":
            raise Refused(402, "the card was declined.", status="declined", reason="insufficient funds")
        if faults.mode == "error":
            raise Refused(500, "the provider has a problem of its own; nothing was charged.")
        if faults.mode == "lost":
            self._wait(faults.hold)
            raise Refused(504, "the charge was lost on the way; nothing was charged.")
        status, charge = self._capture(wanted, ignore_key=faults.mode == "duplicate")
        if faults.mode == "timeout":
            self._wait(faults.hold)
        return status, charge

    def _take_fault(self) -> Faults:
        """The faults that this charge request meets, counted off."""
        with self._lock:
            faults = self._faults
            if faults.times is not None:
                left = faults.times - 1
                still = {"mode": faults.mode, "times": left} if left else {}
                self._faults = Faults(delay=faults.delay, hold=faults.hold, **still)
            return faults

    def _capture(self, wanted: Wanted, ignore_key: bool) -> tuple[int, dict]:
        with self._lock:
            if not ignore_key and (made := self._made_with(wanted.key)):
                if any(made[name] != value for name, value in asdict(wanted).items()):
                    raise Refused(409, "this key was used before, for another charge.")
                return 200, dict(made)
            charge = {"id": f"ch_{next(self._numbers):06d}", **asdict(wanted), "status": "captured"}
            self._charges.append(charge)
            return 201, dict(charge)

    def _made_with(self, key: str) -> dict | None:
        return next((charge for charge in self._charges if charge["key"] == key), None)

    def _refund(self, charge_id: str) -> tuple[int, dict]:
        with self._lock:
            for charge in self._charges:
                if charge["id"] == charge_id:
                    charge["status"] = "refunded"
                    return 200, dict(charge)
        raise Refused(404, f"there is no charge {charge_id}.")


def _json(environ) -> dict:
    try:
        length = int(environ.get("CONTENT_LENGTH") or 0)
    except ValueError:
        length = 0
    if length > LONGEST_BODY:
        raise Refused(400, f"the body is longer than {LONGEST_BODY} bytes.")
    try:
        body = json.loads(environ["wsgi.input"].read(max(length, 0)))
    except (ValueError, RecursionError):
        raise Refused(400, "the body must be JSON.") from None
    if not isinstance(body, dict):
        raise Refused(400, "the body must be a JSON object.")
    return body


application = Provider()
