"""Whatever is sent to any address of any API: the answer is a problem, never a 500, and nothing is written.

The addresses, and what each reads, are found in the process itself: a new one is tried without being named.
"""

import itertools
import json
import re
import uuid
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass

import pytest
from django.db import connection, transaction
from django.test import Client, RequestFactory
from django.urls import get_resolver, resolve

from boxoffice.chassis import callers
from boxoffice.chassis.api import Operation
from boxoffice.contexts.accounts.signing import token_for_service
from boxoffice.tests import world

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("strict")]


@dataclass(frozen=True)
class Address:
    path: str  # with <int:event_id> and the like
    callback: Callable

    @property
    def operations(self) -> dict[str, Operation]:
        """By method."""
        view = self.callback.cls
        names = getattr(self.callback, "actions", None) or {
            method: method for method in ("get", "post", "put") if hasattr(view, method)
        }
        return {method: getattr(view, name).operation for method, name in names.items() if method != "head"}

    @property
    def methods(self) -> list[str]:
        return list(self.operations)

    @property
    def permission(self) -> type:
        given = self.callback.initkwargs.get("permission_classes")
        return (given or self.callback.cls.permission_classes)[0]

    def at(self, **given) -> str:
        """The address with something in it that does not exist."""
        nobody = {"int": "0", "slug": "nothing", "uuid": str(uuid.UUID(int=5))}
        return "/" + re.sub(r"<(\w+):(\w+)>", lambda m: given.get(m[1], nobody[m[1]]), self.path)


def addresses() -> list[Address]:
    found = []
    for include in get_resolver().url_patterns:
        if str(include.pattern) == "api/v1/":
            found += [Address(f"api/v1/{one.pattern}", one.callback) for one in include.url_patterns]
    return found


ADDRESSES = addresses()
each = pytest.mark.parametrize("address", ADDRESSES, ids=lambda one: one.path)
READS = [
    (address, method)
    for address in ADDRESSES
    for method, operation in address.operations.items()
    if operation.reads
]
each_that_reads = pytest.mark.parametrize(
    ("address", "method"), READS, ids=lambda one: one if isinstance(one, str) else one.path
)
EVERYTHING = ("accounts", "catalog", "inventory", "orders", "payments", "reporting", "notifications")


@pytest.fixture(autouse=True)
def nobody_pays(line):
    return line


def service(*contexts: str) -> str:
    return token_for_service("web", list(contexts or EVERYTHING))


def admitted(address: Address) -> str:
    """A token that this address admits."""
    service_only = address.permission.__name__ == "Only"
    return service() if service_only else world.actor(is_staff=True).token


def ask(method: str, path: str, token: str = "", body=None, **how):
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    content = body if isinstance(body, bytes | str) else json.dumps(body)
    how.setdefault("content_type", "application/json")
    client = Client(raise_request_exception=False)
    return client.generic(method, path, content if body is not None else "", headers=headers, **how)


def assert_problem(response, status: int | None = None, kind: str | None = None):
    told = response.content.decode()
    assert response.headers["Content-Type"] == "application/problem+json", told
    body = response.json()
    assert body["status"] == response.status_code
    assert 400 <= response.status_code < 500, told
    assert re.fullmatch(r"urn:boxoffice:[a-z-]+", body["type"])
    assert body["detail"].strip()
    if status:
        assert response.status_code == status, told
    if kind:
        assert body["type"] == f"urn:boxoffice:{kind}"
    return body


@contextmanager
def written():
    """The statements that change a row, while the block runs."""
    statements = []

    def note(execute, sql, params, many, context):
        if sql.startswith(("INSERT", "UPDATE", "DELETE")):
            statements.append(sql)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        yield statements


def rendered(response):
    response.render()
    response.json = lambda: json.loads(response.content)
    return response


def test_all_apis_were_found():
    assert len(ADDRESSES) >= 30
    assert {address.callback.cls.__module__.split(".")[2] for address in ADDRESSES} == set(EVERYTHING)


