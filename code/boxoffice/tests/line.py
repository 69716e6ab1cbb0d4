"""The network inside the test's own process: no socket, and no waiting.

Every request made with `requests` goes to the application behind its host: `http://provider` is the lab's
payment provider, `http://boxoffice` this process's own APIs.
"""

import io
from collections.abc import Callable
from wsgiref.util import setup_testing_defaults

import requests
from django.test import Client
from django.urls import get_resolver
from requests.adapters import BaseAdapter

from lab.provider import Faults, Provider

BOXOFFICE = "http://boxoffice"


class Line(BaseAdapter):
    """Carries requests, and notes them in `calls`. `check`, if set, is called with each before it is carried."""

    def __init__(self) -> None:
        super().__init__()
        self.provider = Provider(sleep=_too_late)
        self.calls: list[tuple[requests.PreparedRequest, object]] = []  # with its timeout
        self.check: Callable[[requests.PreparedRequest], None] | None = None

    @classmethod
    def laid(cls, monkeypatch) -> "Line":
        line = cls()
        monkeypatch.setattr("requests.Session.get_adapter", lambda session, url: line)
        return line

    def take_apart(self, settings) -> None:
        """From now on no context is embedded: each is called at its address, which leads back here."""
        get_resolver().url_patterns  # noqa: B018  (they are made on first use, from what is embedded then)
        settings.CONTEXT_URLS = dict.fromkeys(settings.CONTEXTS, BOXOFFICE)
        settings.CONTEXTS = ()

    def send(self, request, timeout=None, **kwargs):
        self.calls.append((request, timeout))
        if self.check:
            self.check(request)
        if request.url.startswith("http://provider/"):
            return self._provider(request)
        if request.url.startswith(BOXOFFICE + "/"):
            return self._boxoffice(request)
        raise requests.ConnectionError(f"nobody is at {request.url}")

    def close(self):
        pass

    def _provider(self, request) -> requests.Response:
        body = request.body or b""
        environ = {
            "REQUEST_METHOD": request.method,
            "PATH_INFO": request.path_url.partition("?")[0],
            "QUERY_STRING": request.path_url.partition("?")[2],
            "CONTENT_LENGTH": str(len(body)),
            "wsgi.input": io.BytesIO(body),
        }
        setup_testing_defaults(environ)
        status: list = []
        content = b"".join(self.provider(environ, lambda *said: status.extend(said)))
        return _response(request, int(status[0].split()[0]), dict(status[1]), content)

    def _boxoffice(self, request) -> requests.Response:
        client = Client(raise_request_exception=False)
        headers = {name: value for name, value in request.headers.items() if name != "Content-Length"}
        answer = client.generic(
            request.method,
            request.path_url,
            request.body or b"",
            content_type=request.headers.get("Content-Type", "application/octet-stream"),
            headers=headers,
        )
        return _response(request, answer.status_code, dict(answer.headers), answer.content)

    # the provider's own side

    def ledger(self) -> list[dict]:
        """Every charge that the provider knows."""
        return [dict(charge) for charge in self.provider._charges]

    def captured(self) -> list[dict]:
        return [charge for charge in self.ledger() if charge["status"] == "captured"]

    def fault(self, mode: str, times: int | None = None) -> None:
        """What the provider's next charge requests meet (see lab.provider)."""
        self.provider._faults = Faults(mode, times=times)


def _too_late(seconds):
    raise requests.ReadTimeout(f"no answer for {seconds} seconds")


def _response(request, status: int, headers: dict, content: bytes) -> requests.Response:
    response = requests.Response()
    response.request, response.url, response.status_code = request, request.url, status
    response.headers.update(headers)
    response.raw = io.BytesIO(content)
    return response
