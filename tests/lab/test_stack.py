"""A stack: what it starts, how it is broken, and that it leaves nothing."""

import socket
import threading
import time

import pytest
import requests

from lab import Stack, processes, stack
from lab.errors import LabError, ServiceFailed, StackRunning, UnknownService
from lab.home import CODE

pytestmark = pytest.mark.usefixtures("small_services")


@pytest.fixture
def running():
    with Stack("tiny") as started:
        yield started


def seen_by(started: Stack, name: str) -> dict:
    """The environment that a service answers with."""
    return requests.get(started.url(name), timeout=10).json()


# starting and stopping


def test_a_service_is_ready_when_the_call_returns(running):
    assert requests.get(running.url("tiny") + "/anything", timeout=10).status_code == 200
    assert not running.url("tiny").endswith("/")
    assert running.ready_after["tiny"] > 0
    assert "asked for /anything" in running.log("tiny")
    assert running.log("tiny", lines=1).count("\n") == 0


def test_a_service_gets_the_address_of_what_it_needs_and_that_starts_first():
    with Stack("leaning", env={"COLOUR": "green"}) as started:
        assert started.names == ["tiny", "leaning"]
        assert seen_by(started, "leaning")["TINY_URL"] == started.url("tiny")
        assert seen_by(started, "tiny")["COLOUR"] == seen_by(started, "leaning")["COLOUR"] == "green"


def test_a_service_does_not_see_the_kernels_own_django_and_database(monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "sqlite:////nowhere/at/all.sqlite3")
    monkeypatch.setenv("DJANGO_SETTINGS_MODULE", "somebody.elses")
    monkeypatch.setenv("OF_THIS_MACHINE", "kept")
    with Stack("tiny") as started:
        seen = seen_by(started, "tiny")
    assert "DATABASE_URL" not in seen and "DJANGO_SETTINGS_MODULE" not in seen
    assert seen["OF_THIS_MACHINE"] == "kept" and seen["LAB"] == "1"


def test_stop_leaves_no_process_and_no_file_and_twice_is_harmless(traces):
    started = Stack("tiny")
    assert traces.processes() and traces.folders()
    started.stop()
    started.stop()
    assert traces.soon_gone(seconds=3)
    assert repr(started) == "Stack: stopped"
    with pytest.raises(requests.ConnectionError):
        requests.get(started.url("tiny"), timeout=5)


def test_the_block_of_a_stack_ends_it_also_when_it_raises(traces):
    with pytest.raises(ZeroDivisionError), Stack("tiny"):
        1 / 0  # noqa: B018
    assert traces.soon_gone(seconds=3)


def test_two_stacks_of_one_name_are_refused_and_two_names_run_side_by_side(running):
    with pytest.raises(
        StackRunning, match=r"called 'main' runs already.*\(tiny\).*\.stop\(\).*name='second'"
    ):
        Stack("tiny")
    with Stack("tiny", name="second") as second:
        assert second.url("tiny") != running.url("tiny")
        assert requests.get(second.url("tiny"), timeout=10).ok
        assert stack.running_with("tiny") is running
        assert stack.running_with("tiny", "second") is second
    running.stop()
    Stack("tiny").stop()


def test_what_runs_is_found_by_name_and_what_does_not_is_said():
    with pytest.raises(LabError, match=r'tiny is not running here.*Stack\("tiny"\)'):
        stack.running_with("tiny")
    with Stack("tiny"):
        with pytest.raises(LabError, match="tiny is not running in a stack called 'other'"):
            stack.running_with("tiny", "other")
        with pytest.raises(UnknownService):
            stack.running_with("tinny")


def test_it_is_shown_without_ports_and_pids(running):
    assert repr(running) == "Stack: tiny (running)"
    running.kill("tiny")
    assert repr(running) == "Stack: tiny (not running)"


def test_an_unknown_service_is_refused_with_the_names_there_are(traces):
    with pytest.raises(UnknownService, match=r"no service 'tinny'. The lab knows: .*provider.*tiny"):
        Stack("tinny")
    with pytest.raises(LabError, match="which service"):
        Stack()
    assert not traces.processes() and not traces.folders()


def test_a_service_of_another_stack_is_told_from_one_that_nobody_knows(running):
    for act in (running.url, running.start):
        with pytest.raises(UnknownService, match="this stack has no 'leaning'. It runs: tiny"):
            act("leaning")
        with pytest.raises(UnknownService, match="The lab knows"):
            act("tinny")
    for act in (running.kill, running.freeze, running.thaw, running.alive, running.log, running.memory):
        with pytest.raises(UnknownService, match="this stack has no 'leaning'. It runs: tiny"):
            act("leaning")