@each
class TestEveryAddress:
    def test_another_method_is_a_problem_that_names_those_there_are(self, address):
        for method in {"get", "post", "put", "patch", "delete"} - {*address.methods}:
            response = ask(method.upper(), address.at(), admitted(address), {})
            assert_problem(response, 405, "method-not-allowed")
            assert all(allowed.upper() in response.headers["Allow"] for allowed in address.methods)

    def test_who_says_nothing_is_asked_who_it_is(self, address):
        for method in address.methods:
            response = ask(method.upper(), address.at())
            if callers.Anybody is address.permission:
                assert response.status_code not in (401, 403)
            else:
                assert_problem(response, 401, "not-authenticated")
                assert response.headers["WWW-Authenticate"] == "Bearer"

    def test_a_token_that_does_not_hold_is_refused_even_where_none_is_needed(self, address):
        for said in ("Bearer", "Bearer x", "Basic dXNlcjpwYXNz", "Bearer " + "[" * 50, "x" * 5000):
            for method in address.methods:
                response = Client().generic(method.upper(), address.at(), headers={"Authorization": said})
                assert_problem(response, 401, "not-authenticated")

    def test_a_person_is_no_service_and_a_service_no_person(self, address):
        permission = address.permission
        if permission is callers.Anybody:
            return
        wrong = service() if permission is callers.People else world.actor(is_superuser=True).token
        for method in address.methods:
            assert_problem(ask(method.upper(), address.at(), wrong, {}), 403, "not-allowed")

    def test_a_service_that_has_no_business_here_is_refused(self, address):
        permission = address.permission
        if permission in (callers.Anybody, callers.People):
            return
        # who may call is said in the code; whatever that is, a service of no context at all may not
        for contexts in ((), ("accounts",), ("notifications",)):
            token = token_for_service("stranger", list(contexts))
            for method in address.methods:
                assert_problem(ask(method.upper(), address.at(), token, {}), 403, "not-allowed")

    def test_another_media_type_is_a_problem(self, address):
        methods = [
            method
            for method in ("post", "put")
            if method in address.methods and address.operations[method].reads
        ]
        for method, kind in itertools.product(
            methods, ("text/plain", "application/xml", "multipart/form-data; boundary=x", "rubbish")
        ):
            response = ask(method.upper(), address.at(), admitted(address), "a=b", content_type=kind)
            assert_problem(response, 415, "unsupported-media-type")

    def test_an_answer_that_cannot_be_given_is_a_problem(self, address):
        for method in address.methods:
            response = ask(method.upper(), address.at(), admitted(address), HTTP_ACCEPT="text/html")
            assert_problem(response, 406, "not-acceptable")

    def test_strange_things_in_the_address_are_a_problem(self, address):
        token = admitted(address)
        for kind, values in STRANGE.items():
            if f"<{kind}:" not in address.path:
                continue
            for value in values:
                for method in address.methods:
                    reads = address.operations[method].reads
                    body = valid(reads()) if reads and method == "post" else None if method == "get" else {}
                    assert_problem(ask(method.upper(), address.at(**{kind: value}), token, body))


def test_seats_of_a_band_that_no_number_can_name_are_a_problem():
    for number in (2**63, 2**64, "9" * 400):
        response = ask("PUT", f"/api/v1/seats/{number}/capacity", service(), {"capacity": 5})
        assert_problem(response, 404)


STRANGE = {
    "int": [str(2**31), str(2**63 - 1), str(2**63), str(2**64), "9" * 400, "-1", "1.5", "%00", "x"],
    "str": ["%00", "%00%00", "CC%00", "%FF", "é", "x" * 5000, "%F0%9F%8E%AD", "%20", "'", "%25", ";", "%2F"],
    "slug": ["%00", "x" * 5000, "%FF", "a%20b", "é", "'"],
    "uuid": ["%00", "x", "0" * 32, "00000000-0000-0000-0000-00000000000g", "9" * 400],
}

