"""An exercise, as the modules in `exercises/checks/` declare it."""

from collections.abc import Callable
from dataclasses import dataclass, field


class Rejected(Exception):
    """A requirement is not met; the message says so to the learner."""


def reject(call: str, got: str, expected: str, next_step: str) -> None:
    """Reject an answer: the call, what came back, what was expected, one next step."""
    raise Rejected(f"{call}\n  gave      {got}\n  expected  {expected}\n  {next_step}")


@dataclass(frozen=True)
class Requirement:
    """One thing that an answer must do. `hints` climb: a question, where to look, the answer's shape."""

    key: str
    text: str
    hints: tuple[str, str, str]
    check: Callable


@dataclass
class Exercise:
    """`number` is "01.2"; `provides` the names an answer must define; `minutes` what it takes.

    `review` is the question asked beside the two right answers, once the exercise is passed.
    `limit` is the seconds of processor time that an answer may take for all requirements together.
    `tree`: the answer is not a cell but the learner's tree, made into what the road's step of that number wants;
    then a check gets the folder of a copy, whose `monolith` is the one that it imports. `starts_processes`: the
    check runs programs on the copy, so nothing in it is kept from doing so either.
    """

    number: str
    title: str
    kind: str
    minutes: int
    provides: tuple[str, ...]
    review: str
    core: bool = True
    limit: float = 10
    tree: bool = False
    starts_processes: bool = False
    requirements: list[Requirement] = field(default_factory=list)

    def requirement(self, key: str, text: str, hints: tuple[str, str, str]):
        """Decorate the function that judges one requirement: it takes the answer, and raises Rejected."""

        def declare(check: Callable) -> Callable:
            self.requirements.append(Requirement(key, text, hints, check))
            return check

        return declare
