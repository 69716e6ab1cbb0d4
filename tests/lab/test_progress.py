"""What the learner has done: it survives, and nothing of it is lost."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest

from lab import progress
from lab.checks import desk
from lab.checks.feedback import hint_for
from lab.errors import LabError, UnknownExercise
from lab.home import CODE, ROOT, cache, home


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch):
    """A folder from which progress counts, wherever pytest was started."""
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def writer():
    """Starts processes that note something; those that still run are ended."""
    started = []

    def start(source: str) -> subprocess.Popen:
        argv = [sys.executable, "-c", f"from lab import progress\n{source}"]
        env = {**os.environ, "PYTHONPATH": str(CODE)}
        started.append(subprocess.Popen(argv, env=env, stdout=subprocess.PIPE, text=True))
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.wait()
        process.stdout.close()


def exercise(number: str = "01.2") -> dict:
    return progress.read()["exercises"].get(number, {})


# keeping


def test_before_anything_is_done_there_is_nothing_and_reading_makes_no_file():
    assert progress.read() == {"version": 1, "exercises": {}, "predictions": {}}
    progress.read()["exercises"]["01.1"] = {}
    assert progress.read()["exercises"] == {}
    assert not progress.path().exists()


def test_what_was_noted_is_there_for_the_next_process(writer):
    progress.note_guess("01.a", 6)
    progress.note_measured("01.a", 23)
    progress.note_attempt("01.2", False, "f1")
    progress.note_failed("01.2", ["R1", "R3"])
    told, _ = writer("import json; print(json.dumps(progress.read()))").communicate()
    assert json.loads(told) == {
        "version": 1,
        "predictions": {"01.a": {"guess": 6, "measured": 23}},
        "exercises": {"01.2": {"passed": False, "attempts": 1, "fingerprint": "f1", "failed": ["R1", "R3"]}},
    }
    assert json.loads((home() / "progress.json").read_text()) == json.loads(told)


def test_the_learners_folder_is_where_lab_home_says_and_is_made(tmp_path, monkeypatch):
    monkeypatch.setenv("LAB_HOME", str(tmp_path / "deep" / "own"))
    progress.note_guess("01.a", 1)
    assert (tmp_path / "deep" / "own" / "progress.json").is_file()
    assert home() == tmp_path / "deep" / "own"
    assert cache() == home() / ".cache" and cache().is_dir()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b'{"version": 1, "exercises": {"01.2"',
        b"[]",
        b"null",
        b"\xff\xfe\x00",
        b'{"version": 1, "exercises": {}}',
        b'{"version": 2, "exercises": {}, "predictions": {}}',
        b'{"version": 1, "exercises": [], "predictions": {}}',
        b'{"version": 1, "exercises": {"01.2": 5}, "predictions": {}}',
        b'{"version": 1, "exercises": {}, "predictions": {"01.a": null}}',
    ],
)
def test_a_damaged_file_is_set_aside_and_said_and_progress_goes_on(content):
    progress.path().write_bytes(content)
    with pytest.raises(LabError, match=r"progress\.json could not be read.*kept as progress\.damaged\.json"):
        progress.note_guess("01.a", 6)
    assert (home() / "progress.damaged.json").read_bytes() == content
    progress.note_guess("01.a", 7)
    assert progress.read()["predictions"] == {"01.a": {"guess": 7}}


def test_a_second_damaged_file_does_not_overwrite_the_first():
    for content in ("one", "two", "three"):
        progress.path().write_text(content)
        with pytest.raises(LabError):
            progress.read()
    kept = {path.name: path.read_text() for path in home().glob("progress.damaged*")}
    assert kept == {
        "progress.damaged.json": "one",
        "progress.damaged2.json": "two",
        "progress.damaged3.json": "three",
    }


def test_a_process_killed_while_it_writes_leaves_a_whole_file(writer):
    progress.note_guess("01.a", 6)
    for _ in range(5):
        process = writer(
            "print(1, flush=True)\nwhile True:\n    progress.note_failed('01.2', ['R' * 99999] * 9)"
        )
        process.stdout.readline()
        time.sleep(0.05)
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert progress.read()["predictions"] == {"01.a": {"guess": 6}}
    assert exercise()["failed"] == ["R" * 99999] * 9
    progress.note_guess("01.b", 7)


def test_whoever_reads_meanwhile_reads_a_whole_file(writer):
    progress.note_guess("01.a", 6)
    with progress.path().open() as reading:
        progress.note_guess("01.a", 7)
        assert json.load(reading)["predictions"] == {"01.a": {"guess": 6}}
    assert progress.read()["predictions"] == {"01.a": {"guess": 7}}


def test_a_full_disk_costs_nothing_of_what_was_there(writer):
    progress.note_guess("01.a", 6)
    full = writer(
        "import resource, signal\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))\n"
        "try:\n    progress.note_failed('01.2', ['R' * 9999])\nexcept OSError:\n    print('full')"
    )
    assert full.communicate()[0] == "full\n"
    assert progress.read()["predictions"] == {"01.a": {"guess": 6}} and exercise() == {}


def test_processes_that_write_at_once_lose_nothing_of_each_others(writer):
    writers = [
        writer(
            f"for n in range(60):\n"
            f"    progress.note_guess(f'{name}.{{n}}', n)\n"
            f"    progress.note_attempt('01.2', False, 'f')\n"
            f"    progress.next_hint('01.1', 'R1', 999)"
        )
        for name in ("one", "two", "three")
    ]
    assert [process.wait(60) for process in writers] == [0, 0, 0]
    assert len(progress.read()["predictions"]) == 180
    assert exercise("01.2")["attempts"] == 180
    assert exercise("01.1")["hints"] == {"R1": 180}
    assert not list(home().glob("*.tmp"))


# attempts


def test_a_pass_is_never_taken_back_and_keeps_its_own_fingerprint():
    progress.note_attempt("01.2", False, "f1")
    assert exercise() == {"passed": False, "attempts": 1, "fingerprint": "f1"}
    progress.note_attempt("01.2", True, "f2")
    progress.note_attempt("01.2", False, "f3")
    assert exercise() == {"passed": True, "attempts": 3, "fingerprint": "f2"}
    progress.note_attempt("01.2", True, "f4")
    assert exercise() == {"passed": True, "attempts": 4, "fingerprint": "f4"}
    assert exercise("01.1") == {}


def test_an_attempt_keeps_what_else_was_noted():
    progress.next_hint("01.2", "R1", 3)
    progress.note_failed("01.2", ["R1"])
    progress.note_attempt("01.2", True, "f1")
    assert exercise() == {
        "hints": {"R1": 1},
        "failed": ["R1"],
        "passed": True,
        "attempts": 1,
        "fingerprint": "f1",
    }


# hints


def test_hints_climb_one_at_a_time_and_stop_at_the_last_each_requirement_for_itself():
    assert [progress.next_hint("01.2", "R1", 3) for _ in range(5)] == [1, 2, 3, 3, 3]
    assert progress.next_hint("01.2", "R2", 3) == 1
    assert exercise()["hints"] == {"R1": 3, "R2": 1}


def test_a_hint_shows_the_rungs_so_far_and_says_how_many_are_left():
    asked = desk.exercise("01.2")
    hints = asked.requirements[1].hints
    seen = [hint_for(asked, "R2", []) for _ in range(4)]
    assert [sum(text in told for text in hints) for told in seen] == [1, 2, 3, 3]
    assert seen[0] == (
        f"01.2 R2: {asked.requirements[1].text}\n  1. {asked.requirements[1].hints[0]}\n  (2 more: ask again)"
    )
    assert seen[1].endswith("(1 more: ask again)")
    assert seen[2] == seen[3] and seen[3].endswith("(that was the last one)")


def test_a_hint_is_about_what_failed_last_unless_a_requirement_is_named():
    assert desk.next_hint("01.2").startswith("01.2 R1:")
    progress.note_failed("01.2", ["R3", "R5"])
    assert desk.next_hint("01.2").startswith("01.2 R3:")
    assert desk.next_hint("01.2", "R5").startswith("01.2 R5:")
    progress.note_failed("01.2", [])
    assert desk.next_hint("01.2").startswith("01.2 R1:")


def test_a_hint_for_a_requirement_that_is_not_there_names_those_that_are():
    with pytest.raises(UnknownExercise, match="01.2 has no requirement R9. It has: R1, R2, R3, R4, R5"):
        desk.next_hint("01.2", "R9")
    assert exercise() == {}


# whose work it is


@pytest.mark.parametrize("room", ["book", "solutions", "exercises", "tests", "exercises/checks"])
def test_a_run_of_the_books_own_notebooks_leaves_no_trace(room, monkeypatch):
    monkeypatch.chdir(ROOT / room)
    assert not progress.counts()
    progress.note_guess("01.a", 6)
    progress.note_attempt("01.2", True, "f1")
    progress.note_failed("01.2", ["R1"])
    assert progress.next_hint("01.2", "R1", 3) == 1
    assert list(home().iterdir()) == []


def test_what_counted_before_is_seen_from_there_and_not_changed(monkeypatch):
    progress.next_hint("01.2", "R1", 3)
    before = progress.path().read_bytes()
    monkeypatch.chdir(ROOT / "book")
    assert progress.next_hint("01.2", "R1", 3) == 2
    assert progress.path().read_bytes() == before


def test_work_in_the_clone_and_anywhere_else_counts(tmp_path, monkeypatch):
    for place in (ROOT, ROOT / "code", tmp_path):
        monkeypatch.chdir(place)
        assert progress.counts()
    (tmp_path / "book").mkdir()
    monkeypatch.chdir(tmp_path / "book")
    assert progress.counts()
