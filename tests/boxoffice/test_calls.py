"""Whom each context calls is said in one place, and it is what the code does."""

import re
from graphlib import TopologicalSorter

from boxoffice.services.common import ALL_CONTEXTS, CALLS
from lab import arrangements
from lab.home import CODE

FACADE = re.compile(r"from boxoffice\.contexts\.(\w+) import facade")


def test_the_lab_knows_the_contexts_that_there_are():
    folders = {path.parent.name for path in (CODE / "boxoffice" / "contexts").glob("*/facade.py")}
    assert set(arrangements.CONTEXTS) == set(ALL_CONTEXTS) == set(CALLS) == folders


def test_every_call_that_a_context_makes_is_declared_and_no_other():
    for context, declared in CALLS.items():
        folder = CODE / "boxoffice" / "contexts" / context
        sources = [path for path in folder.rglob("*.py") if "tests" not in path.parts]
        made = {callee for path in sources for callee in FACADE.findall(path.read_text())}
        assert made == set(declared), context


def test_no_circle_of_calls():
    assert set(TopologicalSorter(CALLS).static_order()) == set(ALL_CONTEXTS)
