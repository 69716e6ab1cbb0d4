"""The `lab` command as a learner runs it: a process of its own, in a clone of the tests' own."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import requests

from lab import notebooks
from lab.checks.judge import prepared_database
from lab.home import ROOT, cache, home

NUMBERS = ["01.1", "01.2", "01.3", "01.4", "01.5"]
RIGHT = {number: notebooks.solution(number) for number in NUMBERS}
NOTEBOOK = notebooks.chapter_file("01", "exercises").name


@pytest.fixture(scope="session")
def pristine(tmp_path_factory):
    """A copy of what the command needs of the clone, and a database for answers."""
    tree = tmp_path_factory.mktemp("pristine") / "clone"
    for folder in ("code", "exercises", "book", "solutions"):
        shutil.copytree(
            ROOT / folder, tree / folder, ignore=shutil.ignore_patterns("__pycache__", "*.sqlite3")
        )
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LAB_HOME", str(tmp_path_factory.mktemp("home")))
        return tree, prepared_database()


def hears_ctrl_c() -> None:
    """In a child: as in a terminal, also when the tests run in the background, where SIGINT is ignored."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


class Clone:
    """A clone with a learner in it."""

    def __init__(self, root: Path, place: Path) -> None:
        self.root, self.place = root, place
        self.copy = home() / "exercises" / NOTEBOOK
        self.started = []

    def start(self, *arguments: str) -> subprocess.Popen:
        self.started.append(
            subprocess.Popen(
                [sys.executable, "-m", "lab", *arguments],
                env={**os.environ, "PYTHONPATH": str(self.root / "code")},
                cwd=self.place,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
                preexec_fn=hears_ctrl_c,
            )
        )
        return self.started[-1]

    def lab(self, *arguments: str, status: int = 0) -> str:
        """What the command says, when it ends with that status: all of it on the right channel."""
        process = self.start(*arguments)
        out, errors = process.communicate(timeout=120)
        assert "Traceback" not in out + errors
        assert process.returncode == status, out + errors
        return out + errors

    def refused(self, *arguments: str) -> str:
        """The one line with which the command refuses."""
        process = self.start(*arguments)
        out, errors = process.communicate(timeout=120)
        assert (process.returncode, out) == (1, ""), out + errors
        assert errors.startswith("lab: ") and errors.count("\n") == 1
        return errors.strip()

    def answers(self, **by_number: str) -> None:
        """What the learner saves in the copy: an answer to `_01_1`, and so on."""
        content = json.loads(self.copy.read_text())
        for cell in content["cells"]:
            found = notebooks.answer_of(cell)
            if found and (name := f"_{found[0].replace('.', '_')}") in by_number:
                cell["source"] = f"%%answer {found[0]}\n{by_number[name]}"
        self.copy.write_text(json.dumps(content))

    def new_stub(self, number: str, stub: str) -> None:
        path = self.root / "exercises" / NOTEBOOK
        content = json.loads(path.read_text())
        for cell in content["cells"]:
            if (found := notebooks.answer_of(cell)) and found[0] == number:
                cell["source"] = f"%%answer {number}\n{stub}"
        path.write_text(json.dumps(content))

    def progress(self) -> dict:
        path = home() / "progress.json"
        return json.loads(path.read_text())["exercises"] if path.exists() else {}


@pytest.fixture
def clone(pristine, ground, tmp_path):
    root, database = pristine
    shutil.copytree(root, tmp_path / "clone")
    shutil.copy(database, cache() / database.name)
    made = Clone(tmp_path / "clone", tmp_path)
    yield made
    for process in made.started:
        process.kill()
        process.wait()
        process.stdout.close(), process.stderr.close()


@pytest.fixture
def begun(clone):
    """A clone whose notebooks have been handed out."""
    clone.lab("update")
    return clone


# check


def test_an_exercise_without_an_answer_says_how_to_get_one(clone):
    assert clone.refused("check", "01.2") == (
        "lab: there is no answer to 01.2 yet: `make lab` opens the exercises, `lab update` copies them"
    )


def test_an_untouched_stub_is_not_started_and_no_pass(begun):
    shown = begun.lab("check", "01.1", status=1)
    assert shown.startswith(f"[{NOTEBOOK}, as saved]\n01.1 ") and ": not started." in shown
    assert begun.progress() == {}


