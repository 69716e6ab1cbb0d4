"""One service calls another, and whatever goes wrong comes back as exactly the right exception.

What the connection does is tried on real sockets; what the answer says, on the test's own line.
"""

import contextlib
import json
import socket
import threading
import time
from dataclasses import dataclass

import pytest
import requests

from boxoffice.chassis import client as chassis_client
from boxoffice.chassis import errors
from boxoffice.chassis.client import Client, Misunderstood
from boxoffice.chassis.contracts import Actor
from boxoffice.chassis.middleware import request_id


@dataclass(frozen=True)
class Thing:
    number: int


class NoThing(errors.NotFound):
    """There is no such thing."""

    problem = "no-thing"


class TooFew(errors.Refusal):
    """Fewer are left. `left`: how many."""

    problem = "too-few"


class Away(errors.Unavailable):
    """Nobody is there."""


class Unclear(errors.OutcomeUnknown):
    """Nobody knows."""


things = Client("things", Away, Unclear, [NoThing, TooFew])
CALLS = {
    "read": lambda: things.get("things/5", Thing),
    "write": lambda: things.post("things", Thing, wanted=1),
    "repeatable write": lambda: things.post("things", Thing, repeatable=True, wanted=1),
    "write without an answer": lambda: things.post("things", None, wanted=1),
}
WRITES = [name for name in CALLS if name != "read"]


def what(call: str):
    """The class of the exception, or the answer."""
    try:
        return CALLS[call]()
    except Exception as problem:
        return type(problem)


@pytest.fixture(autouse=True)
def address(settings):
    settings.CONTEXT_URLS = {"things": "http://things.invalid"}
    settings.CALL_SECONDS = 0.3


# what the connection does: real sockets

GOOD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 13\r\n\r\n" + b'{"number": 5}'


class Server:
    """Listens, and treats each connection as the next of `turns` says; `seen` is the requests' first lines."""

    def __init__(self, *turns) -> None:
        self.turns, self.seen, self.connections = list(turns), [], 0
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.socket.getsockname()[1]}"
        self.ended = threading.Event()
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self) -> None:
        for turn in self.turns:
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._treat, args=(connection, turn), daemon=True).start()

    def _treat(self, connection, turn) -> None:
        with connection, contextlib.suppress(OSError):
            for act in turn:
                act(self, connection)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.ended.set()
        self.socket.close()


def read(server, connection) -> None:
    """Take in one whole request."""
    got = b""
    while b"\r\n\r\n" not in got:
        if not (more := connection.recv(65536)):
            return
        got += more
    head, _, body = got.partition(b"\r\n\r\n")
    length = next((int(n.split(b":")[1]) for n in head.lower().split(b"\r\n") if b"content-length" in n), 0)
    while len(body) < length:
        body += connection.recv(65536)
    server.seen.append(head.partition(b"\r\n")[0].decode())


def says(content: bytes):
    return lambda server, connection: connection.sendall(content)


def waits(server, connection) -> None:
    server.ended.wait(10)


def reset(server, connection) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")


