"""The supervisor: however a kernel ends, and whatever it had started, nothing is left running."""

import gc
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
import requests

from lab import Stack, processes
from lab.errors import LabError, ServiceFailed, UnknownService

pytestmark = pytest.mark.usefixtures("small_services")
linux = pytest.mark.skipif(sys.platform != "linux", reason="the system call for it is Linux's own")

KERNEL_AND_TINY = 4  # the kernel, its supervisor, gunicorn and gunicorn's worker


def until(condition, seconds: float = 20) -> bool:
    """Whether the condition comes true within so many seconds."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def go_on(one) -> None:
    """Let a kernel that reads a line read it."""
    one.process.stdin.write("go on\n")
    one.process.stdin.flush()


# the ends of a kernel

ENDS = {
    "it is through": "",
    "sys.exit": "sys.exit(3)",
    "an exception": "1 / 0",
    "Ctrl-C": "os.kill(os.getpid(), signal.SIGINT)",
    "os._exit": "os._exit(3)",
    "SIGTERM": "os.kill(os.getpid(), signal.SIGTERM)",
    "kill -9": "os.kill(os.getpid(), signal.SIGKILL)",
    "kill -9 of its group, as Jupyter does": "os.killpg(0, signal.SIGKILL)",
}


@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS)
def test_nothing_is_left_however_the_kernel_ends(kernel, traces, end):
    one = kernel(f"os.setpgrp()\nStack('tiny')\nprint('ready', flush=True)\nsys.stdin.readline()\n{end}\n")
    assert one.says() == "ready"
    assert len(traces.processes()) == KERNEL_AND_TINY
    assert len(traces.folders()) == 1
    go_on(one)
    one.process.wait(30)
    assert traces.soon_gone()


def test_a_kernel_that_ends_in_good_order_is_gone_last(kernel, traces):
    one = kernel("Stack('tiny')\nprint('ready', flush=True)\n")
    assert one.says() == "ready"
    assert one.process.wait(30) == 0
    assert traces.processes() == [] and traces.folders() == []


def test_a_frozen_service_ends_with_its_kernel(kernel, traces):
    one = kernel("Stack('tiny').freeze('tiny')\nprint('frozen', flush=True)\ntime.sleep(600)\n")
    assert one.says() == "frozen"
    assert until(lambda: [p.status() for p in traces.processes()].count(psutil.STATUS_STOPPED) == 2)
    one.process.kill()
    assert traces.soon_gone()


LOOSE = """
import os, signal, time
signal.signal(signal.SIGTERM, {on_sigterm})
if os.fork() == 0:  # leaves the group and the session
    os.setsid()
    time.sleep(600)
if os.fork() == 0:  # a daemon: its parent ends at once
    os.setsid()
    if os.fork() == 0:
        time.sleep(600)
    os._exit(0)
time.sleep(600)
"""


@linux
@pytest.mark.parametrize("on_sigterm", ["signal.SIG_DFL", "signal.SIG_IGN"], ids=["tame", "stubborn"])
def test_what_left_its_group_and_a_daemon_end_with_the_kernel(kernel, traces, on_sigterm):
    one = kernel(f"""
loose = {LOOSE.format(on_sigterm=on_sigterm)!r}
Stack('tiny').backend._spawn("loose", [sys.executable, "-c", loose], dict(os.environ))
print('ready', flush=True)
time.sleep(600)
""")
    assert one.says() == "ready"
    assert until(lambda: len(traces.processes()) == KERNEL_AND_TINY + 3)
    one.process.kill()
    assert traces.soon_gone()


def test_a_process_that_the_kernel_forked_and_that_holds_the_pipe_open_keeps_nothing_alive(kernel, traces):
    one = kernel("""
Stack('tiny')
if os.fork() == 0:
    os.close(1)
    os.close(2)
    time.sleep(600)
print('ready', flush=True)
sys.stdin.readline()
os._exit(0)
""")
    assert one.says() == "ready"
    assert until(lambda: len(traces.processes()) == KERNEL_AND_TINY + 1)
    go_on(one)
    one.process.wait(30)
    assert until(lambda: len(traces.processes()) == 1 and traces.folders() == [])
    time.sleep(0.3)
    assert len(traces.processes()) == 1  # the forked one is the kernel's own affair
    traces.processes()[0].kill()
    assert traces.soon_gone()


def test_a_process_that_the_kernel_forked_takes_nothing_with_it_when_it_ends(kernel, traces):
    one = kernel("""
stack = Stack('tiny')
if os.fork() == 0:
    sys.exit()