def test_a_right_answer_is_a_pass_with_status_0_and_shows_two_ways_to_go(begun):
    begun.answers(_01_1=RIGHT["01.1"])
    shown = begun.lab("check", "01.1")
    assert "3 of 3 requirements met: passed" in shown and "The book's answer:" in shown
    assert begun.progress()["01.1"]["passed"]
    shown = begun.lab("progress")
    assert "  01.1 The page that asks once per row: passed [core, 8 min]\n" in shown


def test_a_wrong_answer_is_told_what_is_missing_with_status_1(begun):
    begun.answers(_01_1="def event_list():\n    return []\n")
    shown = begun.lab("check", "01.1", status=1)
    assert "✗ R1 the same rows" in shown and 'hint("01.1", "R1")' in shown
    assert "The book's answer" not in shown
    assert begun.progress()["01.1"]["failed"] == ["R1", "R3"]


def test_the_newer_of_notebook_and_last_run_is_judged_and_named(begun):
    (home() / "answers").mkdir()
    (home() / "answers" / "01.1.py").write_text(RIGHT["01.1"])
    later = begun.copy.stat().st_mtime + 5
    os.utime(home() / "answers" / "01.1.py", (later, later))
    shown = begun.lab("check", "01.1")
    assert shown.startswith(
        f"[the cell as it was last run; newer than {NOTEBOOK}, as saved, which differs]\n"
    )


def test_a_chapter_passes_when_its_core_does_and_each_exercise_is_named(begun):
    begun.answers(_01_1=RIGHT["01.1"], _01_2=RIGHT["01.2"], _01_3="x = 1")
    shown = begun.lab("check", "01", status=1)
    assert [line[:4] for line in shown.splitlines() if line[:3] == "01."] == NUMBERS
    assert shown.count(": passed") == 2 and shown.count(": not started") == 2
    assert "your answer cannot run yet" in shown and "The book's answer" not in shown
    begun.answers(_01_3=RIGHT["01.3"], _01_4="x = 1")
    shown = begun.lab("check", "01")
    assert shown.count(": passed") == 3 and shown.count(": not started") == 1
    shown = begun.lab("progress")
    assert shown.startswith("chapter 01: 3 of 3 core exercises, done\n")
    assert "  01.4 An admin worth the name: tried [stretch, " in shown
    assert "  01.5 Who asked?: not started [stretch, " in shown


def test_a_chapter_without_any_copy_is_all_not_started(clone):
    assert clone.lab("check", "01", status=1).count(": not started") == 5


def test_a_damaged_copy_is_one_line_that_names_the_way_out(begun):
    begun.copy.write_text("{")
    assert begun.refused("check", "01.1").endswith("`lab rescue` sets it aside and makes a new copy")


def test_an_interrupted_check_ends_with_what_it_started(begun, traces):
    begun.answers(_01_1="open('running', 'w')\nwhile True: pass\n")
    process = begun.start("check", "01.1")
    deadline = time.monotonic() + 60
    while not list(traces.ground.glob("split-decisions-answer-*/running")):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    assert process.communicate(timeout=60) == ("", "")
    assert process.returncode == 130
    assert traces.soon_gone()


# hints, progress, reset


def test_hints_climb_from_call_to_call(begun):
    assert begun.lab("hint", "01.2").startswith("01.2 R1: ")
    assert begun.lab("hint", "01.2").endswith("(1 more: ask again)\n")
    assert begun.lab("hint", "01.2", "r3").startswith("01.2 R3: ")
    assert begun.progress()["01.2"]["hints"] == {"R1": 2, "R3": 1}
    assert begun.refused("hint", "01.2", "R9").startswith("lab: 01.2 has no requirement R9. It has: R1, R2")


def test_progress_before_anything_is_done(clone):
    shown = clone.lab("progress").splitlines()
    headings = [line for line in shown if line.startswith("chapter ")]
    assert shown[0] == headings[0] == "chapter 01: 0 of 3 core exercises"
    assert [line.split()[1] for line in headings] == [f"{number}:" for number in notebooks.chapters()]
    exercises = [line for line in shown if line not in headings]
    assert [line.split()[0] for line in exercises if line.startswith("  01.")] == NUMBERS
    assert all(": not started [" in line for line in exercises)


def test_a_pass_of_an_exercise_that_has_changed_since_is_marked(begun):
    begun.answers(_01_1=RIGHT["01.1"])
    begun.lab("check", "01.1")
    assert "changed since" not in begun.lab("progress")
    begun.new_stub("01.1", "def event_list(newer):\n    ...\n")
    assert "01.1 The page that asks once per row: passed (changed since) [" in begun.lab("progress")


