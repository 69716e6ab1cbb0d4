"""What the lab's WSGI server serves: the application named by LAB_APP, behind the lab's faults."""

import os
from importlib import import_module

from lab.faults import wrap


def load(name: str):
    """The object named "module:attribute"."""
    module, _, attribute = name.partition(":")
    return getattr(import_module(module), attribute)


application = wrap(load(os.environ["LAB_APP"]))
