"""The borders of the box office hold: every rule of import-linter is kept, and breaks when it should."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from lab.home import CODE, ROOT

# what is added to which file, and the rule that must notice
PLANTED = {
    "a context imports another's models": (
        "contexts/orders/services.py",
        "from boxoffice.contexts.catalog.models import Event",
        "doors",
    ),
    "the same, hidden in a function": (
        "contexts/orders/selectors.py",
        "def hidden():\n    from boxoffice.contexts.inventory import services",
        "doors",
    ),
    "a context imports a whole other context": (
        "contexts/reporting/selectors.py",
        "import boxoffice.contexts.payments.provider",
        "doors",
    ),
    "contracts import Django": (
        "contexts/catalog/contracts.py",
        "from django.utils import timezone",
        "contracts",
    ),
    "contracts import what imports Django": (
        "contexts/catalog/contracts.py",
        "from boxoffice.chassis import databases",
        "contracts",
    ),
    "models ask a service": (
        "contexts/inventory/models.py",
        "from boxoffice.contexts.inventory import services",
        "rooms",
    ),
    "a selector writes through a service": (
        "contexts/orders/selectors.py",
        "from boxoffice.contexts.orders import services",
        "rooms",
    ),
    "a service knows its API": (
        "contexts/payments/services.py",
        "from boxoffice.contexts.payments.api import serializers",
        "rooms",
    ),
    "a facade imports rows": (
        "contexts/catalog/facade.py",
        "from boxoffice.contexts.catalog import models",
        "halves",
    ),
    "a remote half takes a short cut": (
        "contexts/catalog/remote.py",
        "def hidden():\n    from boxoffice.contexts.catalog import selectors",
        "halves",
    ),
    "the chassis knows a context": (
        "chassis/client.py",
        "from boxoffice.contexts.accounts import facade",
        "chassis",
    ),
    "a context knows who deploys it": (
        "contexts/notifications/services.py",
        "from boxoffice.services.web import urls",
        "deployables",
    ),
    "a page reads rows": (
        "services/web/views/staff.py",
        "from boxoffice.contexts.orders.models import Order",
        "pages",
    ),
    "the box office leans on the lab": ("chassis/health.py", "import lab.stack", "products"),
    "the box office leans on the monolith": (
        "contexts/catalog/selectors.py",
        "import monolith.catalog.caching",
        "strangers",
    ),
}


def lint(code: Path, *rules: str) -> subprocess.CompletedProcess:
    """import-linter on the tree `code`, with the rules of pyproject.toml (all of them, or those named)."""
    chosen = [word for rule in rules for word in ("--contract", rule)]
    return subprocess.run(
        [str(Path(sys.executable).with_name("lint-imports")), "--no-cache", "--no-logo", *chosen],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(code), "COLUMNS": "200"},
        capture_output=True,
        text=True,
    )


@pytest.fixture
def copy(tmp_path):
    for package in ("boxoffice", "monolith", "lab"):
        shutil.copytree(
            CODE / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__", "*.sqlite3")
        )
    return tmp_path


def test_every_rule_is_kept():
    done = lint(CODE)
    assert done.returncode == 0, done.stdout
    assert " 0 broken" in done.stdout


@pytest.mark.parametrize("what", PLANTED)
def test_a_planted_violation_is_caught(copy, what):
    path, line, rule = PLANTED[what]
    with (copy / "boxoffice" / path).open("a") as file:
        file.write(f"\n\n{line}\n")
    done = lint(copy, rule)
    assert done.returncode == 1, done.stdout
    assert "0 kept, 1 broken" in done.stdout


def test_every_rule_has_a_violation_that_it_caught():
    import tomllib

    rules = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    assert {rule["id"] for rule in rules} == {rule for *_, rule in PLANTED.values()}


def test_the_honest_way_is_kept(copy):
    with (copy / "boxoffice/contexts/reporting/selectors.py").open("a") as file:
        file.write("\n\nfrom boxoffice.contexts.payments import facade\n")
    assert lint(copy).returncode == 0
