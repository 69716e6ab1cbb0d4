"""People and services: who gets a token, and when it ends."""

import hashlib

import pytest

from boxoffice.chassis import tokens
from boxoffice.contexts.accounts import selectors, services
from boxoffice.contexts.accounts.contracts import NotRegistered, NotRenewed, WrongCredentials
from boxoffice.contexts.accounts.models import User
from boxoffice.tests import world

pytestmark = pytest.mark.django_db

FORM = {"email": "ada@example.org", "first_name": "Ada", "last_name": "Birch",
        "password1": "a-long-one-indeed", "password2": "a-long-one-indeed"}  # fmt: skip


def test_whoever_registers_holds_tokens_and_can_log_in():
    held = services.register(**FORM)
    person = tokens.actor(held.access)
    assert (person.email, person.name, person.is_staff, person.is_superuser) == (
        "ada@example.org", "Ada Birch", False, False,
    )  # fmt: skip
    assert tokens.actor(services.authenticate("ada@example.org", "a-long-one-indeed").access) == person
    assert User.objects.get().last_login is not None


@pytest.mark.parametrize(
    "changed",
    [
        {"email": ""}, {"email": "no address"}, {"email": "x" * 140 + "@example.org"},
        {"password1": "short", "password2": "short"}, {"password2": "another"}, {"first_name": "x" * 151},
        {"password1": "ada@example.org", "password2": "ada@example.org"},
        {"password1": "1234567890", "password2": "1234567890"},
    ],
    ids=str,
)  # fmt: skip
def test_a_form_that_makes_no_sense_makes_no_account_and_says_what_is_wrong_where(changed):
    with pytest.raises(NotRegistered) as caught:
        services.register(**{**FORM, **changed})
    assert set(caught.value.fields) & {*changed, "password2"}
    assert all(sentences for sentences in caught.value.fields.values())
    assert User.objects.count() == 0


def test_one_address_is_one_account_however_it_is_written(monkeypatch):
    services.register(**FORM)
    for email in ("ada@example.org", "ADA@Example.ORG"):
        with pytest.raises(NotRegistered) as caught:
            services.register(**{**FORM, "email": email})
        assert caught.value.fields == services.TAKEN
    # the same form sent twice at once: both found the address free
    monkeypatch.setattr(
        "boxoffice.contexts.accounts.forms.RegisterForm.clean_email", lambda form: "ada@example.org"
    )
    monkeypatch.setattr(User, "validate_unique", lambda *_, **__: None)
    with pytest.raises(NotRegistered) as caught:
        services.register(**FORM)
    assert caught.value.fields == services.TAKEN
    assert User.objects.count() == 1


@pytest.mark.parametrize(
    ("email", "password"),
    [("ada@example.org", "wrong"), ("ada@example.org", ""), ("nobody@example.org", world.PASSWORD), ("", "")],
)
def test_wrong_credentials_open_nothing(email, password):
    world.user("ada@example.org")
    with pytest.raises(WrongCredentials):
        services.authenticate(email, password)


def test_a_closed_account_opens_nothing():
    world.user("ada@example.org", is_active=False)
    with pytest.raises(WrongCredentials):
        services.authenticate("ada@example.org", world.PASSWORD)


class TestRenewal:
    @pytest.fixture
    def account(self):
        return world.user("ada@example.org")

    @pytest.fixture
    def held(self, account):
        return services.authenticate("ada@example.org", world.PASSWORD)

    def test_gives_new_tokens_that_say_what_is_true_now(self, account, held):
        User.objects.update(is_staff=True, first_name="Zoë", last_name="Birch")
        again = selectors.renew(held.refresh)
        person = tokens.actor(again.access)
        assert (person.name, person.is_staff) == ("Zoë Birch", True)
        assert selectors.renew(again.refresh)

    def test_ends_with_the_password(self, account, held):
        account.set_password("another-long-one")
        account.save()
        with pytest.raises(NotRenewed):
            selectors.renew(held.refresh)
        assert selectors.renew(services.authenticate("ada@example.org", "another-long-one").refresh)

    @pytest.mark.parametrize(
        "end", [lambda: User.objects.update(is_active=False), lambda: User.objects.all().delete()]
    )
    def test_ends_with_the_account(self, held, end):
        end()
        with pytest.raises(NotRenewed):
            selectors.renew(held.refresh)

    def test_is_not_to_be_had_for_any_other_token(self, held):
        for token in (held.access, selectors.service_token("web", "only for the tests"), "", "rubbish"):
            with pytest.raises(NotRenewed):
                selectors.renew(token)

    def test_ends_after_its_time(self, account, settings):
        settings.REFRESH_SECONDS = -1
        held = services.authenticate("ada@example.org", world.PASSWORD)
        with pytest.raises(NotRenewed):
            selectors.renew(held.refresh)

    def test_neither_token_is_printed(self, held):
        assert held.access not in repr(held)
        assert held.refresh not in repr(held)


class TestServices:
    @pytest.fixture(autouse=True)
    def two(self, settings):
        settings.SERVICE_CLIENTS = {
            name: {"sha256": hashlib.sha256(f"{name}'s secret".encode()).hexdigest(), "contexts": [name]}
            for name in ("orders", "catalog")
        }

    def test_a_service_is_believed_its_name_for_its_secret(self):
        token = selectors.service_token("orders", "orders's secret")
        assert tokens.service_name(token) == "orders"
        assert tokens.claims(token, "service")["contexts"] == ["orders"]

    @pytest.mark.parametrize(
        ("name", "secret"),
        [
            ("orders", "catalog's secret"),
            ("nobody", "orders's secret"),
            ("orders", ""),
            ("", ""),
            ("orders", "é"),
        ],
    )
    def test_and_for_nothing_else(self, name, secret):
        with pytest.raises(WrongCredentials):
            selectors.service_token(name, secret)
