"""Which app's code touches which app's tables, seen at run time: whatever way it took to them."""

import inspect
import re
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache

TOKEN = re.compile(
    r"""--[^\n]* | /\*.*?\*/ | '(?:[^']|'')*' | "(?P<quoted>[^"]+)" | `(?P<ticked>[^`]+)`
    | (?P<word>[A-Za-z_]\w*) | (?P<dot>\.) | \S""",
    re.VERBOSE | re.DOTALL,
)
SCHEMAS = {"public", "main"}


@dataclass
class Touched:
    """How many statements the code of an app sent that name a table: {(app, table): number}.

    `owners` says whose each table is, `places` has an example for each pair (the first, as file:line).
    """

    counted: Counter = field(default_factory=Counter)
    places: dict[tuple[str, str], str] = field(default_factory=dict)
    owners: dict[str, str] = field(default_factory=dict)

    def outside(self) -> dict[tuple[str, str], int]:
        """The tables touched by an app that is not their owner, in order."""
        return {
            pair: number for pair, number in sorted(self.counted.items()) if pair[0] != self.owners[pair[1]]
        }

    def count(self) -> int:
        """How many tables are touched from outside: each counts once for each app that does so."""
        return len(self.outside())

    def _rows(self) -> list[tuple[str, str, str, int, str]]:
        return [
            (app, table, self.owners[table], number, self.places[app, table])
            for (app, table), number in self.outside().items()
        ]

    def _repr_markdown_(self) -> str:
        lines = ["| app | touches | of | statements | for example at |", "| --- | --- | --- | ---: | --- |"]
        lines += [f"| {a} | `{t}` | {o} | {n} | `{p}` |" for a, t, o, n, p in self._rows()]
        return "\n".join(lines)

    def __repr__(self) -> str:
        rows = [f"{a:<15}{t:<30}{n:>5}  {p}" for a, t, _, n, p in self._rows()]
        return "\n".join([f"{len(rows)} tables touched from outside their app", *rows])


def own_apps() -> list:
    """The configurations of the project's own apps: those that do not lie among installed packages."""
    import sysconfig
    from pathlib import Path

    from django.apps import apps

    installed = {Path(sysconfig.get_path(name)).resolve() for name in ("purelib", "platlib", "stdlib")}

    def is_own(config) -> bool:
        path = Path(config.path).resolve()
        among = installed & set(path.parents) or {"site-packages", "dist-packages"} & set(path.parts)
        return not among and not config.name.startswith("django.")

    return [config for config in apps.get_app_configs() if is_own(config)]


@contextmanager
def touched() -> Iterator[Touched]:
    """Notes, while the block runs, which app's code sends statements that name which app's tables.

    The app is that of the innermost Python frame that lies in an app of the project's: what a facade or selector
    of the owner reads is the owner's. A template counts for the view that renders it; what Django's admin and its
    generic views do, for the app whose class makes them do it. Statements of no app's code are not counted.

    Any connection of this thread is watched, and any that is opened meanwhile, on SQLite and PostgreSQL. (One that
    another thread had open before is not.) A table counts where it is named as one; a column that is called like
    a table, and stands in a list of columns, is taken for it.
    """
    from django.apps import apps
    from django.db import connections
    from django.db.backends.signals import connection_created

    configs = own_apps()
    ours = {config.label for config in configs}
    models = apps.get_models(include_auto_created=True)
    owners = {model._meta.db_table: model._meta.app_label for model in models if not model._meta.proxy}
    found = Touched(owners={table: label for table, label in owners.items() if label in ours})
    callers = _Callers({config.name: config.label for config in configs})
    known = frozenset(found.owners)

    def note(execute, sql, params, many, context):
        tables = tables_in(str(sql), known)
        if tables and (caller := callers.innermost()):
            app, place = caller
            for table in tables:
                found.counted[app, table] += 1
                found.places.setdefault((app, table), place)
        return execute(sql, params, many, context)

    watched = []

    def watch(connection, **_):
        if note not in connection.execute_wrappers:
            connection.execute_wrappers.append(note)
            watched.append(connection)

    for connection in connections.all():
        watch(connection)
    connection_created.connect(watch)
    try:
        yield found
    finally:
        connection_created.disconnect(watch)
        for connection in watched:
            if note in connection.execute_wrappers:
                connection.execute_wrappers.remove(note)


