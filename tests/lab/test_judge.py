"""What answers do to the judge: each gets a sentence, within its limit, and the next answer is judged as ever."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time

import pytest

from lab import notebooks, progress
from lab.checks import desk
from lab.checks import judge as judging
from lab.checks.child import MESSAGE, load
from lab.checks.feedback import SHOWN, Feedback
from lab.checks.judge import FLOOD, START, Report, judge, prepared_database, same_code
from lab.errors import LabError, ServiceFailed, UnknownExercise
from lab.home import CODE, ROOT, cache

RIGHT = notebooks.solution("01.1")
STUB = notebooks.stubs("01")["01.1"] + "\n"
MARGIN = START  # for starting Python and Django, and for ending them, on a busy machine


def doing(*lines: str, before: str = "") -> str:
    """The right answer, but its function does these lines first (and `before` stands on top)."""
    first = "    events = "
    assert RIGHT.count(first) == 1
    return f"{before}\n" + RIGHT.replace(first, "".join(f"    {line}\n" for line in lines) + first)


def also(*lines: str) -> str:
    """The right answer, but its function does these lines last."""
    return RIGHT.replace("    return [", "    found = [") + "".join(
        f"    {line}\n" for line in (*lines, "return found")
    )


@pytest.fixture(scope="session")
def migrated(tmp_path_factory):
    """An empty database for answers, made once."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LAB_HOME", str(tmp_path_factory.mktemp("home")))
        return prepared_database()


