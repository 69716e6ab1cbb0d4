"""Answers that are trees: a copy of the learner's is judged, never the tree itself, and every state of it gets a sentence."""

import hashlib
import json
import os
import shutil
import subprocess
import sys

import pytest

from lab import notebooks, progress
from lab.checks import desk, trees
from lab.checks import judge as judging
from lab.checks.feedback import Feedback, to_read
from lab.checks.judge import prepared_database
from lab.errors import LabError
from lab.home import CODE, ROOT, cache, home
from lab.road.history import write_before
from lab.road.plan import plan
from lab.road.tree import NoTree, Tree, folder, start

NUMBER = "02.2"
VIEWS, SETTINGS = "monolith/catalog/views.py", "monolith/settings.py"


@pytest.fixture(scope="session")
def made(tmp_path_factory):
    """(a learner's folder with a tree where 02.2 begins, the prepared database), made once."""
    with pytest.MonkeyPatch.context() as patch:
        place = tmp_path_factory.mktemp("learner")
        patch.setenv("LAB_HOME", str(place))
        start()
        Tree().goto(NUMBER)
        return place, prepared_database()


@pytest.fixture(autouse=True)
def learner(made, surroundings, tmp_path, monkeypatch):
    """A learner whose tree stands where 02.2 begins."""
    place, database = made
    shutil.copytree(place / "curtaincall", home() / "curtaincall")
    shutil.copy(database, cache() / database.name)
    monkeypatch.chdir(tmp_path)


def asked(limit: float = 20):
    exercise = desk.exercise(NUMBER)
    exercise.limit = limit
    return exercise


def judged(limit: float = 20):
    return trees.judge_own(asked(limit))


def edit(name: str, old: str, new: str) -> None:
    path = folder() / name
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


def take(name: str) -> None:
    """Change the learner's tree as a step's patch does."""
    Tree().repository.run("apply", str(plan().step(name).patch_file()))


def content() -> dict[str, tuple]:
    """Every file of the tree, git's own as well: what is in it, and when it was written."""
    return {
        str(path): (hashlib.sha256(path.read_bytes()).hexdigest(), path.stat().st_mtime_ns)
        for path in folder().rglob("*")
        if path.is_file()
    }


# the learner's tree


def test_without_a_tree_the_sentence_says_how_to_make_one():
    shutil.rmtree(folder())
    with pytest.raises(NoTree, match="you have no tree yet: `lab road start` makes it"):
        desk.hand_in(NUMBER, None)
    assert progress.read()["exercises"] == {}


def test_an_untouched_tree_is_not_started_and_no_attempt():
    report = desk.hand_in(NUMBER, None)
    assert report.state == "not started" and "Nothing has changed in your tree" in repr(Feedback(report))
    assert progress.read()["exercises"] == {}


def test_a_comment_in_the_tree_is_no_start():
    edit(VIEWS, "PAGE_SIZE = 12\n", "PAGE_SIZE = 12  # a dozen\n")
    (folder() / "notes.py").write_text("# a thought\n")
    assert judged().state != "not started"  # a new file is a change
    (folder() / "notes.py").unlink()
    assert judged().state == "not started"


def test_an_untouched_tree_elsewhere_is_told_where_the_exercise_begins():
    Tree().goto("start")
    assert (
        "stands after start, and this exercise begins after doors: `lab road goto 02.2`" in judged().message
    )


def test_a_tree_changed_before_the_step_was_reached_is_judged():
    Tree().goto("start")
    edit(VIEWS, "PAGE_SIZE = 12\n", "PAGE_SIZE = 13\n")
    assert judged().failed


def test_a_tree_that_has_taken_the_step_is_judged_as_it_is_also_with_later_ones():
    for step in ("circle", "end"):
        Tree().goto(step if step == "end" else plan().after(step).name)
        assert judged().passed


def test_a_right_tree_passes_and_the_learners_files_are_only_read(traces):
    take("circle")
    before = content()
    report = desk.hand_in(NUMBER, None)
    assert report.passed and progress.read()["exercises"][NUMBER]["passed"]
    assert {name: what for name, what in content().items() if "/.git/" not in name} == {
        name: what for name, what in before.items() if "/.git/" not in name
    }
    assert not traces.processes() and not traces.folders()


def test_what_a_tree_writes_beside_itself_is_written_to_the_copy():
    edit(VIEWS, "PAGE_SIZE = 12\n", "PAGE_SIZE = 12\nopen(__file__ + '.left', 'w').write('x')\n")
    assert judged().failed
    assert not list(folder().rglob("*.left"))


