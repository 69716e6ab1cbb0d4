"""Imports that cross an app's border, by `ast` alone: nothing is imported, so it runs in a browser, too."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from lab.borders.project import Project, argument, expressions, literal
from lab.borders.source import Module, last_name, read_files

KINDS = ("module", "function", "typing", "registry", "test", "migration")
LIVE = ("module", "function", "typing", "registry")  # what the program itself needs
BY_NAME = {"import_module", "import_string", "__import__"}
CALLS = BY_NAME | {"get_model"}


@dataclass(frozen=True, order=True)
class Import:
    """One import across a border: a module of `app` imports `imported`, which belongs to `to_app`.

    kind: "module" (when the module is loaded), "function" (inside a function: how a cycle hides), "typing"
    (under TYPE_CHECKING), "registry" (`get_model`, which no import linter sees), "test", "migration".
    door: whether `imported` is a facade or contracts of the other app; what is none is an internal.
    """

    app: str
    module: str
    line: int
    to_app: str
    imported: str
    kind: str
    door: bool
    path: str

    @property
    def place(self) -> str:
        return f"{self.path}:{self.line}"

    @property
    def internal(self) -> bool:
        """Whether it counts: the program itself reaches behind another app's door."""
        return not self.door and self.kind in LIVE

    def __str__(self) -> str:
        return f"{self.place} imports {self.imported}" + (f" ({self.kind})" if self.kind != "module" else "")


def cross_app_imports(files: dict[str, str]) -> tuple[Import, ...]:
    """The imports between apps in {module name: source}, in order. A file that does not parse has none."""
    return across(Project(read_files(files)))


def across(project: Project) -> tuple[Import, ...]:
    """The imports of a project between its apps: one for each module that a statement imports."""
    found = set()
    for module in project.modules.values():
        app = project.app_of(module.name)
        if app is None:
            continue
        for target, kind, line in mentions(project, module):
            other = project.app_of(target)
            if other is None or other == app:
                continue
            found.add(
                Import(
                    app.label,
                    module.name,
                    line,
                    other.label,
                    target,
                    kind,
                    project.is_door(target, other),
                    module.path,
                )
            )
    return tuple(sorted(found))


def mentions(project: Project, module: Module) -> Iterator[tuple[str, str, int]]:
    """(module of the project, kind, line) of each import that a module makes, by whatever means."""
    over_all = (
        "test" if project.is_test(module.name) else "migration" if project.is_migration(module.name) else None
    )
    calling = _calling_lines(module.text)
    for node, place in module.statements:
        if isinstance(node, ast.Import | ast.ImportFrom):
            for target, _, _ in project.imported(module, node):
                yield target, over_all or place, node.lineno
        elif any(node.lineno <= line <= node.end_lineno for line in calling):
            for target, kind, line in _called(project, module, node, place):
                yield target, over_all or kind, line


def _calling_lines(text: str) -> list[int]:
    """The lines in which something may be imported by a call: few modules have any."""
    if not any(name in text for name in CALLS):
        return []
    lines = text.split("\n")
    return [n for n, line in enumerate(lines, 1) if any(name in line for name in CALLS)]


def _called(
    project: Project, module: Module, statement: ast.stmt, place: str
) -> Iterator[tuple[str, str, int]]:
    for call in expressions(statement):
        if not isinstance(call, ast.Call):
            continue
        name = last_name(call.func)
        if name in BY_NAME:
            text = literal(argument(call, 0, "name", "dotted_path"))
            if text and (target := _named(project, module, call, text)):
                yield target, place, call.lineno
        elif name == "get_model":
            first = literal(argument(call, 0, "app_label"))
            if first and (app := project.by_label.get(first.partition(".")[0])):
                yield f"{app.package}.models", "registry", call.lineno


def _named(project: Project, module: Module, call: ast.Call, text: str) -> str | None:
    """The module that a literal names; `import_string` names something in it."""
    if text.startswith("."):
        package = argument(call, 1, "package")
        relative = literal(package) if literal(package) else module.name.rpartition(".")[0]
        if last_name(package) == "__package__" or package is not None and last_name(package) == "__name__":
            relative = module.name if module.package else module.name.rpartition(".")[0]
        up = len(text) - len(text.lstrip("."))
        parts = relative.split(".")
        text = ".".join([*parts[: len(parts) - up + 1], text.lstrip(".")])
    found = project.find(text)
    while found and found not in project.known and last_name(call.func) == "import_string":
        found = found.rpartition(".")[0]
    return found or None