def test_damaged_progress_is_one_line_and_starts_afresh(clone):
    (home() / "progress.json").write_text("{")
    assert clone.refused("progress") == (
        "lab: progress.json could not be read. It is kept as progress.damaged.json; progress starts afresh. "
        "Run this again."
    )
    assert clone.lab("progress").startswith("chapter 01: 0 of 3")


def test_reset_brings_the_stub_back_and_says_where_the_answer_is(begun):
    begun.answers(_01_1="mine = 1\n")
    shown = begun.lab("reset", "01.1")
    kept = home() / "answers" / "01.1-before-reset.py"
    assert shown.startswith(f"01.1: the stub is back, your answer is kept in {kept}\n")
    assert kept.read_text() == "mine = 1\n"
    assert ": not started." in begun.lab("check", "01.1", status=1)


# update and rescue


def test_update_hands_out_says_when_there_is_nothing_and_keeps_answers(clone):
    assert f"exercises/{NOTEBOOK}: new\n" in clone.lab("update")
    assert clone.lab("update") == "your copies are up to date\n"
    clone.answers(_01_1="mine = 1\n")
    clone.new_stub("01.1", "def event_list(newer):\n    ...\n")
    assert clone.lab("update") == (
        f"exercises/{NOTEBOOK}: 01.1 is new in the book; your own text was kept\n"
        f"exercises/{NOTEBOOK}: brought up to date\n"
    )
    assert notebooks.answers(json.loads(clone.copy.read_text()))["01.1"] == "mine = 1\n"


def test_rescue_sets_damaged_copies_aside_and_touches_no_answer(begun):
    (home() / "answers").mkdir()
    (home() / "answers" / "01.1.py").write_text("mine = 1\n")
    for content in ("{", "["):
        begun.copy.write_text(content)
        shown = begun.lab("rescue")
        assert f"{NOTEBOOK} could not be read: set aside as " in shown
        assert f"exercises/{NOTEBOOK}: new\n" in shown
        assert shown.endswith("no stack is running\n")
        assert json.loads(begun.copy.read_text())["cells"]
    aside = {path.name: path.read_text() for path in begun.copy.parent.glob("*.damaged")}
    stem = NOTEBOOK.removesuffix(".ipynb")
    assert aside == {f"{stem}.damaged": "{", f"{stem}-2.damaged": "["}
    assert (home() / "answers" / "01.1.py").read_text() == "mine = 1\n"


def test_rescue_removes_what_can_be_made_again_and_nothing_else(begun):
    begun.answers(_01_1="mine = 1\n")
    (home() / "curtaincall").mkdir()
    (home() / "curtaincall" / "x.py").write_text("x")
    assert begun.lab("rescue") == (
        "prepared databases: removed, made again when needed\nno stack is running\n"
    )
    assert not (home() / ".cache").exists()
    assert (home() / "curtaincall" / "x.py").read_text() == "x"
    assert notebooks.answers(json.loads(begun.copy.read_text()))["01.1"] == "mine = 1\n"
    assert begun.lab("rescue") == "no stack is running\n"


def test_rescue_finds_a_stack_that_runs_and_ends_it_when_asked(clone, traces):
    running = clone.start("up", "provider")
    assert running.stdout.readline().startswith("provider: http")
    shown = clone.lab("rescue")
    assert "a stack runs: supervisor " in shown and " processes\n" in shown
    assert "`lab rescue --stop` ends them now." in shown
    assert traces.processes() and running.poll() is None
    shown = clone.lab("rescue", "--stop")
    assert " processes, ended\n" in shown
    deadline = time.monotonic() + 60
    while "a stack runs" in clone.lab("rescue"):
        assert time.monotonic() < deadline
    running.send_signal(signal.SIGTERM)
    out, errors = running.communicate(timeout=60)
    assert (running.returncode, errors) == (0, "")
    assert traces.soon_gone()


# up


@pytest.mark.parametrize(
    ("arguments", "number"),
    [
        (("provider",), signal.SIGINT),
        (("provider",), signal.SIGTERM),
        (("provider",), signal.SIGKILL),
        (("monolith", "--database", "sqlite", "--code", "code"), signal.SIGINT),
        (("--arrangement", "apart:payments", "--database", "sqlite"), signal.SIGINT),
    ],
)
def test_up_says_where_services_are_and_ends_all_of_it_with_itself(clone, traces, arguments, number):
    process = clone.start("up", *arguments)
    lines = iter(process.stdout.readline, "")
    urls = dict(line.strip().split(": ", 1) for line in iter(lambda: next(lines), "Ctrl-C ends it all.\n"))
    more = {"provider": [], "monolith": ["monolith"], "--arrangement": ["payments", "web"]}[arguments[0]]
    assert list(urls) == ["provider", *more]
    assert requests.get(urls["provider"] + "/health", timeout=10).ok
    for name in more:
        assert requests.get(urls[name] + "/health/ready", timeout=10).ok
    assert len(traces.processes()) >= 4  # the command, the supervisor, a service's two processes
    assert not any("postgres" in process.name() for process in traces.processes())
    process.send_signal(number)
    out, errors = process.communicate(timeout=60)
    assert (process.returncode, out, errors) == (-number if number == signal.SIGKILL else 0, "", "")
    assert traces.soon_gone()


