"""The fake payment provider inside the test's own process: no socket, and no waiting."""

import io
from unittest import mock
from wsgiref.util import setup_testing_defaults

import requests
from requests.adapters import BaseAdapter

from lab.provider import Provider


class InProcess(BaseAdapter):
    """Carries requests to a WSGI application."""

    def __init__(self, application):
        super().__init__()
        self.application = application

    def send(self, request, **kwargs):
        environ = {
            "REQUEST_METHOD": request.method,
            "PATH_INFO": request.path_url.partition("?")[0],
            "QUERY_STRING": request.path_url.partition("?")[2],
            "CONTENT_LENGTH": str(len(request.body or b"")),
            "wsgi.input": io.BytesIO(request.body or b""),
        }
        setup_testing_defaults(environ)
        response = requests.Response()
        response.request, response.url = request, request.url

        def start_response(status, headers):
            response.status_code = int(status.split()[0])
            response.headers.update(headers)

        response.raw = io.BytesIO(b"".join(self.application(environ, start_response)))
        return response

    def close(self):
        pass


def _too_late(seconds):
    raise requests.ReadTimeout(f"no answer for {seconds} seconds")


class WithProvider:
    """For a TestCase: a provider of its own, `self.ledger()` and `self.fault(mode, times)`."""

    def setUp(self):
        super().setUp()
        self.adapter = InProcess(Provider(sleep=_too_late))
        patch = mock.patch("requests.Session.get_adapter", lambda session, url: self.adapter)
        patch.start()
        self.addCleanup(patch.stop)

    def ledger(self) -> list[dict]:
        return requests.get("http://provider/ledger").json()["charges"]

    def fault(self, mode: str, times: int | None = None) -> None:
        answer = requests.put("http://provider/faults", json={"mode": mode, "times": times})
        assert answer.status_code == 200, answer.text

    def unreachable(self) -> None:
        """From now on nobody answers at the provider's address."""
        self.adapter = mock.Mock()
        self.adapter.send.side_effect = requests.ConnectionError("connection refused")
