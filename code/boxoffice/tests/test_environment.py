"""Settings from the environment: a variable that is wrong stops the start with one line that names it."""

import json
import os
import subprocess
import sys

import pytest
from django.core.exceptions import ImproperlyConfigured

from boxoffice.chassis import environment
from boxoffice.chassis.settings import BOXOFFICE
from boxoffice.services import common

SECRET = "hunter2-and-more"

WRONG = {
    "DEBUG": ["perhaps", "2"],
    "LAB": ["perhaps"],
    "CALL_SECONDS": ["soon", "0", "-1", "nan", "inf", "1,5", ""],
    "PAYMENTS_TIMEOUT": ["soon", "0"],
    "HOLD_SECONDS": ["0", "1.5", "soon"],
    "TOKEN_SECONDS": ["0", "soon"],
    "REFRESH_SECONDS": ["0", "soon"],
    "CONN_MAX_AGE": ["-1", "soon"],
    "CONTEXTS": ["catalogue", "accounts,nobody"],
    "SECRET_KEY": [""],
    "TOKEN_PRIVATE_KEY": ["", SECRET, f"-----BEGIN PRIVATE KEY-----\n{SECRET}\n-----END PRIVATE KEY-----"],
    "TOKEN_PUBLIC_KEYS": [SECRET, "[]", f'{{"keys": "{SECRET}"}}', '{"keys": [{"kty": "?"}]}', '{"keys": []}'],
    "SERVICE_CLIENTS": [SECRET, "[]", f'{{"web": "{SECRET}"}}', '{"web": {"contexts": []}}'],
    "PASSWORD_HASHER": ["plain"],
    "PROVIDER_URL": ["provider", f"ftp://x:{SECRET}@y", "http://", f"http://x:{SECRET}@[", "http://x:99999"],
    "DATABASE_URL": [f"mysql://x:{SECRET}@y/z", f"postgres://x:{SECRET}@y:port/z", SECRET, f"postgres://x:{SECRET}@["],
    "ORDERS_DATABASE_URL": [f"mysql://x:{SECRET}@y/z", SECRET],
}  # fmt: skip
UNSET = {
    "CALL_SECONDS": "",
    "TOKEN_PUBLIC_KEYS": '{"keys": []}',
}  # these mean "as usual" where they are empty


def load(monkeypatch, **variables: str) -> dict:
    """The settings of the modular monolith in that environment."""
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    contexts = [word for word in os.environ.get("CONTEXTS", ",".join(common.ALL_CONTEXTS)).split(",") if word]
    return common.service("web", tuple(contexts), calls=common.ALL_CONTEXTS, pages=True)


@pytest.mark.parametrize(
    ("name", "value"),
    [(name, value) for name, values in WRONG.items() for value in values if UNSET.get(name) != value],
    ids=lambda text: ascii(text[:24]),
)
def test_one_that_is_wrong_is_named_in_one_line_and_no_secret_repeated(monkeypatch, name, value):
    with pytest.raises(ImproperlyConfigured) as caught:
        load(monkeypatch, **{name: value})
    sentence = str(caught.value)
    assert sentence.startswith((f"{name} ", f"{name}:"))
    assert "\n" not in sentence
    assert SECRET not in sentence


def test_the_usual_environment_is_fine_and_so_is_an_empty_value_of_what_may_be_left_out(monkeypatch):
    assert load(monkeypatch, **UNSET)["CALL_SECONDS"] == 2


def test_the_address_of_whoever_is_called_must_be_known(monkeypatch):
    with pytest.raises(ImproperlyConfigured, match="^ORDERS_URL must be "):
        load(monkeypatch, CONTEXTS="accounts,catalog,inventory,payments,reporting,notifications")
    found = load(monkeypatch, ORDERS_URL="http://orders:8000/")
    assert found["CONTEXT_URLS"] == {"orders": "http://orders:8000"}


def test_fast_password_hashing_is_for_the_lab_alone(monkeypatch):
    assert "MD5" in load(monkeypatch)["PASSWORD_HASHERS"][0]
    with pytest.raises(ImproperlyConfigured, match="^PASSWORD_HASHER must be"):
        load(monkeypatch, LAB="0")
    found = load(monkeypatch, LAB="0", PASSWORD_HASHER="pbkdf2")
    assert found["PASSWORD_HASHERS"] == ["django.contrib.auth.hashers.PBKDF2PasswordHasher"]


def test_a_service_knows_the_private_key_only_where_accounts_runs():
    for context in common.ALL_CONTEXTS:
        if context != "accounts":
            assert not {"TOKEN_PRIVATE_KEY", "SERVICE_CLIENTS", "AUTH_USER_MODEL"} & set(
                common.WANTS.get(context, dict)()
            )


def test_nobody_calls_in_a_circle():
    def all_called(context):
        direct = common.CALLS[context]
        return {*direct, *(further for callee in direct for further in all_called(callee))}

    assert set(common.CALLS) == set(common.ALL_CONTEXTS)
    for context in common.ALL_CONTEXTS:
        assert context not in all_called(context)


def test_each_context_has_the_database_that_is_named_for_it(monkeypatch):
    found = load(monkeypatch, ORDERS_DATABASE_URL="postgres://x:y@z/orders")["DATABASES"]
    assert set(found) == {"default", "orders"}
    assert found["orders"]["NAME"] == "orders"


def test_accounts_cannot_be_parted_from_the_sessions_that_live_beside_it(monkeypatch):
    with pytest.raises(ImproperlyConfigured, match="accounts lives beside sessions"):
        load(monkeypatch, ACCOUNTS_DATABASE_URL="postgres://x:y@z/accounts")


def test_a_writer_on_sqlite_takes_its_lock_at_the_start():
    options = environment.database_at("/nowhere/x.sqlite3")["OPTIONS"]
    assert options["transaction_mode"] == "IMMEDIATE"
    assert options["timeout"] >= 5


def test_a_start_with_a_wrong_variable_ends_with_one_line_on_any_way_in():
    manage = [sys.executable, str(BOXOFFICE / "manage.py"), "catalog", "check"]
    env = {**os.environ, "CALL_SECONDS": "soon", "INVENTORY_URL": "http://x", "ACCOUNTS_URL": "http://y"}
    done = subprocess.run(manage, env=env, capture_output=True, text=True)
    assert done.returncode != 0
    assert done.stderr.strip() == (
        "ImproperlyConfigured: CALL_SECONDS must be a number, 0.01 or more, not 'soon'."
    )


def test_a_pair_of_keys_is_printed_for_a_shell():
    done = subprocess.run(
        [sys.executable, "-m", "boxoffice.chassis.keys"], capture_output=True, text=True, check=True,
        env={**os.environ, "PYTHONPATH": str(BOXOFFICE.parent)},
    )  # fmt: skip
    printed = subprocess.run(
        ["sh", "-c", f'{done.stdout}\nprintf "%s\\n%s" "$TOKEN_PUBLIC_KEYS" "$TOKEN_PRIVATE_KEY"'],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    public, _, private = printed.stdout.partition("\n")
    assert len(json.loads(public)["keys"]) == 1
    assert private.startswith("-----BEGIN PRIVATE KEY-----")