def test_a_service_that_cannot_start_says_the_end_of_its_log_and_leaves_nothing(traces):
    with pytest.raises(ServiceFailed, match=r"(?s)broken ended with status \d+.*the planted reason"):
        Stack("tiny", "broken")
    assert traces.soon_gone(seconds=3)
    Stack("tiny").stop()


def test_a_service_that_is_never_ready_is_given_up_with_its_log(traces, monkeypatch):
    monkeypatch.setattr(processes, "READY_WITHIN", 1)
    with pytest.raises(ServiceFailed, match=r"(?s)not ready after 1 s \(503.*still waiting for better days"):
        Stack("never_ready")
    assert traces.soon_gone(seconds=3)


# breaking


def test_a_killed_service_refuses_connections_and_comes_back_at_its_address(running):
    address = running.url("tiny")
    running.kill("tiny")
    assert not running.alive("tiny")
    with pytest.raises(requests.ConnectionError):
        requests.get(address, timeout=5)
    running.start("tiny")
    assert running.alive("tiny")
    assert running.url("tiny") == address
    assert requests.get(address, timeout=10).ok


def test_a_frozen_service_times_out_lives_on_and_thaws(running):
    running.freeze("tiny")
    with pytest.raises(requests.ReadTimeout):
        requests.get(running.url("tiny"), timeout=(5, 0.5))
    assert running.alive("tiny")
    running.thaw("tiny")
    assert requests.get(running.url("tiny"), timeout=10).ok


def test_a_running_service_is_not_started_twice_and_a_dead_one_not_frozen(running):
    with pytest.raises(LabError, match="tiny is running already"):
        running.start("tiny")
    running.kill("tiny")
    running.kill("tiny")
    for act in (running.freeze, running.thaw, running.memory):
        with pytest.raises(LabError, match=r'tiny is not running now: stack.start\("tiny"\)'):
            act("tiny")


def test_one_dead_service_leaves_the_others_running():
    with Stack("leaning") as started:
        started.kill("tiny")
        assert requests.get(started.url("leaning"), timeout=10).ok
        assert started.alive("leaning") and not started.alive("tiny")


