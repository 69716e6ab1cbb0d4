"""The cell magics and the notebook's calls, in a real IPython shell."""

import os
import re
import shutil
import subprocess
import sys
import types

import pytest
from IPython.core.history import HistoryManager
from IPython.core.interactiveshell import InteractiveShell

import lab
from lab import Stack, magics, notebooks, progress
from lab.checks.judge import prepared_database
from lab.home import CODE, ROOT, cache, home

RIGHT = notebooks.solution("01.1")
STUB = notebooks.stubs("01")["01.1"]


@pytest.fixture(scope="session")
def migrated(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LAB_HOME", str(tmp_path_factory.mktemp("home")))
        return prepared_database()


class Shell:
    """A shell with the lab's magics; `run` gives what a cell showed."""

    def __init__(self, shell: InteractiveShell, capsys) -> None:
        self.shell, self.capsys = shell, capsys

    def run(self, cell: str) -> str:
        self.capsys.readouterr()
        self.last = self.shell.run_cell(cell)
        shown = self.capsys.readouterr()
        assert "Traceback" not in shown.out + shown.err
        return re.sub(r"\x1b\[[0-9;]*m", "", shown.out + shown.err)

    def fails(self, cell: str) -> str:
        """The one line that a cell which cannot be run shows."""
        shown = self.run(cell)
        assert not self.last.success
        assert shown.count("\n") == 1, shown
        return shown.strip()

    def works(self, cell: str) -> str:
        shown = self.run(cell)
        assert self.last.success, shown
        return shown


@pytest.fixture
def shell(migrated, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    monkeypatch.setattr(HistoryManager, "enabled", False)
    monkeypatch.setattr(magics, "_answers", {})
    shutil.copy(migrated, cache() / migrated.name)
    InteractiveShell.clear_instance()
    made = InteractiveShell.instance(user_module=types.ModuleType("a_notebook"))
    lab.load_ipython_extension(made)
    yield Shell(made, capsys)
    InteractiveShell.clear_instance()


# %%answer, check, hint


def test_an_answer_is_handed_in_and_nothing_of_it_runs(shell):
    assert shell.works("%%answer 01.1\nx = 1\n1 / 0\n") == (
        '01.1 The page that asks once per row: handed in. Judge it with check("01.1").\n'
    )
    assert "x" not in shell.shell.user_ns
    assert notebooks.registered("01.1").read_text() == "x = 1\n1 / 0\n"
    assert progress.read()["exercises"] == {}


def test_a_check_judges_the_answer_that_was_handed_in_last(shell):
    shell.works("from lab import check")
    shell.works(f"%%answer 01.1\n{STUB}")
    assert ": not started." in shell.works('check("01.1")')
    shell.works(f"%%answer 01.1\n{STUB}\nx = 1\n")
    assert "2 of 3 requirements met" in shell.works('found = check("01.1")\nfound')
    shell.works(f"%%answer 01.1\n{RIGHT}")
    shown = shell.works('check("01.1")')
    assert "3 of 3 requirements met: passed" in shown and "The book's answer:" in shown
    assert shell.last.result._repr_html_().startswith("<pre")
    noted = progress.read()["exercises"]["01.1"]
    assert (noted["attempts"], noted["passed"]) == (2, True)


def test_a_name_of_another_cell_is_known_to_be_one(shell):
    shell.works("from lab import check\nhelper = 1\n_hidden = 2\n")
    shell.works("%%answer 01.1\ndef event_list():\n    return helper\n")
    assert "`helper`, which an earlier cell defined" in shell.works('check("01.1")')
    shell.works("%%answer 01.1\ndef event_list():\n    return _hidden\n")
    assert "`_hidden`, which is defined nowhere" in shell.works('check("01.1")')


@pytest.mark.parametrize(
    ("cell", "line"),
    [
        ("%%answer 01.9\nx = 1", "UnknownExercise: there is no exercise '01.9'. There are: 01.1, 01.2"),
        ("%%answer 7\nx = 1", "UnknownExercise: there is no exercise '7'. There are: none in chapter '7'"),
        (
            "from lab import check\ncheck('01.1')",
            "LabError: 01.1 has no answer yet: run the cell that begins with %%answer 01.1 first",
        ),
        ("from lab import check\ncheck('01.9')", "UnknownExercise: there is no exercise '01.9'"),
        (
            "%%answer\nx = 1",
            "LabError: %%answer wants the number of an exercise behind it, such as %%answer 01.1",
        ),
        ("from lab import check\ncheck(1.1)", "UnknownExercise: there is no exercise '1.1'"),
        ("from lab import hint\nhint(1.1)", "UnknownExercise: there is no exercise '1.1'"),
        ("from lab import hint\nhint('01.9')", "UnknownExercise: there is no exercise '01.9'"),
        (
            "from lab import hint\nhint('01.1', 'R9')",
            "UnknownExercise: 01.1 has no requirement R9. It has: R1",
        ),
        ("from lab import show\nshow('lab.nothing')", "UnknownName: lab has no 'nothing'. It has: "),
        ("from lab import predict\npredict('a', 'b', guess='c')", "LabError: a guess is a number, not 'c'"),
    ],
)
def test_what_cannot_be_done_is_one_line(shell, cell, line):
    assert shell.fails(cell).startswith(line)


def test_hints_are_printed_and_climb(shell):
    shell.works("from lab import hint")
    first = shell.works("hint('01.1')")
    assert first.startswith("01.1 R1: ") and first.endswith("(2 more: ask again)\n")
    assert "  2. " in shell.works("hint('01.1')")
    assert "01.1 R2: " in shell.works("hint('01.1', 'R2')")
    assert progress.read()["exercises"]["01.1"]["hints"] == {"R1": 2, "R2": 1}
    progress.note_attempt("01.1", passed=True, fingerprint="x")
    assert shell.works("hint('01.1')").startswith("01.1 is passed.")
    assert "01.1 R2: " in shell.works("hint('01.1', 'R2')")


def test_a_hint_is_about_what_the_last_check_rejected(shell):
    shell.works(
        f"from lab import check, hint\nget_ipython().run_cell_magic('answer', '01.1', {STUB + chr(10)!r} + 'x=1')"
    )
    shell.works("check('01.1')")
    assert shell.works("hint('01.1')").startswith("01.1 R2: ")


def test_a_run_of_the_books_own_notebook_registers_no_answer(shell, monkeypatch):
    monkeypatch.chdir(ROOT / "solutions")
    shell.works(f"%%answer 01.1\n{RIGHT}")
    assert not notebooks.registered("01.1").exists()
    shell.works("from lab import check")
    assert "passed" in shell.works("check('01.1')")
    assert progress.read()["exercises"] == {}


@pytest.mark.parametrize("mode", ["autograde", "validate"])
def test_under_a_teachers_autograder_anything_but_a_pass_is_an_error(shell, monkeypatch, mode):
    monkeypatch.setenv("NBGRADER_EXECUTION", mode)
    shell.works("from lab import check")
    shell.works(f"%%answer 01.1\n{STUB}\nx = 1\n")
    shown = shell.run("check('01.1')")
    assert not shell.last.success and shown.startswith("CheckFailed: 01.1 The page")
    assert "✗ R2" in shown
    shell.works(f"%%answer 01.1\n{STUB}")
    assert ": not started" in shell.fails("check('01.1')")
    shell.works(f"%%answer 01.1\n{RIGHT}")
    shell.works("check('01.1')")


def test_outside_such_a_run_a_rejection_is_no_error(shell, monkeypatch):
    monkeypatch.setenv("NBGRADER_EXECUTION", "formgrade")
    shell.works(f"%%answer 01.1\n{STUB}")
    shell.works("from lab import check\ncheck('01.1')")


# %%work


def test_work_writes_a_file_of_the_learners_tree_and_says_how(shell):
    tree = home() / "curtaincall"
    assert shell.works("%%work orders/models.py\nx = 1\ny = 2\n") == "orders/models.py: written, 2 lines\n"
    assert (tree / "orders" / "models.py").read_text() == "x = 1\ny = 2\n"
    assert shell.works("%%work orders/models.py\nx = 1\ny = 2\n") == "orders/models.py: unchanged, 2 lines\n"
    assert shell.works("%%work ./orders/../orders/models.py\nx = 3\n").endswith(
        "models.py: replaced, 1 lines\n"
    )
    assert (tree / "orders" / "models.py").read_text() == "x = 3\n"
    assert [p.name for p in tree.rglob("*") if p.is_file()] == ["models.py"]
    assert "x" not in shell.shell.user_ns


@pytest.mark.parametrize(
    "path",
    [
        "",
        " ",
        ".",
        "..",
        "../escaped.py",
        "orders/../../escaped.py",
        "{outside}/escaped.py",
        "link/escaped.py",
        "orders",
        "loop",
    ],
)
def test_work_refuses_what_does_not_lie_inside_the_tree(shell, tmp_path, path):
    tree = home() / "curtaincall"
    (tree / "orders").mkdir(parents=True)
    (tree / "link").symlink_to(tmp_path)
    (tree / "loop").symlink_to(tmp_path / "escaped.py")
    line = shell.fails(f"%%work {path.format(outside=tmp_path)}\nx = 1\n")
    assert line.startswith("LabError: %%work wants the path of a file inside curtaincall/, not ")
    assert not list(tmp_path.rglob("escaped.py"))


def test_work_that_cannot_be_written_is_one_line(shell):
    shell.works("%%work orders\nx = 1\n")
    assert shell.fails("%%work orders/models.py\nx = 1\n").startswith(
        "LabError: %%work cannot write orders/models.py: "
    )
    (home() / "curtaincall" / "picture").write_bytes(b"\xff\xfe\xff")
    assert shell.fails("%%work picture\nx = 1\n").startswith("LabError: %%work cannot write picture: ")
    assert (home() / "curtaincall" / "picture").read_bytes() == b"\xff\xfe\xff"


# %%inside


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("", "%%inside: the following arguments are required: service. Use: %%inside"),
        ("-o x", "%%inside: the following arguments are required: service"),
        ("monolith -o", "%%inside: argument -o: expected at least one argument"),
        ("monolith -t soon", "%%inside: argument -t: invalid float value: 'soon'"),
        ("monolith --fast", "%%inside: unrecognized arguments: --fast"),
        ("monolith twice", "%%inside: unrecognized arguments: twice"),
        ("monolith -h", "%%inside: unrecognized arguments: -h"),
        ("'monolith", "%%inside: No closing quotation. Use: %%inside"),
        ("monolith", 'monolith is not running here. Start it first: stack = Stack("monolith")'),
        ("monolith -s second", "monolith is not running in a stack called 'second'"),
    ],
)
def test_a_wrong_use_of_inside_is_one_line(shell, line, sentence):
    assert shell.fails(f"%%inside {line}\nx = 1\n").startswith(f"LabError: {sentence}")
    assert "x" not in shell.shell.user_ns


