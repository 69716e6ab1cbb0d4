"""Make the road's patches from a history, and a history from the patches.

    python tools/road.py build FOLDER     the road as a git repository: a commit for each step, to look at or to mend
    python tools/road.py export FOLDER    write code/road/*.patch anew from such a repository (branch `road`)

To mend a step: build, `git rebase -i` on the commit, export. The names of the steps and their order come from
road.yml; a commit belongs to the step that its line `Road-Step: NAME` names.
"""

import argparse
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "code"))

from lab.errors import LabError  # noqa: E402
from lab.road import history, tree  # noqa: E402
from lab.road.plan import ROAD, START, plan  # noqa: E402
from lab.road.repository import Repository  # noqa: E402


def build(folder: Path) -> None:
    """The whole road in a new folder, at its end; as far as the patches apply, if one does not."""
    folder.mkdir(parents=True, exist_ok=True)
    if any(folder.iterdir()):
        raise LabError(f"{folder} is not empty: name another, or remove it")
    repository = Repository(folder)
    repository.run("init", "--quiet", "--template=", f"--initial-branch={tree.BRANCH}")
    problem = None
    try:
        history.build(repository)
    except history.DoesNotApply as stopped:
        problem = stopped
    made = [name for name in (START, *plan().names) if repository.resolve(history.ref(name))]
    repository.run("reset", "--quiet", "--hard", history.ref(made[-1]))
    print(f"{folder}: {len(made) - 1} of {len(plan().names)} steps; the last is {made[-1]}")
    if problem:
        raise problem


def export(folder: Path) -> None:
    """Every patch anew. LabError, and nothing is written, unless each step has its commit, in order."""
    repository = Repository(folder.resolve())
    form = "--format=%H %(trailers:key=Road-Step,valueonly,separator=%x2C)"
    log = repository.said("log", "--reverse", "--first-parent", form).splitlines()
    commits = {name: commit for commit, _, name in (line.partition(" ") for line in log) if name}
    if list(commits) != [START, *plan().names]:
        raise LabError(f"{folder} has the steps {', '.join(commits)}; road.yml has {', '.join(plan().names)}")
    for old in ROAD.glob("*.patch"):
        old.unlink()
    before = commits[START]
    for step in plan().steps:
        lines = history.write_patch(repository, before, commits[step.name], step.patch_file())
        print(f"{step.patch}: {lines} lines changed")
        before = commits[step.name]


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("what", choices=["build", "export"])
    parser.add_argument("folder", type=Path)
    args = parser.parse_args()
    try:
        {"build": build, "export": export}[args.what](args.folder.resolve())
    except LabError as problem:
        print(f"road: {problem}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
