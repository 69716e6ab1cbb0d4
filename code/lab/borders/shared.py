"""Modules of the project that belong to no app, and who leans on them."""

from dataclasses import dataclass

from lab.borders.imports import LIVE, mentions
from lab.borders.project import Project


@dataclass(frozen=True)
class Shared:
    """A module of no app: the apps, and the modules of theirs, that import it."""

    module: str
    apps: tuple[str, ...]
    importers: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.module}: {len(self.apps)} apps, {len(self.importers)} modules"


def shared(project: Project) -> tuple[Shared, ...]:
    """The modules of no app that apps import (tests and migrations apart), those of most apps first."""
    importers: dict[str, set[str]] = {}
    for module in project.modules.values():
        if project.app_of(module.name) is None:
            continue
        for target, kind, _ in mentions(project, module):
            if kind in LIVE and project.app_of(target) is None and target in project.modules:
                importers.setdefault(target, set()).add(module.name)
    found = [
        Shared(target, tuple(sorted({project.app_of(name).label for name in names})), tuple(sorted(names)))
        for target, names in importers.items()
    ]
    return tuple(sorted(found, key=lambda each: (-len(each.apps), -len(each.importers), each.module)))
