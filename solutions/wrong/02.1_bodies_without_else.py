# fault: only the body of a statement is looked into, not its else, except or finally
# breaks: R2
# should say: import
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
        for node in _walk(tree):
            if isinstance(node, ast.Import):
                names = [a.name for a in node.names]
            elif isinstance(node, ast.ImportFrom):
                base = absolute(module, node, files)
                names = [f"{base}.{a.name}" for a in node.names]
            else:
                continue
            for name in names:
                app = app_of(name)
                if app and app != mine:
                    found.add((module, app))
    return found


def _walk(node):
    yield node
    for child in getattr(node, "body", []) if not isinstance(node, ast.Lambda) else []:
        if isinstance(child, ast.AST):
            yield from _walk(child)