# trees that cannot be judged


def test_a_tree_that_does_not_parse_is_told_the_file_and_the_line():
    edit(
        VIEWS,
        "    gone = (" if "gone = (" in (folder() / VIEWS).read_text() else "PAGE_SIZE = 12\n",
        "PAGE_SIZE = (12\n",
    )
    report = judged()
    assert report.state == "cannot run"
    assert report.message.startswith(f"your tree does not parse: {VIEWS}, line 14: '(' was never closed")


@pytest.mark.parametrize(
    ("name", "old", "new", "sentence"),
    [
        (SETTINGS, "import os\n", "import os\nimport nowhere\n", f"ModuleNotFoundError: No module named 'nowhere'\n  {SETTINGS}, line 7"),
        ("monolith/catalog/apps.py", "        from", "        from monolith.catalog import nothing\n        from", "monolith/catalog/apps.py, line 10"),
        ("monolith/inventory/models.py", "MOST_SEATS = 10\n", "MOST_SEATS = 1 / 0\n", "ZeroDivisionError: division by zero\n  monolith/inventory/models.py"),
    ],
)  # fmt: skip
def test_a_tree_that_does_not_start_is_told_why_and_where(name, old, new, sentence):
    edit(name, old, new)
    report = judged()
    assert report.state == "cannot run" and sentence in report.message


def test_a_tree_without_the_monolith_is_told_so():
    shutil.rmtree(folder() / "monolith")
    assert "your tree has no monolith/settings.py" in judged().message


def test_a_page_that_breaks_is_told_with_file_and_line():
    edit(VIEWS, "    form = SearchForm(request.GET)\n", "    form = SearchForm(request.GET)\n    1 / 0\n")
    message = "\n".join(verdict.message for verdict in judged().verdicts)
    assert f"your tree raised ZeroDivisionError: division by zero\n  {VIEWS}, line 20: 1 / 0" in message


def test_a_tree_that_does_not_come_back_is_stopped(traces):
    edit(
        VIEWS,
        "    form = SearchForm(request.GET)\n",
        "    while True:\n        pass\n    form = SearchForm(request.GET)\n",
    )
    report = judged(limit=3)
    assert report.failed and "still running after 3 s" in "\n".join(v.message for v in report.verdicts)
    assert not traces.processes() and not traces.folders()


def test_a_tree_that_never_starts_is_stopped(monkeypatch):
    monkeypatch.setattr(judging, "START", 4)
    edit(SETTINGS, "import os\n", "import os\nwhile True: pass\n")
    assert "still running after 4 s, before its first line ran" in judged().message


def test_a_tree_may_not_start_processes():
    call = "    import os; os.system('true')\n    form = SearchForm(request.GET)\n"
    edit(VIEWS, "    form = SearchForm(request.GET)\n", call)
    message = "\n".join(verdict.message for verdict in judged().verdicts)
    assert "NoProcesses: an answer may not start processes" in message


# its database

MIGRATION = """from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("catalog", "0001_initial")]

    operations = [migrations.AddField("event", "stars", models.IntegerField(default=3))]
"""


def test_a_tree_with_a_migration_of_its_own_gets_a_database_that_is_made_once():
    take("circle")
    edit("monolith/catalog/models.py", "    class Meta:\n        ordering = [\"starts_at\"", "    stars = models.IntegerField(default=3)\n\n    class Meta:\n        ordering = [\"starts_at\"")  # fmt: skip
    (folder() / "monolith/catalog/migrations/0002_stars.py").write_text(MIGRATION)
    assert judged().passed
    (kept,) = cache().glob("tree-*.sqlite3")
    written = kept.stat().st_mtime_ns
    assert judged().passed and kept.stat().st_mtime_ns == written
    other = MIGRATION.replace("default=3", "default=4")
    (folder() / "monolith/catalog/migrations/0002_stars.py").write_text(other)
    assert judged().passed and kept not in cache().glob("tree-*.sqlite3")
    assert len(list(cache().glob("*.sqlite3"))) == 2  # the book's stays


def test_a_migration_that_breaks_is_said():
    broken = MIGRATION.replace("operations = [", "operations = [migrations.RunSQL('nonsense'), ")
    (folder() / "monolith/catalog/migrations/0002_stars.py").write_text(broken)
    report = judged()
    assert report.state == "cannot run"
    assert (
        report.message.startswith("the database of your tree could not be made: ")
        and "nonsense" in report.message
    )


# changes that a notebook carries


