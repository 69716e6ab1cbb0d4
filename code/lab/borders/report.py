"""What a look at a project's borders found, as numbers, tables and a drawing."""

import gc
from contextlib import contextmanager
from dataclasses import dataclass, field
from html import escape

from lab.borders import cycles as circles
from lab.borders import imports as crossing
from lab.borders import relations as keys
from lab.borders import shared as commons
from lab.borders.cycles import Cycle
from lab.borders.drawing import Drawing, drawn
from lab.borders.imports import Import
from lab.borders.project import App, Project
from lab.borders.relations import Relation
from lab.borders.seam import Seam, seams
from lab.borders.shared import Shared
from lab.borders.source import NoProject, Problem, Sources, located, read_files, read_tree
from lab.home import ROOT, relative

INTERNALS, HIDDEN = "imports of internals", "imports in functions"
CYCLES, IN_CYCLES = "cycles", "apps in cycles"
KEYS, BUSIEST = "foreign keys", "apps importing the busiest shared module"


@dataclass(frozen=True)
class Borders:
    """The borders between a project's apps, and what crosses them. All in a fixed order.

    imports: all of them, tests' and migrations' too (each has its kind). problems: files that could not be
    read. notes: sentences about what was left out or could not be known. models: labels of apps with models.
    """

    name: str
    apps: tuple[App, ...]
    imports: tuple[Import, ...]
    cycles: tuple[Cycle, ...]
    relations: tuple[Relation, ...]
    shared: tuple[Shared, ...]
    problems: tuple[Problem, ...] = ()
    notes: tuple[str, ...] = ()
    models: frozenset[str] = frozenset()
    tests: bool = False
    modules: int = field(default=0, compare=False)

    @property
    def internals(self) -> tuple[Import, ...]:
        """The imports that reach behind another app's door: the number that falls on the road."""
        return tuple(each for each in self.imports if each.internal)

    def counts(self) -> dict[str, int]:
        """The headline numbers, by their names."""
        return {
            INTERNALS: len(self.internals),
            HIDDEN: sum(each.kind == "function" for each in self.imports),
            CYCLES: len(self.cycles),
            IN_CYCLES: sum(len(cycle.apps) for cycle in self.cycles),
            KEYS: len(self.relations),
            BUSIEST: len(self.shared[0].apps) if self.shared else 0,
        }

    def seams(self) -> tuple[Seam, ...]:
        """What each app would cost to cut out, the cheapest first."""
        labels = [app.label for app in self.apps]
        return seams(labels, self.imports, self.relations, self.cycles, set(self.models))

    def kinds(self) -> dict[str, int]:
        """How many imports there are of each kind that occurs."""
        all_of = {kind: sum(each.kind == kind for each in self.imports) for kind in crossing.KINDS}
        return {kind: number for kind, number in all_of.items() if number}

    def svg(self, foreign_keys: bool = True) -> Drawing:
        """The graph of the apps as SVG, which a notebook shows; without the foreign keys' lines if so wished."""

        return drawn(self, foreign_keys=foreign_keys)

    def _rows(self) -> list[tuple[str, str, str]]:
        """(what, number, an example or a name) of each headline number."""
        counts = self.counts()
        first = next((each for each in self.imports if each.kind == "function"), None)
        of = {
            INTERNALS: _busiest(self.internals),
            HIDDEN: first.place if first else "",
            CYCLES: self.cycles[0].brief if self.cycles else "",
            KEYS: str(self.relations[0]) if self.relations else "",
            BUSIEST: self.shared[0].module if self.shared else "",
        }
        return [(what, str(number), of.get(what, "")) for what, number in counts.items()]

    def _repr_markdown_(self) -> str:
        lines = [f"**{self.name}**: {len(self.apps)} apps", "", "| | | |", "| --- | ---: | --- |"]
        for what, number, example in self._rows():
            lines.append(f"| {what} | {number} | {_unmarked(example)} |")
        return "\n".join(lines + [f"\n{_unmarked(note)}" for note in self._said()])

    def _repr_html_(self) -> str:
        rows = "".join(
            f'<tr><th scope="row" style="text-align:left">{escape(what)}</th>'
            f'<td style="text-align:right">{number}</td><td style="text-align:left">{escape(example)}</td></tr>'
            for what, number, example in self._rows()
        )
        notes = "".join(f"<p>{escape(note)}</p>" for note in self._said())
        caption = f"<caption>{escape(self.name)}: {len(self.apps)} apps</caption>"
        return f"<table>{caption}<tbody>{rows}</tbody></table>{notes}"

    def __repr__(self) -> str:
        rows = [f"{what:<42}{number:>5}  {example}".rstrip() for what, number, example in self._rows()]
        return "\n".join([f"{self.name}: {len(self.apps)} apps", *rows, *self._said()])

    def _said(self) -> list[str]:
        problems = [f"Could not be read: {each}" for each in self.problems[:3]]
        if len(self.problems) > 3:
            problems.append(f"Could not be read: {len(self.problems) - 3} more files.")
        return [*self.notes, *problems]


