# idea: the compiler has resolved the syntax: IMPORT_NAME and IMPORT_FROM, with the level pushed before them
import dis

APPS = {"accounts", "catalog", "inventory", "notifications", "orders", "payments", "reporting"}


def app_of(module):
    """The app that a module belongs to: "orders" for monolith.orders.views, None for monolith.utils."""
    parts = module.split(".")
    return parts[1] if parts[0] == "monolith" and parts[1:2] and parts[1] in APPS else None


def cross_app_imports(files):
    found = set()
    for module, source in files.items():
        try:
            code = compile(source, module, "exec")
        except SyntaxError:
            found.add((module, None))
            continue
        for target in names_in(code, module):
            app = app_of(target)
            if app and app_of(module) not in (None, app):
                found.add((module, app))
    return found


def names_in(code, module):
    for constant in code.co_consts:
        if hasattr(constant, "co_consts"):
            yield from names_in(constant, module)
    steps = list(dis.get_instructions(code))
    start, level = "", 0
    for at, step in enumerate(steps):
        if step.opname == "IMPORT_NAME":
            level = steps[at - 2].argval or 0
            up = module.split(".")[:-level] if level else []
            start = ".".join([*up, step.argval]).rstrip(".")
            yield start
        elif step.opname == "IMPORT_FROM":
            yield f"{start}.{step.argval}"
