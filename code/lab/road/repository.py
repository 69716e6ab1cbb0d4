"""git, as the road uses it: nobody's settings, nobody's hooks, and never the repository around the tree."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lab.errors import LabError

SETTINGS = {
    "user.name": "Curtain Call",
    "user.email": "learner@localhost",
    "core.hooksPath": os.devnull,
    "core.autocrlf": "false",
    "core.fsmonitor": "false",
    "commit.gpgsign": "false",
    "gc.auto": "0",
    "diff.renames": "true",
    "advice.detachedHead": "false",
}
# The author's commits have these, so that the same patches make the same commits on every machine.
AUTHOR = {
    f"GIT_{who}_{what}": value
    for who in ("AUTHOR", "COMMITTER")
    for what, value in (
        ("NAME", "Curtain Call"),
        ("EMAIL", "road@localhost"),
        ("DATE", "2026-01-01T12:00:00Z"),
    )
}


class GitFailed(LabError):
    """A git command ended with an error, and nobody had reckoned with that."""


class NoGit(LabError):
    """There is no git on this machine's PATH."""


class Repository:
    """The repository in the folder `tree`, with its .git inside, by explicit paths.

    Should `tree` lie in somebody else's work tree, and have lost its own .git, no command touches the outer one.
    """

    def __init__(self, tree: Path) -> None:
        self.tree = Path(tree)
        self.program = shutil.which("git")
        if not self.program:
            raise NoGit("there is no git on PATH, and the road needs it: install git, then try again")

    def exists(self) -> bool:
        return (self.tree / ".git").is_dir() and self.run("rev-parse", "HEAD", check=False).returncode == 0

    def run(
        self, *arguments: str, check=True, text=True, env=None, at=None, given=None
    ) -> subprocess.CompletedProcess:
        """Run git here. GitFailed if it ends with an error, unless `check` is off.

        `at` is another folder that takes the place of the work tree; `given` is what git reads from stdin.
        """
        place = at or self.tree
        argv = [self.program, f"--git-dir={self.tree / '.git'}", f"--work-tree={place}"]
        for name, value in SETTINGS.items():
            argv += ["-c", f"{name}={value}"]
        kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
        seen = {**kept, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1", "LC_ALL": "C.UTF-8"}
        seen |= {"GIT_TERMINAL_PROMPT": "0", "GIT_EDITOR": "true", **(env or {})}
        argv += arguments
        done = subprocess.run(argv, cwd=place, env=seen, input=given, capture_output=True, text=text)
        if check and done.returncode:
            told = done.stderr if text else done.stderr.decode(errors="replace")
            last = (told.strip().splitlines() or ["no reason given"])[-1]
            raise GitFailed(f"git {arguments[0]} failed in {self.tree}: {last}")
        return done

    def said(self, *arguments: str, **options) -> str:
        return self.run(*arguments, **options).stdout.strip()

    @contextmanager
    def scratch_index(self, begin_with: str | None = None) -> Iterator[dict[str, str]]:
        """An index beside the learner's own, as an environment for `run`."""
        with tempfile.TemporaryDirectory(dir=self.tree / ".git") as folder:
            env = {"GIT_INDEX_FILE": str(Path(folder, "index"))}
            if begin_with:
                self.run("read-tree", begin_with, env=env)
            yield env

    def snapshot(self) -> str:
        """The tree object of everything that is there and not ignored, committed or not."""
        with self.scratch_index("HEAD") as env:
            self.run("add", "--all", "--force", "--", ".gitignore", env=env, check=False)
            self.run("add", "--all", env=env)
            return self.said("write-tree", env=env)

    def commit(self, tree: str, parent: str | None, message: str, env=None) -> str:
        parents = ["-p", parent] if parent else []
        return self.said("commit-tree", tree, *parents, "-m", message, env=env)

    def resolve(self, name: str) -> str | None:
        """The commit of that name, or None."""
        found = self.run("rev-parse", "--verify", "--quiet", f"{name}^{{commit}}", check=False)
        return found.stdout.strip() or None

    def is_ancestor(self, old: str, new: str) -> bool:
        return self.run("merge-base", "--is-ancestor", old, new, check=False).returncode == 0

    def branches_with(self, commit: str) -> list[str]:
        """The branches that reach a commit."""
        listed = self.said("for-each-ref", "--format=%(refname:short)", f"--contains={commit}", "refs/heads")
        return listed.splitlines()
