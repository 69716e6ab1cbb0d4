"""The cheapest seam: the app that could leave with the least cutting."""

from collections.abc import Iterable
from dataclasses import dataclass

from lab.borders.cycles import Cycle
from lab.borders.imports import Import
from lab.borders.relations import Relation

IMPORT, KEY, CIRCLE = 1, 3, 2
WHY = (
    f"An import counts {IMPORT}; a foreign key {KEY}, since cutting it takes a migration and gives up what the "
    f"database guaranteed; being in a cycle {CIRCLE}, since that has to be broken first."
)


@dataclass(frozen=True)
class Seam:
    """What would have to be cut for `app` to leave."""

    app: str
    inward: tuple[Import, ...]
    outward: tuple[Import, ...]
    keys: tuple[Relation, ...]
    cycle: Cycle | None

    @property
    def cost(self) -> int:
        imports = len(self.inward) + len(self.outward)
        return IMPORT * imports + KEY * len(self.keys) + CIRCLE * (self.cycle is not None)

    @property
    def parts(self) -> str:
        """The score in words."""
        into = f"{_number(len(self.inward), 'import')} of it by {_apps(each.app for each in self.inward)}"
        out = f"{_number(len(self.outward), 'import')} by it of {_apps(each.to_app for each in self.outward)}"
        words = [
            into if self.inward else "nobody imports it",
            out if self.outward else "it imports no other app",
            f"{_number(len(self.keys), 'foreign key')} across its border" if self.keys else "no foreign keys",
            f"in a cycle of {len(self.cycle.apps)} apps" if self.cycle else "in no cycle",
        ]
        return ", ".join(words)

    @property
    def cuts(self) -> tuple[str, ...]:
        """Each thing to cut, with its place."""
        imports = [str(each) for each in (*self.inward, *self.outward)]
        return (*imports, *(f"{each.place} {each}" for each in self.keys))

    def __str__(self) -> str:
        return f"{self.app}: {self.parts} (score {self.cost})"


def seams(
    apps: Iterable[str],
    imports: Iterable[Import],
    relations: Iterable[Relation],
    cycles: Iterable[Cycle],
    models: set[str],
) -> tuple[Seam, ...]:
    """One for each app that there is something to cut for and that owns data, the cheapest first.

    An app without models is a view over the others' data, not a service to be; such apps count only if
    no app has models. Apps with nothing to cut stand alone already.
    """
    imports, relations, cycles = list(imports), list(relations), list(cycles)
    found = []
    for app in apps:
        seam = Seam(
            app,
            tuple(each for each in imports if each.internal and each.to_app == app),
            tuple(each for each in imports if each.internal and each.app == app),
            tuple(each for each in relations if app in (each.app, each.to_app)),
            next((cycle for cycle in cycles if app in cycle.apps), None),
        )
        if seam.cost:
            found.append(seam)
    owning = [seam for seam in found if seam.app in models]
    return tuple(sorted(owning or found, key=lambda seam: (seam.cost, seam.app)))


def _number(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _apps(names: Iterable[str], most: int = 4) -> str:
    names = sorted(set(names))
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more
