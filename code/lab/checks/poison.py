"""Make a package impossible to import, to prove that something does without it."""

import sys
from contextlib import contextmanager


class Poisoned(ImportError):
    """Code reached for a package that it should do without."""


class _Hook:
    def __init__(self, packages: tuple[str, ...]) -> None:
        self.packages = packages

    def find_spec(self, name, path=None, target=None):
        if any(name == package or name.startswith(package + ".") for package in self.packages):
            raise Poisoned(f"{name} was imported, and it is poisoned here")


@contextmanager
def poison(*packages: str):
    """Inside the block, importing any of `packages` or what lies in them raises Poisoned.

    Modules already imported are set aside, so that a second import is noticed too, and put back.
    """
    hook = _Hook(packages)
    aside = {name: sys.modules.pop(name) for name in list(sys.modules) if _within(name, packages)}
    # `from parent import child` asks the parent for an attribute before it asks for a module
    children = []
    for name, module in aside.items():
        parent, _, child = name.rpartition(".")
        if parent in sys.modules and vars(sys.modules[parent]).get(child) is module:
            children.append((sys.modules[parent], child, module))
            delattr(sys.modules[parent], child)
    sys.meta_path.insert(0, hook)
    try:
        yield
    finally:
        sys.meta_path.remove(hook)
        sys.modules.update(aside)
        for parent, child, module in children:
            setattr(parent, child, module)


def _within(name: str, packages: tuple[str, ...]) -> bool:
    return any(name == package or name.startswith(package + ".") for package in packages)
