"""Configuration, and nothing else, decides which half of a facade answers."""

import random

import pytest
from django.test import Client

from boxoffice.chassis import facades
from boxoffice.chassis.errors import NotFound, OutcomeUnknown, Refusal, Unavailable
from boxoffice.chassis.facades import half


class Away(Unavailable):
    """It is away."""


@pytest.fixture
def imported(monkeypatch):
    """The names of the modules that halves ask for, in place of the modules."""
    monkeypatch.setattr(facades, "import_module", lambda name: name)


def test_an_embedded_context_answers_by_its_own_modules(imported, settings):
    settings.CONTEXTS = ("things",)
    found = half("shop.things.facade", Away)
    assert (found.reads, found.writes) == ("shop.things.selectors", "shop.things.services")


def test_one_that_is_elsewhere_answers_by_its_remote_half(imported, settings):
    settings.CONTEXTS = ("others",)
    found = half("shop.things.facade", Away)
    assert found.reads == found.writes == "shop.things.remote"


def test_nothing_is_imported_before_the_first_call(settings):
    settings.CONTEXTS = ("things",)
    found = half("no_such_shop.things.facade", Away)
    with pytest.raises(ModuleNotFoundError):
        _ = found.reads


def test_in_the_lab_a_function_call_can_be_as_unreliable_as_the_network(imported, settings, monkeypatch):
    settings.CONTEXTS = ("things", "others")
    things, others = half("shop.things.facade", Away), half("shop.others.facade", Away)
    slept = []
    monkeypatch.setattr(facades.time, "sleep", slept.append)
    facades.faults.update({"things": {"latency_ms": 50, "error_rate": 1}})
    for room in ("reads", "writes"):
        with pytest.raises(Away):
            getattr(things, room)
    assert others.reads == "shop.others.selectors"
    assert slept == [0.05, 0.05]
    facades.faults.update({"things": {"error_rate": 0.25}})
    random.seed(1)
    failed = 0
    for _ in range(400):
        try:
            _ = things.writes
        except Away:
            failed += 1
    assert 70 <= failed <= 130


def test_a_remote_half_meets_no_invented_faults(imported, settings):
    """There the lab breaks the service itself."""
    settings.CONTEXTS = ()
    facades.faults.update({"things": {"error_rate": 1}})
    assert half("shop.things.facade", Away).reads == "shop.things.remote"


class TestTheLabsAddress:
    def put(self, content):
        return Client().put("/_lab/facades", content, content_type="application/json")

    def test_sets_and_shows_and_clears_faults(self):
        assert self.put('{"catalog": {"error_rate": 0.5}}').json() == {"catalog": {"error_rate": 0.5}}
        assert Client().get("/_lab/facades").json() == {"catalog": {"error_rate": 0.5}}
        assert self.put("{}").json() == facades.faults == {}

    @pytest.mark.parametrize(
        "wrong",
        [
            "", "[]", "5", "null", '{"nobody": {}}', '{"catalog": 5}', '{"catalog": {"crash": 1}}',
            '{"catalog": {"latency_ms": -1}}', '{"catalog": {"latency_ms": "1"}}', '{"catalog": {"latency_ms": NaN}}',
            '{"catalog": {"latency_ms": true}}', '{"catalog": {"error_rate": 1.1}}', '{"catalog": {"error_rate": null}}',
        ],
    )  # fmt: skip
    def test_refuses_what_makes_no_sense_and_keeps_what_there_was(self, wrong):
        self.put('{"catalog": {"error_rate": 0.5}}')
        response = self.put(wrong)
        assert response.status_code == 400
        assert response.json()["error"]
        assert facades.faults == {"catalog": {"error_rate": 0.5}}


class Few(Refusal):
    """Only a few are left. `left`: how many."""

    problem = "few"


class TestErrors:
    def test_the_first_line_of_the_docstring_is_the_text(self):
        assert str(Few(left=3)) == "Only a few are left. `left`: how many."
        assert str(Few("Only 3 left.", left=3)) == "Only 3 left."

    def test_facts_are_attributes_and_survive_a_pickle(self):
        import copy
        import pickle

        for again in (copy.copy(Few("Three.", left=3)), pickle.loads(pickle.dumps(Few("Three.", left=3)))):
            assert (type(again), str(again), again.left) == (Few, "Three.", 3)
        with pytest.raises(AttributeError):
            _ = Few(left=3).right

    def test_the_three_kinds_are_apart(self):
        assert not issubclass(Unavailable, Refusal)
        assert not issubclass(OutcomeUnknown, Refusal | Unavailable)
        assert issubclass(NotFound, Refusal)
        assert [kind.status for kind in (Refusal, NotFound, Unavailable, OutcomeUnknown)] == [
            409,
            404,
            503,
            504,
        ]
