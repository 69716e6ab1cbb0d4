"""The road's trees, each made once, and what a look at one finds."""

import json
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from lab.road.history import build
from lab.road.repository import Repository
from lab.road.review import environment

HERE = Path(__file__).resolve().parent


class Trees:
    """The tree after each step, as a folder of its own."""

    def __init__(self, ground: Path) -> None:
        self.ground = ground
        self.repository = Repository(ground / "repository")
        self.repository.tree.mkdir()
        self.repository.run("init", "--quiet", "--template=")
        self.commits = build(self.repository)
        self.look = cache(self._look)

    def __getitem__(self, name: str) -> Path:
        folder = self.ground / name
        if not folder.exists():
            index = {"GIT_INDEX_FILE": str(self.ground / f"{name}.index")}
            self.repository.run("read-tree", self.commits[name], env=index)
            self.repository.run("checkout-index", "--all", f"--prefix={folder}/", env=index)
        return folder

    def _look(self, name: str) -> dict:
        """What look.py sees of the tree after a step."""
        scratch = self.ground / f"look-{name}"
        scratch.mkdir()
        report = scratch / "report.json"
        done = subprocess.run(
            [sys.executable, str(HERE / "look.py"), str(report)],
            env=environment(self[name], str(scratch)),
            cwd=scratch,
            capture_output=True,
            text=True,
        )
        assert report.exists(), done.stderr[-3000:]
        return json.loads(report.read_text())


@pytest.fixture(scope="session")
def trees(tmp_path_factory):
    ground = tmp_path_factory.mktemp("road")
    ground.chmod(0o755)
    return Trees(ground)
