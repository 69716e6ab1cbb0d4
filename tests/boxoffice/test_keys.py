"""Idempotency-Key on PostgreSQL: rivals with one key get one hold, and kill -9 neither burns a key nor doubles a hold.

Inventory as a service of its own; whoever asks is answered over HTTP.
"""

import threading
import time
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from lab import Stack

RIVALS, KEYS, KILLS = 8, 12, 4
PATIENCE = 30  # seconds that a caller keeps asking


@pytest.fixture(scope="module")
def stack():
    with Stack(
        arrangement="apart:inventory", env={"LAB": "1", "HOLD_SECONDS": "600"}, name="keys"
    ) as started:
        yield started


@pytest.fixture(scope="module")
def token(stack) -> str:
    body = {"email": "buyer001@example.org", "password": "curtain-call"}
    return requests.post(f"{stack.front}/api/v1/tokens", json=body, timeout=10).json()["access"]


@pytest.fixture(scope="module")
def band(stack) -> int:
    """A price band with plenty of seats."""
    source = """
from boxoffice.contexts.inventory.models import Allotment
Allotment.objects.create(band_id=10**6, capacity=5000)
found = 10**6
"""
    ran = stack.inside("inventory", source, ["found"])
    assert ran.error is None, ran.error
    return ran.values["found"]


def place(stack, token, band, key) -> requests.Response:
    headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": key}
    body = {"band_id": band, "quantity": 1}
    return requests.post(f"{stack.url('inventory')}/api/v1/holds", json=body, headers=headers, timeout=5)


def holds(stack, band) -> set[str]:
    source = f"""
from boxoffice.contexts.inventory.models import Hold
found = [str(one.reference) for one in Hold.objects.filter(band_id={band})]
"""
    ran = stack.inside("inventory", source, ["found"])
    assert ran.error is None, ran.error
    return {*ran.values["found"]}


def test_rivals_with_one_key_get_one_hold_and_the_same_answer(stack, token, band):
    before = holds(stack, band)
    told = []
    with ThreadPoolExecutor(RIVALS) as pool:
        for _ in range(KEYS):
            key, start = uuid.uuid4().hex, threading.Barrier(RIVALS)

            def one(_, key=key, start=start):
                start.wait()
                return place(stack, token, band, key)

            answers = list(pool.map(one, range(RIVALS)))
            assert {answer.status_code for answer in answers} == {201}
            assert len({answer.content for answer in answers}) == 1
            told.append(answers[0].json()["reference"])
    assert len(set(told)) == KEYS
    assert holds(stack, band) - before == {*told}


def test_a_service_that_is_killed_at_work_burns_no_key_and_doubles_no_hold(stack, token, band):
    """Each caller asks with its own key until it is answered, over kills in the middle of the work."""
    before, told, over, hit = holds(stack, band), [], threading.Event(), []

    def caller():
        while not over.is_set():
            key, until = uuid.uuid4().hex, time.monotonic() + PATIENCE
            while time.monotonic() < until:
                try:
                    answer = place(stack, token, band, key)
                except requests.RequestException:
                    time.sleep(0.05)
                    continue
                assert answer.status_code == 201, answer.text
                told.append(answer.json()["reference"])
                break
            else:
                raise AssertionError(f"no answer for the key {key} in {PATIENCE} seconds")

    with ThreadPoolExecutor(4) as pool:
        callers = [pool.submit(caller) for _ in range(4)]
        for _ in range(KILLS):
            time.sleep(0.5)
            hit.append(stack.kill("inventory"))
            time.sleep(0.2)
            stack.start("inventory")
        time.sleep(0.5)
        over.set()
        for one in callers:
            one.result()
    assert sum(map(bool, hit)) >= KILLS / 2, f"the kills hit no request: {hit}"
    assert len(told) == len(set(told)) > KILLS * 4
    assert holds(stack, band) - before == {*told}
