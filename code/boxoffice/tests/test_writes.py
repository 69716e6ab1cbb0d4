"""Writes over an API: once for a key, braked where it is dear, and nothing at all of what is too large."""

import json
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from boxoffice.chassis.settings import LARGEST_BODY
from boxoffice.contexts.inventory import facade as inventory
from boxoffice.contexts.inventory.contracts import SoldOut
from boxoffice.contexts.inventory.models import Hold, KeyedAnswer
from boxoffice.tests import world

pytestmark = pytest.mark.django_db

HOLDS, CHECKOUTS = "/api/v1/holds", "/api/v1/checkouts"


def post(path, actor, body, key: str = "", **headers):
    headers |= {"Authorization": f"Bearer {actor.token}"} | ({"Idempotency-Key": key} if key else {})
    content = body if isinstance(body, bytes | str) else json.dumps(body)
    return Client(raise_request_exception=False).post(
        path, content, content_type="application/json", headers=headers
    )


def kind(response) -> str:
    return response.json()["type"].removeprefix("urn:boxoffice:")


@pytest.fixture
def band():
    return world.band(seats=10)


@pytest.fixture
def buyer():
    return world.actor()


class TestOnceForAKey:
    @pytest.mark.parametrize("path", [HOLDS, CHECKOUTS])
    def test_the_same_request_is_done_once_and_answered_alike(self, path, band, buyer):
        body = {"band_id": band.pk, "quantity": 2}
        first, second = post(path, buyer, body, "a-key"), post(path, buyer, body, "a-key")
        assert first.status_code == second.status_code == 201
        assert first.content == second.content
        assert Hold.objects.count() == 1

    @pytest.mark.parametrize("path", [HOLDS, CHECKOUTS])
    @pytest.mark.parametrize("changed", [{"quantity": 3}, {"band_id": None}])
    def test_another_request_with_the_same_key_is_refused(self, path, changed, band, buyer):
        body = {"band_id": band.pk, "quantity": 2}
        post(path, buyer, body, "a-key")
        other = {"band_id": world.band().pk} if "band_id" in changed else changed
        refused = post(path, buyer, body | other, "a-key")
        assert (refused.status_code, kind(refused)) == (422, "key-reused")
        assert Hold.objects.count() == 1

    def test_without_a_key_and_with_another_it_is_done_again(self, band, buyer):
        body = {"band_id": band.pk, "quantity": 1}
        for key in ("", "", "one", "two"):
            assert post(HOLDS, buyer, body, key).status_code == 201
        assert Hold.objects.count() == 4

    def test_a_key_is_the_caller_s_own(self, band, buyer):
        body = {"band_id": band.pk, "quantity": 2}
        mine, other = post(HOLDS, buyer, body, "a-key"), post(HOLDS, world.actor(), body, "a-key")
        assert mine.json()["reference"] != other.json()["reference"]
        assert {mine.json()["buyer_id"], other.json()["buyer_id"]} == {
            *Hold.objects.values_list("buyer_id", flat=True)
        }

    def test_a_refusal_leaves_the_key_unused(self, buyer):
        band = world.band(seats=1)
        body = {"band_id": band.pk, "quantity": 2}
        assert kind(post(HOLDS, buyer, body, "a-key")) == "sold-out"
        inventory.set_capacity(band.pk, 5)
        assert post(HOLDS, buyer, body, "a-key").status_code == 201

    def test_a_crash_between_the_key_and_the_hold_leaves_neither(self, band, buyer, monkeypatch):
        def crash(**fields):
            raise RuntimeError("the power is gone")

        body = {"band_id": band.pk, "quantity": 2}
        with monkeypatch.context() as patched:
            patched.setattr(Hold.objects, "create", crash)
            assert post(HOLDS, buyer, body, "a-key").status_code == 500
        assert (Hold.objects.count(), KeyedAnswer.objects.count()) == (0, 0)
        assert post(HOLDS, buyer, body, "a-key").status_code == 201

    def test_a_crash_after_the_hold_leaves_neither(self, band, buyer, monkeypatch):
        def crash(self, **fields):
            raise RuntimeError("the power is gone")

        body = {"band_id": band.pk, "quantity": 2}
        with monkeypatch.context() as patched:
            patched.setattr(KeyedAnswer, "save", crash)
            assert post(HOLDS, buyer, body, "a-key").status_code == 500
        assert (Hold.objects.count(), KeyedAnswer.objects.count()) == (0, 0)
        assert post(HOLDS, buyer, body, "a-key").status_code == 201

    @pytest.mark.parametrize("key", ["x" * 81, "a b", "é", "\x7f"])
    def test_a_key_that_is_none_is_named(self, key, band, buyer):
        refused = post(HOLDS, buyer, {"band_id": band.pk, "quantity": 2}, key)
        assert refused.status_code == 400
        assert "Idempotency-Key" in refused.json()["fields"]
        assert Hold.objects.count() == 0

    def test_old_answers_are_forgotten_and_young_ones_kept(self, band, buyer, capsys):
        body = {"band_id": band.pk, "quantity": 1}
        for key in ("old", "young"):
            post(HOLDS, buyer, body, key)
        KeyedAnswer.objects.filter(key="old").update(created_at=timezone.now() - timedelta(hours=25))
        call_command("forget_keys")
        assert capsys.readouterr().out == "inventory: 1 forgotten\n"
        assert [row.key for row in KeyedAnswer.objects.all()] == ["young"]
        with pytest.raises(CommandError, match="1 or more"):
            call_command("forget_keys", hours=0)