class TestConnections:
    @pytest.mark.parametrize("call", CALLS)
    def test_nobody_listens(self, settings, call):
        with socket.create_server(("127.0.0.1", 0)) as probe:
            settings.CONTEXT_URLS = {"things": f"http://127.0.0.1:{probe.getsockname()[1]}"}
        assert what(call) is Away

    @pytest.mark.parametrize("call", CALLS)
    def test_the_name_is_nobodys(self, call):
        assert what(call) is Away

    @pytest.mark.parametrize("call", CALLS)
    def test_nobody_accepts_in_time(self, settings, call):
        """A listener whose queue is full lets a new connection wait without an answer."""
        with contextlib.ExitStack() as stack:
            full = stack.enter_context(socket.socket())
            full.bind(("127.0.0.1", 0))
            full.listen(0)
            for _ in range(4):
                waiting = stack.enter_context(socket.socket())
                waiting.setblocking(False)
                waiting.connect_ex(full.getsockname())
            time.sleep(0.05)
            settings.CONTEXT_URLS = {"things": f"http://127.0.0.1:{full.getsockname()[1]}"}
            began = time.monotonic()
            assert what(call) is Away
            assert time.monotonic() - began < 1.5

    @pytest.mark.parametrize("call", CALLS)
    def test_no_answer_in_time(self, settings, call):
        """It is sent once: whoever did not answer in time would not do so the next time either."""
        with Server([read, waits], [read, waits]) as server:
            settings.CONTEXT_URLS = {"things": server.url}
            began = time.monotonic()
            assert what(call) is (Away if call == "read" else Unclear)
            assert time.monotonic() - began < 1.5
            assert len(server.seen) == 1

    @pytest.mark.parametrize("call", CALLS)
    @pytest.mark.parametrize(
        "ending",
        {
            "closed": [read],
            "reset": [read, reset],
            "in the middle of the head": [read, says(GOOD[:8])],
            "in the middle of the body": [read, says(GOOD[:-5])],
        }.items(),
        ids=lambda ending: ending[0],
    )
    def test_a_dropped_call_is_sent_again_only_if_twice_is_once(self, settings, call, ending):
        with Server(ending[1], ending[1], ending[1]) as server:
            settings.CONTEXT_URLS = {"things": server.url}
            assert what(call) is (Away if call == "read" else Unclear)
            assert len(server.seen) == (2 if call in ("read", "repeatable write") else 1)

    @pytest.mark.parametrize("call", CALLS)
    def test_a_server_that_recovers_is_heard_at_the_second_try(self, settings, call):
        with Server([read, reset], [read, says(GOOD)]) as server:
            settings.CONTEXT_URLS = {"things": server.url}
            wanted = Thing(5) if call in ("read", "repeatable write") else Unclear
            assert what(call) == wanted

    @pytest.mark.parametrize("call", ["read", "repeatable write"])
    def test_an_idle_connection_closed_at_the_moment_of_its_use_is_no_failure(self, settings, call):
        """The first connection answers once, and drops the second request after it was sent."""
        with Server([read, says(GOOD), read, reset], [read, says(GOOD)]) as server:
            settings.CONTEXT_URLS = {"things": server.url}
            assert [what(call), what(call)] == [Thing(5), Thing(5)]
            assert (server.connections, len(server.seen)) == (2, 3)

    def test_a_write_that_an_idle_connection_swallowed_is_not_sent_again(self, settings):
        with Server([read, says(GOOD), read, reset], [read, says(GOOD)]) as server:
            settings.CONTEXT_URLS = {"things": server.url}
            assert [what("write"), what("write")] == [Thing(5), Unclear]
            assert len(server.seen) == 2

    def test_one_connection_serves_call_after_call(self, settings):
        with Server([read, says(GOOD), read, says(GOOD), read, says(GOOD)]) as server:
            settings.CONTEXT_URLS = {"things": server.url}
            assert [what("read") for _ in range(3)] == [Thing(5)] * 3
            assert server.connections == 1

    def test_each_thread_has_connections_of_its_own(self):
        mine, theirs = chassis_client.session(), []
        thread = threading.Thread(target=lambda: theirs.append(chassis_client.session()))
        thread.start()
        thread.join()
        assert mine is chassis_client.session()
        assert theirs[0] is not mine

    def test_no_proxy_of_the_environment_lies_between_two_services(self, settings, monkeypatch):
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, "http://127.0.0.1:9")
        for name in ("NO_PROXY", "no_proxy"):
            monkeypatch.delenv(name, raising=False)
        with Server([read, says(GOOD)]) as server:
            settings.CONTEXT_URLS = {"things": server.url}
            assert what("read") == Thing(5)


# what the answer says


@dataclass
class Call:
    method: str
    url: str
    headers: dict
    body: dict | None
    timeout: object


class Answers:
    """Stands behind requests: answers each call with (status, content, headers), or raises; notes the calls."""

    def __init__(self, monkeypatch) -> None:
        self.calls: list[Call] = []
        self.answer = (200, {"number": 5})
        monkeypatch.setattr("requests.Session.send", self._send)
        self.by_url: dict[str, tuple] = {}

    def _send(self, request, timeout=None, allow_redirects=True, **_):
        body = json.loads(request.body) if request.body else None
        self.calls.append(Call(request.method, request.url, dict(request.headers), body, timeout))
        assert not allow_redirects
        status, content = next(
            (answer for part, answer in self.by_url.items() if part in request.url), self.answer
        )
        response = requests.Response()
        response.status_code, response.request, response.url = status, request, request.url
        response._content = content if isinstance(content, bytes) else json.dumps(content).encode()
        return response


