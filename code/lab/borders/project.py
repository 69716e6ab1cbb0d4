"""What kind of module is which: the apps of a project, its tests, and what a name in an import leads to."""

import ast
import re
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

from lab.borders.source import Module, Sources, last_name

DOORS = ("facade", "contracts")
TEST_ROOMS = {"test", "tests", "testing"}
TEST_MODULE = re.compile(r"test_.*|.*_tests?|tests?|testing|conftest|factories")
MODEL = re.compile(r"^class \w+\([^)]*Model\b[^)]*\)", re.MULTILINE)
NUMBERED = re.compile(r"\d{4}_")


@dataclass(frozen=True, order=True)
class App:
    """A Django app: its label, as the registry knows it, and its package."""

    label: str
    package: str


def expressions(node: ast.stmt) -> Iterator[ast.AST]:
    """The expressions of a statement, without the statements inside it."""
    waiting = [node]
    while waiting:
        for child in ast.iter_child_nodes(waiting.pop()):
            if not isinstance(child, ast.stmt | ast.ExceptHandler | ast.match_case):
                yield child
                waiting.append(child)


def literal(node: ast.AST | None) -> str | None:
    """The text of a literal, or None."""
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def argument(call: ast.Call, position: int, *names: str) -> ast.expr | None:
    """An argument of a call, by position or by any of its names."""
    for keyword in call.keywords:
        if keyword.arg in names:
            return keyword.value
    if len(call.args) > position and not any(isinstance(a, ast.Starred) for a in call.args[: position + 1]):
        return call.args[position]
    return None


