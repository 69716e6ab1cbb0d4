"""The author's history: the monolith, and a commit for each step, made from the patches."""

import os
import shutil
from pathlib import Path

from lab.errors import LabError
from lab.home import CODE
from lab.road.plan import PACKAGE, ROAD, START, Plan, Step, plan
from lab.road.repository import AUTHOR, Repository

STEP = "Road-Step: "
UNTRACKED = shutil.ignore_patterns("__pycache__", "*.pyc", "*.sqlite3", ".pytest_cache", ".ruff_cache")


class DoesNotApply(LabError):
    """The patch of a step does not fit."""


def ref(name: str) -> str:
    """Where the author's commit of a step is kept in the learner's repository, out of the way of branches."""
    return f"refs/road/{name}"


def message(step: Step) -> str:
    return f"{step.title}\n\n{step.sentence.strip()}\n\n{STEP}{step.name}"


def first_files(folder: Path, code: Path = CODE) -> None:
    """Write what the tree begins with into an empty folder."""
    shutil.copytree(code / PACKAGE, folder / PACKAGE, ignore=UNTRACKED)
    shutil.copy(ROAD / "tree" / "README.md", folder / "README.md")
    shutil.copy(ROAD / "tree" / "gitignore", folder / ".gitignore")


def write_before(step: Step, folder: Path, road: Path = ROAD) -> None:
    """Write the author's files as they are when the step comes next into an empty folder, as a repository without
    a commit. Raises DoesNotApply.
    """
    repository = Repository(folder)
    repository.run("init", "--quiet", "--template=")
    first_files(folder)
    steps = plan(road).steps
    patches = [str(each.patch_file(road)) for each in steps[: steps.index(step)]]
    applied = repository.run("apply", *patches, check=False) if patches else None
    if applied and applied.returncode:
        raise DoesNotApply(f"the steps before {step.name} do not apply: {_reasons(applied.stderr)}")


def _reasons(stderr: str) -> str:
    return "; ".join(line.removeprefix("error: ") for line in stderr.strip().splitlines()[:3])


def build(repository: Repository, road: Path = ROAD, until: str | None = None) -> dict[str, str]:
    """Make the author's commits in a repository, and return them by the names of the steps, `start` first.

    The work tree and the learner's index stay as they are. Equal files and patches make equal commits. Raises
    DoesNotApply at the first patch that does not fit; what was made before it stays referred to.
    """
    the_plan: Plan = plan(road)
    made: dict[str, str] = {}
    with repository.scratch_index() as env:
        first = repository.tree / ".git" / "road-start"
        shutil.rmtree(first, ignore_errors=True)
        first.mkdir()
        first_files(first)
        try:
            repository.run("add", "--all", "--force", ".", env=env, at=first)
        finally:
            shutil.rmtree(first)
        tree = repository.said("write-tree", env=env)
        parent = repository.commit(tree, None, f"Curtain Call, the monolith\n\n{STEP}{START}", env=AUTHOR)
        made[START] = parent
        repository.run("update-ref", ref(START), parent)
        for step in the_plan.steps:
            file = step.patch_file(road)
            applied = repository.run("apply", "--cached", str(file), env=env, check=False)
            if applied.returncode:
                raise DoesNotApply(
                    f"the step {step.name} ({os.path.relpath(file, CODE.parent)}) does not apply any more: "
                    f"{_reasons(applied.stderr)}"
                )
            tree = repository.said("write-tree", env=env)
            parent = repository.commit(tree, parent, message(step), env=AUTHOR)
            made[step.name] = parent
            repository.run("update-ref", ref(step.name), parent)
            if step.name == until:
                break
    return made


def write_patch(repository: Repository, old: str, new: str, file: Path) -> int:
    """Write the difference of two commits as a patch; returns the number of lines it changes."""
    text = repository.run("diff", "--full-index", "--find-renames", "--no-color", old, new, text=False).stdout
    file.write_bytes(text)
    return sum(line[:1] in (b"+", b"-") and line[:3] not in (b"+++", b"---") for line in text.splitlines())
