"""The fake payment provider: what it promises, mode by mode."""

import io
import json
import threading

import pytest

from lab.provider import MODES, Provider

CHARGE = {"key": "k1", "amount": "12.50", "currency": "GBP", "reference": "r1"}


class Caller:
    """Calls one provider, with a sleep that only writes down how long."""

    def __init__(self):
        self.slept = []
        self.provider = Provider(sleep=self.slept.append)

    def raw(self, method, path, content=b"", query=""):
        environ = {
            "REQUEST_METHOD": method,
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "CONTENT_LENGTH": str(len(content)),
            "wsgi.input": io.BytesIO(content),
        }
        answer = {}

        def start_response(status, headers):
            answer["status"], answer["headers"] = int(status.split()[0]), dict(headers)

        body = b"".join(self.provider(environ, start_response))
        assert answer["headers"]["Content-Length"] == str(len(body))
        return answer["status"], json.loads(body)

    def __call__(self, method, path, body=None, query=""):
        return self.raw(method, path, b"" if body is None else json.dumps(body).encode(), query)

    def charge(self, **changes):
        return self("POST", "/charges", {**CHARGE, **changes})

    def fault(self, **faults):
        status, body = self("PUT", "/faults", faults)
        assert status == 200, body

    def ledger(self):
        return self("GET", "/ledger")[1]["charges"]


@pytest.fixture
def call():
    return Caller()


def test_a_charge_is_captured_and_stands_in_the_ledger(call):
    status, charge = call.charge()
    assert status == 201
    assert charge == {"id": charge["id"], **CHARGE, "status": "captured"}
    assert call.ledger() == [charge]


def test_the_same_key_and_body_is_the_same_charge(call):
    first, second = call.charge(), call.charge()
    assert (first[0], second[0]) == (201, 200)
    assert first[1] == second[1]
    assert len(call.ledger()) == 1


@pytest.mark.parametrize("change", [{"amount": "12.51"}, {"reference": "r2"}])
def test_the_same_key_for_another_charge_is_refused(call, change):
    call.charge()
    status, body = call.charge(**change)
    assert status == 409
    assert "key" in body["error"]
    assert len(call.ledger()) == 1


def test_charges_are_found_by_key_in_the_order_in_which_they_were_made(call):
    for key in ("a", "b", "c"):
        call.charge(key=key)
    assert [charge["key"] for charge in call.ledger()] == ["a", "b", "c"]
    assert [charge["key"] for charge in call("GET", "/charges", query="key=b")[1]["charges"]] == ["b"]
    assert call("GET", "/charges", query="key=none")[1] == {"charges": []}
    assert call("GET", "/charges")[0] == 400


@pytest.mark.parametrize(
    "change",
    [
        {"amount": 12.5},
        {"amount": "12.5"},
        {"amount": "-1.00"},
        {"amount": "0.00"},
        {"amount": "1e3"},
        {"amount": "١٢.٥٠"},
        {"amount": "NaN"},
        {"amount": None},
        {"currency": "EUR"},
        {"key": ""},
        {"key": 1},
        {"key": "k" * 201},
        {"reference": None},
        {"tip": "1.00"},
    ],
)
def test_a_charge_that_makes_no_sense_is_refused_with_a_sentence(call, change):
    status, body = call.charge(**change)
    assert status == 400
    assert body["error"].endswith(".")
    assert call.ledger() == []


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b"null", b"\xff", b"[" * 9_000, b'"' + b"x" * 20_000 + b'"']
)
def test_a_body_that_is_no_object_is_refused(call, content):
    assert call.raw("POST", "/charges", content)[0] == 400


def test_a_refund_is_made_once_however_often(call):
    charge = call.charge()[1]
    for _ in range(2):
        status, body = call("POST", f"/charges/{charge['id']}/refund")
        assert (status, body["status"]) == (200, "refunded")
    assert [entry["status"] for entry in call.ledger()] == ["refunded"]


def test_what_was_never_charged_cannot_be_refunded(call):
    assert call("POST", "/charges/ch_000001/refund")[0] == 404


