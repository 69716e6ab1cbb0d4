"""A stand-in for the network under `requests`: notes every call, answers what the check says."""

import io
import json
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Call:
    """One request as it left: `timeout` in seconds (None: it would have waited for ever)."""

    method: str
    url: str
    body: bytes
    headers: dict[str, str]
    timeout: float | tuple | None


@dataclass
class Wire:
    calls: list[Call] = field(default_factory=list)


@contextmanager
def wire(answer: Callable[[Call], object]):
    """Inside the block, `answer(call)` answers every request made with `requests`.

    It returns (status, body), with a body of str, bytes or anything that JSON holds, or raises one
    of requests' own exceptions, such as requests.ConnectionError.
    """
    import requests
    from requests.adapters import BaseAdapter

    line = Wire()

    class Adapter(BaseAdapter):
        def send(self, request, stream=False, timeout=None, verify=True, cert=None, proxies=None):
            body = request.body or b""
            body = body.encode() if isinstance(body, str) else body
            call = Call(request.method, request.url, body, dict(request.headers), timeout)
            line.calls.append(call)
            status, content = answer(call)
            response = requests.Response()
            response.status_code, response.request, response.url = status, request, request.url
            if not isinstance(content, str | bytes):
                response.headers["Content-Type"] = "application/json"
                content = json.dumps(content)
            response.raw = io.BytesIO(content.encode() if isinstance(content, str) else content)
            response.encoding = "utf-8"
            return response

        def close(self):
            pass

    before = requests.Session.get_adapter
    requests.Session.get_adapter = lambda session, url: Adapter()
    try:
        yield line
    finally:
        requests.Session.get_adapter = before