def take(one: socket.socket, port: int, seconds: float = 20) -> None:
    """Listen there; for a moment, a request of another test may go out from just that port."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            one.bind(("127.0.0.1", port))
            return one.listen()
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)


def test_a_port_that_somebody_took_meanwhile_is_given_up_for_another(running, monkeypatch):
    running.kill("tiny")
    before = running.url("tiny")
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        take(taken, int(before.rpartition(":")[2]))
        running.start("tiny")
    assert running.url("tiny") != before
    assert requests.get(running.url("tiny"), timeout=10).ok


# faults


def test_added_latency_and_errors_are_met_until_they_are_taken_back(running):
    def asked() -> tuple[int, float]:
        began = time.perf_counter()
        status = requests.get(running.url("tiny"), timeout=10).status_code
        return status, time.perf_counter() - began

    running.faults("tiny", latency_ms=400)
    assert asked()[1] >= 0.4
    running.faults("tiny", error_rate=1)
    status, seconds = asked()
    assert status == 503 and seconds < 0.4
    running.faults("tiny")
    assert asked()[0] == 200


@pytest.mark.parametrize(
    ("faults", "sentence"),
    [
        ({"latency": 5}, "latency_ms, error_rate"),
        ({"latency_ms": -1}, "latency_ms must be a number, 0 or more"),
        ({"latency_ms": "5"}, "latency_ms must be a number"),
        ({"latency_ms": float("nan")}, "latency_ms must be a number"),
        ({"error_rate": True}, "error_rate must be a number"),
        ({"error_rate": 1.1}, "from 0 to 1"),
    ],
)
def test_faults_that_make_no_sense_are_refused_and_change_nothing(running, faults, sentence):
    with pytest.raises(LabError, match=sentence):
        running.faults("tiny", **faults)
    assert requests.get(f"{running.url('tiny')}/_lab/faults", timeout=10).json() == {
        "latency_ms": 0,
        "error_rate": 0.0,
    }


def test_faults_of_a_service_that_does_not_answer_are_a_sentence(running):
    running.kill("tiny")
    with pytest.raises(LabError, match="tiny does not answer.*dead or frozen"):
        running.faults("tiny", latency_ms=5)


# Django services


@pytest.fixture
def small():
    with Stack("small", database="sqlite", seed=False) as started:
        yield started


def test_a_django_service_has_a_migrated_database_and_takes_commands(small):
    assert requests.get(small.url("small") + "/health/ready", timeout=10).text == "sqlite"
    assert "[X] 0001_initial" in small.manage("small", "showmigrations", "contenttypes")


def test_a_command_that_fails_says_its_last_line(small):
    with pytest.raises(ServiceFailed, match=r"small: `fly --high` failed: .*[Uu]nknown command: 'fly'|fly"):
        small.manage("small", "fly", "--high")


def test_a_service_whose_preparation_fails_leaves_nothing(traces):
    with pytest.raises(ServiceFailed, match="small: `seed` failed"):
        Stack("small", database="sqlite")
    assert traces.soon_gone(seconds=3)


def test_only_a_django_service_has_commands_and_an_orm(running):
    for act in (running.manage, running.inside):
        with pytest.raises(LabError, match="tiny is no Django service"):
            act("tiny", "check")


# the line to the supervisor


def test_memory_counts_the_service_and_its_workers(running):
    assert 5 < running.memory("tiny") < 500


def test_many_threads_may_ask_at_once(running):
    wrong = []

    def ask():
        for _ in range(20):
            if not running.alive("tiny"):
                wrong.append("dead")
            if running.backend.supervisor.ask("signal", name="tiny", number=0)["count"] < 1:
                wrong.append("uncounted")

    threads = [threading.Thread(target=ask) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert wrong == []


def test_a_question_whose_asker_was_interrupted_does_not_answer_the_next(running, monkeypatch):
    supervisor = running.backend.supervisor

    class Interrupted:
        def readline(self):
            raise KeyboardInterrupt

        close = supervisor.process.stdout.close

    with monkeypatch.context() as patch:
        patch.setattr(supervisor.process, "stdout", Interrupted())
        with pytest.raises(KeyboardInterrupt):
            supervisor.ask("signal", name="tiny", number=0)
    assert supervisor.ask("poll", name="tiny") == {"ask": supervisor._asked, "code": None}


def test_what_the_supervisor_cannot_do_is_said(running):
    with pytest.raises(ServiceFailed, match="unknown command 'dance'"):
        running.backend.supervisor.ask("dance")
    with pytest.raises(ServiceFailed, match="nothing called 'nobody'"):
        running.backend.supervisor.ask("poll", name="nobody")
    with pytest.raises(ServiceFailed, match="FileNotFoundError.*no-such-program"):
        running.backend._spawn("ghost", ["/no-such-program"], {})


def test_a_stopped_stack_says_so_and_a_cell_prints_in_order(small):
    source = "import subprocess\nprint('one')\nsubprocess.run(['echo', 'two'])\nprint('three')"
    assert small.inside("small", source).stdout == "one\ntwo\nthree\n"
    stopped = small.inside("small", "print('so far')\nwhile True: pass", seconds=2)
    assert stopped.stdout == "so far\n" and "still running after 2 s" in stopped.error
    deep = small.inside("small", "def again(): again()\nagain()").error
    assert "RecursionError" in deep and len(deep.splitlines()) < 30
    small.stop()
    for act in (
        lambda: small.inside("small", "1"),
        lambda: small.manage("small", "check"),
        lambda: small.start("small"),
    ):
        with pytest.raises(LabError, match="this stack was stopped"):
            act()


def test_a_database_server_that_did_not_start_may_be_asked_for_again(monkeypatch, taken_port):
    backend = processes.Processes()
    try:
        with monkeypatch.context() as patch:
            patch.setattr(processes, "free_port", lambda: taken_port)
            with pytest.raises(ServiceFailed, match="postgres ended"):
                backend.database("first")
        assert backend.database("second").endswith("/second")
    finally:
        backend.close()


def test_a_password_that_the_driver_cannot_decode_is_not_told(monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "postgresql://me:sec%ret@127.0.0.1/x")
    backend = processes.Processes()
    try:
        with pytest.raises(ServiceFailed, match="%25") as problem:
            backend.database("any")
        assert "sec" not in str(problem.value)
    finally:
        backend.close()


def test_a_database_that_nobody_here_would_use_is_refused_by_name():
    with pytest.raises(
        LabError, match="no database here is called catalogue. There are: accounts, catalog, "
    ):
        Stack(arrangement="databases", databases={"catalogue": "sqlite:////tmp/nowhere.sqlite3"})


def test_another_tree_may_be_named_from_the_clone_wherever_one_is(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with Stack("monolith", code="code", database="sqlite", seed=False, name="from elsewhere") as stack:
        where = stack.inside("monolith", "import monolith; place = monolith.__file__", ["place"])
        assert where.values["place"] == str(CODE / "monolith" / "__init__.py")
    with pytest.raises(LabError, match="'nowhere' is no folder"):
        Stack("monolith", code="nowhere", name="nowhere")
