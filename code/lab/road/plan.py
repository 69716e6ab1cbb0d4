"""What the road is: the steps of road.yml, in order."""

from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from lab.errors import LabError
from lab.home import CODE

ROAD = CODE / "road"
PACKAGE = "monolith"
START, END = "start", "end"


class UnknownStep(LabError):
    """The road has no step of that name or number."""


@dataclass(frozen=True)
class Step:
    """One step, as road.yml has it.

    counts: what the coupling counter says after it, by the names of `lab.borders`, and the tables touched, as its walk
    counts them. removes: the imports of internals that go, as "orders.views imports catalog.models". couplings: the
    numbers of the planted couplings that are gone with it. apps: whose files it changes. chapter: which one walks it.
    move: of a step with which an app moves out, the number of the move (0: getting ready). large: why its patch may be
    longer than others, where it is.
    """

    name: str
    title: str
    sentence: str
    patch: str
    counts: dict[str, int]
    apps: tuple[str, ...] = ()
    couplings: tuple[int, ...] = ()
    removes: tuple[str, ...] = ()
    unchanged: str = ""
    price: str = ""
    exercise: str = ""
    chapter: str = "02"
    move: int | None = None
    large: str = ""

    def patch_file(self, road: Path = ROAD) -> Path:
        return road / self.patch


@dataclass(frozen=True)
class Coupling:
    """A planted coupling: the step or the chapter that removes it, and what stands in its place in boxoffice."""

    number: int
    what: str
    replaced_by: tuple[str, ...]
    step: str = ""
    chapter: str = ""


@dataclass(frozen=True)
class Plan:
    """The whole road: the counts at its start, its steps, and the couplings."""

    start: dict[str, int]
    steps: tuple[Step, ...]
    couplings: tuple[Coupling, ...]
    names: tuple[str, ...] = field(init=False)

    def __post_init__(self):
        object.__setattr__(self, "names", tuple(step.name for step in self.steps))

    def counts_after(self, name: str) -> dict[str, int]:
        return self.start if name == START else self.step(name).counts

    def step(self, wanted: str) -> Step:
        """The step of that name, or the one that is the exercise of that number. Raises UnknownStep."""
        for step in self.steps:
            if wanted and wanted in (step.name, step.exercise):
                return step
        numbers = [step.exercise for step in self.steps if step.exercise]
        raise UnknownStep(
            f"the road has no step {wanted!r}. It has: {', '.join(self.names)}; exercises: {', '.join(numbers)}; "
            f"chapters: {', '.join(self.chapters)}"
        )

    def before(self, name: str) -> str:
        """The step before the one of that name; `start` before the first."""
        index = self.names.index(name)
        return self.names[index - 1] if index else START

    def after(self, name: str) -> Step | None:
        """The step that comes next, be it in another chapter; None at the end."""
        index = 0 if name == START else self.names.index(name) + 1
        return self.steps[index] if index < len(self.steps) else None

    @property
    def chapters(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(step.chapter for step in self.steps))

    def chapter(self, number: str) -> tuple[Step, ...]:
        """The steps of a chapter, none if it has none."""
        return tuple(step for step in self.steps if step.chapter == number)

    def chapter_of(self, name: str) -> str:
        """The chapter to which a step belongs; `start` belongs to the first."""
        return self.chapters[0] if name == START else self.step(name).chapter


@cache
def plan(road: Path = ROAD) -> Plan:
    import yaml

    told = yaml.safe_load((road / "road.yml").read_text())
    steps = [
        Step(
            **{
                **each,
                "apps": tuple(each.get("apps", ())),
                "couplings": tuple(each.get("couplings", ())),
                "removes": tuple(each["removes"]),
                "exercise": str(each.get("exercise", "")),
                "chapter": str(each.get("chapter", "02")),
                "patch": f"{number:02}_{each['name']}.patch",
            }
        )
        for number, each in enumerate(told["steps"], 1)
    ]
    couplings = [
        Coupling(**{**each, "replaced_by": tuple(each["replaced_by"])}) for each in told["couplings"]
    ]
    return Plan(told["start"]["counts"], tuple(steps), tuple(couplings))