class TestRemoteCallsAreKeyed:
    def test_a_call_that_was_cut_off_is_made_again_with_its_key(self, line, settings, band, buyer):
        """The answer to the first try is lost on the way back; the second finds what it did."""
        import requests

        line.take_apart(settings)
        carry, lost = line._boxoffice, []

        def lose_one(request):
            answer = carry(request)
            if request.url.endswith(HOLDS) and not lost:
                lost.append(request.headers["Idempotency-Key"])
                raise requests.ConnectionError("cut off")
            return answer

        line._boxoffice = lose_one
        hold = inventory.place_hold(actor=buyer, band_id=band.pk, quantity=2)
        assert lost
        assert [str(one.reference) for one in Hold.objects.all()] == [str(hold.reference)]


class TestBrakes:
    @pytest.fixture(autouse=True)
    def rates(self, settings):
        cache.clear()
        settings.THROTTLES = {"holds": "3/min", "logins": "3/min"}

    def test_a_person_who_keeps_asking_for_seats_is_braked_and_nobody_else(self, buyer):
        band = world.band(seats=50)
        body = {"band_id": band.pk, "quantity": 1}
        met = [post(HOLDS, buyer, body) for _ in range(5)]
        assert [one.status_code for one in met] == [201, 201, 201, 429, 429]
        assert kind(met[-1]) == "too-many-requests"
        assert 1 <= int(met[-1].headers["Retry-After"]) <= 60
        assert post(HOLDS, world.actor(), body).status_code == 201
        assert Hold.objects.count() == 4

    def test_looking_and_giving_back_are_not_braked(self, buyer):
        hold = world.hold(buyer, world.band().pk)
        for _ in range(6):
            answer = Client().get(
                f"{HOLDS}/{hold.reference}", headers={"Authorization": f"Bearer {buyer.token}"}
            )
            assert answer.status_code == 200
            assert post(f"{HOLDS}/{hold.reference}/release", buyer, {}).status_code == 200

    def test_guesses_at_one_account_are_braked_wherever_they_come_from(self):
        world.user("ada@example.org")

        def log_in(email, password, address):
            return Client().post(
                "/api/v1/tokens",
                json.dumps({"email": email, "password": password}),
                content_type="application/json",
                REMOTE_ADDR=address,
            )

        met = [log_in("Ada@example.org", f"guess{number}", f"10.0.0.{number}") for number in range(5)]
        assert [one.status_code for one in met] == [401, 401, 401, 429, 429]
        assert log_in("ada@example.org", world.PASSWORD, "10.0.0.9").status_code == 429  # the same account
        assert log_in("bo@example.org", "x", "10.0.0.1").status_code == 401

    def test_no_rate_is_no_brake(self, settings, buyer):
        settings.THROTTLES = {"holds": None, "logins": None}
        band = world.band(seats=50)
        for _ in range(10):
            assert post(HOLDS, buyer, {"band_id": band.pk, "quantity": 1}).status_code == 201


