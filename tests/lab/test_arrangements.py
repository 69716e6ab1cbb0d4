"""The arrangements of the box office, as the lab lays them out, counts and draws them."""

import json
import subprocess
import sys
import xml.etree.ElementTree as ElementTree

import pytest

from lab import arrangements, calls
from lab.errors import LabError
from lab.picture import draw
from lab.stack import Stack


@pytest.mark.parametrize("name", arrangements.NAMES)
def test_every_context_runs_in_exactly_one_process(name):
    parts = arrangements.parts(name)
    assert sorted(context for part in parts for context in part.contexts) == sorted(arrangements.CONTEXTS)
    assert parts[-1].name == arrangements.FRONT


def test_the_arrangements_differ_in_processes_and_databases():
    def counted(name):
        parts = arrangements.parts(name)
        return len(parts), len({database for part in parts for database in part.databases.values()})

    assert counted("monolith") == (1, 1)
    assert counted("databases") == (1, 6)  # reporting keeps no rows
    assert counted("split") == (8, 7)  # the pages keep sessions
    assert counted("apart:inventory") == (2, 2)


def test_an_unknown_arrangement_is_refused_and_all_are_named():
    with pytest.raises(LabError, match="no arrangement 'splits'.*monolith.*databases.*split.*apart:orders"):
        arrangements.parts("splits")
    with pytest.raises(LabError, match="no arrangement 'apart:web'"):
        arrangements.parts("apart:web")


def test_no_secret_is_shared_and_one_process_alone_can_sign_tokens():
    parts = arrangements.parts("split")
    urls = {part.name: f"http://{part.name}" for part in parts} | {"provider": "http://provider"}
    found = arrangements.environments(parts, urls)
    assert [name for name, env in found.items() if "TOKEN_PRIVATE_KEY" in env] == ["accounts"]
    for secret in ("SECRET_KEY", "SERVICE_SECRET"):
        assert len({env[secret] for env in found.values()}) == len(parts)
    passwords = {env["SERVICE_SECRET"] for env in found.values()}
    known = json.dumps(found["accounts"]["SERVICE_CLIENTS"])
    assert not any(password in known for password in passwords)  # accounts keeps digests
    assert found["orders"]["INVENTORY_URL"] == "http://inventory"
    assert found["web"]["CONTEXTS"] == "none"


class TestCounting:
    """lab.calls around an application of one line."""

    @pytest.fixture
    def ask(self, tmp_path):
        self.file = tmp_path / "in-flight"
        self.seen = []

        def application(environ, start_response):
            self.seen.append(calls.InFlight.read(self.file))
            start_response("200 OK", [])
            return [b"fine"]

        wrapped = calls.wrap(application, calls.InFlight(self.file))

        def ask(path="/", method="GET", agent="curl"):
            environ = {"PATH_INFO": path, "REQUEST_METHOD": method, "HTTP_USER_AGENT": agent}
            return b"".join(wrapped(environ, lambda status, headers: None))

        return ask

    def test_callers_are_told_apart(self, ask):
        ask(agent="boxoffice-orders"), ask(agent="boxoffice-orders"), ask(), ask(agent="")
        assert json.loads(ask("/_lab/calls")) == {"orders": 2, "visitors": 2}

    def test_what_the_lab_itself_asks_is_not_counted(self, ask):
        for path in ("/health/ready", "/_lab/faults", "/_lab/calls", "/static/web/a.css"):
            ask(path)
        assert json.loads(ask("/_lab/calls")) == {}

    def test_they_can_be_forgotten(self, ask):
        ask()
        ask("/_lab/calls", "DELETE")
        assert json.loads(ask("/_lab/calls")) == {}

    def test_a_request_is_in_flight_until_it_is_answered(self, ask):
        ask(), ask("/health/live")
        assert self.seen == [1, 0]
        assert calls.InFlight.read(self.file) == 0

    def test_one_that_raises_is_in_flight_no_more(self, tmp_path):
        file = tmp_path / "number"

        def broken(environ, start_response):
            raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            calls.wrap(broken, calls.InFlight(file))({"PATH_INFO": "/", "REQUEST_METHOD": "GET"}, None)
        assert calls.InFlight.read(file) == 0

    def test_the_number_outlives_a_process_that_is_killed(self, tmp_path):
        file = tmp_path / "number"
        source = (
            "import pathlib, sys, time; from lab.calls import InFlight\n"
            "number = InFlight(pathlib.Path(sys.argv[1])); number.add(1); number.add(1)\n"
            "print('there', flush=True); time.sleep(60)"
        )
        process = subprocess.Popen([sys.executable, "-c", source, str(file)], stdout=subprocess.PIPE)
        assert process.stdout.readline() == b"there\n"
        process.kill()
        process.wait()
        assert calls.InFlight.read(file) == 2
        process.stdout.close()

    def test_where_there_is_no_file_nobody_is_in_flight(self, tmp_path):
        assert calls.InFlight.read(tmp_path / "nothing") == 0


class TestPicture:
    COUNTED = {
        ("visitors", "web"): 10,
        ("web", "orders"): 7,
        ("orders", "inventory"): 4,
        ("web", "provider"): 3,
    }

    @pytest.mark.parametrize("name", arrangements.NAMES)
    def test_shows_every_process_context_and_database(self, name):
        parts = arrangements.parts(name)
        texts = [
            "".join(element.itertext())
            for element in ElementTree.fromstring(draw(parts, {}).svg).iter(
                "{http://www.w3.org/2000/svg}text"
            )
        ]
        for context in arrangements.CONTEXTS:
            assert context in texts
        drums = draw(parts, {}).svg.count("<ellipse")
        assert drums == len({database for part in parts for database in part.databases.values()})

    def test_shows_the_calls_that_were_made_and_no_others(self):
        svg = draw(arrangements.parts("split"), {("visitors", "web"): 10, ("web", "orders"): 7}).svg
        assert svg.count("marker-end") == 2
        assert ">10</text>" in svg and ">7</text>" in svg

    def test_says_the_same_in_words(self):
        words = repr(draw(arrangements.parts("apart:orders"), self.COUNTED))
        assert "process orders: itself; rows in orders" in words
        assert "orders → inventory: 4" in words

    def test_is_the_same_every_time(self):
        parts = arrangements.parts("split")
        assert draw(parts, self.COUNTED).svg == draw(parts, self.COUNTED).svg


def test_a_stack_is_named_services_or_an_arrangement():
    for wrong in ({}, {"arrangement": "split", "services": ["monolith"]}):
        with pytest.raises(LabError, match="say which service"):
            Stack(*wrong.get("services", []), arrangement=wrong.get("arrangement"))


def test_the_monolith_has_no_picture():
    with Stack("provider", name="plain") as plain, pytest.raises(LabError, match="arrangement="):
        plain.picture()
