# fault: a regular expression that allows for indentation takes a docstring for an import
# breaks: R4
# should say: docstring | text
import re

APPS = {"accounts", "catalog", "inventory", "notifications", "orders", "payments", "reporting"}


def app_of(module):
    """The app that a module belongs to: "orders" for monolith.orders.views, None for monolith.utils."""
    parts = module.split(".")
    return parts[1] if parts[0] == "monolith" and parts[1:2] and parts[1] in APPS else None


def cross_app_imports(files):
    found = set()
    for module, source in files.items():
        try:
            compile(source, module, "exec")
        except SyntaxError:
            found.add((module, None))
            continue
        for line in re.findall(r"^\s*(?:from|import) .*$", source, re.MULTILINE):
            names = re.findall(r"^\s*from (\S+) import (\w+)|import (monolith\S*)", line)
            for start, name, whole in names:
                if start.startswith("."):
                    level = len(start) - len(start.lstrip("."))
                    start = ".".join([*module.split(".")[:-level], start.lstrip(".")]).rstrip(".")
                app = app_of(whole or f"{start}.{name}")
                if app and app_of(module) not in (None, app):
                    found.add((module, app))
    return found