HUGE = [2**31, 2**63 - 1, 2**63, 2**64, -1, -(2**63) - 1, 10**400, 1e308]
RUBBISH = [
    None,
    True,
    False,
    0,
    -1,
    0.5,
    "",
    " ",
    "x",
    "\x00",
    "a\x00b",
    "\ud800",
    [],
    [[]],
    [None],
    {},
    {"a": 1},
]
RUBBISH += [
    *HUGE,
    *(str(number) for number in HUGE),
    "NaN",
    "Infinity",
    "-0",
    "1e400",
    "é" * 5000,
    "x" * 10_000,
]
RUBBISH += ["1,2,,3", ",", "1,2,x", ",".join(["9" * 19] * 501), [2**64], ["x"] * 3, "0001-01-01T00:00:00Z"]


@each_that_reads
class TestWhatIsSent:
    def test_what_is_no_json_object_is_a_problem(self, address, method):
        if method == "get":
            return
        token = admitted(address)
        bodies = [
            b"{", b"nonsense", b"\xff\xfe", b"[]", b"[1]", b"5", b'"text"', b"null", b"true",
            b'{"a": NaN}', b'{"a": Infinity}', b"\x00", b"[" * 100_000, b'{"a":' * 50_000,
        ]  # fmt: skip
        with written() as statements:
            for body in bodies:
                assert_problem(ask(method.upper(), address.at(), token, body), 400, "invalid")
        assert statements == []

    def test_no_value_of_any_field_is_a_crash(self, address, method):
        """The view alone is asked, without middleware: that is fast, and an exception is seen as itself."""
        headers = {"Authorization": f"Bearer {admitted(address)}"}
        good = valid(address.operations[method].reads())
        path = address.at()
        found = resolve(path)
        for name in good:
            for value in RUBBISH:
                sent = {**good, name: value}
                if method == "get":
                    if isinstance(value, dict | list) or value == "\ud800":
                        continue  # no address can hold them
                    sent[name] = "" if value is None else value
                    request = RequestFactory(headers=headers).get(path, sent)
                else:
                    sent = json.dumps(sent)
                    make = getattr(RequestFactory(headers=headers), method)
                    request = make(path, sent, "application/json")
                with transaction.atomic(), written() as statements:
                    response = found.func(request, **found.kwargs)
                    transaction.set_rollback(True)
                if response.status_code >= 400:
                    assert statements == []
                    assert_problem(rendered(response))

    def test_nothing_at_all_is_a_problem_that_names_each_field(self, address, method):
        serializer = address.operations[method].reads()
        required = {name for name, field in serializer.fields.items() if field.required}
        if required:
            told = assert_problem(ask(method.upper(), address.at(), admitted(address), {}), 400, "invalid")
            assert set(told["fields"]) == required


def valid(serializer) -> dict:
    """Input that the serializer takes."""
    examples = {
        "IntegerField": 1,
        "BooleanField": True,
        "UUIDField": str(uuid.UUID(int=7)),
        "DecimalField": "1.00",
        "DateTimeField": "2030-01-01T12:00:00Z",
        "EmailField": "ada@example.org",
        "CharField": "text",
        "Numbers": "1,2",
        "PageNumber": "1",
        "ListField": [1],
        "ChoiceField": "",
    }
    made = {}
    for name, field in serializer.fields.items():
        kind = next((base.__name__ for base in type(field).__mro__ if base.__name__ in examples), None)
        if hasattr(field, "many") or type(field).__name__ == "ListSerializer":
            made[name] = [valid(field.child)]
        else:
            assert kind, f"no example of a {type(field).__name__}"
            made[name] = examples[kind] or next(iter(field.choices))
    return made


@pytest.mark.parametrize(
    "path", ["/api/", "/api/v1/", "/api/v1/nothing", "/api/v2/events", "/api/v1/orders/", "/api/%00"]
)
def test_an_address_that_is_nobodys_is_a_problem(path):
    for method in ("GET", "POST", "DELETE"):
        assert_problem(ask(method, path), 404, "not-found")


def test_a_crash_is_a_problem_of_ours_that_tells_nothing(monkeypatch):
    def crash(**asked):
        raise RuntimeError("a secret")

    monkeypatch.setattr("boxoffice.contexts.catalog.selectors.search", crash)
    response = ask("GET", "/api/v1/events")
    assert response.status_code == 500
    assert response.headers["Content-Type"] == "application/problem+json"
    assert response.json()["type"] == "urn:boxoffice:error"
    assert "secret" not in response.content.decode()
