"""An outbox, its relay and a reader, in this process, with a real Redis: what goes wrong, and what becomes of it."""

import json
import subprocess
import time
import uuid
from decimal import Decimal

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from django.db import transaction
from redis import Redis

from boxoffice.chassis import inbox, relay
from boxoffice.chassis.databases import atomic
from boxoffice.chassis.inbox import Message, act_once
from boxoffice.contexts.notifications.contracts import OrderNewsContract
from boxoffice.contexts.notifications.models import DeadLetter, InboxMessage, Notification
from boxoffice.contexts.orders.events import outbox
from boxoffice.contexts.orders.models import OutboxMessage
from boxoffice.services import messages
from lab import redis as servers
from lab.errors import NotHere
from lab.processes import free_port

pytestmark = pytest.mark.django_db
STREAM, GROUP = "boxoffice:orders", "notifications"


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    try:
        servers.program()
    except NotHere as problem:
        pytest.skip(str(problem))
    port = free_port()
    process = subprocess.Popen(
        servers.argv(tmp_path_factory.mktemp("redis"), port), stdout=subprocess.DEVNULL
    )
    deadline = time.monotonic() + 20
    while True:
        try:
            servers.ping(port)
            break
        except OSError:
            assert time.monotonic() < deadline
            time.sleep(0.02)
    yield f"redis://127.0.0.1:{port}/0"
    process.terminate()
    process.wait()


@pytest.fixture
def redis(server, settings):
    settings.REDIS_URL = server
    client = Redis.from_url(server, decode_responses=True)
    client.flushall()
    yield client
    client.close()


@pytest.fixture
def relaying(redis):
    (found,) = (one for one in messages.relays() if one.outbox.context == "orders")
    return found


@pytest.fixture
def reading(redis):
    found = reader("first")
    found.patience = 0.05
    return found


def reader(name: str):
    (found,) = messages.readers(name)
    return found


def news(number: str = "CC-1") -> OrderNewsContract:
    return OrderNewsContract(number, "paid", Decimal("20.00"), 1, "Ada Birch", "ada@example.org", ())


def tell(*numbers: str) -> None:
    for number in numbers:
        with atomic(OutboxMessage):
            outbox.tell("order.paid", news(number))


def told() -> list[str]:
    return [one.subject.rpartition(" ")[2] for one in Notification.objects.order_by("pk")]


def left() -> int:
    return OutboxMessage.objects.count()


# the outbox


@pytest.mark.django_db(transaction=True)
def test_a_message_is_part_of_the_change_or_refused(redis):
    with pytest.raises(transaction.TransactionManagementError, match="part of the change"):
        outbox.tell("order.paid", news())
    with pytest.raises(ZeroDivisionError), atomic(OutboxMessage):
        outbox.tell("order.paid", news())
        raise ZeroDivisionError
    assert left() == 0


def test_what_nobody_could_be_told_without_redis_is_not_written(settings):
    settings.REDIS_URL = ""
    with atomic(OutboxMessage):
        outbox.tell("order.spoken of", news())
    assert left() == 0


def test_without_redis_relay_hands_over_what_is_left(settings, monkeypatch):
    settings.REDIS_URL = ""
    tell("CC-1", "CC-2")  # the test's transaction never commits, so nothing was handed over yet
    real, tried = outbox.hand_over["order.paid"], []

    def fails_once(message_id, body):
        tried.append(body["number"])
        if len(tried) == 1:
            raise ConnectionError
        real(message_id, body)

    monkeypatch.setitem(outbox.hand_over, "order.paid", fails_once)
    call_command("relay", "--once")
    assert (told(), left()) == (["CC-2"], 1)
    call_command("relay", "--once")
    assert (told(), left(), tried) == (["CC-2", "CC-1"], 0, ["CC-1", "CC-2", "CC-1"])


# on the way


