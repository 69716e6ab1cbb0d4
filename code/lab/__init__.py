"""The lab: what a notebook imports to start a system, break it, measure it, show its code, and check answers.

    from lab import Stack, predict, reveal, show

Names are loaded when first used: under Pyodide, and inside a service, only what is needed is there.
"""

import importlib

_HOMES = {
    "Stack": "lab.stack",
    "show": "lab.excerpts",
    "predict": "lab.predictions",
    "reveal": "lab.predictions",
    "check": "lab.magics",
    "hint": "lab.magics",
    "LabError": "lab.errors",
}
__all__ = sorted(_HOMES)


def __getattr__(name: str):
    if name in _HOMES:
        return getattr(importlib.import_module(_HOMES[name]), name)
    raise AttributeError(f"lab has no {name!r}. It has: {', '.join(__all__)}")


def load_ipython_extension(shell) -> None:
    from lab.magics import register

    register(shell)


def _in_a_notebook() -> None:
    try:
        shell = get_ipython()
    except NameError:
        return
    load_ipython_extension(shell)


_in_a_notebook()