os.wait()
time.sleep(0.5)
print(stack.alive('tiny'), flush=True)
""")
    assert one.says() == "True"
    assert traces.soon_gone()


def test_two_kernels_side_by_side_do_not_disturb_each_other(kernel, traces):
    source = "stack = Stack('tiny')\nprint(stack.url('tiny'), flush=True)\ntime.sleep(600)\n"
    first, second = kernel(source), kernel(source)
    urls = [first.says(), second.says()]
    assert urls[0] != urls[1]
    assert len(traces.processes()) == 2 * KERNEL_AND_TINY and len(traces.folders()) == 2
    first.process.kill()
    assert until(lambda: len(traces.processes()) == KERNEL_AND_TINY and len(traces.folders()) == 1)
    time.sleep(0.3)
    assert requests.get(urls[1], timeout=10).ok
    assert len(traces.processes()) == KERNEL_AND_TINY and len(traces.folders()) == 1
    second.process.kill()
    assert traces.soon_gone()


def test_an_interrupted_start_leaves_nothing_and_the_next_one_starts(kernel, traces):
    one = kernel("""
print('starting', flush=True)
try:
    Stack('tiny', 'never_ready')
except KeyboardInterrupt:
    print('interrupted', flush=True)
sys.stdin.readline()
stack = Stack('tiny')
print(stack, flush=True)
""")
    assert one.says() == "starting"
    assert until(lambda: len(traces.processes()) == KERNEL_AND_TINY + 2)
    one.process.send_signal(signal.SIGINT)
    assert one.says() == "interrupted"
    assert [process.pid for process in traces.processes()] == [one.process.pid]
    assert traces.folders() == []
    go_on(one)
    assert one.says() == "Stack: tiny (running)"
    assert traces.soon_gone()


def test_a_kernel_killed_at_any_line_of_making_its_backend_leaves_nothing(kernel, traces):
    told, line = "", 0
    while not told:
        one = kernel(f"""
from lab import processes
lines = 0
def each_line(frame, event, _):
    global lines
    if event == "line":
        if lines == {line}:
            os.kill(os.getpid(), signal.SIGKILL)
        lines += 1
    return each_line
sys.settrace(lambda frame, *_: each_line if frame.f_code is made else None)
made = processes.Processes.__init__.__code__
processes.Processes("sqlite")
print("made", flush=True)
""")
        told = one.process.stdout.read()
        one.process.wait(30)
        assert traces.soon_gone(), f"killed at line {line}"
        line += 1
    assert told == "made\n" and line > 4


def test_a_kernel_killed_at_random_moments_leaves_nothing_and_the_next_stack_starts(kernel, traces):
    moments = random.Random(1)
    for number in range(int(os.environ.get("LAB_RANDOM_KILLS", "5"))):
        one = kernel("""
print('going', flush=True)
while True:
    with Stack('small', seed=False):
        pass
""")
        assert one.says() == "going"
        moment = moments.uniform(0, 3)
        time.sleep(moment)
        assert one.process.poll() is None, one.process.stderr.read()
        one.process.kill()
        one.process.wait(30)
        assert traces.soon_gone(), f"kill number {number}, after {moment:.3f} s"
        with Stack("tiny") as after:
            assert requests.get(after.url("tiny"), timeout=10).ok


def test_a_backend_that_nobody_holds_any_more_ends(traces):
    backend = processes.Processes("sqlite")
    backend._spawn("sleeper", [sys.executable, "-c", "import time; time.sleep(600)"], dict(os.environ))
    assert len(traces.processes()) == 2 and len(traces.folders()) == 1
    del backend
    gc.collect()
    assert traces.soon_gone(seconds=3)


# the supervisor's own end


@linux
def test_all_it_started_dies_with_a_killed_supervisor_and_a_new_stack_starts(traces):
    stack = Stack("small", "tiny", seed=False, redis=True)
    assert {"postgres", "redis", "small", "tiny"} <= stack.backend.pids.keys()
    stack.backend.supervisor.process.kill()
    assert until(lambda: traces.processes() == []), traces.processes()
    with pytest.raises(LabError, match="the lab's supervisor is gone, and the services with it: stop"):
        stack.alive("tiny")
    stack.stop()
    assert traces.folders() == []
    with Stack("tiny") as after:
        assert requests.get(after.url("tiny"), timeout=10).ok


def test_ctrl_c_and_a_closed_terminal_are_not_the_supervisors_affair():
    with Stack("tiny") as stack:
        for number in (signal.SIGINT, signal.SIGHUP):
            stack.backend.supervisor.process.send_signal(number)
        time.sleep(0.3)
        assert stack.alive("tiny")


def test_a_supervisor_that_is_asked_to_end_takes_everything_with_it(traces):
    stack = Stack("tiny")
    for _ in range(3):  # impatience changes nothing
        stack.backend.supervisor.process.terminate()
        time.sleep(0.05)
    assert traces.soon_gone()
    assert stack.backend.supervisor.process.wait(5) == 0
    with pytest.raises(LabError, match="supervisor is gone"):
        stack.alive("tiny")


# what it is asked to do


@pytest.fixture
def supervisor(traces):
    running = processes.Supervisor()
    yield running
    running.close()


@pytest.fixture
def start(supervisor, ground, tmp_path):
    """Starts Python source as the supervisor's child; returns its pid."""

    def start(name: str, source: str, **more) -> int:
        more = {"log": str(tmp_path / "log"), "env": dict(os.environ), **more}
        return supervisor.ask(
            "start", name=name, argv=[sys.executable, "-u", "-c", source], cwd=str(ground), **more
        )["pid"]

    return start


