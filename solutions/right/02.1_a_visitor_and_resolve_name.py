# idea: a NodeVisitor, and the standard library's own rule for relative names
# shown beside the book's own answer
import ast
from importlib.util import resolve_name

APPS = {"accounts", "catalog", "inventory", "notifications", "orders", "payments", "reporting"}


def app_of(module):
    """The app that a module belongs to: "orders" for monolith.orders.views, None for monolith.utils."""
    parts = module.split(".")
    return parts[1] if parts[0] == "monolith" and parts[1:2] and parts[1] in APPS else None


class Imports(ast.NodeVisitor):
    """Gathers the full names of what a module imports, wherever the statement stands."""

    def __init__(self, module):
        self.module = module
        self.names = []

    def visit_Import(self, node):
        self.names += [alias.name for alias in node.names]

    def visit_ImportFrom(self, node):
        start = node.module or ""
        if node.level:
            package = self.module.rpartition(".")[0]
            start = resolve_name("." * node.level + start, package)
        self.names += [f"{start}.{alias.name}" for alias in node.names]


def cross_app_imports(files):
    """The pairs (module, app) of each import of another app; (module, None) for one that does not parse."""
    found = set()
    for module, source in files.items():
        imports = Imports(module)
        try:
            imports.visit(ast.parse(source))
        except SyntaxError:
            found.add((module, None))
        apps = {app_of(name) for name in imports.names} if app_of(module) else set()
        found |= {(module, app) for app in apps - {None, app_of(module)}}
    return found
