# fault: each dot is taken for one step up, so that the first dot leads out of the package
# breaks: R3, R4
# should say: from ..
import ast

APPS = {"accounts", "catalog", "inventory", "notifications", "orders", "payments", "reporting"}


def app_of(module):
    """The app that a module belongs to: "orders" for monolith.orders.views, None for monolith.utils."""
    parts = module.split(".")
    return parts[1] if parts[0] == "monolith" and parts[1:2] and parts[1] in APPS else None


def cross_app_imports(files):
    """The pairs (module, app) of each import of another app; (module, None) for one that does not parse."""
    found = set()
    for module, source in files.items():
        try:
            tree = ast.parse(source)
        except SyntaxError:
            found.add((module, None))
            continue
        for node in ast.walk(tree):
            for target in targets(module, node):
                app = app_of(target)
                if app and app_of(module) not in (None, app):
                    found.add((module, app))
    return found


def targets(module, node):
    """Full names of what an import statement may import: modules, or names in them."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        package = module.split(".")[: -node.level - 1] if node.level else []
        start = ".".join([*package, *([node.module] if node.module else [])])
        return [f"{start}.{alias.name}" for alias in node.names]
    return []
