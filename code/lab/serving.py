"""What the lab's WSGI server serves: the application named by LAB_APP, counted, behind the lab's faults.

LAB_PREPARE, a JSON list of management commands, each a list of words, says what a Django service does first.
"""

import json
import os
import sys
from importlib import import_module

from lab import calls, faults

# Django REST framework imports them where it finds them. They are here for the book, not for its services.
NOT_OF_A_SERVICE = ("docutils", "pygments")


def load(name: str):
    """The object named "module:attribute"."""
    module, _, attribute = name.partition(":")
    return getattr(import_module(module), attribute)


def prepare(commands: list[list[str]]) -> None:
    """Run management commands of the service that is loaded here; SystemExit if one fails.

    They run in a fork: Django is imported once for both, and what the commands leave in memory is not counted
    as the service's.
    """
    child = os.fork() if commands else 0
    if child:
        if os.waitpid(child, 0)[1]:
            sys.exit(3)  # to gunicorn: a worker that cannot boot, so do not try again
    elif commands:
        status, running = 1, "loading Django's commands"
        try:
            from django.core.management import call_command

            for name, *arguments in commands:
                running = " ".join([name, *arguments])
                call_command(name, *arguments)
            status = 0
        except BaseException as problem:
            print(f"{running} failed: {problem}", file=sys.stderr, flush=True)
        finally:
            os._exit(status)


sys.modules.update(dict.fromkeys(NOT_OF_A_SERVICE))  # to import one is an ImportError now
application = calls.wrap(faults.wrap(load(os.environ["LAB_APP"])), calls.from_environment())
prepare(json.loads(os.environ.get("LAB_PREPARE", "[]")))
