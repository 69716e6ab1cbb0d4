"""Measuring: figures that are known beforehand, and loads on a service whose speed is set."""

import os
import platform
import subprocess
import sys
import threading
import time
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import psutil
import pytest

from lab import Stack, measure
from lab.measure import Load, Sample

pytestmark = pytest.mark.usefixtures("small_services")


# a sample


@pytest.mark.parametrize(
    ("values", "median", "spread"),
    [((3, 1, 2), 2, (1, 3)), ((4, 1, 2, 3), 2.5, (1, 4)), ((7,), 7, (7, 7))],
)
def test_a_sample_has_its_median_and_its_spread(values, median, spread):
    assert (Sample(values).median, Sample(values).spread) == (median, spread)


@pytest.mark.parametrize(
    ("share", "value"), [(0, 1), (0.01, 1), (0.5, 50), (0.505, 51), (0.95, 95), (0.99, 99), (1, 100)]
)
def test_a_percentile_is_a_value_that_was_measured_and_so_many_do_not_exceed(share, value):
    assert Sample(tuple(range(100, 0, -1))).percentile(share) == value
    assert Sample((5,)).percentile(share) == 5


def test_a_sample_is_shown_with_its_unit_its_number_and_its_spread():
    assert repr(Sample((12.3456, 10, 20))) == "12.3 ms (of 3: 10 to 20)"
    assert repr(Sample((1, 2), "MiB")) == "1.5 MiB (of 2: 1 to 2)"


# times


@pytest.mark.parametrize(
    ("number", "shown"),
    [(0.01234, "0.0123"), (1.234, "1.23"), (99.95, "100"), (999.4, "999"), (999.6, "1000"), (1234.5, "1234")],
)
def test_a_figure_has_three_digits_and_no_exponent(number, shown):
    assert measure.short(number) == shown


def test_conditions_take_turns_and_the_warm_up_does_not_count():
    calls = []

    def act(name: str) -> None:
        calls.append(name)
        if len(calls) <= 4:  # the first two rounds are slow
            time.sleep(0.2)
        time.sleep(0.02 if name == "slow" else 0)

    taken = measure.interleaved(
        {"fast": lambda: act("fast"), "slow": lambda: act("slow")}, repeats=3, warm_up=2
    )
    assert calls == ["fast", "slow"] * 5
    assert {name: len(sample.values) for name, sample in taken.items()} == {"fast": 3, "slow": 3}
    assert taken["fast"].median < 20 <= taken["slow"].median  # milliseconds
    assert max(taken["fast"].spread[1], taken["slow"].spread[1]) < 200


def test_five_repeats_and_one_warm_up_are_the_rule():
    calls = []
    assert len(measure.interleaved({"one": lambda: calls.append(1)})["one"].values) == 5
    assert len(calls) == 6


