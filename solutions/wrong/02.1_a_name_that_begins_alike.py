# fault: monolith.orders_archive is taken for orders
# breaks: R4
# should say: name
import ast

APPS = {"accounts", "catalog", "inventory", "notifications", "orders", "payments", "reporting"}


def app_of(module):
    parts = module.split(".")
    return parts[1] if parts[0] == "monolith" and parts[1:2] and parts[1] in APPS else None


def absolute(module, node, files):
    if not node.level:
        return node.module
    parts = module.split(".")
    if not any(name.startswith(module + ".") for name in files):
        parts = parts[:-1]
    parts = parts[: len(parts) - node.level + 1]
    return ".".join(parts + ([node.module] if node.module else []))


def cross_app_imports(files):
    found = set()
    for module, source in files.items():
        try:
            tree = ast.parse(source)
        except SyntaxError:
            found.add((module, None))
            continue
        mine = app_of(module)
        if mine is None:
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                names = [a.name for a in node.names]
            elif isinstance(node, ast.ImportFrom):
                base = absolute(module, node, files)
                names = [f"{base}.{a.name}" for a in node.names]
            else:
                continue
            for name in names:
                app = next((a for a in APPS if name.startswith("monolith." + a)), None)
                if app and app != mine:
                    found.add((module, app))
    return found
