"""Show code from the tree, by name: what a chapter quotes is what runs."""

import ast
from dataclasses import dataclass
from pathlib import Path

from lab.errors import UnknownName
from lab.home import CODE, ROOT, folder_of, relative

LANGUAGES = {".py": "python", ".html": "html+django", ".yml": "yaml", ".toml": "toml", ".css": "css"}
LANGUAGES |= {".importlinter": "ini"}


@dataclass(frozen=True)
class Excerpt:
    """Lines `first` to `last` (counted from 1) of a file, shown with the file as caption."""

    path: Path
    first: int
    last: int
    text: str
    place: str  # what the caption calls the file

    @property
    def caption(self) -> str:
        return f"{self.place}, lines {self.first}–{self.last}"

    def _repr_markdown_(self) -> str:
        language = LANGUAGES.get(self.path.suffix or self.path.name, "text")
        return f"*{self.caption}*\n\n```{language}\n{self.text}\n```"

    def __repr__(self) -> str:
        return f"{self.caption}\n\n{self.text}"


def show(name: str, between: tuple[str, str] | None = None, code=None) -> Excerpt:
    """The code called `name`: a module, class, function or method ("monolith.orders.checkout.pay"),
    or a file of the clone ("code/monolith/settings.py").

    `between` cuts to the lines after the first that contains its first text, and before the next
    that contains its second. `code` is a folder with another tree, such as one on the road: what is
    called `name` in there is shown ("./.importlinter" for a file). Nothing is imported. UnknownName says what
    there is instead.
    """
    if code is None:
        path, rest = _file(name)
        place = relative(path)
    else:
        tree = folder_of(code)
        path, rest = _file(name, tree, tree)
        place = f"{tree.name}/{path.relative_to(tree.resolve())}"
    lines = path.read_text().splitlines()
    first, last = (1, len(lines)) if not rest else _definition(path, rest, name)
    if between:
        first, last = _between(lines, first, last, between, path)
    return Excerpt(path, first, last, "\n".join(_dedent(lines[first - 1 : last])), place)


def _dedent(lines: list[str]) -> list[str]:
    import textwrap

    return textwrap.dedent("\n".join(lines)).splitlines()


def _file(name: str, root: Path | None = None, code: Path | None = None) -> tuple[Path, list[str]]:
    """The file that `name` lies in, and the names left over inside it."""
    where = ("the clone", "code/") if root is None else (root, root)
    root, code = (root or ROOT).resolve(), (code or CODE).resolve()
    if "/" in name:
        path = (root / name).resolve()
        if path.is_file() and path.is_relative_to(root):
            return path, []
        raise UnknownName(f"there is no file {name} in {where[0]}")
    parts = name.split(".")
    for cut in range(len(parts), 0, -1):
        stem = code.joinpath(*parts[:cut])
        for path in (stem.with_suffix(".py"), stem / "__init__.py"):
            if path.is_file():
                return path, parts[cut:]
    raise UnknownName(f"there is no module {name!r} under {where[1]}")


def _definition(path: Path, names: list[str], whole: str) -> tuple[int, int]:
    """First and last line of the definition `names` leads to, decorators included."""
    body = ast.parse(path.read_text()).body
    for depth, name in enumerate(names):
        named = {getattr(node, "name", None): node for node in body}
        named |= {
            target.id: node
            for node in body
            if isinstance(node, ast.Assign | ast.AnnAssign)
            for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
            if isinstance(target, ast.Name)
        }
        if name not in named:
            there = ", ".join(sorted(known for known in named if known)) or "nothing"
            place = ".".join(whole.split(".")[: len(whole.split(".")) - len(names) + depth])
            raise UnknownName(f"{place} has no {name!r}. It has: {there}")
        node = named[name]
        body = getattr(node, "body", [])
    first = min([node.lineno, *(d.lineno for d in getattr(node, "decorator_list", []))])
    return first, node.end_lineno


def _between(lines, first, last, between, path) -> tuple[int, int]:
    start = next((n for n in range(first, last + 1) if between[0] in lines[n - 1]), None)
    if start is None:
        raise UnknownName(f"{relative(path)} has no line with {between[0]!r}")
    end = next((n for n in range(start + 1, last + 1) if between[1] in lines[n - 1]), None)
    if end is None:
        raise UnknownName(f"{relative(path)} has no line with {between[1]!r} after line {start}")
    return start + 1, end - 1