def test_a_message_leaves_the_outbox_once_its_reader_is_done_and_not_before(redis, relaying, reading):
    tell("CC-1", "CC-2", "CC-3")
    relaying.round()
    assert (left(), redis.xlen(STREAM)) == (3, 3)
    relaying.round()
    assert left() == 3
    reading.round(), reading.round()
    assert told() == ["CC-1", "CC-2", "CC-3"]
    relaying.round()
    assert (left(), redis.xlen(STREAM), redis.xpending(STREAM, GROUP)["pending"]) == (0, 0, 0)


def test_the_request_s_number_travels_along(redis, relaying):
    from boxoffice.chassis.middleware import request_id

    request_id.set("the-request")
    tell("CC-1")
    relaying.send()
    ((_, fields),) = redis.xrange(STREAM)
    assert fields["request_id"] == "the-request" and json.loads(fields["body"])["number"] == "CC-1"


def test_one_that_is_not_done_keeps_its_row_and_holds_up_no_reader(redis, relaying, reading):
    """The rows behind it wait with it, as Redis says of a group only what it has not acknowledged first."""
    tell("CC-1", "CC-2", "CC-3")
    relaying.round()
    real, well = reading.acts[STREAM], []

    def fails(message: Message):
        if message.body["number"] == "CC-1" and not well:
            raise ConnectionError("not today")
        real(message)

    reading.acts[STREAM] = fails
    reading.round(), reading.round()
    relaying.round()
    assert (told(), left()) == (["CC-2", "CC-3"], 3)
    well.append(True)
    time.sleep(reading.patience)
    reading.round()
    relaying.round()
    assert (told(), left()) == (["CC-2", "CC-3", "CC-1"], 0)


def test_redis_that_forgets_everything_loses_nothing(redis, relaying, reading):
    tell("CC-1", "CC-2")
    relaying.round(), reading.round(), reading.round()
    tell("CC-3", "CC-4")
    relaying.send()
    redis.flushall()
    tell("CC-5")
    for _ in range(4):
        relaying.round(), reading.round()
    assert told() == ["CC-1", "CC-2", "CC-3", "CC-4", "CC-5"]
    relaying.round()
    assert left() == 0


def test_what_was_sent_twice_is_acted_on_once(redis, relaying, reading):
    tell("CC-1")
    relaying.send()
    OutboxMessage.objects.update(entry="")  # as if the relay had died between Redis and its commit
    relaying.send()
    assert redis.xlen(STREAM) == 2
    reading.round(), reading.round()
    assert (told(), InboxMessage.objects.count()) == (["CC-1"], 1)
    relaying.round()
    assert left() == 0


def test_a_reader_that_is_far_behind_finds_room_in_the_outbox(redis, relaying, monkeypatch):
    monkeypatch.setattr(relay, "LONGEST", 2)
    tell("CC-1", "CC-2", "CC-3")
    monkeypatch.setattr(relay, "BATCH", 1)
    assert [relaying.send() for _ in range(4)] == [1, 1, 0, 0]
    assert (left(), redis.xlen(STREAM)) == (3, 2)


# what fails


def test_what_fails_is_tried_again_later_and_later_and_then_is_a_dead_letter(redis, relaying, reading):
    tell("CC-1", "CC-2")
    relaying.send()
    reading.patience = 0.02
    tried, real = [], reading.acts[STREAM]

    def poisoned(message: Message):
        if message.body["number"] == "CC-1":
            tried.append(time.monotonic())
            raise ValueError("no such number")
        real(message)

    reading.acts[STREAM] = poisoned
    deadline = time.monotonic() + 20
    while not DeadLetter.objects.exists() and time.monotonic() < deadline:
        reading.round()
    assert told() == ["CC-2"]  # it held up nobody
    assert len(tried) == inbox.ATTEMPTS
    pauses = [after - before for before, after in zip(tried, tried[1:], strict=False)]
    assert all(pause >= 0.018 * 2**number for number, pause in enumerate(pauses))
    (dead,) = DeadLetter.objects.all()
    assert (
        dead.problem == "ValueError: no such number" and json.loads(dead.fields["body"])["number"] == "CC-1"
    )
    relaying.round()
    assert left() == 0
    reading.round()
    assert len(tried) == inbox.ATTEMPTS


