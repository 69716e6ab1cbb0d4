"""Guards against false greens: nbval compares only what was executed, in a notebook that hides nothing from it.

nbval passes a cell that was never executed, skips what follows an unknown magic, and drops a sanitise rule that
it cannot read, each without a word.
"""

import copy
import json
import os
import re
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest
import refresh
from nbval.plugin import get_sanitize_patterns
from reading import code_cells, outputs_of, text_of

MAGICS = {"%%inside", "%%answer", "%%work", "%%bash"}
SANITISE = "tests/sanitise.cfg"
# What a rule may touch. A rule of another name is refused, so that whoever adds one comes here first.
SANITISED = {"port", "pid", "time", "id", "path"}
FIGURES = [
    "17 cold   2 warm   /",
    "2 tickets for 1 seat; the column says 1 sold",
    "{'paid': 10, 'refused': 40, 'error': 0}",
    "charges at the provider: 10",
    "13.4% a year makes 11.5 bn; 11.8 bn takes 13.8% a year",
    "[('48.00', 'captured')]",
    "provider: 24 MiB, ready after 0.24 s",
    "300 lines of admin.py, 10% of the monolith's Python",
]


def test_every_code_cell_was_executed_in_order_from_one(notebook):
    counts = [cell["execution_count"] for cell in code_cells(notebook)]
    assert counts == list(range(1, len(counts) + 1))


def test_no_output_is_an_error_that_was_not_meant(notebook):
    for cell in code_cells(notebook):
        if "raises-exception" in cell["metadata"].get("tags", []):
            assert any(output["output_type"] == "error" for output in cell["outputs"]), text_of(cell)
        else:
            assert all(output["output_type"] != "error" for output in cell["outputs"]), text_of(cell)


def test_no_shell_escapes_and_no_magic_but_the_known(notebook):
    for cell in code_cells(notebook):
        lines = text_of(cell).splitlines()
        if lines and lines[0].startswith("%%"):
            assert lines[0].split()[0] in MAGICS, lines[0]
            if lines[0].split()[0] == "%%bash":
                continue
            lines = lines[1:]
        assert not [line for line in lines if re.match(r"\s*[!%]", line)], text_of(cell)


def test_cells_are_stored_normalised_with_ids_of_their_own(notebook):
    assert refresh.normalised(notebook) == notebook
    ids = [cell["id"] for cell in notebook["cells"]]
    assert len(ids) == len(set(ids))
    assert not [name for name in ids if re.fullmatch(r"[0-9a-f]{8}|cell-\d+", name)], (
        "give cells names that say what"
    )


def test_a_cell_that_is_not_compared_says_why_and_a_timing_is_asserted_as_a_relation(notebook):
    cells = code_cells(notebook)
    for number, cell in enumerate(cells):
        tags = cell["metadata"].get("tags", [])
        reasons = {tag for tag in tags if tag.startswith("why-")}
        assert ("nbval-ignore-output" in tags) == bool(reasons), text_of(cell)
        assert reasons <= {"why-timing", "why-race", "why-machine"}, reasons
        assert "nbval-skip" not in tags and "nbval-check-output" not in tags
        if reasons & {"why-timing", "why-race"} and number + 1 < len(cells):
            near = "\n".join(text_of(other) for other in cells[max(0, number - 1) : number + 3])
            assert "assert " in near, f"no cell near this one asserts a relation:\n{text_of(cell)}"


def test_no_assertion_rests_on_an_absolute_time(notebook):
    """Relations hold on a busy machine; `took < 0.5` does not."""
    for cell in code_cells(notebook):
        for line in text_of(cell).splitlines():
            if line.strip().startswith("assert") and re.search(r"\.(median|mean)|took|seconds", line):
                sides = re.split(r"[<>]=?", line.removeprefix("assert"))
                assert len(sides) > 1 and not any(re.fullmatch(r"\s*[\d.]+\s*", side) for side in sides), line


# the sanitise file


def rules(root: Path) -> dict[str, str]:
    """The rules as nbval reads them: pattern to replacement."""
    return dict(get_sanitize_patterns((root / SANITISE).read_text()))


def test_nbval_reads_every_rule_that_the_sanitise_file_holds(root):
    written = (root / SANITISE).read_text()
    names = re.findall(r"^\[(.+)\]", written, re.MULTILINE)
    assert len(rules(root)) == len(names) == written.count("regex:") == written.count("replace:") > 0
    assert {name.partition("-")[0] for name in names} <= SANITISED
    for pattern in rules(root):
        re.compile(pattern)