def test_an_emptied_ledger_gives_no_id_a_second_time(call):
    first = call.charge()[1]["id"]
    assert call("DELETE", "/ledger") == (200, {"charges": []})
    assert call.ledger() == []
    assert call.charge()[1]["id"] != first


def test_declined_and_error_capture_nothing(call):
    call.fault(mode="declined")
    status, body = call.charge()
    assert (status, body["status"]) == (402, "declined")
    assert body["reason"]
    call.fault(mode="error")
    assert call.charge()[0] == 500
    assert call.ledger() == []


def test_timeout_captures_and_answers_late(call):
    call.fault(mode="timeout", hold=3, times=1)
    assert call.charge()[0] == 201
    assert call.slept == [3]
    assert len(call.ledger()) == 1
    assert call.charge()[0] == 200
    assert call.slept == [3]


def test_timeout_has_captured_before_it_waits(call):
    seen = []
    call.provider._sleep = lambda seconds: seen.append(len(call.provider._charges))
    call.fault(mode="timeout")
    call.charge()
    assert seen == [1]


def test_lost_answers_as_late_and_captures_nothing(call):
    call.fault(mode="lost", times=1)
    assert call.charge()[0] == 504
    assert call.slept == [10]
    assert call.ledger() == []


def test_duplicate_ignores_the_key(call):
    call.charge()
    call.fault(mode="duplicate", times=1)
    assert call.charge()[0] == 201
    assert call.charge()[0] == 200
    assert [charge["key"] for charge in call.ledger()] == ["k1", "k1"]


def test_a_fault_lasts_for_as_many_charges_as_it_says(call):
    call.fault(mode="declined", times=2)
    call("GET", "/ledger")
    assert [call.charge(key=key)[0] for key in "abc"] == [402, 402, 201]
    assert call("GET", "/faults")[1]["mode"] == "ok"


def test_a_fault_without_a_number_lasts_until_it_is_changed(call):
    call.fault(mode="declined")
    assert {call.charge()[0] for _ in range(5)} == {402}
    call.fault(mode="ok")
    assert call.charge()[0] == 201


def test_a_charge_that_makes_no_sense_uses_no_fault_up(call):
    call.fault(mode="declined", times=1)
    call.charge(amount="x")
    assert call.charge()[0] == 402


def test_a_delay_is_added_to_every_answer_but_those_that_control(call):
    call.fault(delay=0.5, mode="declined", times=1)
    call.charge()
    call.ledger()
    assert call.slept == [0.5, 0.5]
    call("GET", "/health")
    call.fault(mode="ok")
    assert call.slept == [0.5, 0.5]


@pytest.mark.parametrize(
    "faults",
    [
        {"mode": "explode"},
        {"mode": None},
        {"delay": -1},
        {"delay": "1"},
        {"delay": True},
        {"hold": 1e9},
        {"times": 0},
        {"times": 1.5},
        {"colour": "red"},
    ],
)
def test_a_fault_that_is_not_known_is_refused_and_changes_nothing(call, faults):
    call.fault(mode="declined")
    assert call("PUT", "/faults", faults)[0] == 400
    assert call.charge()[0] == 402


@pytest.mark.parametrize("mode", MODES)
def test_every_mode_is_accepted(call, mode):
    assert call("PUT", "/faults", {"mode": mode}) == (
        200,
        {"mode": mode, "delay": 0, "hold": 10, "times": None},
    )


def test_other_paths_and_methods_are_answered(call):
    assert call("GET", "/health") == (200, {"status": "ok"})
    assert call("GET", "/nothing")[0] == 404
    assert call("DELETE", "/charges")[0] == 405
    assert call("GET", "/charges/ch_000001/refund")[0] == 405


def test_two_providers_know_nothing_of_each_other(call):
    call.charge()
    assert Caller().ledger() == []


def test_many_at_once_with_one_key_make_one_charge(call):
    start = threading.Barrier(20)

    def charge():
        start.wait()
        call.charge()

    threads = [threading.Thread(target=charge) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(call.ledger()) == 1