@pytest.mark.parametrize(
    "fields",
    [
        {"id": "x", "kind": "order.paid", "body": "{}"},
        {"kind": "a"},
        {"id": str(uuid.UUID(int=1)), "kind": "a", "body": "{"},
    ],
)
def test_what_is_no_message_is_a_dead_letter_at_once(redis, reading, fields):
    reading.round()
    redis.xadd(STREAM, fields)
    reading.round()
    (dead,) = DeadLetter.objects.all()
    assert dead.fields == fields
    assert redis.xpending(STREAM, GROUP)["pending"] == 0


def test_what_makes_no_sense_to_the_reader_is_a_dead_letter_in_the_end(redis, reading):
    reading.round()
    reading.patience = 0.01
    redis.xadd(
        STREAM,
        {"id": str(uuid.UUID(int=1)), "kind": "order.paid", "body": '{"number": 7}', "request_id": "-"},
    )
    redis.xadd(
        STREAM, {"id": str(uuid.UUID(int=2)), "kind": "order.shipped", "body": "{}", "request_id": "-"}
    )
    deadline = time.monotonic() + 20
    while not DeadLetter.objects.exists() and time.monotonic() < deadline:
        reading.round()
    assert DeadLetter.objects.get().problem.startswith("Garbled: ")
    assert redis.xpending(STREAM, GROUP)["pending"] == 0  # the other one is of no use here, and passed over


def test_what_one_that_died_has_left_is_taken_over(redis, relaying, reading):
    tell("CC-1", "CC-2")
    relaying.send()
    reading.round()
    dead = reader("dead")
    assert len(list(dead._new(0))) == 2  # given to it, and it did nothing more
    reading.round()
    assert told() == []
    time.sleep(reading.patience)
    reading.round()
    assert told() == ["CC-1", "CC-2"]


def test_whoever_dies_over_a_message_too_often_does_not_meet_it_again(redis, relaying, reading):
    tell("CC-1")
    relaying.send()
    reading.round()
    reading.patience = 0.001
    died = 0
    for _ in range(400):
        for one in reading._new(0) or reading._due(STREAM):
            if one.attempt > inbox.DEATHS:
                reading._one(one)
            died += 1
        if DeadLetter.objects.exists():
            break
        time.sleep(0.002)
    assert died == inbox.DEATHS + 1
    assert "died each time" in DeadLetter.objects.get().problem


def test_rivals_act_once():
    acts = []
    assert act_once(InboxMessage, uuid.UUID(int=1), "a", lambda: acts.append(1))
    assert not act_once(InboxMessage, uuid.UUID(int=1), "a", lambda: acts.append(1))
    with pytest.raises(Exception, match="UNIQUE constraint failed"), transaction.atomic():
        act_once(
            InboxMessage,
            uuid.UUID(int=2),
            "a",
            lambda: DeadLetter.objects.bulk_create([DeadLetter(stream="a", entry="1", fields={})] * 2),
        )
    assert (acts, InboxMessage.objects.count()) == ([1], 1)


# the commands


def test_the_commands_carry_and_act(redis):
    tell("CC-1")
    call_command("relay", "--once")
    call_command("listen", "--once", "--name", "by hand")
    assert told() == ["CC-1"]
    call_command("relay", "--once")
    assert left() == 0


def test_what_has_nothing_to_do_says_so(settings):
    settings.REDIS_URL = ""
    with pytest.raises(ImproperlyConfigured, match="REDIS_URL must be set"):
        call_command("listen", "--once")
    with pytest.raises(CommandError, match="--pause must be more than 0"):
        call_command("relay", "--pause", "0")
    settings.CONTEXTS = ("catalog",)
    with pytest.raises(CommandError, match="has no outbox"):
        call_command("relay", "--once")
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    with pytest.raises(CommandError, match="listens to nobody"):
        call_command("listen", "--once")
