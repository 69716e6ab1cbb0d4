"""The learner's tree, and how it moves along the road without losing anything."""

import shutil
import tempfile
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from lab.errors import LabError, NoAnswer
from lab.home import home
from lab.road.history import STEP, build
from lab.road.plan import END, START, Step, plan
from lab.road.repository import Repository

BRANCH = "road"


class NoTree(NoAnswer):
    """There is no tree to walk with, or what lies there is none."""


class CannotMove(LabError):
    """The tree stays where it is; the message says why."""


@dataclass(frozen=True)
class Moved:
    """Where the tree went, and the branches on which something of the learner's was kept before."""

    step: str
    kept: tuple[str, ...] = ()


def folder() -> Path:
    return home() / "curtaincall"


def start(place: Path | None = None) -> Path:
    """Make the tree: all of it, or nothing. NoTree if something lies there already."""
    place = place or folder()
    if place.exists() and (not place.is_dir() or any(place.iterdir())):
        raise NoTree(
            f"{place} is there already, and stays as it is. `lab road status` says where it stands; to begin "
            f"anew and keep it, rename it first: mv '{place}' '{place}-before'"
        )
    place.parent.mkdir(parents=True, exist_ok=True)
    for left in place.parent.glob(f".{place.name}-*"):  # of a start that was killed
        shutil.rmtree(left, ignore_errors=True)
    made = Path(tempfile.mkdtemp(prefix=f".{place.name}-", dir=place.parent))
    try:
        made.chmod(0o755)
        repository = Repository(made)
        repository.run("init", "--quiet", "--template=", f"--initial-branch={BRANCH}")
        commits = build(repository)
        repository.run("reset", "--quiet", "--hard", commits[START])
        if place.exists():
            place.rmdir()
        made.rename(place)
    except BaseException:
        shutil.rmtree(made, ignore_errors=True)
        raise
    return place


