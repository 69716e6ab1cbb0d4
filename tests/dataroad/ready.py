"""A process that has imported already what every command of the box office imports, and runs each in a fork of itself.

Most of a short command's time is imports, and these tests run a few hundred. Each command is a process of its
own all the same, with its own environment and settings, and can be killed.

Jobs come as JSON lines on stdin: {"argv", "env", "out", "err"} is answered with the pid, {"wait": pid} with its status.
"""

import json
import os
import runpy
import sys
from importlib import import_module

IMPORTS = [
    "cattrs.preconf.json",
    "cryptography.hazmat.primitives.asymmetric.ed25519",
    "dj_database_url",
    "django.contrib.admin.options",
    "django.core.management.commands.migrate",
    "django.db.backends.postgresql.base",
    "django.db.backends.sqlite3.base",
    "django.db.migrations.loader",
    "django.template.defaulttags",
    "jwt",
    "requests",
    "rest_framework.serializers",
]


def run(job: dict) -> None:
    """In the fork: become the command, and end with its status."""
    for stream, path in ((1, job["out"]), (2, job["err"])):
        os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), stream)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.environ.clear()
    os.environ.update(job["env"])
    sys.argv = job["argv"]
    status = 1
    try:
        runpy.run_path(sys.argv[0], run_name="__main__")
        status = 0
    except SystemExit as ending:
        if isinstance(ending.code, str):
            print(ending.code, file=sys.stderr)
        status = ending.code if isinstance(ending.code, int) else int(ending.code is not None)
    except BaseException:
        sys.excepthook(*sys.exc_info())
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


def main() -> None:
    for name in IMPORTS:
        import_module(name)
    for line in sys.stdin:
        job = json.loads(line)
        if "wait" in job:
            answer = os.waitstatus_to_exitcode(os.waitpid(job["wait"], 0)[1])
        elif not (answer := os.fork()):
            run(job)
        print(answer, flush=True)


if __name__ == "__main__":
    main()
