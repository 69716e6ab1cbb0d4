"""What the lab's WSGI server serves: the application named by LAB_APP, counted, behind the lab's faults."""

import os
from importlib import import_module

from lab import calls, faults


def load(name: str):
    """The object named "module:attribute"."""
    module, _, attribute = name.partition(":")
    return getattr(import_module(module), attribute)


application = calls.wrap(faults.wrap(load(os.environ["LAB_APP"])), calls.from_environment())