def test_an_unknown_service_is_one_line(shell):
    assert shell.fails("%%inside monolit\nx = 1\n").startswith(
        "UnknownService: there is no service 'monolit'"
    )


def test_a_cell_runs_inside_a_service_and_hands_back_what_was_asked_for(shell, small_services):
    with Stack("small", database="sqlite", seed=False, name="second"):
        shown = shell.works(
            "%%inside small -o kind names -s second\n"
            "from django.conf import settings\n"
            "from django.db import connection\n"
            "print('printed')\n"
            "kind, names, kept = connection.vendor, [settings.ROOT_URLCONF], 1\n"
            "kind * 2\n"
        )
        assert shown == "printed\n'sqlitesqlite'\n"
        assert (shell.shell.user_ns["kind"], shell.shell.user_ns["names"]) == ("sqlite", ["small"])
        assert "kept" not in shell.shell.user_ns
        shown = shell.run("%%inside small -o y\nprint('before')\ny = 1\nnothing()\n")
        assert not shell.last.success and "y" not in shell.shell.user_ns
        assert shown.splitlines() == [
            "before",
            "InsideFailed: inside small:",
            "  line 3, in <module>",
            "    nothing()",
            "NameError: name 'nothing' is not defined",
        ]
        shown = shell.run("%%inside small -t 1\nwhile True: pass\n")
        assert shown.splitlines() == [
            "InsideFailed: inside small:",
            "still running after 1 s, so it was stopped",
        ]