def ended(supervisor, name: str) -> int:
    """The exit status of a child, once it has ended."""
    codes = []
    assert until(lambda: codes.append(supervisor.ask("poll", name=name)["code"]) or codes[-1] is not None)
    return codes[-1]


SAYS = "import sys; print('said'); print('complained', file=sys.stderr)"


def test_output_and_complaints_are_appended_to_one_file_or_parted_into_two(supervisor, start, tmp_path):
    for name in ("first", "second"):
        start(name, SAYS)
        assert ended(supervisor, name) == 0
    assert Path(tmp_path, "log").read_text() == "said\ncomplained\n" * 2
    start("parted", SAYS, log=str(tmp_path / "said"), errors=str(tmp_path / "complained"))
    assert ended(supervisor, "parted") == 0
    assert Path(tmp_path, "said").read_text() == "said\n"
    assert Path(tmp_path, "complained").read_text() == "complained\n"


def test_a_child_sees_the_environment_and_the_folder_it_was_given_and_no_input(
    supervisor, start, ground, tmp_path
):
    source = (
        "import os, sys; print(os.environ['COLOUR'], 'HOME' in os.environ, os.getcwd(), sys.stdin.read())"
    )
    start("seer", source, env={"COLOUR": "green"})
    assert ended(supervisor, "seer") == 0
    assert Path(tmp_path, "log").read_text() == f"green False {ground} \n"


def test_an_exit_status_is_told_and_a_signals_number_is_negative(supervisor, start):
    start("left", "raise SystemExit(7)")
    start("shot", "import os; os.kill(os.getpid(), 9)")
    start("stays", "import time; time.sleep(600)")
    assert ended(supervisor, "left") == 7
    assert ended(supervisor, "shot") == -9
    assert supervisor.ask("poll", name="stays")["code"] is None


HAS_CHILDREN = """
import os, time
for _ in range(2):
    if os.fork() == 0:
        os.setsid()
        time.sleep(600)
print("ready")
time.sleep(600)
"""


def test_a_signal_reaches_the_child_and_its_descendants_and_none_after_its_end(
    supervisor, start, traces, tmp_path
):
    start("parent", HAS_CHILDREN)
    assert until(lambda: "ready" in (tmp_path / "log").read_text())
    assert supervisor.ask("signal", name="parent", number=int(signal.SIGSTOP))["count"] == 3
    assert until(lambda: [p.status() for p in traces.processes()].count(psutil.STATUS_STOPPED) == 3)
    assert supervisor.ask("signal", name="parent", number=int(signal.SIGKILL))["count"] == 3
    assert ended(supervisor, "parent") == -9
    assert supervisor.ask("signal", name="parent", number=int(signal.SIGKILL))["count"] == 0


def test_stop_ends_the_descendants_too_and_forgets_the_name(supervisor, start, traces, tmp_path):
    start("parent", HAS_CHILDREN)
    assert until(lambda: "ready" in (tmp_path / "log").read_text())
    assert len(traces.processes()) == 1 + 3
    assert supervisor.ask("stop", name="parent") == {"ask": supervisor._asked, "code": -15}
    assert until(lambda: [p.pid for p in traces.processes()] == [supervisor.process.pid], seconds=2)
    with pytest.raises(ServiceFailed, match="nothing called 'parent' was started"):
        supervisor.ask("poll", name="parent")


def test_stop_ends_what_an_ended_child_left_in_its_session(supervisor, start, traces):
    start("parent", "import os, time\nif os.fork() == 0: time.sleep(600)")
    assert ended(supervisor, "parent") == 0
    assert len(traces.processes()) == 2
    assert supervisor.ask("stop", name="parent")["code"] == 0
    assert until(lambda: len(traces.processes()) == 1, seconds=2)


CLEANS_UP = """
import signal, sys, time
def clean_up(*_):
    time.sleep(0.3)
    print("clean")
    sys.exit(5)
signal.signal(signal.{signal}, clean_up)
print("ready")
time.sleep(600)
"""