@pytest.fixture
def modules(tmp_path, monkeypatch):
    """Two modules that note in which interpreter they were imported; one of them is slow, and prints."""
    noted = tmp_path / "noted"
    source = f"import os\nprint(os.getpid(), __name__, file=open({str(noted)!r}, 'a'))\n"
    (tmp_path / "swift.py").write_text(source)
    (tmp_path / "slow.py").write_text(f"{source}import time\ntime.sleep(0.2)\nprint('ready', 'now')\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    return noted


def test_an_import_is_timed_in_an_interpreter_of_its_own_each_time(modules):
    taken = measure.import_time("swift", "slow", repeats=2)
    pids, names = zip(*(line.split() for line in modules.read_text().splitlines()), strict=True)
    assert names == ("swift", "slow") * 3
    assert len(set(pids)) == 6 and str(os.getpid()) not in pids
    assert {name: len(sample.values) for name, sample in taken.items()} == {"swift": 2, "slow": 2}
    assert taken["swift"].spread[1] < 200 <= taken["slow"].spread[0]


def test_a_module_that_cannot_be_imported_is_named_with_the_reason(tmp_path, monkeypatch):
    with pytest.raises(ImportError, match=r"^no_such: ModuleNotFoundError: No module named 'no_such'$"):
        measure.import_time("no_such", repeats=1)
    (tmp_path / "broken.py").write_text("raise RuntimeError('the planted reason')")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with pytest.raises(ImportError, match=r"^broken: RuntimeError: the planted reason$"):
        measure.import_time("broken", repeats=1)


# memory

HOLDS = """
import subprocess, sys
held = bytearray(b"x" * ({own} << 20))
child = subprocess.Popen([sys.executable, "-c", "held = bytearray(b'x' * ({childs} << 20)); print(1, flush=True); input()"],
    stdin=subprocess.PIPE, stdout=subprocess.PIPE)
child.stdout.readline()
print("ready", flush=True)
input()
child.communicate(b"go on")
"""


def memory_with(own: int, childs: int) -> float:
    """MiB of a process that holds so many MiB itself, and so many in a child."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDS.format(own=own, childs=childs)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout.readline() == "ready\n"
        return measure.memory_of(process.pid)
    finally:
        process.communicate("go on")


def test_memory_counts_a_process_and_its_children():
    little, own, childs = memory_with(0, 0), memory_with(64, 0), memory_with(0, 64)
    assert 5 < little < 60
    assert 54 < own - little < 74 and 54 < childs - little < 74


def test_memory_of_a_process_that_is_gone_is_no_figure():
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    with pytest.raises(psutil.NoSuchProcess):
        measure.memory_of(gone.pid)


# loads


@pytest.fixture
def tiny():
    with Stack("tiny") as started:
        yield started


@pytest.fixture
def site():
    """A site in this process that counts what it is asked: /ok, /fails (every second one), /slow."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def setup(self):
            super().setup()
            serving.asked["connections"] += 1

        def do_GET(self):
            with serving.counting:
                serving.asked[self.path] += 1
                number = serving.asked[self.path]
                serving.inside += 1
                serving.most_inside = max(serving.most_inside, serving.inside)
            time.sleep(0.1 if self.path == "/slow" else 0)
            with serving.counting:
                serving.inside -= 1
            self.send_response(500 if self.path == "/fails" and number % 2 else 200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_):
            pass

    serving = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    serving.daemon_threads = True
    serving.asked, serving.counting, serving.inside, serving.most_inside = Counter(), threading.Lock(), 0, 0
    serving.url = f"http://127.0.0.1:{serving.server_address[1]}"
    answering = threading.Thread(target=serving.serve_forever, kwargs={"poll_interval": 0.05})
    answering.start()
    yield serving
    serving.shutdown()
    answering.join(10)
    serving.server_close()


def test_an_open_loop_asks_at_its_rate_however_slow_the_answers_are(site):
    began = time.perf_counter()
    load = measure.open_loop(site.url + "/slow", rate=30, seconds=1, warm_up=0.5)
    assert 1.4 <= time.perf_counter() - began < 4
    assert site.asked["/slow"] == 45  # one client would have managed 15
    assert 2 <= site.most_inside <= 20
    assert load.seconds == 1 and load.failed == 0
    assert load.latency.spread[0] >= 100 and load.latency.median < 400


def test_an_open_loop_counts_what_was_due_and_answered_inside_the_window(site):
    load = measure.open_loop(site.url + "/slow", rate=20, seconds=1, warm_up=0.5)
    # 30 were asked: 10 for the warm-up, and the last two or so are answered when the window has closed
    assert site.asked["/slow"] == 30
    assert 10 <= len(load.latency.values) <= 19
    assert load.rate == len(load.latency.values) / 1


def test_in_an_open_loop_latency_counts_from_when_the_request_was_due_so_a_queue_shows(site):
    """One client and 0.1 s an answer: ten a second at most, and twenty are due."""
    queued = measure.open_loop(site.url + "/slow", rate=20, seconds=1.5, warm_up=0, clients=1)
    alone = measure.closed_loop(site.url + "/slow", clients=1, seconds=1, warm_up=0)
    assert alone.latency.median < 200
    assert queued.latency.percentile(1) > 400
    assert queued.latency.median > 2 * alone.latency.median
    assert queued.latency.values[-1] > 2 * queued.latency.values[0]  # it grows while more are due
    assert site.most_inside == 1


def test_in_an_open_loop_a_service_that_freezes_keeps_everybody_waiting_who_comes_meanwhile(tiny):
    calm = measure.open_loop(tiny.url("tiny"), rate=40, seconds=1, warm_up=0.3)
    thaw = threading.Timer(0.8, tiny.thaw, ["tiny"])
    tiny.freeze("tiny")
    thaw.start()
    frozen = measure.open_loop(tiny.url("tiny"), rate=40, seconds=2, warm_up=0)
    thaw.join()
    late = [value for value in frozen.latency.values if value > 200]
    assert 12 <= len(late) <= 50  # 24 were due more than 0.2 s before it thawed: not one alone
    assert frozen.latency.spread[1] > 500 and calm.latency.median < 200
    assert frozen.failed == 0


def test_a_closed_loop_has_as_many_requests_under_way_as_clients_and_connections(site):
    load = measure.closed_loop(site.url + "/slow", clients=4, seconds=1, warm_up=0.3)
    assert site.most_inside == 4 and site.asked["connections"] == 4
    assert 16 <= len(load.latency.values) <= 40  # 4 clients, 0.1 s each, 1 s
    assert load.latency.spread[0] >= 100 and load.failed == 0


def test_more_clients_get_more_from_a_service_that_waits_and_the_warm_up_does_not_count(tiny):
    tiny.faults("tiny", latency_ms=100)
    one = measure.closed_loop(tiny.url("tiny"), clients=1, seconds=1, warm_up=0.5)
    six = measure.closed_loop(tiny.url("tiny"), clients=6, seconds=1, warm_up=0)
    assert 4 <= one.rate <= 10.5 and one.seconds == 1
    assert six.rate > 2 * one.rate


@pytest.mark.parametrize("loop", ["open", "closed"])
def test_an_answer_of_400_and_more_is_a_failure_and_no_latency(site, loop):
    if loop == "open":
        load = measure.open_loop(site.url + "/fails", rate=40, seconds=1, warm_up=0)
        assert 30 <= load.failed + len(load.latency.values) <= 40
    else:
        load = measure.closed_loop(site.url + "/fails", clients=2, seconds=0.5, warm_up=0)
        answered = load.failed + len(load.latency.values)
        assert site.asked["/fails"] - 2 <= answered <= site.asked["/fails"]
    assert abs(load.failed - len(load.latency.values)) <= 2


@pytest.mark.parametrize("loop", ["open", "closed"])
def test_a_service_that_nobody_reaches_gives_no_figure_but_a_sentence(closed_port, loop):
    url = f"http://127.0.0.1:{closed_port}"
    with pytest.raises(
        RuntimeError, match=rf"^no request to {url} was answered well inside the window of 0.3 s; \d+ failed$"
    ):
        if loop == "open":
            measure.open_loop(url, rate=20, seconds=0.3, warm_up=0)
        else:
            measure.closed_loop(url, clients=1, seconds=0.3, warm_up=0)


def test_a_service_that_dies_meanwhile_shows_as_failures(tiny):
    kill = threading.Timer(0.7, tiny.kill, ["tiny"])
    kill.start()
    load = measure.open_loop(tiny.url("tiny"), rate=30, seconds=1.5, warm_up=0)
    kill.join()
    assert 5 <= len(load.latency.values) <= 30 and load.failed >= 10


def test_a_load_is_shown_by_its_rate_its_percentiles_and_its_failures():
    load = Load(Sample(tuple(range(1, 101))), failed=3, seconds=4)
    assert load.rate == 25
    assert repr(load) == "25 requests/s, p50 50 ms, p99 99 ms, failed 3"


# the machine


def test_a_figure_says_what_it_was_measured_on():
    found = measure.machine("requests", "django")
    assert list(found) == ["system", "cores", "load", "python", "requests", "django"]
    assert found["system"] == f"{platform.system()} {platform.machine()}"
    assert found["cores"] == str(os.cpu_count()) and found["python"] == platform.python_version()
    assert float(found["load"]) >= 0
    import django
    import requests

    assert (found["requests"], found["django"]) == (requests.__version__, django.__version__)