@pytest.fixture(autouse=True)
def prepared(migrated, surroundings, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    shutil.copy(migrated, cache() / migrated.name)


def judged(source: str, number: str = "01.1", limit: float = 10, known=()) -> Report:
    asked = desk.exercise(number)
    asked.limit = limit
    began = time.monotonic()
    report = judge(asked, source, notebooks.stubs(number)[number], known)
    assert time.monotonic() - began < limit + MARGIN
    return report


def told(report: Report) -> str:
    """All that the learner reads; never a traceback, and never too much."""
    text = repr(Feedback(report))
    assert "Traceback" not in text and 'File "' not in text
    text.encode()
    assert len(text) < 5 * MESSAGE + 2 * SHOWN
    return text


def met(report: Report) -> dict:
    return {verdict.key: verdict.met for verdict in report.verdicts}


def passes(report: Report) -> bool:
    return report.state == "passed" and met(report) == {"R1": True, "R2": True, "R3": True}


# answers that are none yet


@pytest.mark.parametrize(
    "source",
    [
        "",
        " \n\n",
        STUB,
        f"\n\n{STUB}\n\n",
        f"# my own comment\n{STUB}  # and one more\n",
        STUB.replace("\n\n\n", "\n"),
        STUB.replace('"starts_at", "pk"', "'starts_at' , 'pk'"),
    ],
)
def test_an_untouched_stub_is_not_started_and_no_attempt(source):
    report = desk.hand_in("01.1", source)
    assert (report.state, report.verdicts, report.failed, report.passed) == ("not started", [], [], False)
    assert told(report).startswith("01.1 The page that asks once per row: not started.")
    assert progress.read()["exercises"] == {}


def test_an_untouched_stub_that_does_not_parse_is_not_started_too():
    assert same_code("def f(:\n", "def f(:") and not same_code("def f(:\n", "def g(:")
    assert not same_code("x = 1", "x = 2")
    assert judge(desk.exercise("01.1"), "def f(:\n", "def f(:").state == "not started"


def test_a_stub_with_one_name_changed_is_judged():
    report = judged(STUB.replace("rows", "found"))
    assert report.state == "rejected"
    assert met(report) == {"R1": True, "R2": False, "R3": True}
    assert "4 queries for 3 events, 301 for 300" in told(report)


# answers that are right


def test_a_right_answer_passes_and_leaves_nothing(traces):
    report = judged(RIGHT)
    assert passes(report) and report.failed == [] and report.message == report.printed == ""
    assert traces.soon_gone()


def test_the_four_kinds_of_stub_and_solution_are_told_apart_in_another_exercise():
    assert judged(notebooks.solution("01.2"), "01.2").passed
    wrong = judged(notebooks.stubs("01")["01.2"] + "\nx = 1\n", "01.2")
    assert wrong.failed == ["R1", "R2", "R4"]
    assert re.search(
        r"sell\(band, 1\) with 1 seat left, while a rival buys it between your read and your write\n"
        r" +gave +2 tickets .*\n +expected  1 ticket\n",
        told(wrong),
    )


def test_several_answers_at_once_are_judged_each_for_itself_also_on_the_very_first_run():
    shutil.rmtree(cache())
    found = {}

    def ask(name: str, source: str) -> None:
        found[name] = judged(source, limit=30)

    threads = [
        threading.Thread(target=ask, args=pair)
        for pair in (("right", RIGHT), ("wrong", doing("1 / 0")), ("right too", RIGHT))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert passes(found["right"]) and passes(found["right too"])
    assert found["wrong"].failed == ["R1", "R2", "R3"]
    assert len(list(cache().iterdir())) == 1


@pytest.mark.parametrize(
    "source",
    [
        pytest.param(f"x = '{'y' * 10_000_000}'\n{RIGHT}", id="a huge literal"),
        pytest.param(doing("connection.close()", before="from django.db import connection"), id="closes"),
        pytest.param(
            doing("threading.Thread(target=time.sleep, args=(99,)).start()", before="import threading, time"),
            id="threads left running",
        ),
        pytest.param(f"import atexit\natexit.register(lambda: 1 / 0)\n{RIGHT}", id="an exit handler"),
        pytest.param(f"import os\nos.chdir('/')\n{RIGHT}", id="another folder"),
        pytest.param(f"import sys\nsys.stdout.close()\nsys.stderr.close()\n{RIGHT}", id="closed output"),
        pytest.param(
            doing("os.write(1, bytes(range(128, 256)))", before="import os"), id="prints what is no text"
        ),
        pytest.param(f"__name__ = '__main__'\ninput = print\n{RIGHT}", id="odd names"),
    ],
)
def test_what_harms_nobody_is_no_reason_to_reject(source, traces):
    report = judged(source)
    assert passes(report), told(report)
    assert traces.soon_gone()


# answers that cannot run

UNRUNNABLE = [
    pytest.param(
        "def event_list(:\n    pass\n", r"does not parse: line 1: .*\n +def event_list\(:", id="syntax"
    ),
    pytest.param(f"{RIGHT}  return 5\n", r"does not parse: line \d+: unindent", id="indentation"),
    pytest.param(f"x = {'(' * 9999}{')' * 9999}\n", r"does not parse: line 1: too many nested", id="nested"),
    pytest.param(f"x = {'-' * 99_999}1\n", r"does not parse: it is too large", id="too deep to parse"),
    pytest.param(f"x = a{'.b' * 99_999}\n", r"does not parse: .*recursion", id="too deep to compile"),
    pytest.param(
        f"x = {'9' * 9999}\n{RIGHT}", r"does not parse: line 1: Exceeds the limit", id="huge number"
    ),
    pytest.param(f"x = 1\0\n{RIGHT}", r"does not parse: .*null bytes", id="a null byte"),
    pytest.param(
        f"x = '\ud800'\n{RIGHT}", r"does not parse: .*surrogates not allowed", id="half a character"
    ),
    pytest.param(
        "x = 1\n", r"defines no `event_list`: keep the name that the stub gave it", id="no function"
    ),
]


@pytest.mark.parametrize(("source", "sentence"), UNRUNNABLE)
def test_an_answer_that_cannot_run_is_told_why(source, sentence, traces):
    report = judged(source)
    assert (report.state, report.verdicts) == ("cannot run", [])
    text = told(report)
    assert "your answer cannot run yet" in text and re.search(sentence, text), text
    assert traces.soon_gone()


# answers that raise, exit, or break what they were given

DB = "from django.db import connection, transaction"
REJECTED = [
    pytest.param(
        doing("1 / 0"), r"event_list\(\) raised ZeroDivisionError: .*\n +line 7: 1 / 0", id="raises"
    ),
    pytest.param(
        f"1 / 0\n{RIGHT}", r"your answer raised ZeroDivisionError: .*\n +line 1: 1 / 0", id="at once"
    ),
    pytest.param(
        doing("nothing()"),
        r"uses `nothing`, which is defined nowhere in it \(line 7: nothing\(\)\)",
        id="no name",
    ),
    pytest.param(
        doing("helper()"),
        r"uses `helper`, which an earlier cell defined: an answer stands alone, so bring it into this cell",
        id="a name from another cell",
    ),
    pytest.param(
        doing("raise KeyboardInterrupt"), r"raised KeyboardInterrupt: \(no message\)", id="interrupt"
    ),
    pytest.param(doing("event_list()"), r"event_list\(\) raised RecursionError: .*recursion", id="recursion"),
    pytest.param(
        doing("sys.exit(0)", before="import sys"), r"event_list\(\) raised SystemExit: 0", id="exit"
    ),
    pytest.param(f"import sys\n{RIGHT}sys.exit()", r"your answer raised SystemExit", id="exits at once"),
    pytest.param(doing("input()"), r"event_list\(\) raised EOFError", id="asks for input"),
    pytest.param(
        doing("x = 'x' * (3 << 30)"),
        r"asked for more memory than it may have \(1 GB\)\n +line 7",
        id="memory",
    ),
    pytest.param(
        doing("raise ValueError('x' * 9_999_999)"), r"raised ValueError: x+…\n", id="endless message"
    ),
    pytest.param(doing("raise ValueError('\\ud800')"), r"raised ValueError: \?\n", id="unprintable message"),
    pytest.param(
        "class Odd(Exception):\n    def __str__(self): raise ValueError\ndef event_list(): raise Odd\n",
        r"raised Odd: \(a Odd whose text cannot be had: ValueError\)",
        id="an exception without a text",
    ),
    pytest.param(
        "class Odd:\n    def __eq__(self, other): raise ValueError('no')\ndef event_list(): return Odd()\n",
        r"your answer raised ValueError: no\n +line 2",
        id="an object that cannot be compared",
    ),
    pytest.param(
        "class Odd:\n    def __repr__(self): raise ValueError('no')\ndef event_list(): return [Odd()]\n",
        r"your answer raised ValueError: no\n +line 2",
        id="an object that cannot be shown",
    ),
    pytest.param("def event_list(): return []\n", r"gave +0 rows\n +expected +4 rows", id="nothing"),
    pytest.param(
        "def event_list(): pass\n",
        r"the check stumbled over what your answer gave: TypeError",
        id="no return",
    ),
    pytest.param("event_list = 5\n", r"stumbled over what your answer gave.*not callable", id="no function"),
    pytest.param(
        doing("open('big', 'wb').write(bytes(70 << 20))"),
        r"raised OSError: .*File too large",
        id="a huge file",
    ),
    pytest.param(
        doing("connection.cursor().execute('DROP TABLE catalog_priceband')", before=DB),
        r"raised OperationalError: no such table: catalog_priceband",
        id="drops a table",
    ),
    pytest.param(
        also(
            "from django.db import connection", "connection.cursor().execute('DROP TABLE catalog_priceband')"
        ),
        r"after your answer ran, the database no longer answers: no such table.*\n +does it drop or close",
        id="drops a table afterwards",
    ),
    pytest.param(
        also("from django.db import connection", "connection.connection.close()"),
        r"after your answer ran, the database no longer answers: .*closed database",
        id="closes the database behind Django's back",
    ),
    pytest.param(
        doing("transaction.atomic().__enter__()", before=DB),
        r"left a transaction open: nobody else sees what it wrote",
        id="leaves a transaction open",
    ),
    pytest.param(
        doing("connection.cursor().execute('BEGIN')", before=DB),
        r"left a transaction open",
        id="begins one by hand",
    ),
    pytest.param(
        f"import os\nfor name in os.listdir('.'): os.remove(name)\n{RIGHT}",
        r"the database no longer answers: no such table",
        id="deletes its files",
    ),
    pytest.param(
        f"import os, shutil\nshutil.rmtree(os.getcwd())\n{RIGHT}",
        r"the database no longer answers: unable to open",
        id="deletes its folder",
    ),
]


@pytest.mark.parametrize(("source", "sentence"), REJECTED)
def test_an_answer_that_fails_is_told_what_happened_and_where(source, sentence, traces):
    report = judged(source, known={"helper", "print"})
    assert report.state == "rejected" and report.failed
    assert re.search(sentence, told(report)), told(report)
    assert None not in met(report).values()
    assert traces.soon_gone()
    assert passes(judged(RIGHT))


STARTS_A_PROCESS = [
    "os.fork()",
    "os.forkpty()",
    "pty.fork()",
    "os.system('true')",
    "os.popen('true')",
    "os.execv('/bin/true', ['true'])",
    "os.execve('/bin/true', ['true'], {})",
    "os.spawnv(os.P_WAIT, '/bin/true', ['true'])",
    "os.posix_spawn('/bin/true', ['true'], {})",
    "subprocess.run(['true'])",
    "subprocess.run('true', shell=True)",
    "multiprocessing.Process(target=print).start()",
    "multiprocessing.get_context('spawn').Process(target=print).start()",
    "multiprocessing.get_context('forkserver').Process(target=print).start()",
]


def test_an_answer_may_not_start_a_process_by_any_of_the_ways_that_python_has(traces):
    tries = [
        f"try:\n    {act}\nexcept Exception as problem:\n    print({act!r}, type(problem).__name__)\n"
        for act in STARTS_A_PROCESS
    ]
    report = judged(f"import multiprocessing, os, pty, subprocess\n{''.join(tries)}\n{RIGHT}")
    lines = report.printed.splitlines()
    assert {line for line in lines if line.endswith(" NoProcesses")} == {
        f"{act} NoProcesses" for act in STARTS_A_PROCESS
    }
    assert passes(report)
    report = judged(doing("os.fork()", before="import os"))
    assert "raised NoProcesses: an answer may not start processes: it is judged alone\n" in told(report)
    assert traces.soon_gone()


def test_a_built_in_name_is_never_called_another_cells():
    report = judged(doing("del globals()['Event']", "Event()"), known={"Event", "print"})
    assert "which an earlier cell defined" in told(report)
    report = judged(doing("raise NameError(name='print')"), known={"print"})
    assert "uses `print`, which is defined nowhere in it" in told(report)


# answers that end, hang, or take too much: what was not reached is said

STOPPED = [
    pytest.param(doing("while True: pass"), 1, r"still running after 1 s, so it was stopped", id="a loop"),
    pytest.param(f"while True: pass\n{RIGHT}", 1, r"still running after 1 s", id="a loop at once"),
    pytest.param(
        doing("time.sleep(99)", before="import time"), 1.5, r"still running after 1.5 s", id="sleeps"
    ),
    pytest.param(
        doing(
            "for n in range(1, 30):",
            "    if n not in (signal.SIGKILL, signal.SIGSTOP): signal.signal(n, signal.SIG_IGN)",
            "while True: pass",
            before="import signal",
        ),
        1,
        r"still running after 1 s",
        id="a loop deaf to signals",
    ),
    pytest.param(
        doing("os.kill(os.getpid(), signal.SIGSTOP)", before="import os, signal"),
        1,
        r"still running after 1 s",
        id="stops itself",
    ),
    pytest.param(doing("while True: print('x' * 999)"), 10, r"printed more than 100 KB", id="a flood"),
    pytest.param(
        doing("while True: os.write(2, bytes(9999))", before="import os"),
        10,
        r"printed more than 100 KB",
        id="a flood of errors",
    ),
    pytest.param(
        doing("while True: os.write(int(sys.argv[1]), bytes(9999))", before="import os, sys"),
        10,
        r"printed more than 100 KB",
        id="a flood of verdicts",
    ),
    pytest.param(
        doing("os._exit(0)", before="import os"),
        10,
        r"ended its own process before it was judged: is there an exit in it\?",
        id="ends its process",
    ),
    pytest.param(
        f"import os\n{RIGHT}os._exit(0)\n", 10, r"ended its own process before", id="ends it at once"
    ),
    pytest.param(
        doing("os._exit(3)", before="import os"),
        10,
        r"ended its own process \(exit status 3\)",
        id="ends its process with a status",
    ),
    pytest.param(
        doing("ctypes.string_at(0)", before="import ctypes"),
        10,
        r"your answer's process was ended by SIGSEGV",
        id="crashes",
    ),
    pytest.param(
        doing("os.kill(os.getpid(), signal.SIGKILL)", before="import os, signal"),
        10,
        r"your answer's process was ended by SIGKILL",
        id="kills itself",
    ),
    pytest.param(
        doing("os.close(int(sys.argv[1]))", before="import os, sys"),
        10,
        r"ended its own process \(exit status 1\)",
        id="closes what the verdicts are written to",
    ),
]


@pytest.mark.parametrize(("source", "limit", "sentence"), STOPPED)
def test_an_answer_that_does_not_come_back_is_stopped_and_told_why(source, limit, sentence, traces):
    report = judged(source, limit=limit)
    assert report.state == "rejected"
    assert met(report) == {"R1": False, "R2": None, "R3": None}
    assert report.failed == ["R1", "R2", "R3"]
    text = told(report)
    assert re.search(sentence, text), text
    assert text.count("not reached") == 2
    assert traces.soon_gone()
    assert passes(judged(RIGHT))


def test_a_whole_process_may_use_memory_up_to_the_limit_however_it_asks(monkeypatch, traces):
    monkeypatch.setattr(judging, "MEMORY", 200 << 20)  # the parent's own eye, which is all that macOS has
    report = judged(doing("x = bytearray(400 << 20)", "while True: pass"), limit=20)
    assert report.verdicts[0].message == "your answer used more than 1 GB of memory, so it was stopped"
    assert traces.soon_gone()


def test_what_was_met_before_the_answer_was_stopped_stays_met():
    calls = doing(
        "global calls", "calls += 1", "while len(Event.objects.all()) > 4: pass", before="calls = 0"
    )
    report = judged(calls, limit=2)
    assert met(report) == {"R1": True, "R2": False, "R3": None}


def test_one_that_answers_everything_and_then_cannot_end_is_judged_by_its_answers():
    report = judged(also("print('x' * 200_000, file=__import__('sys').__stderr__, flush=True)"))
    assert not report.passed
    assert "printed more than 100 KB" in told(report)


def test_a_process_started_in_spite_of_everything_is_ended(traces):
    report = judged(
        doing(
            "if ctypes.CDLL(None).fork() == 0:",
            "    os.setsid()",
            "    while True: time.sleep(9)",
            before="import ctypes, os, time",
        )
    )
    assert report.state in ("passed", "rejected")
    assert traces.soon_gone()


# answers that would like to be their own judge

FORGED = (
    "import json, os, sys\n"
    "lines = ''.join(json.dumps(event) + '\\n' for key in ('R1', 'R2', 'R3') for event in "
    "({'begin': key}, {'requirement': key, 'met': True, 'message': ''}))\n"
)


WRITES = [
    "print(lines, flush=True)",
    "os.write(1, lines.encode())",
    "os.write(int(sys.argv[1]), lines.encode())",
    "os.write(int(sys.argv[1]), ('0' * 32 + ' ' + lines).replace('\\n', '\\n' + '0' * 32 + ' ').encode())",
    "os.write(int(sys.argv[1]), b'[1]\\n{}\\n5\\n{\"begin\": \"R9\"}\\n' + b'[' * 9999)",
    "os.write(int(sys.argv[1]), b'{\"error\": 5}\\n')",
]


@pytest.mark.parametrize("act", WRITES)
def test_what_looks_like_a_verdict_and_is_none_is_not_taken_for_one(act):
    report = judged(f"{FORGED}{act}\n{STUB}")
    assert met(report) == {"R1": True, "R2": False, "R3": True}
    assert report.state == "rejected" and "passed" not in told(report)


def test_an_answer_that_forges_its_verdicts_and_leaves_has_not_passed():
    report = judged(f"{FORGED}{WRITES[2]}\nos._exit(0)\n{STUB}")
    assert met(report) == {"R1": False, "R2": None, "R3": None}
    assert "ended its own process before it was judged" in told(report)


def test_what_was_written_between_the_verdicts_does_not_spoil_them():
    everything = "\n".join(WRITES)
    assert passes(judged(f"{FORGED}{everything}\n{RIGHT}"))


def test_an_answer_that_mends_the_check_in_memory_changes_nothing_for_the_next(traces):
    for act in (
        "import lab.checks.exercise as e\ne.Rejected = e.reject = None\n",
        "import lab.checks as c\nc.reject = c.queries = c.rival = None\n",
        "import checks_ch01 as c\nc.reject = print\nc.slow_rows = list\n",
        "import gc\nfrom lab.checks.exercise import Requirement\n"
        "[object.__setattr__(r, 'check', print) for r in gc.get_objects() if isinstance(r, Requirement)]\n",
        "import django.db.models.query as q\nq.QuerySet.__iter__ = None\n",
        "import builtins\nbuiltins.len = builtins.isinstance = None\n",
    ):
        assert judged(act + STUB).state in ("passed", "rejected", "cannot run")
        assert traces.soon_gone()
    assert met(judged(STUB + "x = 1\n")) == {"R1": True, "R2": False, "R3": True}
    assert passes(judged(RIGHT))


@pytest.mark.parametrize(
    "damage", ["os.remove(p)", "open(p, 'w').close()", "shutil.rmtree(os.path.dirname(p))"]
)
def test_an_answer_that_finds_the_database_of_all_answers_spoils_it_for_nobody(damage):
    path = str(prepared_database())
    report = judged(f"import os, shutil\np = {path!r}\ntry: {damage}\nexcept OSError: pass\n{RIGHT}")
    assert passes(report)
    assert passes(judged(RIGHT))
    os.chmod(prepared_database(), 0o644)
    prepared_database().write_text("something else")
    assert passes(judged(RIGHT))


def test_nothing_that_one_requirement_left_is_there_for_the_next():
    left = (
        "from django.core import mail\nfrom django.core.cache import cache\n"
        "from monolith.catalog.models import Venue\nimport os\n"
        "def event_list():\n"
        "    found = (cache.get('x'), len(mail.outbox), Venue.objects.filter(name='left').count(), os.getcwd())\n"
        "    cache.set('x', 1)\n    mail.send_mail('a', 'b', 'c@example.org', ['d@example.org'])\n"
        "    Venue.objects.create(name='left')\n    os.chdir('/')\n"
        "    raise ValueError(found)\n"
    )
    report = judged(left)
    found = {verdict.message.splitlines()[0] for verdict in report.verdicts}
    assert len(found) == 1 and "raised ValueError: (None, 0, 0, " in found.pop()


def test_an_answer_sees_nothing_of_the_kernels_environment(monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "postgres://reader:secret@127.0.0.1/theirs")
    monkeypatch.setenv("READERS_TOKEN", "secret")
    report = judged(doing("import os", "print(dict(os.environ))"))
    assert report.passed and "secret" not in report.printed
    assert "answer.sqlite3" in report.printed


# the judge's own end


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT])
def test_when_the_judge_ends_the_answer_ends_with_it(number, traces):
    endless = doing("open('running', 'w')", "while True: pass")
    source = (
        "from lab.checks import desk\nfrom lab.checks.judge import judge\n"
        "asked = desk.exercise('01.1')\nasked.limit = 99\nprint(1, flush=True)\n"
        f"judge(asked, {endless!r})\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", source],
        env={**os.environ, "PYTHONPATH": str(CODE)},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        # as in a terminal, also when the tests run in the background, where SIGINT is ignored
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    try:
        process.stdout.readline()
        deadline = time.monotonic() + 60
        while not list(traces.ground.glob("split-decisions-answer-*/running")):  # the answer's own first act
            assert time.monotonic() < deadline
            time.sleep(0.02)
        process.send_signal(number)
        process.wait(60)
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
    if number == signal.SIGKILL:  # nobody is left to remove the folder, but nothing runs in it
        deadline = time.monotonic() + 20
        while traces.processes() and time.monotonic() < deadline:
            time.sleep(0.05)
        assert not traces.processes()
    else:
        assert traces.soon_gone()


