"""What the learner has done, in `work/progress.json`: outside git's sight, so it survives `git pull`.

    {"version": 1,
     "exercises": {"01.2": {"passed": true, "attempts": 3, "hints": {"R1": 2}, "fingerprint": "…"}},
     "predictions": {"01.a": {"guess": 6.0, "measured": 23.0}}}

Runs in `book/` and `solutions/` themselves leave no trace: only copies in the learner's folder count.
"""

import json
import os
from pathlib import Path

from lab.errors import LabError
from lab.home import ROOT, home

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


def _note(section: str, key: str, **changes) -> None:
    if counts():
        state = read()
        state[section].setdefault(key, {}).update(changes)
        write(state)


def note_guess(key: str, guess: float) -> None:
    _note("predictions", key, guess=guess)


def note_measured(key: str, measured: float) -> None:
    _note("predictions", key, measured=measured)


def note_attempt(exercise: str, passed: bool, fingerprint: str) -> None:
    """Count an attempt. A pass is never taken back by a later failure, and keeps its own fingerprint."""
    before = read()["exercises"].get(exercise, {})
    still_old = before.get("passed", False) and not passed
    _note(
        "exercises",
        exercise,
        attempts=before.get("attempts", 0) + 1,
        passed=passed or still_old,
        fingerprint=before.get("fingerprint") if still_old else fingerprint,
    )


def next_hint(exercise: str, requirement: str, available: int) -> int:
    """How many hints of the requirement the learner has now asked for (at most `available`)."""
    hints = dict(read()["exercises"].get(exercise, {}).get("hints", {}))
    hints[requirement] = min(hints.get(requirement, 0) + 1, available)
    _note("exercises", exercise, hints=hints)
    return hints[requirement]


def note_failed(exercise: str, failed: list[str]) -> None:
    """Remember which requirements failed last, so that a hint can be about them."""
    _note("exercises", exercise, failed=failed)
