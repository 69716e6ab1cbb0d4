"""Tasks in the database: part of the transaction that wants them, tried again, taken over from the dead, and given up in the end."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.core import mail
from django.core.mail import EmailMessage
from django.core.management import CommandError, call_command
from django.utils import timezone
from django_tasks_db.models import DBTaskResult as Row

from boxoffice.chassis import tasks
from boxoffice.chassis.databases import atomic
from boxoffice.contexts.notifications import services
from boxoffice.contexts.notifications.models import Notification
from boxoffice.tests.test_messages import news

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def with_a_worker(settings):
    settings.TASK_WORKER = True


@pytest.fixture
def mail_server(monkeypatch):
    """Away for as long as this list has something in it."""
    away, real = [], EmailMessage.send

    def send(message, *_, **__):
        if away:
            raise ConnectionRefusedError(away.pop())
        return real(message)

    monkeypatch.setattr(EmailMessage, "send", send)
    return away


def tell(number: str = "CC-1") -> None:
    services.tell_of_order(news(number), message_id=uuid4())


def work() -> None:
    call_command("work", "--once")


def later(row: Row) -> None:
    """Let the time come at which it is due."""
    Row.objects.filter(pk=row.pk, status="READY").update(run_after=timezone.now())


def test_nobody_is_mailed_before_a_worker_comes_and_nobody_twice():
    tell()
    assert (Notification.objects.count(), Row.objects.ready().count(), len(mail.outbox)) == (1, 1, 0)
    work()
    work()
    assert ([one.to for one in mail.outbox], Row.objects.get().status) == (
        [["ada@example.org"]],
        "SUCCESSFUL",
    )


def test_what_was_rolled_back_mails_nobody():
    with pytest.raises(ZeroDivisionError), atomic(Notification):
        tell()
        raise ZeroDivisionError
    work()
    assert (Notification.objects.count(), Row.objects.count(), mail.outbox) == (0, 0, [])


def test_a_mail_that_failed_is_tried_again_a_little_later_each_time(mail_server):
    mail_server += ["away"] * 3
    tell()
    waits = []
    for _ in range(3):
        work()
        row = Row.objects.get()
        assert (row.status, mail.outbox) == ("FAILED", [])
        assert tasks.give_back() == 1
        row.refresh_from_db()
        waits.append(round((row.run_after - row.finished_at).total_seconds()))
        work()  # it is not due yet
        assert mail.outbox == []
        later(row)
    work()
    assert (waits, len(mail.outbox), Row.objects.get().status) == ([1, 2, 4], 1, "SUCCESSFUL")


def test_after_five_attempts_it_is_left_to_a_person(mail_server):
    mail_server += ["away"] * 9
    tell()
    for _ in range(8):
        work()
        tasks.give_back()
        later(Row.objects.get())
    row = Row.objects.get()
    assert (row.status, len(row.worker_ids), len(mail_server)) == ("FAILED", 5, 4)
    assert "ConnectionRefusedError" in row.traceback


def test_what_a_dead_worker_left_is_taken_over_once_its_lease_is_over_and_not_before(settings):
    tell()
    row = Row.objects.get()
    row.claim("a worker that dies now")
    work()
    assert mail.outbox == []
    Row.objects.update(started_at=timezone.now() - timedelta(seconds=settings.TASK_LEASE + 1))
    work()
    row.refresh_from_db()
    assert (len(mail.outbox), row.status, len(row.worker_ids)) == (1, "SUCCESSFUL", 2)
    assert row.worker_ids[0] == "a worker that dies now (died)"


def test_a_death_is_no_failure(mail_server, settings):
    mail_server.append("away")
    tell()
    long_ago = timezone.now() - timedelta(seconds=settings.TASK_LEASE + 1)
    Row.objects.update(status="RUNNING", started_at=long_ago, worker_ids=["dead (died)"] * 6 + ["dead"])
    work()  # taken over, and failed for the first time
    assert tasks.give_back() == 1
    later(Row.objects.get())
    work()
    assert (len(mail.outbox), Row.objects.get().status) == (1, "SUCCESSFUL")


def test_what_kills_each_worker_is_given_up(settings, caplog):
    tell()
    long_ago = timezone.now() - timedelta(seconds=settings.TASK_LEASE + 1)
    Row.objects.update(status="RUNNING", started_at=long_ago, worker_ids=["dead (died)"] * 19 + ["the last"])
    work()
    tasks.give_back()
    assert (Row.objects.get().status, mail.outbox) == ("FAILED", [])
    assert "20 workers died over it" in caplog.text


def test_a_task_that_nobody_knows_stops_no_other():
    tell("CC-1")
    Row.objects.update(task_path="boxoffice.gone.mail")
    tell("CC-2")
    Row.objects.filter(task_path__contains="notifications").update(args_kwargs={"args": [7], "kwargs": {}})
    tell("CC-3")
    work()
    assert sorted(Row.objects.values_list("status", flat=True)) == ["FAILED", "FAILED", "SUCCESSFUL"]
    assert len(mail.outbox) == 1


def test_a_mail_has_the_same_id_whenever_it_is_sent():
    for _ in range(2):
        services.mail_of_order(news("CC-1"))
    first, second = (one.message()["Message-ID"] for one in mail.outbox)
    assert first == second == "<CC-1.paid@example.org>"


def test_a_service_without_tasks_says_so(settings):
    settings.INSTALLED_APPS = [app for app in settings.INSTALLED_APPS if app != "django_tasks_db"]
    with pytest.raises(CommandError, match="has no tasks"):
        work()