@pytest.fixture
def answers(monkeypatch):
    return Answers(monkeypatch)


def problem(kind: str, **more) -> dict:
    return {"type": f"urn:boxoffice:{kind}", "detail": "So it is.", "status": 400, **more}


PAGE = b"<html><h1>Bad gateway</h1></html>"
# the answer, and what it is to a read and to a write
MEANINGS = {
    "503 with a problem": (503, problem("unavailable"), Away, Away),
    "503 of a proxy": (503, PAGE, Away, Away),
    "429": (429, problem("too-many-requests"), Away, Away),
    "429 of a proxy": (429, PAGE, Away, Away),
    "500 with a problem": (500, problem("error"), Away, Unclear),
    "500 with a page": (500, PAGE, Away, Unclear),
    "502 with a page": (502, PAGE, Away, Unclear),
    "504 with a problem": (504, problem("outcome-unknown"), Away, Unclear),
    "504 with a page": (504, PAGE, Away, Unclear),
    "500 with nothing": (500, b"", Away, Unclear),
    "502 with a list": (502, [1], Away, Unclear),
    "200 with a page": (200, PAGE, Away, Unclear),
    "200 with nothing": (200, b"", Away, Unclear),
    "200 with another thing": (200, {"name": "x"}, Away, Unclear),
    "200 with half": (200, b'{"number": ', Away, Unclear),
    "200 in another encoding": (200, b'{"number": "\xff"}', Away, Unclear),
    "204": (204, b"", Away, Unclear),
    "a refusal that is known": (409, problem("too-few", left=3), TooFew, TooFew),
    "the same with another status": (503, problem("too-few", left=3), TooFew, TooFew),
    "one that is not found": (404, problem("no-thing"), NoThing, NoThing),
    "a refusal that nobody knows": (409, problem("quite-another"), Misunderstood, Misunderstood),
    "400": (400, problem("invalid", fields={"a": ["no"]}), Misunderstood, Misunderstood),
    "401": (401, problem("not-authenticated"), Misunderstood, Misunderstood),
    "403": (403, problem("not-allowed"), Misunderstood, Misunderstood),
    "404 with a page": (404, PAGE, Misunderstood, Misunderstood),
    "405": (405, problem("method-not-allowed"), Misunderstood, Misunderstood),
    "a redirect": (302, b"", Misunderstood, Misunderstood),
    "problem without a text": (409, {"type": "urn:boxoffice:too-few"}, Misunderstood, Misunderstood),
    "problem of a strange type": (409, {"type": 5, "detail": "x"}, Misunderstood, Misunderstood),
}


class TestAnswers:
    @pytest.mark.parametrize("name", MEANINGS)
    def test_each_means_one_thing_to_a_read_and_to_a_write(self, answers, name):
        *answers.answer, to_read, to_write = MEANINGS[name]
        assert what("read") is to_read
        assert what("write") is to_write
        assert what("repeatable write") is to_write
        assert len(answers.calls) == 3  # an answer was heard, so nothing is sent again

    @pytest.mark.parametrize("name", [name for name, (status, *_) in MEANINGS.items() if status >= 300])
    def test_no_failure_passes_for_done_where_no_answer_is_wanted(self, answers, name):
        *answers.answer, _, to_write = MEANINGS[name]
        assert what("write without an answer") is to_write

    @pytest.mark.parametrize("status", [200, 201, 204])
    def test_done_is_done_whatever_it_says(self, answers, status):
        answers.answer = (status, b"")
        assert what("write without an answer") is None

    def test_a_refusal_comes_with_its_text_and_its_facts(self, answers):
        answers.answer = (409, problem("too-few", left=3, instance="/things", title="Too few"))
        with pytest.raises(TooFew, match=r"^So it is\.$") as caught:
            CALLS["write"]()
        assert caught.value.details == {"left": 3}
        assert caught.value.left == 3

    def test_a_refusal_of_another_urn_is_not_ours(self, answers):
        answers.answer = (409, problem("too-few") | {"type": "https://example.org/too-few"})
        assert what("write") is Misunderstood

    def test_who_is_away_says_why(self, answers):
        answers.answer = (503, problem("unavailable"))
        with pytest.raises(Away, match=r"^So it is\.$"):
            CALLS["read"]()
        answers.answer = (503, PAGE)
        with pytest.raises(Away, match=r"^Nobody is there\.$"):
            CALLS["read"]()

    def test_a_client_of_reads_alone_knows_one_failure(self, answers):
        answers.answer = (500, PAGE)
        with pytest.raises(Away):
            Client("things", Away).post("things", Thing)