class TestWhatOnlyTheServerMaySet:
    @pytest.mark.parametrize(
        "field", ["reference", "buyer_id", "expires_at", "state", "id", "attempt", "nonsense"]
    )
    def test_it_is_refused_and_named_and_nothing_is_written(self, field, band, buyer):
        body = {"band_id": band.pk, "quantity": 2, field: 1}
        refused = post(HOLDS, buyer, body)
        assert refused.status_code == 400
        assert refused.json()["fields"] == {field: ["There is no such field."]}
        assert Hold.objects.count() == 0

    def test_it_is_named_together_with_all_else_that_is_wrong(self, buyer):
        refused = post(HOLDS, buyer, {"quantity": 99, "nonsense": 1})
        assert refused.status_code == 400
        assert set(refused.json()["fields"]) == {"band_id", "quantity", "nonsense"}

    @pytest.mark.parametrize(
        "quantity", [0, -1, 11, 1.5, True, None, [1], "2", "９", 1e30, 10**30, "1\x00", {}, ""]
    )
    def test_a_quantity_that_is_none_is_refused(self, quantity, band, buyer):
        refused = post(HOLDS, buyer, {"band_id": band.pk, "quantity": quantity})
        assert refused.status_code == 400
        assert list(refused.json()["fields"]) == ["quantity"]
        assert Hold.objects.count() == 0

    def test_many_unknown_fields_make_no_long_answer(self, band, buyer):
        body = {f"field{number}" * 50: 1 for number in range(300)}
        refused = post(HOLDS, buyer, body)
        assert refused.status_code == 400
        assert len(refused.content) < 5_000


class TestSize:
    def test_ten_megabytes_are_a_problem_and_not_read(self, band, buyer):
        body = json.dumps({"band_id": band.pk, "quantity": 2, "x": "x" * 10_000_000})
        refused = post(HOLDS, buyer, body)
        assert (refused.status_code, kind(refused)) == (413, "too-large")
        assert Hold.objects.count() == 0

    def test_what_fits_is_read_to_its_last_byte(self, band, buyer):
        body = json.dumps({"band_id": band.pk, "quantity": 2})
        assert post(HOLDS, buyer, body + " " * (LARGEST_BODY - len(body))).status_code == 201
        assert post(HOLDS, buyer, body + " " * (LARGEST_BODY - len(body) + 1)).status_code == 413

    def test_another_charset_is_still_utf_8(self, band, buyer):
        body = json.dumps({"band_id": band.pk, "quantity": 2})
        for charset in ("latin-1", "utf-16", "base64", "rubbish"):
            answer = Client(raise_request_exception=False).generic(
                "POST",
                HOLDS,
                body,
                content_type=f"application/json; charset={charset}",
                headers={"Authorization": f"Bearer {buyer.token}"},
            )
            assert answer.status_code == 201, charset


def test_sold_out_says_how_many_are_left_and_no_word_of_the_docstring():
    with pytest.raises(SoldOut) as met:
        inventory.place_hold(actor=world.actor(), band_id=world.band(seats=1).pk, quantity=2)
    assert (str(met.value), met.value.left) == ("Fewer seats are left than asked for.", 1)