# an exercise of the tests' own, for what chapter 01 has no case of

SMALL = """
from lab.checks import Exercise, reject

small = Exercise("99.1", "Small", "fix", 1, ("f", "LIMIT", "Wrong"), review="Why?")
hints = ("a", "b", "c")

@small.requirement("R1", "takes anything", hints)
def anything(answer):
    answer.f("x" * 500, [1, 2], key="y")

@small.requirement("R2", "keeps classes and values", hints)
def kept(answer):
    try:
        answer.f()
    except answer.Wrong:
        pass
    if answer.LIMIT != 3:
        reject("LIMIT", repr(answer.LIMIT), "3", "Count.")
"""


@pytest.fixture
def small(tmp_path, monkeypatch):
    checks = tmp_path / "exercises" / "checks"
    checks.mkdir(parents=True)
    (checks / "ch99.py").write_text(SMALL)
    monkeypatch.setattr(judging, "ROOT", tmp_path)
    return load("99.1", tmp_path)


def test_an_exception_says_the_call_that_led_to_it_cut_to_what_can_be_read(small):
    source = "class Wrong(Exception): pass\nLIMIT = 4\ndef f(*a, **k): raise Wrong('so')\n"
    report = judge(small, source)
    assert report.verdicts[0].message == (
        f"f('{'x' * 58}…, [1, 2], key='y') raised Wrong: so\n  line 3: def f(*a, **k): raise Wrong('so')"
    )
    assert report.verdicts[1].message == "LIMIT\n  gave      4\n  expected  3\n  Count."