def test_the_learners_notebook_judges_the_tree_and_a_teachers_what_the_cell_carries(monkeypatch):
    take("circle")
    assert desk.check_in_notebook(NUMBER, None, ()).report.passed
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    for nothing in (None, notebooks.stubs(NUMBER)[NUMBER]):
        with pytest.raises(desk.CheckFailed, match="carries no changes"):
            desk.check_in_notebook(NUMBER, nothing, ())
    shutil.rmtree(folder())  # a teacher has none
    patch = plan().step("circle").patch_file().read_text()
    assert desk.check_in_notebook(NUMBER, patch, ()).report.passed


def test_a_patch_that_does_not_fit_is_said():
    report = trees.judge_carried(asked(), plan().step("actor").patch_file().read_text())
    assert report.state == "cannot run" and "do not fit onto the step's start: " in report.message
    outside = "diff --git a/../x b/../x\nnew file mode 100644\n--- /dev/null\n+++ b/../x\n@@ -0,0 +1 @@\n+x\n"
    assert trees.judge_carried(asked(), outside).state == "cannot run"


def test_what_is_carried_is_all_that_differs_from_where_the_exercise_begins(monkeypatch):
    notebooks.update()
    with pytest.raises(LabError, match="nothing differs from where 02.2 begins"):
        trees.carry(NUMBER)
    take("circle")
    Tree().done()  # committed, or not: it is carried
    (folder() / "monolith" / "mine.py").write_text("x = 1\n")
    written = trees.carry(NUMBER)
    cell = notebooks.answers(notebooks.read(written))[NUMBER]
    assert "monolith/mine.py" in cell and "monolith/orders/sales.py" in cell
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    assert desk.check_in_notebook(NUMBER, cell, ()).report.passed


def test_the_step_before_is_written_without_a_repository_of_the_learners(tmp_path):
    place = tmp_path / "tree"
    place.mkdir()
    write_before(plan().step("02.5"), place)
    assert (place / "monolith" / "paging.py").exists() and not (place / ".importlinter").exists()


def test_a_patch_is_shown_without_what_it_does_to_tests():
    shown = to_read(plan().step("circle").patch_file().read_text())
    assert "tests" not in [line for line in shown.splitlines() if line.startswith("+++")]
    assert "+++ b/monolith/inventory/stock.py" in shown and "index " not in shown
    assert "+++ b/monolith/catalog/tests.py" not in shown


# in a shell


def lab(*arguments: str) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-m", "lab", *arguments],
        env={**os.environ, "PYTHONPATH": str(CODE)},
        capture_output=True,
        text=True,
    )
    assert "Traceback" not in done.stdout + done.stderr
    return done.returncode, done.stdout + done.stderr


def test_the_shell_judges_the_same_tree_and_shows_both_right_answers():
    take("circle")
    status, said = lab("check", NUMBER)
    assert status == 0 and "[" + str(folder()) + "]" in said
    assert "5 of 5 requirements met: passed" in said and "Another right one:" in said
    assert f"  {NUMBER} Break the circle: passed" in lab("progress")[1]


def test_reset_goes_to_where_the_exercise_begins_and_keeps_what_was_there():
    edit(VIEWS, "PAGE_SIZE = 12\n", "PAGE_SIZE = 13\n")
    status, said = lab("reset", NUMBER)
    assert status == 0 and "kept: what was yours is on the branch kept/" in said
    assert "PAGE_SIZE = 12\n" in (folder() / VIEWS).read_text()
    (kept,) = Tree().repository.said("branch", "--list", "kept/*").split()
    assert "PAGE_SIZE = 13" in Tree().repository.said("show", f"{kept}:{VIEWS}")


def test_a_cell_that_is_an_answer_has_nothing_to_carry():
    status, said = lab("carry", "01.1")
    assert status == 1 and "the answer to 01.1 stands in the notebook already" in said


def test_hints_are_given_for_a_tree_as_for_a_cell():
    assert "orders" in lab("hint", NUMBER, "R1")[1]
    assert json.dumps(progress.read()["exercises"][NUMBER]["hints"]) == '{"R1": 1}'


def test_the_road_and_the_exercises_agree_on_their_numbers():
    steps = {step.exercise: step.name for step in plan().chapter("02") if step.exercise}
    told = {n: desk.exercise(n) for n in desk.numbers("02")}
    assert set(steps) == {number for number, exercise in told.items() if exercise.tree}
    solved = notebooks.answers(notebooks.read(ROOT / "solutions" / "02_seams.ipynb"))
    for number, name in steps.items():
        assert f"# lab road diff {name}\n" in solved[number]