@lru_cache(maxsize=2000)
def tables_in(sql: str, known: frozenset[str]) -> tuple[str, ...]:
    """Those of the known tables that a statement names, as tables: not as an alias, not as a column."""
    found, before, qualifier = set(), "", ""
    for token in TOKEN.finditer(sql):
        name = token["quoted"] or token["ticked"] or token["word"]
        if token[0].startswith(("--", "/*")):
            continue
        as_column = before == "." and qualifier not in SCHEMAS
        if name in known and before.upper() != "AS" and not as_column:
            found.add(name)
        if token["dot"]:
            qualifier = before
        before = name if name else token[0]
    return tuple(sorted(found))


class _Callers:
    """Finds whose code is at work."""

    def __init__(self, apps: dict[str, str]) -> None:
        self.apps = apps
        self.of_module: dict[str, str | None] = {}

    def app_of(self, module: str) -> str | None:
        """The innermost app in whose package a module lies."""
        if module not in self.of_module:
            at = module
            while at and at not in self.apps:
                at = at.rpartition(".")[0]
            self.of_module[module] = self.apps.get(at)
        return self.of_module[module]

    def innermost(self) -> tuple[str, str] | None:
        """(app, file:line) of whoever sends the statement.

        A frame in an app's package decides. Where there is none between the statement and Django's request
        handler, it is the view's app; where no request is handled, that of an object at work (a form, a command).
        """
        frame, at_work = sys._getframe(2), None
        while frame is not None:
            module = frame.f_globals.get("__name__") or ""
            if app := self.app_of(module):
                return app, _place(module, frame.f_code.co_filename, frame.f_lineno)
            handler = module == "django.core.handlers.base" and "callback" in frame.f_code.co_varnames
            if handler and (found := self._of_view(frame.f_locals.get("callback"))):
                return found
            if at_work is None and frame.f_code.co_varnames[:1] == ("self",):
                at_work = self._of_object(frame.f_locals.get("self"))
            frame = frame.f_back
        return at_work

    def _of_object(self, thing) -> tuple[str, str] | None:
        """The app whose class an object is of. Models and their managers do not count: others use them."""
        from django.db.models import Field, Manager, Model, QuerySet

        kind = type(thing)  # never isinstance(): a lazy object would be loaded, which sends a statement
        if issubclass(kind, Model | Manager | QuerySet | Field):
            return None
        app = self.app_of(kind.__module__)
        return (app, _place_of(kind)) if app else None

    def _of_view(self, view) -> tuple[str, str] | None:
        if view is None:
            return None
        admin = getattr(view, "model_admin", None)
        if admin is not None:
            kind = type(admin) if self.app_of(type(admin).__module__) else admin.model
        else:
            kind = getattr(view, "view_class", None) or inspect.unwrap(view)
        app = self.app_of(getattr(kind, "__module__", None) or "")
        return (app, _place_of(kind)) if app else None


def _place(module: str, filename: str, line: int) -> str:
    path = module.replace(".", "/")
    package = filename.replace("\\", "/").endswith("/__init__.py")
    return f"{path}{'/__init__' if package else ''}.py:{line}"


@lru_cache(maxsize=500)
def _place_of(kind) -> str:
    """Where a class or function is defined."""
    try:
        line = inspect.getsourcelines(kind)[1]
        return _place(kind.__module__, inspect.getsourcefile(kind) or "", line)
    except (OSError, TypeError):
        return kind.__module__
