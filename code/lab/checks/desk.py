"""Where answers are handed in: the same for a notebook's `check` and the shell's `lab check`."""

import hashlib
import os

from lab import notebooks, progress
from lab.checks import trees
from lab.checks.child import load
from lab.checks.exercise import Exercise
from lab.checks.feedback import Feedback, hint_for
from lab.checks.judge import Report, judge
from lab.errors import LabError, UnknownExercise
from lab.home import ROOT, relative
from lab.road.tree import folder


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


def hand_in(number: str, source: str | None, known=()) -> Report:
    """Judge an answer, and note the attempt if it is one.

    Where the tree is the answer, `source` holds the changes to judge; None means the learner's own tree.
    """
    asked = exercise(number)
    if not asked.tree:
        report = judge(asked, source, notebooks.stubs(number)[number], known)
    else:
        report = trees.judge_own(asked) if source is None else trees.judge_carried(asked, source)
    if report.state != "not started":
        progress.note_attempt(number, report.passed, fingerprint(number))
        progress.note_failed(number, report.failed)
    return report


def check_in_notebook(number: str, source: str | None, known) -> Feedback:
    """What `check("01.2")` shows. Under an autograder, anything but a pass raises CheckFailed.

    Where the tree is the answer, the learner's is judged; under an autograder, and in the book's own notebooks, there
    is none, and the cell carries the changes.
    """
    autograding = os.environ.get("NBGRADER_EXECUTION") in ("autograde", "validate")
    if exercise(number).tree:
        source = None if progress.counts() and not autograding else source or ""
    elif source is None:
        raise LabError(f"{number} has no answer yet: run the cell that begins with %%answer {number} first")
    feedback = Feedback(hand_in(number, source, known))
    if autograding and not feedback.report.passed:
        raise CheckFailed("\n".join(feedback.lines()))
    return feedback


def hand_in_saved(number: str) -> tuple[Report, str]:
    """Judge the learner's answer from a shell: the report, and where the answer was found. Raises NoAnswer."""
    if exercise(number).tree:
        return hand_in(number, None), relative(folder())
    source, place = notebooks.current_answer(number)
    return hand_in(number, source), place


def next_hint(number: str, key: str | None = None) -> str:
    asked = exercise(number)
    mine = progress.read()["exercises"].get(number, {})
    failed = mine.get("failed", [])
    if mine.get("passed") and not failed and key is None:
        return f"{number} is passed. For a hint all the same, name the requirement: {asked.requirements[0].key}, for example."
    return hint_for(asked, key, failed)
