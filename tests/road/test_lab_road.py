"""`lab road`: a tree that walks, and never loses what is the learner's."""

import os
import shutil
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from lab import LabError, Stack
from lab.home import CODE, home
from lab.road import review
from lab.road import tree as trees_of
from lab.road.plan import UnknownStep, plan
from lab.road.repository import NoGit, Repository
from lab.road.tree import CannotMove, NoTree, Tree, start

TODAY = date.today().isoformat()
STEPS = plan().names
SEAMS = [step.name for step in plan().chapter("02")]


@pytest.fixture(autouse=True)
def learner(tmp_path, monkeypatch):
    """A home with a blank in it, and no git settings but nonsense."""
    monkeypatch.setenv("LAB_HOME", str(tmp_path / "my work"))
    settings = tmp_path / "gitconfig"
    settings.write_text(
        "[commit]\n\tgpgsign = true\n[core]\n\thooksPath = /nowhere\n[user]\n\tuseConfigOnly = true\n"
    )
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(settings))
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "not this one"))


@pytest.fixture
def tree():
    start()
    return Tree()


def lab(*arguments: str, status: int = 0, **env: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "lab", "road", *arguments],
        env={**os.environ, "PYTHONPATH": str(CODE), **env},
        capture_output=True,
        text=True,
    )
    assert "Traceback" not in done.stderr
    assert done.returncode == status, done.stdout + done.stderr
    return done.stdout + done.stderr


def write(tree: Tree, name: str, text: str) -> Path:
    path = tree.place / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def edit(tree: Tree, name: str, old: str, new: str) -> None:
    path = tree.place / name
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def commit(tree: Tree, words: str = "mine") -> str:
    tree.repository.run("add", "--all")
    tree.repository.run("commit", "--quiet", "-m", words)
    return tree.head


def shown(tree: Tree, branch: str, name: str) -> str:
    return tree.repository.said("show", f"{branch}:{name}")


# start


def test_start_makes_a_repository_with_the_monolith_and_says_what_is_next():
    told = lab("start")
    assert "next: doors" in told
    tree = Tree()
    assert tree.last()[0] == "start" and not tree.is_dirty()
    assert (tree.place / "monolith" / "catalog" / "models.py").exists()
    assert "lab road goto" in (tree.place / "README.md").read_text()
    assert tree.repository.said("branch", "--format=%(refname:short)") == "road"


def test_start_overwrites_nothing_and_says_how_to_keep_it(tree):
    write(tree, "mine.txt", "mine")
    assert "rename it first: mv" in lab("start", status=1)
    assert (tree.place / "mine.txt").read_text() == "mine"


def test_start_refuses_a_folder_that_work_has_written_into():
    file = home() / "curtaincall" / "catalog" / "facade.py"
    file.parent.mkdir(parents=True)
    file.write_text("mine")
    with pytest.raises(NoTree, match="stays as it is"):
        start()
    with pytest.raises(NoTree, match="is no repository of the road's"):
        Tree()
    assert file.read_text() == "mine"


