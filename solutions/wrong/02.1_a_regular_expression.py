# fault: a regular expression at the start of lines: blind to imports in functions and to relative ones, and taken in by docstrings
# breaks: R2, R3
# should say: function | from ..
import re

APPS = {"accounts", "catalog", "inventory", "notifications", "orders", "payments", "reporting"}


def app_of(module):
    """The app that a module belongs to: "orders" for monolith.orders.views, None for monolith.utils."""
    parts = module.split(".")
    return parts[1] if parts[0] == "monolith" and parts[1:2] and parts[1] in APPS else None


def cross_app_imports(files):
    found = set()
    for module, source in files.items():
        for name in re.findall(r"^(?:from|import) (monolith[\w.]*)", source, re.MULTILINE):
            if app_of(name) and app_of(module) not in (None, app_of(name)):
                found.add((module, app_of(name)))
    return found
