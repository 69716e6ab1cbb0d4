"""How tangled a Django project is: what crosses the borders between its apps, counted.

    from lab.borders import borders

    borders("code/monolith")               a folder, in the clone or anywhere
    borders(files={"shop.orders.models": "…"})

Only the standard library is needed, and nothing of the project is imported, so it works in a browser, too.
`from_meta()` and `touched()` look at the Django that runs in this process.
"""

import importlib

_HOMES = {
    "borders": "lab.borders.report",
    "compare": "lab.borders.report",
    "Borders": "lab.borders.report",
    "cross_app_imports": "lab.borders.imports",
    "from_source": "lab.borders.relations",
    "from_meta": "lab.borders.relations",
    "touched": "lab.borders.tables",
}
__all__ = sorted(_HOMES)


def __getattr__(name: str):
    if name in _HOMES:
        return getattr(importlib.import_module(_HOMES[name]), name)
    raise AttributeError(f"lab.borders has no {name!r}. It has: {', '.join(__all__)}")
