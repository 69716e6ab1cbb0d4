"""What boot.mjs does inside Pyodide: the work of a live page, without the page.

The steps build on one another, in the order of STEPS. Each gets the job (JSON from the test: the
modules to import, a cell, files to count, an exercise and its answers) and returns what the test looks at.
"""

import importlib
import io
import json
import os
import shutil
import sys
import time
import traceback
import types
from pathlib import Path
from wsgiref.util import setup_testing_defaults

DATABASE = Path("/home/pyodide/service.sqlite3")
PREPARED = Path("/home/pyodide/prepared.sqlite3")  # migrated, and empty
ENVIRONMENT = {
    "DJANGO_SETTINGS_MODULE": "monolith.settings",
    "DJANGO_ALLOW_ASYNC_UNSAFE": "1",  # Pyodide's event loop always runs
    "DATABASE_URL": f"sqlite:///{DATABASE}",
    "SECRET_KEY": "a boot signs nothing that lasts",
    "LAB": "1",
    "PASSWORD_HASHER": "md5",  # hashlib has no pbkdf2_hmac here
}


def without_fetch() -> None:
    """Keep urllib3 from holding on to the browser's fetch: a memory snapshot cannot take that along."""
    stub = types.ModuleType("urllib3.contrib.emscripten")
    stub.inject_into_urllib3 = lambda: None
    sys.modules[stub.__name__] = stub


def ask(application, method: str, path: str, body: bytes = b"") -> tuple[str, str]:
    """Status and text of a WSGI application's answer."""
    environ = {
        "REQUEST_METHOD": method,
        "PATH_INFO": path,
        "HTTP_HOST": "testserver",
        "CONTENT_TYPE": "application/json",
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.input": io.BytesIO(body),
    }
    setup_testing_defaults(environ)
    statuses = []
    answer = application(environ, lambda status, headers, problem=None: statuses.append(status))
    text = b"".join(answer).decode()
    if hasattr(answer, "close"):
        answer.close()
    return statuses[-1], text


def imports(job: dict) -> dict:
    """For each module the reason why it cannot be imported, or None if it can."""
    reasons = {}
    for name in job["modules"]:
        try:
            importlib.import_module(name)
            reasons[name] = None
        except Exception:
            reasons[name] = traceback.format_exc()
    return reasons


def seeded(job: dict) -> dict:
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)
    shutil.copyfile(DATABASE, PREPARED)
    call_command("seed", events=3, orders=20, verbosity=0)
    from monolith.catalog.models import Event

    return {"events": [event.title for event in Event.objects.all()]}


def page(job: dict) -> dict:
    from lab import faults
    from monolith.wsgi import application

    status, text = ask(faults.wrap(application), "GET", "/")
    return {"status": status, "text": text}


def charge(job: dict) -> dict:
    from lab import faults, provider

    application = faults.wrap(provider.application)
    status, text = ask(application, "POST", "/charges", json.dumps(job["charge"]).encode())
    ledger = json.loads(ask(application, "GET", "/ledger")[1])
    return {"status": status, "charge": json.loads(text), "ledger": ledger["charges"]}


def cell(job: dict) -> dict:
    from lab import inside

    return inside.run(job["cell"], job["names"])


def counted(job: dict) -> dict:
    from lab.borders import borders

    look = borders(files=job["files"])
    return {
        "files": [str(each) for each in look.imports],
        "cycle": str(look.cycles[0]),
        "problems": [str(problem) for problem in look.problems],
        "svg": str(look.svg()),
        "monolith": borders("/clone/code/monolith").counts(),
    }


def verdicts(job: dict) -> dict:
    """All that the check tells about each answer."""
    from django.test.utils import setup_test_environment

    from lab.checks.child import judge, load
    from lab.home import ROOT

    setup_test_environment()
    exercise = load(job["exercise"], ROOT)
    told = {name: [] for name in job["answers"]}
    for name, source in job["answers"].items():
        judge(exercise, source, told[name].append, fresh)
    return told


def fresh() -> None:
    """An empty database in the place of the last answer's, and nothing else left of that answer."""
    from django.core import mail
    from django.core.cache import cache
    from django.db import connection

    # a connection in the middle of a transaction would only pretend to close
    connection.in_atomic_block = connection.closed_in_transaction = False
    connection.close()
    for left in DATABASE.parent.glob(f"{DATABASE.name}*"):
        left.unlink()
    shutil.copyfile(PREPARED, DATABASE)
    cache.clear()
    mail.outbox.clear()


STEPS = (imports, seeded, page, charge, cell, counted, verdicts)


def main(job: str, tell) -> None:
    """Take every step, and `tell` of each as JSON: its result or its traceback, and its seconds."""
    os.environ.update(ENVIRONMENT)
    without_fetch()
    for step in STEPS:
        began = time.perf_counter()
        try:
            told = {"result": step(json.loads(job))}
        except Exception:
            told = {"error": traceback.format_exc()}
        tell(json.dumps({"step": step.__name__, "seconds": time.perf_counter() - began, **told}))
