"""Reads a Django project's modules, and imports and executes none of them.

`read_tree` takes a folder, `read_files` takes {module name: source} (that half works in a browser, too).
What cannot be read becomes a Problem, what was passed over becomes a note; neither is fatal.
"""

import ast
import io
import os
import tokenize
import warnings
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from lab.errors import LabError
from lab.home import ROOT

LARGEST = 4_000_000  # bytes; what is longer was written by a program
TEMPLATES = {"project_template", "app_template"}  # what a framework copies into new projects
INSTALLED = {"site-packages", "dist-packages", "node_modules", "bower_components", "__pycache__"}
ENVIRONMENT = "pyvenv.cfg"
SIMPLE = {
    ast.Assign,
    ast.AnnAssign,
    ast.AugAssign,
    ast.Expr,
    ast.Import,
    ast.ImportFrom,
    ast.Return,
    ast.Pass,
}
FUNCTIONS = {ast.FunctionDef, ast.AsyncFunctionDef}
LIKE_AN_APP = ({"apps.py"}, {"models.py"}, {"models", "migrations"})  # a package, with or without __init__.py


class NoProject(LabError):
    """There is nothing at the path that could be looked at."""


@dataclass(frozen=True, order=True)
class Problem:
    """A file that could not be read, and why."""

    path: str
    reason: str

    def __str__(self) -> str:
        return f"{self.path}: {self.reason}"


@dataclass(frozen=True)
class Module:
    """One module, parsed. `package` says whether it is a package's __init__; `path` is for people."""

    name: str
    package: bool
    path: str
    text: str = field(repr=False)
    tree: ast.Module = field(repr=False)
    statements: list[tuple[ast.stmt, str]] = field(repr=False)


@dataclass(frozen=True)
class Sources:
    """What was read: modules by name, what could not be read, and sentences about what was left out."""

    modules: dict[str, Module]
    problems: tuple[Problem, ...] = ()
    notes: tuple[str, ...] = ()


def statements(body: list[ast.stmt], place: str = "module") -> list[tuple[ast.stmt, str]]:
    """All statements, with those inside others, in the order of the source, and where each stands.

    That is "module" (it is executed when the module is loaded), "function" or "typing" (under TYPE_CHECKING).
    """
    found: list[tuple[ast.stmt, str]] = []
    _collect(body, place, found)
    return found


def _collect(body: list[ast.stmt], place: str, found: list[tuple[ast.stmt, str]]) -> None:
    for node in body:
        found.append((node, place))
        kind = type(node)
        if kind in SIMPLE:
            continue
        inner = "function" if place == "module" and kind in FUNCTIONS else place
        below = getattr(node, "body", ())
        if kind is ast.If and last_name(node.test) == "TYPE_CHECKING":
            _collect(below, "typing", found)
        elif below:
            _collect(below, inner, found)
        for part in (*getattr(node, "handlers", ()), *getattr(node, "cases", ())):
            _collect(part.body, inner, found)
        for name in ("orelse", "finalbody"):
            if following := getattr(node, name, None):
                _collect(following, inner, found)


def last_name(node: ast.AST | None) -> str:
    """`ForeignKey` of `models.ForeignKey` and of `ForeignKey`; empty for anything else."""
    return getattr(node, "attr", None) or getattr(node, "id", None) or ""


def parsed(text: str, path: str) -> tuple[ast.Module | None, Problem | None]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # an invalid escape in somebody's text is none of our business
            return ast.parse(text, path), None
    except SyntaxError as problem:
        where = f", line {problem.lineno}" if problem.lineno else ""
        return None, Problem(path, f"does not parse{where}: {problem.msg}")
    except (ValueError, RecursionError, MemoryError) as problem:
        return None, Problem(path, f"does not parse: {problem or type(problem).__name__}")


