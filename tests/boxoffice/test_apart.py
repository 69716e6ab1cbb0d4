"""One context taken out of the box office: what goes on, what the lab counts, and what it can break."""

import threading
import time

import pytest
import requests

from lab.buyers import Buyer
from lab.errors import LabError, ServiceFailed
from lab.stack import Stack


@pytest.fixture(scope="module")
def stack():
    with Stack(arrangement="apart:inventory", database="sqlite", name="arranged") as started:
        yield started


def test_purchases_go_through_the_front_and_every_call_is_counted(stack):
    buyer = Buyer(stack.front, "buyer001@example.org").log_in()
    slug = "seven-doors-to-winter"
    stack.forget_calls()
    assert buyer.pay(buyer.hold(slug))
    counted = stack.calls()
    assert set(counted) == {("visitors", "web"), ("web", "inventory"), ("web", "provider")}
    assert counted["web", "provider"] == 1
    assert ">1</text>" in stack.picture().svg
    stack.forget_calls()
    assert stack.calls() == {}


def test_a_service_apart_can_die_alone_and_come_back_where_it_was(stack):
    before = stack.url("inventory")
    assert stack.kill("inventory") == 0  # nobody was asking
    assert requests.get(stack.front, timeout=10).status_code == 200
    assert not any(callee == "inventory" for _, callee in stack.calls())
    stack.start("inventory")
    assert stack.url("inventory") == before


def test_a_kill_says_how_many_requests_it_hit(stack):
    stack.faults("inventory", latency_ms=5000)
    asking = threading.Thread(target=lambda: requests.get(stack.front, timeout=30))
    asking.start()
    deadline = time.monotonic() + 10
    while not stack.in_flight("inventory") and time.monotonic() < deadline:
        time.sleep(0.01)
    hit = stack.kill("inventory")
    asking.join()
    stack.start("inventory")
    assert hit == 1
    assert stack.in_flight("inventory") == 0


def test_an_embedded_facade_can_be_made_to_fail(stack):
    stack.facade_faults(catalog={"error_rate": 1})
    answer = requests.get(stack.front, timeout=10)
    assert answer.status_code == 503 and "programme cannot be read" in answer.text
    stack.facade_faults()
    assert requests.get(stack.front, timeout=10).status_code == 200
    with pytest.raises(LabError, match="inventory is not embedded here"):
        stack.facade_faults(inventory={"error_rate": 1})


def test_a_context_that_does_not_run_here_is_told_apart_from_no_such_service(stack):
    with pytest.raises(LabError, match="this stack has no 'orders'. It runs: provider, inventory, web"):
        stack.url("orders")
    with pytest.raises(LabError, match="no service 'tickets'"):
        stack.url("tickets")


def test_a_database_that_cannot_be_prepared_is_said_and_ends_the_stack():
    nowhere = "sqlite:////no-such-folder/web.sqlite3"
    with pytest.raises(ServiceFailed, match="prepare --seed failed: unable to open database file"):
        Stack(arrangement="monolith", database="sqlite", databases={"web": nowhere}, name="nowhere")