@dataclass(frozen=True)
class Comparison:
    """The headline numbers of two looks at a project, side by side: {what: (before, after)}."""

    before: str
    after: str
    rows: dict[str, tuple[int, int]]

    def _repr_markdown_(self) -> str:
        lines = [
            f"| | {_unmarked(self.before)} | {_unmarked(self.after)} | change |",
            "| --- | ---: | ---: | ---: |",
        ]
        lines += [
            f"| {what} | {old} | {new} | {_change(old, new)} |" for what, (old, new) in self.rows.items()
        ]
        return "\n".join(lines)

    def __repr__(self) -> str:
        return "\n".join(
            f"{what:<42}{old:>5} → {new:<5}{_change(old, new)}" for what, (old, new) in self.rows.items()
        )


def compare(before: Borders, after: Borders) -> Comparison:
    """The headline numbers before and after, and what has changed."""
    old, new = before.counts(), after.counts()
    names = (before.name, after.name) if before.name != after.name else ("before", "after")
    return Comparison(*names, {what: (old[what], new[what]) for what in old})


def _change(old: int, new: int) -> str:
    return "the same" if old == new else f"{new - old:+d}".replace("-", "−")


def _unmarked(text: str) -> str:
    """Text that Markdown leaves alone, also in a cell of a table."""
    for sign in "\\|*_<":
        text = text.replace(sign, f"\\{sign}")
    return text


def _busiest(imports) -> str:
    """Of whom most imports are, in words."""
    number: dict[tuple[str, str], int] = {}
    for each in imports:
        number[each.app, each.to_app] = number.get((each.app, each.to_app), 0) + 1
    if not number:
        return ""
    (app, other), most = max(sorted(number.items()), key=lambda item: item[1])
    return f"most: {app} → {other}, {most}"


def borders(
    path=None,
    *,
    files: dict[str, str] | None = None,
    settings: str | None = None,
    tests: bool = False,
) -> Borders:
    """Look at the borders of the project in a folder (from here, or in the clone), or in {module: source}.

    `settings` names the settings module that says AUTH_USER_MODEL, if there are several. With `tests`, apps
    that stand in tests are apps as well. Nothing of the project is imported, executed or changed. NoProject if
    there is nothing at `path`.
    """
    if (path is None) == (files is None):
        raise TypeError("borders() takes a path, or files={module: source}")
    if path is None:
        return of_sources(read_files(files), "files", settings, tests)
    top = located(path)
    name = relative(top) if top.is_relative_to(ROOT) and top != ROOT else top.name
    with _no_rubbish_collected():
        return of_sources(read_tree(top), name, settings, tests)


@contextmanager
def _no_rubbish_collected():
    """Syntax trees are many objects without circles, and the collector would look through all of them for ever."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def of_sources(sources: Sources, name: str, settings: str | None = None, tests: bool = False) -> Borders:
    project = Project(sources, settings=settings, tests=tests)
    if settings is not None and project.find(settings) not in sources.modules:
        raise NoProject(f"there is no module {settings} in {name}")
    imports = crossing.across(project)
    apps = project.apps
    reader = keys.Reader(project)
    return Borders(
        name=name,
        apps=apps,
        imports=imports,
        cycles=circles.cycles(imports),
        relations=reader.read(),
        shared=commons.shared(project),
        problems=tuple(sorted(sources.problems)),
        notes=(*sources.notes, *project.notes, *_missing(project)),
        models=reader.owners(),
        tests=tests,
        modules=len(sources.modules),
    )


def _missing(project: Project) -> list[str]:
    notes = []
    if not project.modules:
        notes.append("There is no module of Python here.")
    elif not project.apps:
        notes.append("No app was found: none has an AppConfig, migrations, or models of Django's.")
    if project.test_apps:
        names = ", ".join(app.package for app in project.test_apps[:3])
        more = f" and {len(project.test_apps) - 3} more apps" if len(project.test_apps) > 3 else ""
        notes.append(f"Left out, as serving tests alone: {names}{more}.")
    return notes
