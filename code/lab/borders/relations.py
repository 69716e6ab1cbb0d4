"""Foreign keys that cross an app's border: as the registry has them, or as the source says."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field

from lab.borders.project import App, Project, argument, literal
from lab.borders.source import Module, last_name, read_files

RELATIONS = ("ForeignKey", "OneToOneField", "ManyToManyField", "ParentalKey")  # and names that end so
NOT_ONE = ("GenericForeignKey",)
DELETING = ("CASCADE", "PROTECT", "RESTRICT", "SET_NULL", "SET_DEFAULT", "SET", "DO_NOTHING")
USER = "AUTH_USER_MODEL"
ROOTS = ("Model", "AbstractUser", "AbstractBaseUser")


@dataclass(frozen=True, order=True)
class Relation:
    """A field of `model` ("orders.Order") that leads to `target`, in another app.

    kind: the field's class. on_delete: "CASCADE", …; "" for many-to-many. Where it stands (module, line, path)
    is known from the source alone, and does not count when two are compared.
    """

    model: str
    field: str
    target: str
    kind: str
    on_delete: str
    module: str = field(default="", compare=False)
    line: int = field(default=0, compare=False)
    path: str = field(default="", compare=False)
    app: str = field(default="", compare=False)
    to_app: str = field(default="", compare=False)

    @property
    def place(self) -> str:
        return f"{self.path}:{self.line}" if self.path else self.module

    def __str__(self) -> str:
        deleting = f", {self.on_delete}" if self.on_delete else ""
        return f"{self.model}.{self.field} → {self.target} ({self.kind}{deleting})"


def from_meta(*labels: str) -> tuple[Relation, ...]:
    """The relations between the project's apps, from the models of the Django that runs in this process.

    Without `labels`, the project's apps are those that are not installed packages.
    """
    from django.apps import apps

    from lab.borders.tables import own_apps

    ours = set(labels) or {config.label for config in own_apps()}
    found = []
    for model in apps.get_models():
        if model._meta.app_label not in ours:
            continue
        for each in (*model._meta.local_fields, *model._meta.local_many_to_many):
            related = each.related_model if each.is_relation else None
            if related is None or related._meta.app_label not in ours - {model._meta.app_label}:
                continue
            deleting = getattr(each.remote_field, "on_delete", None)
            word = getattr(deleting, "__name__", "") if deleting else ""
            found.append(
                Relation(
                    model._meta.label,
                    each.name,
                    related._meta.label,
                    type(each).__name__,
                    word if word in DELETING or not word else "SET",
                    model.__module__,
                    app=model._meta.app_label,
                    to_app=related._meta.app_label,
                )
            )
    return tuple(sorted(found))


def from_source(files: dict[str, str]) -> tuple[Relation, ...]:
    """The same from {module name: source}, with the places, and without Django.

    A target is read from "app.Model", a class (through imports), or settings.AUTH_USER_MODEL (if a settings
    module gives it as a literal). A field of an abstract model is attributed to the models that inherit it; if
    none is in the source, to the abstract one. Not seen: fields that are added after the class, or made in a
    loop or by a function; targets that are computed; db_constraint=False is a relation like any other.
    """
    return Reader(Project(read_files(files))).read()


@dataclass
class _Class:
    """A class of the source, with what a model's class may say."""

    name: str
    module: Module
    app: App | None
    line: int
    bases: list[ast.expr]
    abstract: bool
    proxy: bool
    label: str | None
    fields: list[tuple[str, ast.Call]]
    own: set[str]

    @property
    def key(self) -> tuple[str, str]:
        return self.module.name, self.name


