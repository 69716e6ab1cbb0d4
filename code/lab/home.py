"""Where things are: the clone, and the learner's own folder in it.

`LAB_HOME` moves the learner's folder elsewhere, so that tests leave the reader's `work/` alone.
"""

import os
from pathlib import Path

CODE = Path(__file__).resolve().parent.parent
ROOT = CODE.parent


def home() -> Path:
    """The learner's folder (`work/` in the clone unless LAB_HOME says otherwise), made when missing."""
    path = Path(os.environ.get("LAB_HOME") or ROOT / "work").resolve()
    path.mkdir(parents=True, exist_ok=True)
    return path


def cache() -> Path:
    """What can be made again at any time: prepared databases. Safe to delete."""
    path = home() / ".cache"
    path.mkdir(exist_ok=True)
    return path


def folder_of(code) -> Path:
    """A folder with another tree, as it was named: from where we are, or from the clone."""
    here = Path(code)
    return (here if here.is_dir() else ROOT / here).resolve()


def relative(path: Path) -> str:
    """`path` as a reader of the clone would name it."""
    path = Path(path).resolve()
    return str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else str(path)
