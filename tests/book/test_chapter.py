"""Beginning a chapter: what `make chapter` writes passes the tests of a chapter as it stands, and bad input changes nothing."""

import os
import re
import runpy
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

from lab import notebooks
from lab.home import ROOT

MAKE = shutil.which("make")
NEXT = f"{max(int(number) for number in notebooks.chapters()) + 1:02}"
NAME = f"{NEXT}_tried_out"


def files() -> list[str]:
    """What a clone has, and what its author has added and not committed yet."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [name for name in listed.split("\0") if name and (ROOT / name).is_file()]


@pytest.fixture
def clone(tmp_path) -> Path:
    """A copy of the tree that uses the packages installed here; its code is its own."""
    folder = tmp_path / "clone"
    for name in files():
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, target)
    (folder / "tools" / "install.py").write_text("")
    python = folder / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    python.chmod(0o755)
    return folder


def content(folder: Path) -> dict[str, bytes]:
    """Every file of the copy but what Python compiled and tools keep for themselves."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and not {"__pycache__", ".ruff_cache"} & set(path.parts)
    }


def environment(clone: Path, **more: str) -> dict[str, str]:
    """A shell of its own: not a part of the make, or of the tests, that may run these tests."""
    outside = {
        name: value
        for name, value in os.environ.items()
        if "MAKE" not in name and not name.startswith(("PYTEST", "MFLAGS", "NAME", "TITLE", "MINUTES"))
    }
    home = clone.with_name("home")
    return {**outside, "PYTHONPATH": str(clone / "code"), "LAB_HOME": str(home), **more}


def make_chapter(clone: Path, *said: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        [MAKE, "chapter", *said],
        cwd=clone,
        env=environment(clone),
        capture_output=True,
        text=True,
        timeout=300,
    )


def put_into_the_toc(clone: Path, told: str) -> None:
    """Do as the author is told: the lines as printed, at the place that is named."""
    lines = re.search(r"^( +- file: book/.+\n(?: +.+\n)+)", told, re.MULTILINE)[1]
    before = re.search(r"_toc\.yml, after those of chapter (\d\d):$", told, re.MULTILINE)[1]
    toc = clone / "_toc.yml"
    place = re.search(rf"^.+file: exercises/{before}_.+\n", toc.read_text(), re.MULTILINE).end()
    toc.write_text(toc.read_text()[:place] + lines + toc.read_text()[place:])


def start_tests(clone: Path, command: str) -> tuple[subprocess.Popen, Path]:
    """Start a printed command as it stands, with a report beside the copy."""
    report = clone.with_name(f"report-{len(list(clone.parent.glob('*.log')))}.xml")
    env = environment(clone, PYTEST_ADDOPTS=f"--junitxml={report}")
    with report.with_suffix(".log").open("w") as log:
        return subprocess.Popen(command, shell=True, cwd=clone, env=env, stdout=log, stderr=log), report


def passed(running: subprocess.Popen, report: Path) -> list[str]:
    """The tests that ran, all of which must have passed."""
    code = running.wait(timeout=400)
    assert code == 0, report.with_suffix(".log").read_text()
    cases = list(ElementTree.parse(report).iter("testcase"))
    assert not [case.get("name") for case in cases if len(case.findall("*"))]
    return [case.get("name") for case in cases]


def test_a_chapter_that_was_only_begun_passes_the_tests_of_a_chapter(clone):
    before = content(clone)
    title = 'Tried: "it\'s" `out` & on'
    done = make_chapter(clone, f"NAME={NAME}", f"TITLE={title}", "MINUTES=25")
    assert done.returncode == 0, done.stdout + done.stderr
    after = content(clone)
    assert {name: after.get(name) for name in before} == before
    added = after.keys() - before.keys()
    assert added == set(re.findall(r"^(.+): written$", done.stdout, re.MULTILINE))
    assert {f"book/{NAME}.ipynb", f"exercises/{NAME}.ipynb", f"solutions/{NAME}.ipynb"} < added
    assert not [name for name in added if b"{{" in after[name]]
    assert f"# {NEXT} {title}" in notebooks.source(
        notebooks.read(clone / "book" / f"{NAME}.ipynb")["cells"][0]
    )

    put_into_the_toc(clone, done.stdout)
    python = str(clone / ".venv" / "bin" / "python")
    for check in (
        ("-m", "ruff", "check", "-q", "."),
        ("-m", "ruff", "format", "-q", "--check", "."),
        ("tools/derive.py", "--check"),
        ("tools/claims.py", "--check"),
        ("tools/refresh.py", "--check"),
    ):
        ran = subprocess.run(
            [python, *check], cwd=clone, env=environment(clone), capture_output=True, text=True
        )
        assert ran.returncode == 0, ran.stdout + ran.stderr

    ours, nbval = re.findall(r"^\.venv/bin/python -m pytest .+$", done.stdout, re.MULTILINE)
    flags = runpy.run_path(str(ROOT / "tools" / "test.py"))["NBVAL"]
    assert " ".join(flags[: flags.index("--dist")]) in nbval
    running = [start_tests(clone, command) for command in (ours, nbval)]
    tests, cells = (passed(*one) for one in running)
    assert len(cells) == sum(
        cell["cell_type"] == "code"
        for room in ("book", "solutions")
        for cell in notebooks.read(clone / room / f"{NAME}.ipynb")["cells"]
    )
    for needed in (
        "the_table_of_contents",
        "a_verdict_stands_where",
        "no_chapter_needs_what",
        "another_right_answer",
    ):
        assert [name for name in tests if needed in name], needed
    for case in (f"[{NAME}]", f"[book/{NAME}.ipynb]", f"[{NEXT}.1]", f"[{NEXT}]"):
        assert [name for name in tests if case in name], case
    assert len([name for name in tests if name.startswith("test_a_wrong_answer")]) >= 3

    again = make_chapter(clone, f"NAME={NEXT}_another")
    assert again.returncode and f"there is a chapter {NEXT} already" in again.stderr