class TestCalls:
    ADA = Actor(7, "ada@example.org", "Ada", token="ada's token")

    @pytest.fixture(autouse=True)
    def token(self, monkeypatch):
        monkeypatch.setattr(chassis_client, "service_token", lambda: "this service's token")

    def test_each_carries_a_deadline(self, answers):
        for call in CALLS.values():
            call()
        things.get("things", Thing, seconds=7)
        things.post("things", Thing, seconds=8)
        assert [call.timeout for call in answers.calls] == [0.3] * len(CALLS) + [7, 8]

    def test_each_carries_the_id_of_the_request_that_led_to_it(self, answers):
        token = request_id.set("the-one-that-began")
        try:
            for call in CALLS.values():
                call()
        finally:
            request_id.reset(token)
        assert {call.headers["X-Request-ID"] for call in answers.calls} == {"the-one-that-began"}

    def test_each_says_who_is_calling_and_nothing_more(self, answers):
        for ask in (
            lambda **how: things.get("things", Thing, **how),
            lambda **how: things.post("x", Thing, **how),
        ):
            ask(actor=self.ADA)
            ask(as_service=True)
            ask()
        said = [call.headers.get("Authorization") for call in answers.calls]
        assert said == ["Bearer ada's token", "Bearer this service's token", None] * 2

    def test_nobodys_token_is_left_in_the_session(self, answers):
        things.get("things", Thing, actor=self.ADA)
        assert "Authorization" not in chassis_client.session().headers

    def test_what_is_asked_is_in_the_address_and_what_is_told_in_the_body(self, answers):
        things.get("things", Thing, page="2", title="a & b")
        things.post("things", Thing, band_id=5)
        asked, told = answers.calls
        assert (asked.method, asked.url) == (
            "GET",
            "http://things.invalid/api/v1/things?page=2&title=a+%26+b",
        )
        assert (told.method, told.url) == ("POST", "http://things.invalid/api/v1/things")
        assert (asked.body, told.body) == (None, {"band_id": 5})


class TestServiceToken:
    """Fetched from accounts, kept until shortly before its end; nobody is called without."""

    @pytest.fixture
    def fetched(self, settings, monkeypatch):
        fetched = []

        def fetch(name, secret):
            fetched.append((name, secret))
            return f"token {len(fetched)}"

        monkeypatch.setattr(chassis_client, "import_string", lambda path: fetch)
        monkeypatch.setattr(chassis_client.tokens, "seconds_left", lambda token: self.left if token else 0)
        self.left = 600
        return fetched

    def test_is_fetched_once_and_kept(self, fetched, settings):
        assert {chassis_client.service_token() for _ in range(3)} == {"token 1"}
        assert fetched == [(settings.SERVICE_NAME, settings.SERVICE_SECRET)]

    def test_is_fetched_anew_before_it_ends(self, fetched):
        chassis_client.service_token()
        self.left = 29
        assert chassis_client.service_token() == "token 2"

    @pytest.mark.parametrize(
        "trouble", [errors.Unavailable, errors.OutcomeUnknown], ids=lambda one: one.__name__
    )
    @pytest.mark.parametrize("call", CALLS)
    def test_without_one_the_callee_is_unavailable_and_nothing_was_sent(
        self, answers, monkeypatch, call, trouble
    ):
        def none():
            raise trouble("Accounts has not answered.")

        monkeypatch.setattr(chassis_client, "service_token", none)
        ask = things.get if call == "read" else things.post
        with pytest.raises(Away):
            ask("things", Thing, as_service=True)
        assert answers.calls == []