def test_a_function_that_calls_another_is_told_by_the_innermost_call(small):
    source = "class Wrong(Exception): pass\nLIMIT = 3\ndef g(): return {}['k']\ndef f(*a, **k): return g()\n"
    report = judge(small, source)
    assert "raised KeyError: 'k'\n  line 3: def g(): return {}['k']" in report.verdicts[0].message
    missing = judge(small, "class Wrong(Exception): pass\ndef f(): pass\n")
    assert missing.message == "your answer defines no `LIMIT`: keep the name that the stub gave it"


def test_a_check_that_cannot_be_loaded_is_said_to_be_that(small, tmp_path):
    (tmp_path / "exercises" / "checks" / "ch99.py").write_text("1 / 0")
    report = judge(small, "f = 1")
    assert report.state == "cannot run"
    assert report.message.startswith("the check could not start: ") and "ZeroDivisionError" in report.message


# the database that answers start from


@pytest.fixture
def models(tmp_path, monkeypatch):
    """A copy of the monolith that the judge takes for the real one."""
    code = tmp_path / "code"
    shutil.copytree(
        CODE / "monolith", code / "monolith", ignore=shutil.ignore_patterns("__pycache__", "tests")
    )
    monkeypatch.setattr(judging, "CODE", code)
    return code / "monolith"