def test_a_step_that_fails_leaves_nothing_behind(clone):
    template = clone / "tools" / "template" / "book.ipynb"
    template.write_text(template.read_text().replace('"import requests\\n"', '"1 / 0\\n"'))
    before = content(clone)
    done = make_chapter(clone, f"NAME={NAME}")
    assert done.returncode and "ZeroDivisionError" in done.stderr
    assert f"chapter: nothing of chapter {NEXT} was kept" in done.stderr
    assert content(clone) == before


# bad input


@pytest.fixture(scope="module")
def small(tmp_path_factory) -> Path:
    """What the tool needs to refuse: the tools, the code, and the chapters that there are."""
    folder = tmp_path_factory.mktemp("small")
    for name in ("tools", "code/lab", "book", "solutions", "exercises"):
        ignored = shutil.ignore_patterns("node_modules", "__pycache__")
        shutil.copytree(ROOT / name, folder / name, ignore=ignored)
    return folder


def refused(folder: Path, *arguments: str) -> str:
    """The one line with which the tool refuses; nothing is written."""
    before = content(folder)
    command = [sys.executable, "tools/chapter.py", *arguments]
    done = subprocess.run(command, cwd=folder, env=environment(folder), capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("chapter: ") and done.stderr.count("\n") == 1
    assert content(folder) == before
    return done.stderr


@pytest.mark.parametrize(
    "name", ["seams", "2_seams", "00_seams", "002_seams", "02", "02_", "02_Seams", "02-seams"]
)
def test_what_is_no_name_for_a_chapter_is_refused(small, name):
    assert f"{name!r} is no name for a chapter" in refused(small, name)


@pytest.mark.parametrize(
    "name", ["02_se ams", "02_séams", "02_seams.ipynb", "../02_seams", "02_seams\n", "٠٢_seams"]
)
def test_a_name_leads_nowhere_else(small, name):
    assert "is no name for a chapter" in refused(small, name)


def test_no_name_is_answered_with_an_example(small):
    assert "make chapter NAME=02_seams" in refused(small)
    assert "make chapter NAME=02_seams" in refused(small, "")


@pytest.mark.parametrize("title", ["", "  ", "Seams\nand more"])
def test_a_title_is_one_line_with_something_in_it(small, title):
    assert "the title is empty, or more than one line" in refused(small, NAME, "--title", title)


@pytest.mark.parametrize("minutes", ["", "24", "46", "half an hour", "-30"])
def test_minutes_are_those_that_a_chapter_may_take(small, minutes):
    assert "a chapter takes 25 to 45 minutes" in refused(small, NAME, f"--minutes={minutes}")


def test_a_number_that_is_taken_is_refused_whatever_the_name(small):
    assert "there is a chapter 01 already: book/01_" in refused(small, "01_another")


@pytest.mark.parametrize(
    "left",
    [
        "book/{}_other.md",
        "solutions/{}_other.ipynb",
        "exercises/{}_tried_out.ipynb",
        "exercises/checks/ch{}.py",
        "solutions/wrong/{}.1_left.py",
        "solutions/right/{}.2_left.py",
    ],
)
def test_one_file_that_is_there_already_keeps_all_from_being_written(small, left):
    there = small / left.format(NEXT)
    there.touch()
    try:
        assert f"already: {left.format(NEXT)}\n" in refused(small, NAME)
    finally:
        there.unlink()