def test_up_wants_services_or_an_arrangement_and_not_both(clone, traces):
    for wrong in ((), ("monolith", "--arrangement", "split")):
        assert clone.refused("up", *wrong).startswith("lab: say what to start: `lab up monolith`")
    assert clone.refused("up", "--arrangement", "splits").startswith("lab: there is no arrangement 'splits'")
    assert traces.soon_gone()


@pytest.mark.usefixtures("needs_redis")
def test_up_with_events_starts_those_who_carry_them(clone, traces):
    process = clone.start("up", "--arrangement", "apart:notifications", "--events")
    lines = iter(process.stdout.readline, "")
    told = dict(line.strip().split(": ", 1) for line in iter(lambda: next(lines), "Ctrl-C ends it all.\n"))
    assert told["web-relay"] == told["notifications-listen"] == "runs"
    page = requests.get(told["web"] + "/events/the-last-lamplighter/", timeout=10).text
    assert f'data-live="ws{told["notifications-live"].removeprefix("http")}/live/events/' in page
    process.send_signal(signal.SIGTERM)
    assert process.communicate(timeout=60)[1] == "" and traces.soon_gone()


def test_up_with_a_service_that_nobody_knows_starts_nothing(clone, traces):
    assert clone.refused("up", "provider", "monolit").startswith(
        "lab: there is no service 'monolit'. The lab knows: "
    )
    assert traces.soon_gone()


# notebooks


def test_notebooks_hands_out_and_gives_its_options_to_jupyterlab(clone):
    shown = clone.lab("notebooks", "--", "--version").splitlines()
    assert f"exercises/{NOTEBOOK}: new" in shown
    assert shown[-1][0].isdigit()
    assert clone.copy.exists()


# what cannot be done


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("check", "01.9"), "there is no exercise '01.9'. There are: 01.1, 01.2, 01.3, 01.4, 01.5"),
        (("check", "01."), "there is no exercise '01.'. There are: 01.1"),
        (("check", "77.1"), "there is no exercise '77.1'. There are: none in chapter '77'; chapters: 01"),
        (("check", "77"), "there is no chapter '77' in exercises/. There are: 01"),
        (("check", ""), "there is no chapter '' in exercises/"),
        (("hint", "01.9"), "there is no exercise '01.9'"),
        (("hint", "01"), "there is no exercise '01'"),
        (("reset", "01.9"), "there is no exercise 01.9"),
        (("reset", "77.1"), "there is no chapter '77'"),
        (("reset", "01.1"), f"there is no {NOTEBOOK} in exercises/"),
    ],
)
def test_what_is_not_there_is_refused_in_one_line(clone, arguments, sentence):
    assert clone.refused(*arguments).startswith(f"lab: {sentence}")
    assert clone.progress() == {}


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("dance",),
        ("check",),
        ("check", "01.1", "01.2"),
        ("hint",),
        ("reset",),
        ("up", "monolith", "--database", "mysql"),
        ("rescue", "--now"),
        ("progress", "01"),
    ],
)
def test_a_wrong_use_is_answered_with_the_right_one(clone, arguments):
    process = clone.start(*arguments)
    out, errors = process.communicate(timeout=60)
    assert (process.returncode, out) == (2, "")
    assert errors.startswith("usage: lab ") and "error: " in errors and "Traceback" not in errors


def test_help_names_every_command_with_what_it_does(clone):
    shown = clone.lab("--help")
    named = [line.split()[0] for line in shown.splitlines() if line.startswith("    ") and line[4] != " "]
    mine = ["check", "hint", "progress", "reset", "carry", "update", "rescue"]
    assert named == [*mine, "up", "road", "notebooks", "borders"]
    assert "Judge one exercise (01.2), or all of a chapter (01)" in shown
    assert "an exercise (01.2) or a chapter (01)" in clone.lab("check", "--help")