def test_a_start_that_fails_leaves_no_half_tree_and_the_next_one_works(monkeypatch):
    def broken(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(trees_of, "build", broken)
        with pytest.raises(KeyboardInterrupt):
            start()
    assert list(home().iterdir()) == []
    (home() / ".curtaincall-killed").mkdir()
    start()
    assert [path.name for path in home().iterdir()] == ["curtaincall"]


def test_the_same_road_makes_the_same_commits(tree, tmp_path):
    assert trees_of.build(Repository(start(tmp_path / "another"))) == tree.author


@pytest.mark.parametrize("command", ["status", "next", "back", "check", "diff", "done"])
def test_without_a_tree_every_command_says_how_to_get_one(command):
    assert lab(command, status=1) == "lab: you have no tree yet: `lab road start` makes it\n"


def test_without_git_the_road_says_so(tree):
    assert "there is no git on PATH" in lab("status", status=1, PATH="/nowhere")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(shutil, "which", lambda name: None)
        with pytest.raises(NoGit):
            Tree()


def test_a_tree_that_lost_its_repository_never_reaches_the_one_around_it(tree, tmp_path):
    outer = Repository(tmp_path)
    outer.run("init", "--quiet", "--template=")
    shutil.rmtree(tree.place / ".git")
    assert "is no repository of the road's" in lab("goto", "circle", status=1)
    assert outer.resolve("HEAD") is None and not outer.said("ls-files")


# where it stands


def test_status_says_what_is_next_what_changed_and_what_the_counter_says(tree):
    write(tree, "monolith/catalog/contracts.py", "")
    told = lab("status")
    assert "last step: start" in told and "next: doors" in told
    assert "changed since start: monolith/catalog/contracts.py" in told
    row = next(line.split() for line in told.splitlines() if line.startswith("imports of internals"))
    assert row[-3:] == ["28", "28", "27"]


def test_diff_shows_a_step_or_what_i_changed_untracked_files_too(tree):
    assert "+class EventContract" in lab("diff", "doors") and lab("diff", "02.2") == lab("diff", "circle")
    write(tree, "monolith/catalog/new.py", "mine = 1\n")
    assert "+mine = 1" in lab("diff")
    assert tree.repository.said("status", "--porcelain") == "?? monolith/catalog/new.py"


def test_an_unknown_step_is_refused_with_those_there_are(tree):
    told = lab("goto", "cirlce", status=1)
    assert "no step 'cirlce'" in told and "circle" in told and "02.2" in told
    with pytest.raises(UnknownStep):
        plan().step("")


# moving


def test_every_step_is_reached_by_next_and_by_goto_alike(tree):
    for name in STEPS:
        further = tree.goes_on()
        assert tree.next(further.chapter if further else "") == trees_of.Moved(name)
        walked = tree.repository.said("rev-parse", "HEAD^{tree}")
        assert (
            walked == tree.repository.said("rev-parse", f"{tree.author[name]}^{{tree}}")
            and not tree.is_dirty()
        )
    with pytest.raises(CannotMove, match="the end of the road"):
        tree.next()
    tree.goto("02.3")
    assert tree.next_step().name == "contracts" and tree.last()[0] == "circle"
    tree.goto("end")
    assert tree.next_step() is None and tree.last()[0] == SEAMS[-1]
    tree.goto("start")
    assert tree.next_step().name == STEPS[0]
    with pytest.raises(CannotMove, match="no step to undo"):
        tree.back()


def test_a_chapter_ends_where_it_did_and_the_next_one_is_named(tree):
    told = lab("goto", "end")
    assert f"now after: {SEAMS[-1]}" in told and "this is the end of chapter 02" in told
    assert "Chapter 06 goes on from here, with listing: `lab road next 06`" in told
    assert "`lab road next 06` makes that step" in lab("next", status=1)
    assert "last step: linter" in lab("status")
    assert "next: front" in lab("next", "06")
    assert f"now after: {SEAMS[-1]}" in lab("back")
    lab("goto", "06.4")
    assert tree.next_step().name == "route"
    told = lab("goto", "end")
    assert f"now after: {STEPS[-1]}" in told and "this is the end of the road" in told
    assert "end of the road" in lab("next", status=1)
    lab("goto", "06")
    assert tree.last()[0] == SEAMS[-1]
    assert "`lab road goto 06 end` all of them" in lab("status")
    assert f"now after: {STEPS[-1]}" in lab("goto", "06", "end")
    assert f"now after: {SEAMS[-1]}" in lab("goto", "02", "end")


def test_the_first_step_of_a_later_chapter_can_be_made_by_hand(tree):
    tree.goto("06")
    write(tree, "monolith/notes.py", "# mine\n")
    assert tree.done() == trees_of.Moved("listing")
    assert tree.next_step().name == "front"


def test_check_runs_the_tests_of_the_second_service_too(tree):
    tree.goto("copy")
    tree.next()
    assert findings(tree, "copy") == []
    edit(tree, "catalog_service/copying.py", "record.save()", "pass")
    (told,) = findings(tree, "copy")
    assert "the tree's own tests fail" in told and "catalog_service/tests/test_copying.py" in told


@pytest.mark.parametrize("move", ["next", "goto", "back"])
def test_changes_that_are_not_committed_are_kept_before_the_tree_moves(tree, move):
    tree.goto("contracts")
    edit(tree, "monolith/catalog/facade.py", "def get_event_by_slug", "def mine")
    write(tree, "monolith/catalog/new.py", "mine")
    (tree.place / "monolith" / "catalog" / "forms.py").unlink()
    told = lab("goto", "seats") if move == "goto" else lab(move)
    branch = f"kept/{TODAY}-circle"
    assert f"on the branch {branch}" in told
    assert not tree.is_dirty() and not (tree.place / "monolith" / "catalog" / "new.py").exists()
    assert shown(tree, branch, "monolith/catalog/new.py") == "mine"
    assert "def mine" in shown(tree, branch, "monolith/catalog/facade.py")
    assert "monolith/catalog/forms.py" not in tree.repository.said("ls-tree", "-r", "--name-only", branch)


def test_a_second_thing_kept_gets_a_branch_of_its_own(tree):
    for text in ("one", "two"):
        write(tree, "mine.txt", text)
        tree.goto("doors")
    assert shown(tree, f"kept/{TODAY}-start", "mine.txt") == "one"
    assert shown(tree, f"kept/{TODAY}-start-2", "mine.txt") == "two"


@pytest.mark.parametrize("move", ["goto", "back"])
def test_my_own_commits_stay_reachable(tree, move):
    tree.next()
    write(tree, "mine.txt", "mine")
    mine = commit(tree)
    moved = tree.goto("end") if move == "goto" else tree.back()
    assert moved.kept == (f"kept/{TODAY}-doors",)
    assert tree.repository.branches_with(mine) == [f"kept/{TODAY}-doors"]


def test_commits_on_a_branch_of_mine_need_no_other(tree):
    tree.repository.run("switch", "--quiet", "-c", "mine")
    write(tree, "mine.txt", "mine")
    mine = commit(tree)
    assert tree.goto("seats").kept == ()
    assert tree.repository.branches_with(mine) == ["mine"]


def test_commits_without_any_branch_are_kept(tree):
    tree.repository.run("switch", "--quiet", "--detach")
    write(tree, "mine.txt", "mine")
    mine = commit(tree)
    tree.goto("seats")
    assert tree.repository.branches_with(mine) == [f"kept/{TODAY}-start"]


def test_the_next_step_goes_on_top_of_my_own_commits(tree):
    write(tree, "monolith/notes.py", "# mine\n")
    mine = commit(tree)
    assert tree.next() == trees_of.Moved("doors")
    assert tree.repository.is_ancestor(mine, "HEAD") and tree.last()[0] == "doors"
    assert (tree.place / "monolith" / "notes.py").exists() and (
        tree.place / "monolith" / "catalog" / "facade.py"
    ).exists()


def test_a_step_that_does_not_fit_says_where_and_what_to_do_and_nothing_moves(tree):
    edit(
        tree,
        "monolith/orders/views.py",
        "get_object_or_404(Event, slug=slug)",
        "get_object_or_404(Event, slug=slug.lower())",
    )
    mine = commit(tree)
    write(tree, "mine.txt", "not committed")
    told = lab("next", status=1)
    assert "the author's doors does not fit onto your tree: in monolith/orders/views.py (line" in told
    assert "lab road goto circle" in told and "lab road done" in told
    assert tree.head == mine and (tree.place / "mine.txt").read_text() == "not committed"
    assert tree.repository.said("status", "--porcelain") == "?? mine.txt"
    assert tree.repository.said("for-each-ref", "--format=%(refname)", "refs/heads/kept") == ""


def test_a_merge_that_stopped_half_way_is_kept_as_it_is_and_cleared_away(tree):
    tree.repository.run("switch", "--quiet", "-c", "side")
    write(tree, "README.md", "side\n")
    commit(tree)
    tree.repository.run("switch", "--quiet", "road")
    write(tree, "README.md", "road\n")
    commit(tree)
    assert tree.repository.run("merge", "side", check=False).returncode
    kept = tree.goto("circle").kept
    assert "<<<<<<<" in shown(tree, kept[0], "README.md")
    assert not tree.is_dirty() and not (tree.place / ".git" / "MERGE_HEAD").exists()


def test_back_undoes_a_step_and_next_makes_it_again(tree):
    tree.goto("contracts")
    assert tree.back() == trees_of.Moved("doors")
    assert tree.next_step().name == "circle"
    assert tree.next() == trees_of.Moved("circle")


def test_my_own_version_is_taken_as_the_step(tree):
    with pytest.raises(CannotMove, match="nothing has changed"):
        tree.done()
    write(tree, "monolith/catalog/facade.py", "# my own\n")
    assert tree.done() == trees_of.Moved("doors")
    assert tree.last()[0] == "doors" and tree.next_step().name == "circle" and not tree.is_dirty()
    assert tree.back().kept == (f"kept/{TODAY}-doors",)


def test_a_stack_of_a_folder_that_is_none_is_refused():
    with pytest.raises(LabError, match="is no folder from which a service could run"):
        Stack("monolith", code="/nowhere")


# check


def findings(tree: Tree, name: str) -> list[str]:
    return list(review.findings(tree, plan().step(name)))


def test_check_of_a_step_not_made_names_what_is_left_to_do(tree):
    told = lab("check", status=1)
    assert told.startswith("doors: ")
    assert "✗ imports of internals: 28, and after doors there should be 27: " in told
    assert "views.py:" in told and "imports monolith.catalog.models" in told


def test_check_of_a_step_made_is_content(tree):
    tree.goto("contracts")
    assert "✓ your tree is where circle wants it" in lab("check")


def test_check_sees_a_page_a_test_and_a_model_that_changed(tree):
    tree.goto("contracts")
    edit(tree, "monolith/inventory/stock.py", "unsold.filter(unsold=0)", "unsold.filter(unsold=1)")
    assert [sentence for sentence in findings(tree, "circle") if "the tree's own tests fail" in sentence]
    edit(tree, "monolith/catalog/views.py", "PAGE_SIZE = 12", "PAGE_SIZE = nothing")
    assert [sentence for sentence in findings(tree, "circle") if "Django does not start" in sentence]
    tree.goto("contracts")
    edit(tree, "monolith/catalog/models.py", "max_length=150", "max_length=151")
    assert findings(tree, "circle")[0].startswith(
        "the models no longer fit the migrations: ~ Alter field title"
    )
    tree.goto("contracts")
    edit(tree, "monolith/templates/catalog/event.html", 'data-form="hold"', 'data-form="holt"')
    assert [
        sentence
        for sentence in findings(tree, "circle")
        if sentence.startswith("a page does not answer as before")
    ]


def test_check_sees_a_hidden_way_into_another_app_s_tables(tree):
    tree.goto("end")
    edit(
        tree,
        "monolith/reporting/sales.py",
        "    sales = orders.sales_by_band()\n",
        "    from django.apps import apps\n\n"
        '    list(apps.get_model("payments", "Payment").objects.all())\n    sales = orders.sales_by_band()\n',
    )
    told = findings(tree, SEAMS[-1])
    assert any("there should be 9: " in sentence for sentence in told)


def test_done_takes_nothing_that_check_does_not_like(tree):
    write(tree, "monolith/notes.py", "")
    assert "✗ imports of internals" in lab("done", status=1)
    assert tree.last()[0] == "start"


# %%work


def test_work_names_the_package_when_the_path_lacks_it(tree, capsys):
    from IPython.core.interactiveshell import InteractiveShell

    from lab import magics

    shell = InteractiveShell()
    magics.register(shell)
    shell.run_cell_magic("work", "catalog/facade.py", "x = 1\n")
    assert "Did you mean monolith/catalog/facade.py?" in capsys.readouterr().out
    shell.run_cell_magic("work", "monolith/catalog/facade.py", "x = 1\n")
    assert capsys.readouterr().out == "monolith/catalog/facade.py: written, 1 lines\n"


def test_a_full_check_says_which_behaviour_is_gone(tree):
    write(tree, "monolith/wsgi.py", "1 / 0\n")
    (sentence,) = review._behaviour(tree.place)
    assert sentence.startswith("the box office does not behave as before: tests/behaviour/test_")
    assert sentence.count("::test_") == 3


def test_of_an_exercise_the_road_does_not_say_the_answer(tree):
    for step in (step for step in plan().steps if step.exercise):
        told = lab("goto", step.name)
        assert f"next: {step.name}. {step.title}: exercise {step.exercise}, yours to make." in told
        assert step.sentence not in told
        assert step.sentence not in lab("status")


def test_a_version_that_is_not_taken_is_told_both_ways_on(tree):
    tree.goto("circle")
    write(tree, "monolith/catalog/extra.py", "from monolith.orders import models\n")
    told = lab("done", status=1)
    assert "`lab road done` again" in told and "`lab road next`" in told
    assert tree.last()[0] == "doors"