@pytest.mark.parametrize("frozen", [False, True], ids=["running", "frozen"])
@pytest.mark.parametrize(("kind", "last_word"), [("", "SIGTERM"), ("postgres", "SIGQUIT")])
def test_stop_gives_a_child_time_to_clean_up(supervisor, start, tmp_path, kind, last_word, frozen):
    pid = start("tidy", CLEANS_UP.format(signal=last_word), kind=kind)
    assert until(lambda: "ready" in (tmp_path / "log").read_text())
    if frozen:
        supervisor.ask("signal", name="tidy", number=int(signal.SIGSTOP))
        assert until(lambda: psutil.Process(pid).status() == psutil.STATUS_STOPPED)
    assert supervisor.ask("stop", name="tidy")["code"] == 5
    assert (tmp_path / "log").read_text() == "ready\nclean\n"


def test_stop_kills_a_child_that_does_not_end_in_time(supervisor, start, tmp_path):
    start("deaf", "import signal, time\nsignal.signal(15, signal.SIG_IGN)\nprint('ready')\ntime.sleep(600)")
    assert until(lambda: "ready" in (tmp_path / "log").read_text())
    began = time.monotonic()
    assert supervisor.ask("stop", name="deaf", timeout=0.5)["code"] == -9
    assert 0.5 <= time.monotonic() - began < 4


@linux
def test_orphans_that_end_are_buried(supervisor, start):
    start("parent", "import os\nfor _ in range(3):\n    if os.fork() == 0:\n        os._exit(0)\nos._exit(0)")
    assert ended(supervisor, "parent") == 0
    itself = psutil.Process(supervisor.process.pid)

    def buried() -> bool:
        supervisor.ask("poll", name="parent")  # it looks around after each question
        return itself.children() == []

    assert until(buried, seconds=3)


def test_the_end_of_a_child_that_was_not_asked_for_is_told_even_after_others_were_buried(supervisor, start):
    for number in range(3):
        start(f"child {number}", f"raise SystemExit({number})")
    time.sleep(0.5)
    for number in range(3):  # were a child buried like an orphan, its status would be lost
        assert ended(supervisor, f"child {number}") == number


def test_a_folder_that_it_owns_goes_when_it_ends_and_not_before(supervisor, ground):
    (ground / "owned").mkdir()
    (ground / "owned" / "file").write_text("in it")
    (ground / "not owned").mkdir()
    assert supervisor.ask("own", folder=str(ground / "owned")) == {"ask": 1}
    assert (ground / "owned" / "file").exists()
    supervisor.close()
    assert [path.name for path in ground.iterdir()] == ["not owned"]


def test_closing_waits_until_everything_has_ended_and_twice_is_harmless(supervisor, start, traces):
    start("tidy", CLEANS_UP.format(signal="SIGTERM"))
    supervisor.close()
    supervisor.close()
    assert traces.processes() == []
    assert supervisor.process.poll() == 0


def test_it_works_alone_and_ends_when_its_input_does(tmp_path):
    """Without a kernel of ours, as somebody would try it in a shell."""
    done = subprocess.run(
        [sys.executable, "-m", "lab.supervisor"],
        input='{"do": "own", "ask": 7, "folder": "/nowhere/at/all"}\n{"do": "dance", "ask": 8}\n',
        env={**os.environ, "PYTHONPATH": str(processes.CODE)},
        capture_output=True,
        text=True,
        timeout=20,
    )
    assert done.stdout.splitlines() == ['{"ask": 7}', '{"ask": 8, "error": "unknown command \'dance\'"}']
    assert done.stderr == "" and done.returncode == 0


# the backend's own part


def test_a_stopped_service_is_no_longer_known(traces):
    with Stack("tiny") as stack:
        stack.backend.stop("tiny")
        assert len(traces.processes()) == 1
        for act in (stack.backend.stop, stack.backend.alive, stack.backend.log):
            with pytest.raises(UnknownService, match="this stack has no 'tiny'. It runs: nothing"):
                act("tiny")
        stack.backend.start(stack.wanted[0], stack.env["tiny"])
        stack.kill("tiny")
        stack.backend.stop("tiny")  # a dead one, too


def test_a_program_is_run_to_its_end_and_stopped_when_it_takes_too_long(traces):
    backend = processes.Processes("sqlite")
    try:
        done = backend._to_its_end([sys.executable, "-c", SAYS + "; sys.exit(4)"], {})
        assert (done.returncode, done.stdout, done.stderr) == (4, "said\n", "complained\n")
        began = time.monotonic()
        with pytest.raises(subprocess.TimeoutExpired):
            backend._to_its_end([sys.executable, "-c", "import time; time.sleep(600)"], {}, seconds=0.5)
        assert 0.5 <= time.monotonic() - began < 5
        assert len(traces.processes()) == 1
        assert list(backend.folder.iterdir()) == []
    finally:
        backend.close()
    assert traces.processes() == [] and traces.folders() == []
