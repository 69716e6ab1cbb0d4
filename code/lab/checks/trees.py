"""Answers that are trees: the learner's own, or the changes to the step's start that a notebook carries.

A cell `%%answer 02.2` of an exercise whose answer is the tree may hold a patch: so the changes travel with a
notebook that a teacher collects. It may also say `# lab road diff circle`, which stands for the author's patch.
"""

import tempfile
from pathlib import Path

from lab import notebooks
from lab.checks.exercise import Exercise
from lab.checks.judge import Report, judge_tree, same_code
from lab.errors import LabError
from lab.home import relative
from lab.road.history import write_before
from lab.road.plan import START, plan
from lab.road.repository import Repository
from lab.road.tree import Tree, folder

PATCH = "diff --git "


def judge_own(exercise: Exercise) -> Report:
    """Judge the learner's tree. Raises NoTree when there is none."""
    tree = Tree()
    step, last, commit = tree.plan.step(exercise.number), *tree.last()
    places = (START, *tree.plan.names)
    if places.index(last) < places.index(step.name):
        old = {name: _shown(tree.repository, f"{commit}:{name}") for name in tree.changed_files()}
        if _same(old, {name: _text(tree.place / name) for name in old}):
            return Report(exercise, "not started", message=_where(tree, step, last))
    return judge_tree(exercise, tree.place)


def _where(tree: Tree, step, last: str) -> str:
    """Where an unchanged tree stands, if that is not where the step begins."""
    start = tree.plan.before(step.name)
    if last == start:
        return f"Nothing has changed in your tree, {relative(folder())}, since the step {last}."
    return (
        f"Your tree, {relative(folder())}, stands after {last}, and this exercise begins after {start}: "
        f"`lab road goto {step.exercise}` takes it there, and keeps what is yours on a branch."
    )


def judge_carried(exercise: Exercise, text: str) -> Report:
    """Judge the step's start with the changes that an answer cell carries."""
    patch = carried(text)
    if patch is None:
        return Report(exercise, "not started", message="The cell carries no changes of your tree.")
    with tempfile.TemporaryDirectory(prefix="split-decisions-tree-") as place:
        tree = Path(place).resolve()
        write_before(plan().step(exercise.number), tree)
        old = _texts(tree)
        repository = Repository(tree)
        done = repository.run("apply", "-", check=False, given=patch)
        if done.returncode:
            why = done.stderr.strip().partition("\n")[0].removeprefix("error: ")
            message = f"the changes that the cell carries do not fit onto the step's start: {why}"
            return Report(exercise, "cannot run", message=message)
        if _same(old, _texts(tree)):
            return Report(exercise, "not started", message="The cell carries no changes of your tree.")
        return judge_tree(exercise, tree)


def carried(text: str) -> str | None:
    """The patch in an answer cell, or the author's that it names; None if there is none."""
    if PATCH in text:
        return text if text.endswith("\n") else text + "\n"
    return notebooks.named_patch(text)


def carry(number: str) -> Path:
    """Write the learner's changes to the step's start into the answer cell of their notebook; returns its path."""
    tree = Tree()
    patch = tree.changes(tree.author[tree.plan.before(tree.plan.step(number).name)])
    if not patch:
        raise LabError(f"nothing differs from where {number} begins: there are no changes to carry")
    return notebooks.replace_answer(number, patch)[0]


def _shown(repository: Repository, name: str) -> str | None:
    """The text of a file in a commit; None if it is not there, or no text."""
    done = repository.run("show", name, check=False, text=False)
    return None if done.returncode else done.stdout.decode(errors="replace")


def _text(path: Path) -> str | None:
    return path.read_text(errors="replace") if path.is_file() else None


def _texts(place: Path) -> dict[str, str | None]:
    """The text of each file of a tree, by its name in it."""
    names = [path.relative_to(place) for path in place.rglob("*") if path.is_file()]
    return {str(name): _text(place / name) for name in names if name.parts[0] != ".git"}


def _same(old: dict[str, str | None], new: dict[str, str | None]) -> bool:
    """Whether two trees are the same but for comments and layout of their Python."""

    def equal(name: str) -> bool:
        one, other = old.get(name), new.get(name)
        if one is None or other is None or not name.endswith(".py"):
            return one == other
        return one == other or same_code(one, other)

    return all(equal(name) for name in old.keys() | new.keys())