def read_files(files: dict[str, str]) -> Sources:
    """The modules of {name: source}. A name may also be a path: "shop/orders/models.py".

    A module is a package if its name ends in ".__init__", or if another module lies in it.
    """
    named, inits = {}, set()
    for key, text in files.items():
        name = key.removesuffix(".py").replace("/", ".") if key.endswith(".py") else key
        if name.endswith(".__init__"):
            name = name.removesuffix(".__init__")
            inits.add(name)
        named[name] = (key, text)
    parents = {name.rpartition(".")[0] for name in named}
    modules, problems = {}, []
    for name in sorted(named):
        key, text = named[name]
        tree, problem = parsed(text, key)
        if problem:
            problems.append(problem)
        else:
            package = name in inits or name in parents
            modules[name] = Module(name, package, key, text, tree, statements(tree.body))
    return Sources(modules, tuple(problems))


def located(path) -> Path:
    """The folder that `path` means: from here, or in the clone. NoProject if there is none."""
    given = Path(path).expanduser()
    for candidate in (given, ROOT / given):
        try:
            if candidate.is_dir():
                return candidate.resolve()
            if candidate.exists():
                raise NoProject(
                    f"{path} is a file; a project's folder is wanted, such as the one with manage.py"
                )
        except (OSError, RuntimeError) as problem:
            raise NoProject(f"{path} cannot be looked at: {problem}") from None
    raise NoProject(f"there is no folder {path}")


def read_tree(path) -> Sources:
    """All modules below a folder, named as the project itself imports them.

    A name begins below the first folder upwards that is no package. Where there is a choice (a folder
    without __init__.py may be a namespace package, or a place on the path), the name that the project's own
    imports use is taken. Links to folders are not followed, so none leads in a circle.
    """
    top = located(path)
    found = _Walk(top)
    found.enter(top)
    modules = _named(top, found)
    return Sources(modules, tuple(sorted(found.problems)), tuple(found.told()))


class _Walk:
    """The files below a folder, and what was passed over."""

    def __init__(self, top: Path) -> None:
        self.top = top
        self.files: list[tuple[Path, str, ast.Module, list[tuple[ast.stmt, str]]]] = []
        self.problems: list[Problem] = []
        self.skipped: list[str] = []
        self.links: list[str] = []
        self.templates: list[str] = []
        self.packages: set[Path] = set()

    def shown(self, path) -> str:
        return str(Path(path).relative_to(self.top))

    def enter(self, folder: Path) -> None:
        waiting = [folder]
        while waiting:
            here = waiting.pop()
            try:
                with os.scandir(here) as listing:
                    entries = sorted(listing, key=lambda entry: entry.name)
            except OSError as problem:
                self.problems.append(Problem(self.shown(here), f"cannot be opened: {problem.strerror}"))
                continue
            names = {entry.name for entry in entries}
            if here != self.top and ENVIRONMENT in names:
                self.skipped.append(self.shown(here))
                continue
            if "__init__.py" in names or any(some <= names for some in LIKE_AN_APP):
                self.packages.add(here)
            for entry in entries:
                self._take(entry, waiting)

    def _take(self, entry: os.DirEntry, waiting: list[Path]) -> None:
        name = entry.name
        try:
            if entry.is_dir(follow_symlinks=False):
                if name in INSTALLED:
                    if name != "__pycache__":
                        self.skipped.append(self.shown(entry.path))
                elif name in TEMPLATES:
                    self.templates.append(self.shown(entry.path))
                elif name.startswith("."):
                    if (Path(entry.path) / ENVIRONMENT).exists():
                        self.skipped.append(self.shown(entry.path))
                else:
                    waiting.append(Path(entry.path))
            elif entry.is_symlink() and entry.is_dir():
                self.links.append(self.shown(entry.path))
            elif name.endswith(".py") and entry.is_file():
                self._read(Path(entry.path))
            elif name.endswith(".py"):
                self.problems.append(Problem(self.shown(entry.path), "is not a file that can be read"))
        except OSError as problem:  # a link that leads to itself, for one
            if name.endswith(".py"):
                self.problems.append(Problem(self.shown(entry.path), problem.strerror or "cannot be read"))

    def _read(self, path: Path) -> None:
        shown = self.shown(path)
        try:
            if path.stat().st_size > LARGEST:
                self.problems.append(Problem(shown, f"is longer than {LARGEST} bytes"))
                return
            content = path.read_bytes()
            encoding, _ = tokenize.detect_encoding(io.BytesIO(content).readline)
            text = content.decode(encoding)
        except OSError as problem:
            self.problems.append(Problem(shown, f"cannot be read: {problem.strerror}"))
            return
        except (UnicodeDecodeError, SyntaxError, LookupError) as problem:
            reason = str(problem) if "unknown encoding" in str(problem) else "is not written in UTF-8"
            self.problems.append(Problem(shown, reason))
            return
        tree, problem = parsed(text, shown)
        if problem:
            self.problems.append(problem)
        else:
            self.files.append((path, text, tree, statements(tree.body)))

    def told(self) -> list[str]:
        notes = []
        if self.skipped:
            notes.append(f"Left out, as installed packages: {_some(self.skipped)}.")
        if self.templates:
            notes.append(f"Left out, as templates for new projects: {_some(self.templates)}.")
        if self.links:
            notes.append(f"Left out, as links to folders: {_some(self.links)}.")
        return notes