# the package


def test_importing_lab_in_ipython_makes_the_magics_known(tmp_path):
    source = "import lab; get_ipython().run_cell_magic('work', 'a.py', 'x = 1'); lab.hint('01.1')"
    argv = [sys.executable, "-m", "IPython", "--no-banner", "--colors=NoColor", "-c", source]
    env = {**os.environ, "PYTHONPATH": str(CODE), "IPYTHONDIR": str(tmp_path / "ipython")}
    done = subprocess.run(argv, env=env, cwd=tmp_path, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("a.py: written, 1 lines\n01.1 R1: ")


def test_the_extension_can_be_loaded_by_name(tmp_path, monkeypatch):
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    monkeypatch.setattr(HistoryManager, "enabled", False)
    bare = InteractiveShell(user_module=types.ModuleType("a_notebook"))
    assert not {"answer", "inside", "work"} & set(bare.magics_manager.magics["cell"])
    bare.extension_manager.load_extension("lab")
    assert {"answer", "inside", "work"} <= set(bare.magics_manager.magics["cell"])


def test_the_package_has_what_it_says_and_names_it_when_asked_for_anything_else():
    assert lab.__all__ == ["LabError", "Stack", "check", "hint", "predict", "reveal", "show"]
    for name in lab.__all__:
        assert getattr(lab, name).__name__ == name
    with pytest.raises(AttributeError, match="lab has no 'Stak'. It has: LabError, Stack, check"):
        lab.Stak  # noqa: B018


def test_importing_the_package_loads_nothing_that_is_not_asked_for():
    source = "import sys, lab; lab.predict; print(sorted(n for n in sys.modules if n.startswith('lab')))"
    argv = [sys.executable, "-c", source]
    env = {**os.environ, "PYTHONPATH": str(CODE)}
    done = subprocess.run(argv, env=env, capture_output=True, text=True, timeout=120)
    assert done.stdout.strip() == "['lab', 'lab.errors', 'lab.home', 'lab.predictions', 'lab.progress']"
