"""Where answers are handed in: the same for a notebook's `check` and the shell's `lab check`."""

import hashlib
import os

from lab import notebooks, progress
from lab.checks.child import load
from lab.checks.exercise import Exercise
from lab.checks.feedback import Feedback, hint_for
from lab.checks.judge import Report, judge
from lab.errors import LabError, UnknownExercise
from lab.home import ROOT


class CheckFailed(LabError):
    """A check that did not pass while a teacher's autograder runs the notebook."""


def exercise(number: str) -> Exercise:
    """The exercise called `number`; UnknownExercise names those there are."""
    known = numbers(number[:2]) if number[:2] in notebooks.chapters() else []
    if number not in known:
        there = (
            ", ".join(known) or f"none in chapter {number[:2]!r}; chapters: {', '.join(notebooks.chapters())}"
        )
        raise UnknownExercise(f"there is no exercise {number!r}. There are: {there}")
    return load(number, ROOT)


def numbers(chapter: str) -> list[str]:
    """The exercises of a chapter, in order."""
    return list(notebooks.stubs(chapter))


def fingerprint(number: str) -> str:
    """Changes when the exercise's stub or requirements do, so that an old pass can be told from a new one."""
    asked = [f"{r.key} {r.text}" for r in exercise(number).requirements]
    return hashlib.sha256("\n".join([notebooks.stubs(number)[number], *asked]).encode()).hexdigest()[:12]


def hand_in(number: str, source: str, known=()) -> Report:
    """Judge an answer, and note the attempt if it is one."""
    asked = exercise(number)
    report = judge(asked, source, notebooks.stubs(number)[number], known)
    if report.state != "not started":
        progress.note_attempt(number, report.passed, fingerprint(number))
        progress.note_failed(number, report.failed)
    return report


def check_in_notebook(number: str, source: str | None, known) -> Feedback:
    """What `check("01.2")` shows. Under an autograder, anything but a pass raises CheckFailed."""
    if source is None:
        exercise(number)
        raise LabError(f"{number} has no answer yet: run the cell that begins with %%answer {number} first")
    feedback = Feedback(hand_in(number, source, known))
    if os.environ.get("NBGRADER_EXECUTION") in ("autograde", "validate") and not feedback.report.passed:
        raise CheckFailed("\n".join(feedback.lines()))
    return feedback


def next_hint(number: str, key: str | None = None) -> str:
    asked = exercise(number)
    failed = progress.read()["exercises"].get(number, {}).get("failed", [])
    return hint_for(asked, key, failed)