class Tree:
    """The tree in a folder. NoTree unless it was made by `start`."""

    def __init__(self, place: Path | None = None) -> None:
        self.place = place or folder()
        if not self.place.exists():
            raise NoTree("you have no tree yet: `lab road start` makes it")
        self.repository = Repository(self.place)
        if not self.repository.exists():
            raise NoTree(
                f"{self.place} is no repository of the road's. Rename it, then `lab road start`: "
                f"mv '{self.place}' '{self.place}-before'"
            )
        self.author = build(self.repository)
        self.plan = plan()

    @property
    def head(self) -> str:
        return self.repository.said("rev-parse", "HEAD")

    def last(self) -> tuple[str, str]:
        """(name, commit) of the last step made here, by the learner or by the author; (`start`, …) before any."""
        log = self.repository.said(
            "log", "--first-parent", "--format=%H%x09%(trailers:key=Road-Step,valueonly,separator=%x2C)"
        )
        for line in log.splitlines():
            commit, _, name = line.partition("\t")
            if name in (START, *self.plan.names):
                return name, commit
        raise NoTree(
            f"what is checked out in {self.place} does not come from the road's start: "
            f"`git switch {BRANCH}` goes back, or `lab road goto {self.plan.names[0]}`"
        )

    def next_step(self) -> Step | None:
        """The step that comes next in the chapter; None at the chapter's end."""
        last = self.last()[0]
        step = self.plan.after(last)
        return step if step and step.chapter == self.plan.chapter_of(last) else None

    def goes_on(self) -> Step | None:
        """At the end of a chapter: the step with which a later one goes on from here."""
        return None if self.next_step() else self.plan.after(self.last()[0])

    def changes(self, since: str | None = None) -> str:
        """The difference between a commit (by default the last step) and what is there now, untracked files too."""
        since = since or self.last()[1]
        return self.repository.run("diff", "--no-color", since, self.repository.snapshot()).stdout

    def changed_files(self) -> list[str]:
        names = self.repository.said("diff", "--name-only", self.last()[1], self.repository.snapshot())
        return names.splitlines()

    def is_dirty(self) -> bool:
        return self.repository.snapshot() != self.repository.said("rev-parse", "HEAD^{tree}")

    # moves

    def goto(self, wanted: str) -> Moved:
        """The author's tree at the point where a step (or the exercise of that number, or the first one of a chapter)
        comes next; `end` is the end of the chapter in which the tree stands, `06 end` that of another one.
        """
        chapter, _, place = wanted.partition(" ")
        if wanted == START:
            target = START
        elif wanted == END:
            target = self.plan.chapter(self.plan.chapter_of(self.last()[0]))[-1].name
        elif place == END and (steps := self.plan.chapter(chapter)):
            target = steps[-1].name
        elif steps := self.plan.chapter(wanted):
            target = self.plan.before(steps[0].name)
        else:
            target = self.plan.before(self.plan.step(wanted).name)
        return self._go(self.author[target], target)

    def next(self, chapter: str = "") -> Moved:
        """Make the next step: the author's commit, on top of whatever is committed here.

        From the end of a chapter, the chapter that goes on must be named. Changes that are not committed are kept on a branch, and left out. CannotMove if the step does not fit onto
        the learner's commits, and then nothing has moved.
        """
        step = self.goes_on() if chapter else None
        if step is None or step.chapter != chapter:
            step = self._coming()
        if self.head == self.author[self.plan.before(step.name)]:
            return self._go(self.author[step.name], step.name)
        kept = self._keep_changes()
        picked = self.repository.run(
            "cherry-pick", "--keep-redundant-commits", self.author[step.name], check=False
        )
        if picked.returncode:
            where = self._conflicts()
            self.repository.run("cherry-pick", "--abort", check=False)
            self._put_back(kept)
            raise CannotMove(
                f"the author's {step.name} does not fit onto your tree: {where}. Make the step by hand and take it with "
                f"`lab road done`; or `lab road goto {self._name_after(step)}` keeps your tree on a branch and gives "
                "you the author's"
            )
        return Moved(step.name, tuple(kept))

    def back(self) -> Moved:
        """Undo the last step, and what was committed since; that is kept on a branch."""
        name, commit = self.last()
        if name == START:
            raise CannotMove("this is the start of the road: there is no step to undo")
        before = self.repository.resolve(f"{commit}^")
        return self._go(before, self.plan.before(name))

    def done(self) -> Moved:
        """Commit what is there as the next step, made by hand; at the end of a chapter, that is the next one's first."""
        step = self.goes_on() or self._coming()
        tree = self.repository.snapshot()
        if tree == self.repository.said("rev-parse", f"{self.last()[1]}^{{tree}}"):
            raise CannotMove(
                f"nothing has changed since {self.last()[0]}: there is no {step.name} to take yet"
            )
        commit = self.repository.commit(
            tree, self.head, f"{step.title}\n\nMade by hand.\n\n{STEP}{step.name}"
        )
        self.repository.run("reset", "--quiet", commit)
        return Moved(step.name)

    def _coming(self) -> Step:
        step = self.next_step()
        if step is None and (further := self.goes_on()):
            raise CannotMove(
                f"this is the end of chapter {self.plan.chapter_of(self.last()[0])}. Chapter {further.chapter} goes on from "
                f"here, with {further.name}: `lab road next {further.chapter}` makes that step"
            )
        if step is None:
            raise CannotMove("this is the end of the road: there is no step left")
        return step

    def _name_after(self, step: Step) -> str:
        following = self.plan.after(step.name)
        return following.name if following else END

    def _go(self, commit: str, step: str) -> Moved:
        kept = [*self._keep_changes(), *self._keep_commits(commit)]
        self.repository.run("symbolic-ref", "HEAD", f"refs/heads/{BRANCH}")
        self.repository.run("reset", "--quiet", "--hard", commit)
        return Moved(step, tuple(kept))

    # keeping

    def _refuse_half_way(self) -> None:
        for sign in ("rebase-merge", "rebase-apply"):
            if (self.place / ".git" / sign).exists():
                raise CannotMove(
                    "a rebase is going on in the tree: `git rebase --continue` or `--abort` first"
                )

    def _keep_changes(self) -> list[str]:
        """Commit what is not committed to a branch of its own, and clear it away; [] if there is nothing."""
        self._refuse_half_way()
        tree = self.repository.snapshot()
        if tree == self.repository.said("rev-parse", "HEAD^{tree}"):
            self.repository.run("reset", "--quiet", "--hard")
            return []
        commit = self.repository.commit(
            tree, self.head, f"Kept before the tree moved on from {self.last()[0]}"
        )
        branch = self._branch(commit)
        self.repository.run("reset", "--quiet", "--hard")
        self.repository.run("clean", "--quiet", "--force", "-d")
        return [branch]

    def _put_back(self, kept: list[str]) -> None:
        """What was kept a moment ago, as changes that are not committed; the branch goes again."""
        for branch in kept:
            self.repository.run("read-tree", "-u", "--reset", branch)
            self.repository.run("reset", "--quiet")
            self.repository.run("branch", "--quiet", "-D", branch)

    def _keep_commits(self, target: str) -> list[str]:
        """Branches for those commits that no branch would reach once BRANCH is at the target."""
        kept = []
        for tip in dict.fromkeys([self.head, self.repository.resolve(f"refs/heads/{BRANCH}")]):
            if tip is None or tip in self.author.values() or self.repository.is_ancestor(tip, target):
                continue
            if set(self.repository.branches_with(tip)) <= {BRANCH}:
                kept.append(self._branch(tip))
        return kept

    def _branch(self, commit: str) -> str:
        """A new branch kept/<date>-<last step> at the commit."""
        wanted = f"kept/{date.today().isoformat()}-{self.last()[0]}"
        name, number = wanted, 1
        while self.repository.resolve(f"refs/heads/{name}"):
            number += 1
            name = f"{wanted}-{number}"
        self.repository.run("update-ref", f"refs/heads/{name}", commit)
        return name

    def _conflicts(self) -> str:
        """Which files a cherry-pick stumbled over, and where, in a few words."""
        told = []
        for line in self.repository.said("diff", "--name-only", "--diff-filter=U").splitlines():
            file = self.place / line
            text = file.read_text(errors="replace") if file.is_file() else ""
            at = [number for number, row in enumerate(text.splitlines(), 1) if row.startswith("<<<<<<<")]
            rows = f" (line{'s' if len(at) > 1 else ''} {', '.join(map(str, at))})" if at else ""
            told.append(f"{line}{rows}")
        return "in " + ", ".join(told[:4]) if told else "git could not merge the two"