@dataclass
class Project:
    """The modules of a project, and what they are to one another."""

    sources: Sources
    settings: str | None = None
    tests: bool = False  # whether apps that stand in tests count as apps
    notes: list[str] = field(default_factory=list)

    @cached_property
    def modules(self) -> dict[str, Module]:
        return self.sources.modules

    @cached_property
    def known(self) -> set[str]:
        """All modules, and the packages in which they lie, whether or not these have an __init__.py."""
        return {".".join(name.split(".")[:n]) for name in self.modules for n in range(1, name.count(".") + 2)}

    # apps

    @cached_property
    def apps(self) -> tuple[App, ...]:
        """The project's apps by label, without those that only serve tests (unless there are no others)."""
        ours = [app for app in self._all_apps if self.tests or not self._serves_tests(app.package)]
        return tuple(sorted(ours))

    def _serves_tests(self, package: str) -> bool:
        parts = self._distinct(package)
        return any(part in TEST_ROOMS or part.startswith("test_") for part in parts)

    @cached_property
    def test_apps(self) -> tuple[App, ...]:
        return tuple(sorted(set(self._all_apps) - set(self.apps)))

    @cached_property
    def _all_apps(self) -> list[App]:
        labels = {}
        for package in sorted(self.known):
            label = self._label_of(package)
            if label:
                labels[package] = label
        often = Counter(labels.values())
        for package, label in labels.items():
            if often[label] > 1:
                longer = ".".join(package.split(".")[-2:])
                labels[package] = longer if longer not in labels.values() else package
        if twice := sorted(label for label, number in often.items() if number > 1):
            self.notes.append(
                f"Several apps share a label ({', '.join(twice[:3])}{', …' if len(twice) > 3 else ''}); "
                "they are called by their packages."
            )
        return [App(label, package) for package, label in labels.items()]

    def _label_of(self, package: str) -> str | None:
        """The label if the package is an app: it has an AppConfig, migrations, or models of Django's."""
        config = self._config_of(package)
        if config is not None:
            return config or package.rpartition(".")[2]
        if package.rpartition(".")[2] in ("models", "migrations"):
            return None
        migrated = any(
            NUMBERED.match(name.rpartition(".")[2])
            for name in self._children.get(f"{package}.migrations", ())
        )
        models = [f"{package}.models", *self._children.get(f"{package}.models", ())]
        has_models = any(self._has_models(name) for name in models)
        listed = package in self._listed and f"{package}.models" in self.known
        return package.rpartition(".")[2] if migrated or has_models or listed else None

    def _config_of(self, package: str) -> str | None:
        """The label that the package's AppConfig gives it; "" if it has one that gives none; None if it has none."""
        module = self.modules.get(f"{package}.apps")
        if module is None:
            return None
        best = None
        for node, _ in module.statements:
            if not isinstance(node, ast.ClassDef):
                continue
            values = {
                target.id: each.value
                for each in node.body
                if isinstance(each, ast.Assign)
                for target in each.targets
                if isinstance(target, ast.Name)
            }
            bases = [last_name(base) for base in node.bases]
            if not any(
                "AppConfig" in base or (base.endswith("Config") and "name" in values) for base in bases
            ):
                continue
            default = values.get("default")
            chosen = isinstance(default, ast.Constant) and default.value is True
            if best is None or chosen:
                best = literal(values.get("label")) or ""
        return best

    def _has_models(self, name: str) -> bool:
        """Whether a module defines a model of Django's, as far as its text tells."""
        module = self.modules.get(name)
        return module is not None and "django" in module.text and bool(MODEL.search(module.text))

    @cached_property
    def _children(self) -> dict[str, list[str]]:
        children: dict[str, list[str]] = {}
        for name in self.modules:
            children.setdefault(name.rpartition(".")[0], []).append(name)
        return children

    @cached_property
    def _listed(self) -> set[str]:
        """What a list called …_APPS names, in any module."""
        named = set()
        for module in self.modules.values():
            if "_APPS" not in module.text:
                continue
            for node, _ in module.statements:
                targets = getattr(node, "targets", None) or [getattr(node, "target", None)]
                if any(last_name(target).endswith("_APPS") for target in targets):
                    named.update(text for each in expressions(node) if (text := literal(each)))
        return named

    @cached_property
    def _by_package(self) -> dict[str, App]:
        return {app.package: app for app in (*self.apps, *self.test_apps)}

    @cached_property
    def by_label(self) -> dict[str, App]:
        """The apps by the label that Django knows; of several with one label, the one that has models."""
        found: dict[str, App] = {}
        for app in self.apps:
            label = self._label_of(app.package)
            if label not in found or f"{app.package}.models" in self.known:
                found[label] = app
        return found

    def app_of(self, name: str) -> App | None:
        """The innermost app in which a module lies; None if in none, or in one that only serves tests."""
        found = self._app_of.get(name, False)
        if found is False:
            at, found = name, None
            while at and found is None:
                found = self._by_package.get(at)
                at = at.rpartition(".")[0]
            found = None if found in self._left_out else found
            self._app_of[name] = found
        return found

    @cached_property
    def _app_of(self) -> dict[str, App | None]:
        return {}

    @cached_property
    def _left_out(self) -> set[App]:
        return set(self.test_apps)

    # kinds of modules

    def is_test(self, name: str) -> bool:
        """Whether a module (or package) only serves tests. A project that is called "test" is not one."""
        parts = self._distinct(name)
        return any(part in TEST_ROOMS for part in parts[:-1]) or bool(
            parts and TEST_MODULE.fullmatch(parts[-1])
        )

    def _distinct(self, name: str) -> list[str]:
        """The parts of a name, without the beginning that all apps have in common."""
        parts, common = name.split("."), self._above_all
        return parts[len(common) :] if parts[: len(common)] == common else parts

    @cached_property
    def _above_all(self) -> list[str]:
        """The packages in which all apps lie."""
        split = [app.package.split(".")[:-1] for app in self._all_apps]
        common = split[0] if split else []
        for parts in split[1:]:
            same = 0
            while same < min(len(common), len(parts)) and common[same] == parts[same]:
                same += 1
            common = common[:same]
        return common

    def is_migration(self, name: str) -> bool:
        return "migrations" in name.split(".")

    def is_door(self, name: str, app: App) -> bool:
        """Whether a module of the app is one of its doors, or a part of one."""
        rest = name.removeprefix(app.package).lstrip(".").split(".")
        return rest[0] in DOORS

    # names

    @cached_property
    def roots(self) -> tuple[str, ...]:
        """Packages from inside which the project imports as well: where manage.py is, or what sys.path is told."""
        managed = {name.rpartition(".")[0] for name in self.modules if name.rpartition(".")[2] == "manage"}
        told = set()
        for module in self.modules.values():
            if "sys.path" not in module.text:
                continue
            for node in ast.walk(module.tree):
                if (
                    isinstance(node, ast.Call)
                    and last_name(node.func) in ("insert", "append", "extend")
                    and last_name(getattr(node.func, "value", None)) == "path"
                ):
                    texts = [literal(each) for each in ast.walk(node)]
                    told.update(part for text in texts if text for part in text.strip("./").split("/")[-1:])
        packages = {name for name in self.known if name.rpartition(".")[2] in told}
        return tuple(sorted((managed | packages) & self.known))

    def find(self, name: str) -> str | None:
        """The project's own name of what an absolute import names, or None if it is not the project's.

        Where a part is missing (a module that could not be read, say), the rest is kept as it is written.
        """
        if name in self._found:
            return self._found[name]
        top = name.partition(".")[0]
        found = None
        if top in self.known and (top not in sys.stdlib_module_names or top in self._tops_of_apps):
            found = name
        else:
            for root in self.roots:
                inside = f"{root}.{top}"
                if inside in self.known and (
                    top not in sys.stdlib_module_names or self.app_of(inside) is not None
                ):
                    found = f"{root}.{name}"
                    break
        self._found[name] = found
        return found

    @cached_property
    def _found(self) -> dict[str, str | None]:
        return {}

    @cached_property
    def _tops_of_apps(self) -> set[str]:
        return {app.package.partition(".")[0] for app in self._all_apps}

    def absolute(self, module: Module, node: ast.ImportFrom) -> str | None:
        """The project's name of the module after `from`; None if it is none of the project's."""
        if not node.level:
            return self.find(node.module)
        parts = module.name.split(".")
        keep = len(parts) - node.level + (1 if module.package else 0)
        if keep < 1 and not node.module:
            return None
        if keep < 0:
            return None
        return ".".join([*parts[:keep], *([node.module] if node.module else [])]) or None

    def imported(
        self, module: Module, node: ast.Import | ast.ImportFrom
    ) -> list[tuple[str, str, str | None]]:
        """What a statement imports of the project: (its module, the name it is bound to, the name in it).

        The name in it is None where the module itself is bound.
        """
        found = []
        if isinstance(node, ast.Import):
            for alias in node.names:
                if target := self.find(alias.name):
                    bound = alias.asname or alias.name.partition(".")[0]
                    whole = alias.asname or "." not in alias.name
                    found.append((target, bound if whole else f"{bound}.*", None))
            return found
        base = self.absolute(module, node)
        if base is None:
            return found
        for alias in node.names:
            bound = alias.asname or alias.name
            inside = f"{base}.{alias.name}"
            if alias.name != "*" and inside in self.known and not self._defines(base, alias.name):
                found.append((inside, bound, None))
            else:
                found.append((base, bound, alias.name))
        return found

    def _defines(self, name: str, attribute: str) -> bool:
        """Whether a package's __init__ defines a function or class of that name, beside a module called so."""
        module = self.modules.get(name)
        return module is not None and any(
            isinstance(node, ast.FunctionDef | ast.ClassDef) and node.name == attribute
            for node in module.tree.body
        )