def test_the_database_is_made_once_and_anew_when_the_models_change(models):
    first = prepared_database()
    made = first.stat().st_mtime_ns
    assert prepared_database() == first and first.stat().st_mtime_ns == made
    with (models / "catalog" / "models.py").open("a") as file:
        file.write("\n# changed\n")
    second = prepared_database()
    assert second != first and second.exists()
    assert list(cache().iterdir()) == [second]


def test_models_that_do_not_import_are_said_and_leave_no_half_database(models):
    before = set(cache().iterdir())
    (models / "catalog" / "models.py").write_text("import nowhere_to_be_found\n")
    with pytest.raises(
        ServiceFailed, match="the database for answers could not be made: ModuleNotFoundError: .*nowhere"
    ):
        prepared_database()
    assert set(cache().iterdir()) == before


# what the learner reads


def test_feedback_names_each_requirement_with_its_mark_and_offers_a_hint():
    report = judged(STUB + "print('seen <b>')\n")
    lines = Feedback(report).lines()
    assert lines[0] == "01.1 The page that asks once per row: 2 of 3 requirements met"
    assert lines[1].startswith("✓ R1 the same rows")
    assert lines[2].startswith("✗ R2 never more than 2 queries")
    assert lines[3] == "    event_list()"
    assert 'A hint for R2: hint("01.1", "R2"), in a shell: lab hint 01.1 R2' in lines
    assert lines[lines.index("Your answer printed:") + 1] == "    seen <b>"
    assert not any("review" in line for line in lines)
    shown = Feedback(report)._repr_html_()
    assert shown.startswith('<pre class="lab-feedback">') and "seen &lt;b&gt;" in shown
    assert "prefetch_related" not in shown + repr(Feedback(report))


