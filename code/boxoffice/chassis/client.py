"""How one service calls another: pooled, with a deadline, and with every failure turned into one of three.

    the context's own refusal      problem+json of a type that its contracts name
    Unavailable                    nobody was reached, or nothing was changed: asking again may help
    OutcomeUnknown                 a write was sent, and no answer that settles it came back

A read can always be repeated, so it is never OutcomeUnknown, and one that was cut off is tried once more: a
server may close an idle pooled connection at the very moment when it is used again. A write is tried
again only where the callee says that twice is once (`repeatable`).
"""

import threading

import requests
from django.conf import settings
from django.utils.module_loading import import_string
from urllib3.exceptions import NewConnectionError

from boxoffice.chassis import errors, tokens
from boxoffice.chassis.contracts import Actor
from boxoffice.chassis.middleware import request_id
from boxoffice.chassis.wire import Garbled, from_wire

PROBLEM = "urn:boxoffice:"  # what the type of every problem begins with
RENEW_BEFORE = 30  # seconds before its end, a service token is fetched anew

_local = threading.local()
_service_token = ""


def session() -> requests.Session:
    """This thread's session: its connections stay open from call to call."""
    if not hasattr(_local, "session"):
        _local.session = requests.Session()
        _local.session.trust_env = False  # no proxy and no .netrc lies between two services
        _local.session.headers["User-Agent"] = f"boxoffice-{settings.SERVICE_NAME}"
    return _local.session


def service_token() -> str:
    """The token that says which service this is; fetched from accounts when the last one is about to end."""
    global _service_token
    if tokens.seconds_left(_service_token) < RENEW_BEFORE:
        fetch = import_string(settings.SERVICE_TOKENS)
        _service_token = fetch(settings.SERVICE_NAME, settings.SERVICE_SECRET)
    return _service_token


class Client:
    """Calls one context.

        client = Client("inventory", InventoryUnavailable, InventoryOutcomeUnknown, [SoldOut, HoldOver])
        client.get("holds/…", HoldContract, actor=actor)

    `actor` forwards the person's own token. `as_service` speaks for this service instead. With neither,
    nobody in particular is calling. `seconds` is the deadline (settings.CALL_SECONDS unless given), for the
    connection and for each wait on the answer.
    """

    def __init__(
        self,
        context: str,
        unavailable: type[errors.Unavailable],
        outcome_unknown: type[errors.OutcomeUnknown] | None = None,
        refusals: list[type[errors.Refusal]] = (),
    ) -> None:
        self.context = context
        self.unavailable = unavailable
        self.outcome_unknown = outcome_unknown or unavailable
        self.refusals = {refusal.problem: refusal for refusal in (errors.KeyReused, *refusals)}

    def get(self, path: str, kind, *, actor: Actor | None = None, as_service=False, seconds=None, **params):
        """Ask for something; the answer as the contract `kind`."""
        response = self._send("GET", path, actor, as_service, seconds, repeatable=True, params=params)
        return self._read(response, kind, self.unavailable)

    def get_many(self, path: str, kind, name: str, numbers, **how) -> dict:
        """Ask for many things by their numbers, as one dict of the contract `kind`; of none, nobody is asked.

        A hundred to a call: an address has no room for more (gunicorn takes 4 094 characters).
        """
        wanted, found = sorted(set(numbers)), {}
        for start in range(0, len(wanted), 100):
            some = ",".join(str(number) for number in wanted[start : start + 100])
            found |= self.get(path, dict[int, kind], **{name: some}, **how)
        return found

    def post(
        self,
        path: str,
        kind,
        *,
        actor=None,
        as_service=False,
        seconds=None,
        repeatable=False,
        idempotency_key="",
        invalid=None,
        **body,
    ):
        """Have something done; the answer as the contract `kind` (None: there is none).

        With an `idempotency_key` the callee does it once, so it is `repeatable`. A body that the callee's
        serializers do not take is the refusal `invalid` where one is named, else a fault of the program.
        """
        repeatable = repeatable or bool(idempotency_key)
        how = {"repeatable": repeatable, "idempotency_key": idempotency_key, "json": body}
        response = self._send("POST", path, actor, as_service, seconds, **how)
        return self._read(response, kind, self.outcome_unknown, invalid)

    def put(self, path: str, kind, *, actor=None, as_service=False, seconds=None, **body):
        """Have something be as the body says, which twice is once; the answer as for `post`."""
        response = self._send("PUT", path, actor, as_service, seconds, repeatable=True, json=body)
        return self._read(response, kind, self.outcome_unknown)

    def _send(
        self, method, path, actor, as_service, seconds, *, repeatable, idempotency_key="", **content
    ) -> requests.Response:
        url = f"{settings.CONTEXT_URLS[self.context]}/api/v1/{path}"
        headers = {"X-Request-ID": request_id.get()}
        if as_service:
            headers["Authorization"] = f"Bearer {self._service_token()}"
        elif actor is not None:
            headers["Authorization"] = f"Bearer {actor.token}"
        if idempotency_key:
            headers["Idempotency-Key"] = idempotency_key
        deadline = seconds or settings.CALL_SECONDS
        for last_try in (not repeatable, True):
            try:
                return session().request(
                    method, url, headers=headers, timeout=deadline, allow_redirects=False, **content
                )
            except requests.RequestException as problem:
                if last_try or isinstance(problem, requests.Timeout) or _never_connected(problem):
                    raise self._failure(method, problem) from problem
        raise AssertionError("unreachable")

    def _service_token(self) -> str:
        try:
            return service_token()
        except (errors.Unavailable, errors.OutcomeUnknown) as problem:  # whatever it is, nothing was sent
            raise self.unavailable() from problem

    def _failure(self, method: str, problem: requests.RequestException) -> errors.FacadeError:
        untouched = method == "GET" or _never_connected(problem)
        return self.unavailable() if untouched else self.outcome_unknown()

    def _read(self, response: requests.Response, kind, unclear: type[errors.FacadeError], invalid=None):
        """The contract that an answer holds; else what its problem says, as an exception."""
        if response.status_code < 300:
            try:
                return None if kind is None else from_wire(response.json(), kind)
            except (Garbled, ValueError) as problem:
                raise unclear() from problem
        try:
            problem = response.json()
            name = problem.pop("type").removeprefix(PROBLEM)
            text = problem.pop("detail")
        except (ValueError, LookupError, AttributeError, TypeError):
            name, text, problem = "", "", {}
        details = {key: value for key, value in problem.items() if key not in ("status", "title", "instance")}
        if name in self.refusals:
            raise self.refusals[name](text, **details)
        if invalid and name == errors.Invalid.problem:
            raise invalid(**details) if issubclass(invalid, errors.Invalid) else invalid()
        # 503 and 429 are said before anything is done; of other troubles nobody knows how far they got
        if response.status_code in (429, 503):
            raise self.unavailable(text)
        if response.status_code >= 500:
            raise unclear(text)
        raise Misunderstood(
            f"{response.request.method} {response.url}: {response.status_code} {name or response.text[:200]}"
        )


class Misunderstood(Exception):
    """The callee refuses a request for a reason that its contracts do not name: a fault of the program."""


def _never_connected(problem: requests.RequestException) -> bool:
    reason = getattr(problem.args[0], "reason", None) if problem.args else None
    return isinstance(problem, requests.ConnectTimeout) or isinstance(reason, NewConnectionError)
