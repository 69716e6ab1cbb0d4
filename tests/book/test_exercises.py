"""Every exercise's check checks something: it is proven on the stub, on known wrong answers, and on other right ones.

An answer is the source of a cell (.py), or a patch to what a step of the road begins with (.patch).
The first comment lines of a wrong answer (solutions/wrong/) say what its fault is, which requirements it breaks, and
what a helpful message would mention. Most were written by somebody who had not seen the checks.
"""

import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import bookpages
import derive
import pytest
import refresh

from lab import notebooks
from lab.checks import desk, trees
from lab.checks.judge import Report, judge, judge_tree
from lab.home import ROOT
from lab.road.history import write_before
from lab.road.plan import plan

NUMBERS = [number for chapter in notebooks.chapters() for number in desk.numbers(chapter)]
WRONG = sorted((ROOT / "solutions" / "wrong").glob("*.*"))
RIGHT = sorted((ROOT / "solutions" / "right").glob("*.*"))


@pytest.fixture(autouse=True)
def own_home(tmp_path_factory, monkeypatch):
    """A learner's folder for all of this worker's tests: the prepared database is made once."""
    home = tmp_path_factory.getbasetemp() / "home"
    monkeypatch.setenv("LAB_HOME", str(home))


@cache
def exercise(number: str):
    return desk.exercise(number)


def judged(number: str, source: str) -> Report:
    if exercise(number).tree:
        return trees.judge_carried(exercise(number), source)
    return judge(exercise(number), source, notebooks.stubs(number)[number])


def said(report: Report) -> str:
    return "\n".join([report.message, *(verdict.message for verdict in report.verdicts)])


def told(path: Path) -> dict[str, list[str]]:
    """The comment lines at the head of a wrong answer: "breaks" and "should say" as lists."""
    head = dict(re.findall(r"^# (fault|breaks|should say): (.+)$", path.read_text(), re.MULTILINE))
    parts = {"fault": "\0", "breaks": ",", "should say": "|"}
    return {name: [part.strip() for part in head[name].split(parts[name])] for name in parts}


# the proofs

A_THOUGHT = """diff --git a/monolith/__init__.py b/monolith/__init__.py
--- a/monolith/__init__.py
+++ b/monolith/__init__.py
@@ -0,0 +1 @@
+# a thought
"""


@pytest.mark.parametrize("number", NUMBERS)
def test_an_untouched_stub_is_not_started(number):
    stub = notebooks.stubs(number)[number]
    sources = ["", stub, "# a thought\n" + stub, stub + "\n\n"]
    if exercise(number).tree:
        sources.append(A_THOUGHT)
    for source in sources:
        assert judged(number, source).state == "not started"


@pytest.mark.parametrize("number", NUMBERS)
def test_a_stub_that_is_handed_in_as_an_answer_is_rejected(number, tmp_path):
    if exercise(number).tree:
        write_before(plan().step(number), tmp_path)
        report = judge_tree(exercise(number), tmp_path)
    else:
        report = judge(exercise(number), notebooks.stubs(number)[number])
    assert report.state == "rejected" and report.failed


@pytest.mark.parametrize("number", NUMBERS)
def test_the_books_solution_is_accepted(number):
    report = judged(number, notebooks.solution(number))
    assert report.passed, said(report)
    assert [verdict.key for verdict in report.verdicts] == [r.key for r in exercise(number).requirements]


@pytest.mark.parametrize("path", RIGHT, ids=lambda path: path.stem)
def test_another_right_answer_is_accepted(path):
    report = judged(path.name[:4], path.read_text())
    assert report.passed, said(report)


@pytest.mark.parametrize("path", WRONG, ids=lambda path: path.stem)
def test_a_wrong_answer_is_rejected_with_a_message_that_names_its_fault(path):
    report, expected = judged(path.name[:4], path.read_text()), told(path)
    assert report.state == "rejected"
    assert set(report.failed) & set(expected["breaks"])
    message = said(report)
    assert [words for words in expected["should say"] if words in message.lower()], message
    assert "Traceback" not in message
    for verdict in report.verdicts:
        assert (
            verdict.met
            or re.search(r"gave .+expected ", verdict.message, re.DOTALL)
            or "raised" in verdict.message
        )


@pytest.mark.parametrize("number", NUMBERS)
def test_every_exercise_has_known_wrong_answers_for_every_requirement_and_another_right_one(number):
    wrong = [path for path in WRONG if path.name.startswith(number)]
    assert len(wrong) >= 3
    broken = {key for path in wrong for key in told(path)["breaks"]}
    assert broken == {requirement.key for requirement in exercise(number).requirements}
    shown = notebooks.other_right(number)
    assert shown and shown != notebooks.solution(number) and notebooks.SHOWN not in shown


def test_every_known_answer_belongs_to_an_exercise():
    assert {path.name[:4] for path in [*WRONG, *RIGHT]} == set(NUMBERS)


# what the learner is shown


