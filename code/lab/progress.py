"""What the learner has done, in `work/progress.json`: outside git's sight, so it survives `git pull`.

    {"version": 1,
     "exercises": {"01.2": {"passed": true, "attempts": 3, "hints": {"R1": 2}, "fingerprint": "…"}},
     "predictions": {"01.a": {"guess": 6.0, "measured": 23.0}}}

Runs in `book/` and `solutions/` themselves leave no trace: only copies in the learner's folder count.
"""

import json
import os
from collections.abc import Callable
from contextlib import contextmanager, suppress
from pathlib import Path

from lab.errors import LabError
from lab.home import ROOT, home

try:
    import fcntl
except ImportError:  # the browser has none, and one process alone
    fcntl = None

EMPTY = {"version": 1, "exercises": {}, "predictions": {}}


def path() -> Path:
    return home() / "progress.json"


def counts() -> bool:
    """Whether what happens now is the learner's own work: not a run of the book's own notebooks."""
    here = Path.cwd().resolve()
    return not any(here.is_relative_to(ROOT / room) for room in ("book", "solutions", "exercises", "tests"))


def read() -> dict:
    """The progress so far. A damaged file is kept beside, and said, never overwritten."""
    try:
        stored = json.loads(path().read_text())
        entries = [*stored["exercises"].values(), *stored["predictions"].values()]
        if stored["version"] != 1 or not all(isinstance(entry, dict) for entry in entries):
            raise ValueError("not a progress file of this version")
        return stored
    except FileNotFoundError:
        return json.loads(json.dumps(EMPTY))
    except (ValueError, KeyError, TypeError, AttributeError):
        kept = path().with_suffix(".damaged.json")
        number = 1
        while kept.exists():
            number += 1
            kept = path().with_suffix(f".damaged{number}.json")
        path().rename(kept)
        raise LabError(
            f"{path().name} could not be read. It is kept as {kept.name}; progress starts afresh. Run this again."
        ) from None


def write(state: dict) -> None:
    """Replace the file in one step, so that an interruption loses nothing."""
    fresh = path().with_suffix(f".{os.getpid()}.tmp")
    fresh.write_text(json.dumps(state, indent=1, sort_keys=True) + "\n")
    fresh.replace(path())


@contextmanager
def _alone():
    """One writer at a time: a notebook's kernel and a shell may both have something to note."""
    with path().with_suffix(".lock").open("w") as lock:
        if fcntl:
            with suppress(OSError):  # some network drives know no locks
                fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _note(section: str, key: str, change: Callable[[dict], dict]) -> dict:
    """What stands under `key`, updated by `change` of it: in the file too, if it counts."""
    if not counts():
        entry = read()[section].get(key, {})
        return {**entry, **change(entry)}
    with _alone():
        state = read()
        entry = state[section].setdefault(key, {})
        entry.update(change(entry))
        write(state)
    return entry


def note_guess(key: str, guess: float) -> None:
    _note("predictions", key, lambda _: {"guess": guess})


def note_measured(key: str, measured: float) -> None:
    _note("predictions", key, lambda _: {"measured": measured})


def note_attempt(exercise: str, passed: bool, fingerprint: str) -> None:
    """Count an attempt. A pass is never taken back by a later failure, and keeps its own fingerprint."""

    def attempted(before: dict) -> dict:
        still_old = before.get("passed", False) and not passed
        return {
            "attempts": before.get("attempts", 0) + 1,
            "passed": passed or still_old,
            "fingerprint": before.get("fingerprint") if still_old else fingerprint,
        }

    _note("exercises", exercise, attempted)


def next_hint(exercise: str, requirement: str, available: int) -> int:
    """How many hints of the requirement the learner has now asked for (at most `available`)."""

    def one_more(before: dict) -> dict:
        hints = before.get("hints", {})
        return {"hints": {**hints, requirement: min(hints.get(requirement, 0) + 1, available)}}

    return _note("exercises", exercise, one_more)["hints"][requirement]


def note_failed(exercise: str, failed: list[str]) -> None:
    """Remember which requirements failed last, so that a hint can be about them."""
    _note("exercises", exercise, lambda _: {"failed": failed})