def test_after_a_pass_the_books_answer_stands_there_with_the_question_for_review():
    feedback = Feedback(judged(RIGHT.replace("events", "found <= ").replace("found <= ", "found")))
    assert feedback.lines()[0].endswith("3 of 3 requirements met: passed")
    assert feedback.lines()[-1] == f"For review: {desk.exercise('01.1').review}"
    assert "hint(" not in repr(feedback)
    assert "The book's answer:\n\n    from monolith.catalog.models import Event" in repr(feedback)
    shown = feedback._repr_html_()
    assert "<details>" in shown and "prefetch_related(&quot;bands&quot;)" in shown
    assert "SOLUTION" not in repr(feedback) + shown


def test_only_the_end_of_what_an_answer_printed_is_shown():
    report = judged(doing("print('began' + 'x' * 3000 + 'ended')"))
    assert len(report.printed) < FLOOD
    text = told(report)
    assert "xended\n" in text and "began" not in text


# the desk


def test_an_attempt_is_noted_with_what_failed_and_with_what_was_asked():
    desk.hand_in("01.1", doing("1 / 0"))
    noted = progress.read()["exercises"]["01.1"]
    assert noted["attempts"] == 1 and not noted["passed"] and noted["failed"] == ["R1", "R2", "R3"]
    desk.hand_in("01.1", RIGHT)
    noted = progress.read()["exercises"]["01.1"]
    assert noted["attempts"] == 2 and noted["passed"] and noted["failed"] == []
    assert noted["fingerprint"] == desk.fingerprint("01.1") != desk.fingerprint("01.2")