@pytest.mark.parametrize("number", NUMBERS)
def test_the_requirements_are_shown_before_they_are_failed_with_kind_and_minutes(number):
    asked = exercise(number)
    cells = notebooks.read(notebooks.chapter_file(number, "exercises"))["cells"]
    task = next(
        text for cell in cells if (text := notebooks.source(cell)).startswith(f"## {number} {asked.title}\n")
    )
    kind = "core" if asked.core else "stretch"
    assert f"*{kind} · {asked.kind} · {asked.minutes} minutes*" in task
    shown = re.findall(r"^- \*\*(R\d)\*\* (.+)$", task, re.MULTILINE)
    assert [key for key, _ in shown] == [requirement.key for requirement in asked.requirements]
    for (_, text), requirement in zip(shown, asked.requirements, strict=True):
        assert text.replace("`", "") in requirement.text.replace("`", "")


@pytest.mark.parametrize("chapter", notebooks.chapters())
def test_the_contents_list_counts_the_minutes_of_every_exercise(chapter):
    asked = [exercise(number) for number in desk.numbers(chapter)]
    page = notebooks.chapter_file(f"{chapter}.1", "exercises")
    entry = bookpages.entry(f"exercises/{page.stem}", "Exercises")
    assert entry.core == sum(each.minutes for each in asked if each.core)
    assert entry.stretch == sum(each.minutes for each in asked if not each.core)


@pytest.mark.parametrize("number", NUMBERS)
def test_hints_climb_from_a_question_and_never_give_the_answer(number):
    solution = {line.strip() for line in notebooks.solution(number).splitlines() if len(line.strip()) > 25}
    for requirement in exercise(number).requirements:
        assert len(requirement.hints) == 3 and len(set(requirement.hints)) == 3
        assert "?" in requirement.hints[0] or requirement.hints[0].startswith("Read"), requirement.hints[0]
        assert not [line for line in solution for hint in requirement.hints if line in hint]


@pytest.mark.parametrize("number", NUMBERS)
def test_once_passed_both_right_answers_stand_side_by_side_with_a_question(number):
    feedback = desk.Feedback(judged(number, notebooks.solution(number)))
    shown = feedback._repr_html_()
    assert [title for title, _ in feedback.right_answers()] == ["The book's answer", "Another right one"]
    assert shown.count("<pre") == 3 and exercise(number).review.endswith("?")
    assert "SOLUTION" not in shown and "For review:" in shown


# derived from solutions/


def test_deriving_the_exercises_again_does_not_change_a_byte():
    before = {path: path.read_bytes() for path in (ROOT / "exercises").glob("*.ipynb")}
    done = subprocess.run([sys.executable, "tools/derive.py"], cwd=ROOT, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "")
    assert before and before == {path: path.read_bytes() for path in (ROOT / "exercises").glob("*.ipynb")}


@pytest.mark.parametrize("path", sorted((ROOT / "solutions").glob("*.ipynb")), ids=lambda path: path.stem)
def test_an_exercise_notebook_gives_no_solution_and_no_output_away(path):
    solved = refresh.read(path)
    derived = derive.exercise(solved)
    for number, answer in notebooks.answers(solved).items():
        assert "### BEGIN SOLUTION" in answer and "### END SOLUTION" in answer
        stub = notebooks.answers(derived)[number]
        assert "SOLUTION" not in stub and stub != notebooks.without_markers(answer)
    for cell in derived["cells"]:
        assert "stub" not in cell["metadata"]
        assert cell["cell_type"] != "code" or (cell["outputs"], cell["execution_count"]) == ([], None)


# under nbgrader


def autograded(folder: Path, path: Path) -> dict[str, tuple[float, float]]:
    """(points, of how many) by grade id, from nbgrader's own preprocessors, as `nbgrader autograde` runs them."""
    import nbformat
    from nbgrader.preprocessors import CheckCellMetadata, Execute
    from nbgrader.utils import determine_grade, is_grade

    resources = {"metadata": {"path": str(folder)}, "nbgrader": {}}
    submitted = nbformat.read(path, as_version=4)
    submitted, resources = CheckCellMetadata().preprocess(submitted, resources)
    submitted, resources = Execute(timeout=120).preprocess(submitted, resources)
    grades = {}
    for cell in submitted.cells:
        if is_grade(cell):
            grades[cell.metadata.nbgrader["grade_id"]] = determine_grade(cell)[:2]
    return grades


@pytest.mark.parametrize("chapter", notebooks.chapters())
def test_nbgrader_gives_the_stubs_nothing_and_the_solutions_full_marks(chapter, tmp_path, monkeypatch):
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    monkeypatch.setenv("PYTHONPATH", str(ROOT / "code"))
    stubs = autograded(tmp_path, notebooks.chapter_file(chapter, "exercises"))
    solved = autograded(tmp_path, notebooks.chapter_file(chapter, "solutions"))
    assert len(stubs) == len(solved) == len(desk.numbers(chapter))
    assert {points for points, _ in stubs.values()} == {0}
    assert all(points == most > 0 for points, most in solved.values())