class Reader:
    """The models of a project, as far as its source tells."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self.classes: dict[tuple[str, str], _Class] = {}
        self.scopes: dict[str, dict[str, tuple[str, str | None]]] = {}
        self.stars: dict[str, list[str]] = {}
        self.user_names: dict[str, set[str]] = {}
        for module in project.modules.values():
            if project.is_migration(module.name) or (project.is_test(module.name) and not project.tests):
                continue
            self._note(module)
        self.user = self._user_model()
        self.children: dict[tuple[str, str], list[_Class]] = {}
        self.parents: dict[tuple[str, str], list[_Class]] = {}
        for each in self.classes.values():
            for base in each.bases:
                if (found := self._class_of(each.module.name, base)) and found is not each:
                    self.children.setdefault(found.key, []).append(each)
                    self.parents.setdefault(each.key, []).append(found)

    def _note(self, module: Module) -> None:
        """Remember a module's classes, and what its names stand for."""
        scope = self.scopes.setdefault(module.name, {})
        for node, place in module.statements:
            if isinstance(node, ast.Import | ast.ImportFrom):
                for target, bound, name in self.project.imported(module, node):
                    if name == "*":
                        self.stars.setdefault(module.name, []).append(target)
                    elif not bound.endswith(".*"):
                        scope[bound] = (target, name)
            elif isinstance(node, ast.Assign) and isinstance(node.value, ast.Call):
                if last_name(node.value.func) == "get_user_model":
                    names = {target.id for target in node.targets if isinstance(target, ast.Name)}
                    self.user_names.setdefault(module.name, set()).update(names)
            elif isinstance(node, ast.ClassDef) and place != "function" and node.bases:
                self.classes.setdefault((module.name, node.name), self._class(module, node))

    def _class(self, module: Module, node: ast.ClassDef) -> _Class:
        meta = next((n for n in node.body if isinstance(n, ast.ClassDef) and n.name == "Meta"), None)
        says = {
            target.id: each.value
            for each in (meta.body if meta else [])
            if isinstance(each, ast.Assign)
            for target in each.targets
            if isinstance(target, ast.Name)
        }

        def yes(name: str) -> bool:
            value = says.get(name)
            return isinstance(value, ast.Constant) and value.value is True

        own = {
            target.id
            for each in node.body
            if isinstance(each, ast.Assign | ast.AnnAssign)
            for target in (each.targets if isinstance(each, ast.Assign) else [each.target])
            if isinstance(target, ast.Name)
        }
        return _Class(
            node.name,
            module,
            self.project.app_of(module.name),
            node.lineno,
            node.bases,
            yes("abstract"),
            yes("proxy"),
            literal(says.get("app_label")),
            _fields(node),
            own,
        )

    def _user_model(self) -> str | None:
        """The literal that a settings module gives to AUTH_USER_MODEL; Django's own if there is none."""
        said = {}
        for module in self.project.modules.values():
            if USER not in module.text or self.project.is_test(module.name):
                continue
            for node in module.tree.body:
                if isinstance(node, ast.Assign) and any(last_name(t) == USER for t in node.targets):
                    value = literal(node.value)
                    if value and value.count(".") == 1:
                        said[module.name] = value
        if self.project.settings in said:
            return said[self.project.settings]
        settings = {name: value for name, value in said.items() if "settings" in name} or said
        return settings[min(settings, key=lambda name: (len(name), name))] if settings else "auth.User"

    def _lookup(self, module: str, name: str, seen: frozenset = frozenset()) -> _Class | None:
        """The class that a name in a module stands for, through whatever modules hand it on."""
        if (module, name) in seen:
            return None
        seen |= {(module, name)}
        if (module, name) in self.classes:
            return self.classes[module, name]
        bound = self.scopes.get(module, {}).get(name)
        if bound and bound[1]:
            return self._lookup(bound[0], bound[1], seen)
        for star in self.stars.get(module, []):
            if found := self._lookup(star, name, seen):
                return found
        return None

    def _class_of(self, module: str, node: ast.expr) -> _Class | None:
        """The class that an expression in a module names."""
        if isinstance(node, ast.Name):
            return self._lookup(module, node.id)
        if isinstance(node, ast.Attribute):
            parts = [node.attr]
            inner = node.value
            while isinstance(inner, ast.Attribute):
                parts.insert(0, inner.attr)
                inner = inner.value
            if not isinstance(inner, ast.Name):
                return None
            target, name = self.scopes.get(module, {}).get(inner.id, (None, None))
            place = None
            if target:
                place = ".".join([target, *([name] if name else []), *parts[:-1]])
            elif found := self.project.find(inner.id):
                place = ".".join([found, *parts[:-1]])
            return self._lookup(place, parts[-1]) if place else None
        return None

    def read(self) -> tuple[Relation, ...]:
        found = set()
        for each in self.classes.values():
            if not self._is_model(each):  # Django takes no fields from plain mixins
                continue
            for name, call in each.fields:
                for model in self._concrete(each, name):
                    if relation := self._relation(each, model, name, call):
                        found.add(relation)
            found.update(self._inherited(each))
        return tuple(sorted(found))

    def owners(self) -> frozenset[str]:
        """The labels of apps with a model of their own: not abstract, not a proxy."""
        return frozenset(
            app.label
            for each in self.classes.values()
            if (app := self._app(each)) and not each.abstract and not each.proxy and self._has_table(each)
        )

    def _concrete(self, each: _Class, name: str) -> Iterator[_Class]:
        """The models that have a field of this class: itself, or if it is abstract, whoever inherits it."""
        if not each.abstract:
            yield each
            return
        heirs, waiting, seen = [], list(self.children.get(each.key, [])), {each.key}
        while waiting:
            child = waiting.pop()
            if child.key in seen or name in child.own:
                continue
            seen.add(child.key)
            if child.abstract:
                waiting += self.children.get(child.key, [])
            elif self._app(child):
                heirs.append(child)
        yield from heirs or [each]

    def _is_model(self, each: _Class, seen: frozenset = frozenset()) -> bool:
        """Whether a class may descend from Model: it has a base that is not in the source, or one that may."""
        if each.key in seen:
            return False
        if not each.bases:
            return False
        known = [self._class_of(each.module.name, base) for base in each.bases]
        return any(
            (base is None and last_name(node) != "object")
            or (base is not None and self._is_model(base, seen | {each.key}))
            for base, node in zip(known, each.bases, strict=True)
        )

    def _inherited(self, each: _Class) -> Iterator[Relation]:
        """The hidden foreign key of a model that extends a model of another app (not an abstract one)."""
        if each.abstract or each.proxy or not each.app:
            return
        for base in self.parents.get(each.key, []):
            concrete = base.app and not base.abstract and self._has_table(base)
            if concrete and not base.proxy and base.app != each.app and self._has_table(each):
                parent = (self._app(base), base.name)
                made = self._made(
                    each, each, f"{base.name.lower()}_ptr", parent, "OneToOneField", "CASCADE", each.line
                )
                if made:
                    yield made

    def _has_table(self, each: _Class, seen: frozenset = frozenset()) -> bool:
        """Whether a class descends from Django's Model, as far as the source tells."""
        if each.key in seen:
            return False
        for node in each.bases:
            base = self._class_of(each.module.name, node)
            if base is None and self._roots_a_model(last_name(node), each):
                return True
            if base is not None and self._has_table(base, seen | {each.key}):
                return True
        return False

    def _roots_a_model(self, name: str, each: _Class) -> bool:
        """Whether a base that is not in the source is a model: by its name, and beyond Model itself by where it is used.

        (pydantic's BaseModel is none, nor are models of forms and schemas.)
        """
        if name in ROOTS:
            return True
        among_models = any(part.endswith("models") for part in each.module.name.split("."))
        return name.endswith("Model") and name != "BaseModel" and among_models

    def _app(self, each: _Class) -> App | None:
        """The app of a model: Meta.app_label, or the one in which it stands."""
        return self.project.by_label.get(each.label, each.app) if each.label else each.app

    def _relation(self, declared: _Class, model: _Class, name: str, call: ast.Call) -> Relation | None:
        kind, deleting = last_name(call.func), ""
        if not kind.endswith("ManyToManyField"):
            value = argument(call, 1, "on_delete")
            deleting = last_name(value.func if isinstance(value, ast.Call) else value)
        target = self._target(declared, argument(call, 0, "to"))
        return target and self._made(declared, model, name, target, kind, deleting, call.lineno)

    def _made(
        self,
        declared: _Class,
        model: _Class,
        name: str,
        target: tuple[App, str],
        kind: str,
        deleting: str,
        line: int,
    ) -> Relation | None:
        app, (to_app, to_model) = self._app(model), target
        if app is None or app == to_app:
            return None
        return Relation(
            f"{app.label}.{model.name}",
            name,
            f"{to_app.label}.{to_model}",
            kind,
            deleting,
            declared.module.name,
            line,
            declared.module.path,
            app.label,
            to_app.label,
        )

    def _target(self, declared: _Class, node: ast.expr | None) -> tuple[App, str] | None:
        """App and name of the model that the first argument names; None if they are not the project's, or unknown."""
        text = literal(node)
        if node is not None and (last_name(node) == USER or self._is_user(declared.module.name, node)):
            text = self.user
        if text is not None:
            label, _, name = text.partition(".")
            app = self.project.by_label.get(label)
            return (app, name) if app and name else None
        found = self._class_of(declared.module.name, node) if node is not None else None
        app = self._app(found) if found else None
        return (app, found.name) if app else None

    def _is_user(self, module: str, node: ast.expr) -> bool:
        if isinstance(node, ast.Call):
            return last_name(node.func) == "get_user_model"
        return isinstance(node, ast.Name) and node.id in self.user_names.get(module, ())


def _fields(node: ast.ClassDef) -> list[tuple[str, ast.Call]]:
    """The relations that a class's body assigns: (name, call)."""
    found = []
    for each in node.body:
        targets = each.targets if isinstance(each, ast.Assign) else [getattr(each, "target", None)]
        value = getattr(each, "value", None)
        if (
            isinstance(each, ast.Assign | ast.AnnAssign)
            and isinstance(value, ast.Call)
            and last_name(value.func).endswith(RELATIONS)
            and last_name(value.func) not in NOT_ONE
        ):
            found += [(target.id, value) for target in targets if isinstance(target, ast.Name)]
    return found