def _some(names: list[str], most: int = 3) -> str:
    names = sorted(names)
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def _named(top: Path, found: _Walk) -> dict[str, Module]:
    """The modules that were read, by the names under which the project imports them."""
    base = top
    while (base / "__init__.py").is_file() and base != base.parent:
        base = base.parent
    used = _imported_prefixes(below for *_, below in found.files)
    roots: dict[Path, Path] = {}  # of each folder, the one where its modules' names begin

    def root(folder: Path) -> Path:
        if folder not in roots:
            inside = folder != base and base in folder.parents
            above = inside and (folder in found.packages or _inside_a_package(folder, base, found))
            roots[folder] = root(folder.parent) if above else folder
        return roots[folder]

    files = sorted(found.files, key=lambda each: (len(each[0].parts), each[0]))
    places = [(path.parent if path.name == "__init__.py" else path.with_suffix("")) for path, *_ in files]
    units: dict[Path, set[str]] = {}  # the packages and modules in each folder where names begin
    for (path, *_), place in zip(files, places, strict=True):
        begins = root(path.parent)
        units.setdefault(begins, set()).add(place.relative_to(begins).parts[0])
    prefixes = {folder: _prefix(folder, names, base, used) for folder, names in units.items()}
    whole: dict[Path, str] = {}  # of each such package or module, its whole name
    modules: dict[str, Module] = {}
    for (path, text, tree, below), place in zip(files, places, strict=True):
        begins = root(path.parent)
        first, *rest = place.relative_to(begins).parts
        unit = begins / first
        if unit not in whole:
            name = ".".join([*prefixes[begins], first])
            whole[unit] = name if name not in whole.values() else ".".join(unit.relative_to(base).parts)
        name = ".".join([whole[unit], *rest])
        modules[name] = Module(name, path.name == "__init__.py", found.shown(path), text, tree, below)
    return modules


def _prefix(folder: Path, units: set[str], base: Path, used: set[str]) -> tuple[str, ...]:
    """What stands before the names of a folder's packages: the folders that make a namespace, if one is imported."""
    best, prefix, at = (), (), folder
    while True:
        prefix = (at.name, *prefix)
        # where shop/ has a package shop in it, the imports of shop.… mean that one
        if at.name not in units and any(".".join([*prefix, unit]) in used for unit in units):
            best = prefix
        if at in (base, at.parent):
            return best
        at = at.parent


def _inside_a_package(folder: Path, base: Path, found: _Walk) -> bool:
    """Whether a folder above, within the tree, is a package: then this one is a part of it."""
    return any(above in found.packages for above in folder.parents if base in above.parents)


def _imported_prefixes(bodies: Iterable[list[tuple[ast.stmt, str]]]) -> set[str]:
    """Each absolute name that is imported anywhere, and all that it begins with."""
    names = set()
    for below in bodies:
        for node, _ in below:
            if isinstance(node, ast.Import):
                names.update(alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                names.add(node.module)
                names.update(f"{node.module}.{alias.name}" for alias in node.names)
    return {".".join(name.split(".")[:n]) for name in names for n in range(1, name.count(".") + 2)}