def test_a_fingerprint_changes_with_the_stub_and_with_the_requirements(monkeypatch):
    before = desk.fingerprint("01.1")
    assert desk.fingerprint("01.1") == before
    with monkeypatch.context() as patch:
        patch.setattr(notebooks, "stubs", lambda number: {"01.1": STUB + "x = 1\n"})
        assert desk.fingerprint("01.1") != before
    asked = desk.exercise("01.1")
    asked.requirement("R4", "one thing more", ("a", "b", "c"))(print)
    monkeypatch.setattr(desk, "exercise", lambda number: asked)
    assert desk.fingerprint("01.1") != before


@pytest.mark.parametrize(
    ("number", "sentence"),
    [
        ("01.9", r"no exercise '01.9'. There are: 01.1, 01.2, 01.3, 01.4, 01.5"),
        ("01", r"no exercise '01'. There are: 01.1"),
        ("77.1", r"no exercise '77.1'. There are: none in chapter '77'; chapters: 01"),
        ("", r"no exercise ''"),
        ("../x", r"no exercise '../x'"),
    ],
)
def test_an_unknown_exercise_is_refused_with_those_there_are(number, sentence):
    with pytest.raises(UnknownExercise, match=sentence):
        desk.exercise(number)
    with pytest.raises(UnknownExercise, match=sentence):
        desk.check_in_notebook(number, None, ())


def test_a_check_without_an_answer_says_which_cell_to_run():
    with pytest.raises(LabError, match="01.1 has no answer yet: run the cell that begins with %%answer 01.1"):
        desk.check_in_notebook("01.1", None, ())


def test_every_exercise_of_the_book_is_loaded_from_its_number():
    found = [desk.exercise(number) for number in desk.numbers("01")]
    assert [e.number for e in found] == ["01.1", "01.2", "01.3", "01.4", "01.5"]
    for asked in found:
        assert [r.key for r in asked.requirements] == [f"R{n + 1}" for n in range(len(asked.requirements))]
        assert all(len(r.hints) == 3 for r in asked.requirements)
        json.dumps(asked.number)
    assert load("01.2", ROOT).title == "The last seat"
