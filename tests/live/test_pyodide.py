"""What the published pages build on: the lab and the monolith under Pyodide, run by Node."""

import html
import json
import subprocess
import sysconfig
from pathlib import Path

import pytest

from lab import notebooks
from lab.borders import borders
from lab.checks.child import load
from lab.checks.judge import judge
from lab.home import ROOT

HERE = Path(__file__).resolve().parent
NEEDED = [  # by the backend that runs a stack in a browser, and by the cells of the pages
    "lab",
    "lab.errors",
    "lab.home",
    "lab.inside",
    "lab.faults",
    "lab.provider",
    "lab.services",
    "lab.backend",
    "lab.stack",
    "lab.excerpts",
    "lab.predictions",
    "lab.plot",
    "lab.measure",
    "lab.checks",
    "lab.checks.queries",
    "lab.checks.tables",
    "lab.checks.rival",
    "lab.checks.poison",
    "lab.checks.elsewhere",
    "lab.checks.wire",
    "lab.checks.exercise",
    "lab.checks.child",
    "lab.borders.report",
    "lab.borders.imports",
    "lab.borders.relations",
    "lab.borders.tables",
    "requests",
    "bs4",
]
EXERCISE = "01.2"
CHARGE = {"key": "order-1", "amount": "12.50", "currency": "GBP", "reference": "Order 1"}
CELL = """
from monolith.orders.models import Order

orders = Order.objects.count()
paid = list(Order.objects.filter(state="paid").values_list("pk", flat=True))
print("counted")
orders
"""


FILES = {  # two apps in a circle, one of whose imports hides
    "shop.orders.apps": "class Orders(AppConfig):\n    name = 'shop.orders'\n",
    "shop.orders.views": "from ..catalog.models import Event\n",
    "shop.catalog.apps": "class Catalog(AppConfig):\n    name = 'shop.catalog'\n",
    "shop.catalog.views": "def badge():\n    from shop.orders import models\n",
    "shop.catalog.broken": "def :\n",
}


@pytest.fixture(scope="session")
def answers() -> dict[str, str]:
    return {"solution": notebooks.solution(EXERCISE), "stub": notebooks.stubs(EXERCISE)[EXERCISE]}


@pytest.fixture(scope="session")
def steps(node, answers) -> dict[str, dict]:
    """What boot.py told of each step, by the step's name."""
    job = {
        "modules": NEEDED,
        "charge": CHARGE,
        "cell": CELL,
        "names": ["orders", "paid"],
        "files": FILES,
        "exercise": EXERCISE,
        "answers": answers,
    }
    done = subprocess.run(
        [node, str(HERE / "boot.mjs"), str(ROOT), sysconfig.get_path("purelib")],
        input=json.dumps(job),
        capture_output=True,
        text=True,
        timeout=180,
    )
    assert done.returncode == 0, done.stderr
    return {told["step"]: told for told in map(json.loads, done.stdout.splitlines())}


@pytest.fixture
def result(steps):
    """Takes a step's name, and returns what came of it; fails with the traceback if it broke."""

    def of(step: str) -> dict:
        assert "error" not in steps[step], f"under Pyodide:\n{steps[step]['error']}"
        return steps[step]["result"]

    return of


@pytest.fixture
def judged_here(monkeypatch, tmp_path):
    """Takes an answer, and returns (key, met, message) of each requirement as `lab check` has them."""
    monkeypatch.setenv("LAB_HOME", str(tmp_path))

    def of(source: str) -> list[tuple]:
        report = judge(load(EXERCISE, ROOT), source)
        return [(verdict.key, verdict.met, verdict.message) for verdict in report.verdicts]

    return of


def judged_there(events: list[dict]) -> list[tuple]:
    return [(e["requirement"], e["met"], e["message"]) for e in events if "begin" not in e]


@pytest.mark.parametrize("module", NEEDED)
def test_what_a_page_needs_can_be_imported(result, module):
    reason = result("imports")[module]
    assert reason is None, f"under Pyodide:\n{reason}"


def test_the_monolith_serves_its_events(result):
    titles = result("seeded")["events"]
    answer = result("page")
    assert len(titles) == 3
    assert answer["status"] == "200 OK"
    assert [title for title in titles if html.escape(title) in answer["text"]]


def test_the_payment_provider_takes_a_charge(result):
    answer = result("charge")
    assert answer["status"] == "201 Created"
    assert answer["charge"].items() >= {**CHARGE, "status": "captured"}.items()
    assert answer["ledger"] == [answer["charge"]]


def test_a_cell_uses_the_orm_and_hands_values_out(result):
    ran = result("cell")
    assert ran["error"] is None
    assert ran["stdout"] == "counted\n"
    assert ran["data"] == {"text/plain": "20"}
    assert ran["values"]["orders"] == 20
    assert 0 < len(ran["values"]["paid"]) <= 20


def test_borders_are_counted_from_sources_and_from_the_tree_as_on_this_machine(result):
    told = result("counted")
    here = borders(files=FILES)
    assert told["files"] == [str(each) for each in here.imports] and len(told["files"]) == 2
    assert told["cycle"] == "catalog → orders → catalog"
    assert told["problems"] == [str(problem) for problem in here.problems] != []
    assert told["svg"] == here.svg()
    assert told["monolith"] == borders("code/monolith").counts()


def test_the_solution_meets_every_requirement(result):
    verdicts = judged_there(result("verdicts")["solution"])
    assert verdicts == [(requirement.key, True, "") for requirement in load(EXERCISE, ROOT).requirements]


def test_the_stub_is_rejected_in_the_same_words_as_on_this_machine(result, answers, judged_here):
    verdicts = judged_there(result("verdicts")["stub"])
    assert not all(met for _, met, _ in verdicts)
    assert verdicts == judged_here(answers["stub"])