def test_every_rule_matches_something_in_the_book(root):
    shown = "\n".join(
        outputs_of(cell) for path in refresh.notebooks() for cell in code_cells(refresh.read(path))
    )
    assert [pattern for pattern in rules(root) if not re.search(pattern, shown)] == []


def test_no_rule_touches_a_figure(root):
    for pattern, replacement in rules(root).items():
        for figure in FIGURES:
            assert re.sub(pattern, replacement, figure) == figure


# nbval itself

NBVAL = ("--nbval", "--nbval-current-env", "-p", "no:cacheprovider", "-q")


def run_nbval(root: Path, path: Path, report: Path, home: Path) -> dict[str, str]:
    """nbval's verdict on each code cell of the notebook, by the cell's number among code cells."""
    command = [sys.executable, "-m", "pytest", *NBVAL, f"--nbval-sanitize-with={root / SANITISE}"]
    done = subprocess.run(
        [*command, f"--rootdir={path.parent}", f"--junitxml={report}", str(path)],
        cwd=path.parent,
        env={**os.environ, "LAB_HOME": str(home), "PYTHONPATH": str(root / "code")},
        capture_output=True,
        text=True,
        timeout=400,
    )
    assert report.exists(), done.stdout + done.stderr
    found = {}
    for case in ElementTree.parse(report).iter("testcase"):
        bad = case.find("failure") is not None or case.find("error") is not None
        found[re.search(r"Cell (\d+)", case.get("name"))[1]] = "failed" if bad else "passed"
    return found


def with_other_figures(notebook: dict) -> tuple[dict, set[str]]:
    """A copy in which the last figure of every compared output is another one, and the numbers of those cells."""
    wrong, planted = copy.deepcopy(notebook), set()
    for number, cell in enumerate(code_cells(wrong)):
        if "nbval-ignore-output" in cell["metadata"].get("tags", []):
            continue
        for output in cell["outputs"]:
            data = output.get("data", {})
            for holder, key in ((output, "text"), *((data, mime) for mime in data if mime == "text/plain")):
                before = "".join(holder.get(key, ""))
                after = other_figure(before)
                if after != before:
                    holder[key] = after.splitlines(keepends=True)
                    planted.add(str(number))
    return wrong, planted


def other_figure(text: str) -> str:
    """The text with its last figure changed, but for a port, which a rule may touch."""
    found = [match for match in re.finditer(r"\d", text) if not re.search(r":\d*$", text[: match.start()])]
    if not found:
        return text
    place = found[-1].start()
    return f"{text[:place]}{(int(text[place]) + 1) % 10}{text[place + 1 :]}"


@pytest.mark.parametrize("name", ["book/01_monolith.ipynb"])
def test_a_wrong_figure_in_any_compared_output_turns_nbval_red(root, name, tmp_path):
    wrong, planted = with_other_figures(refresh.read(root / name))
    assert len(planted) > 10
    path = tmp_path / Path(name).name
    path.write_text(json.dumps(wrong))
    verdicts = run_nbval(root, path, tmp_path / "report.xml", tmp_path / "home")
    assert {number for number, verdict in verdicts.items() if verdict == "failed"} == planted


# outputs that rest on something that has changed since


@pytest.fixture
def book_copy(tmp_path, monkeypatch, root) -> Path:
    """A small clone: one notebook, the code that it uses, and the lock."""
    (tmp_path / "book").mkdir()
    shutil.copytree(root / "code" / "lab", tmp_path / "code" / "lab")
    shutil.copy(root / "requirements.txt", tmp_path)
    notebook = refresh.read(root / "book" / "setup.ipynb")
    notebook["metadata"]["split_decisions"]["uses"] = ["code/lab"]
    monkeypatch.setattr(refresh, "ROOT", tmp_path)
    notebook["metadata"]["split_decisions"]["rests_on"] = refresh.rests_on(notebook)
    path = tmp_path / "book" / "setup.ipynb"
    path.write_text(json.dumps(notebook))
    return path


def is_stale(path: Path) -> bool:
    return refresh.stored(refresh.read(path)) != refresh.rests_on(refresh.read(path))


def change_a_cell(path: Path) -> None:
    path.write_text(path.read_text().replace("check_machine()", "check_machine( )"))


def change_the_code(path: Path) -> None:
    (path.parent.parent / "code" / "lab" / "stack.py").open("a").write("\n# another line\n")


def change_the_lock(path: Path) -> None:
    (path.parent.parent / "requirements.txt").open("a").write("\n")


@pytest.mark.parametrize("change", [change_a_cell, change_the_code, change_the_lock])
def test_outputs_are_stale_once_a_cell_the_code_or_the_lock_changes(book_copy, change):
    assert not is_stale(book_copy)
    change(book_copy)
    assert is_stale(book_copy)
