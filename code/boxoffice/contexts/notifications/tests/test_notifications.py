"""What buyers are told, and whether they want mail."""

from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID, uuid4

import pytest
from django.core import mail

from boxoffice.contexts.notifications import selectors, services
from boxoffice.contexts.notifications.contracts import OrderNewsContract, TicketsContract
from boxoffice.contexts.notifications.models import InboxMessage, Notification, Preference
from boxoffice.tests import world

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada():
    return world.actor(email="ada@example.org")


def news(ada, state="paid", name="Zoë & <b>", number="CC-AAAA-AAAA") -> OrderNewsContract:
    night = datetime(2030, 7, 1, 18, 30, tzinfo=UTC)
    ticket = TicketsContract("Salt & “Starlight”", night, "The Room, Bristol", "Stalls", 2, Decimal("41.00"))
    return OrderNewsContract(number, state, Decimal("1041.00"), ada.id, name, ada.email, (ticket,))


def tell(told: OrderNewsContract, message_id: UUID | None = None) -> None:
    services.tell_of_order(told, message_id=message_id or uuid4())


@pytest.mark.parametrize(
    ("state", "subject", "told"),
    [
        ("paid", "Your tickets: order CC-AAAA-AAAA", "Paid: £1,041.00"),
        ("refunded", "Your refund: order CC-AAAA-AAAA", "£1,041.00 is on its way back"),
    ],
)
def test_the_buyer_is_told_by_a_notification_and_a_mail(ada, state, subject, told):
    tell(news(ada, state))
    (kept,) = Notification.objects.all()
    assert (kept.recipient_id, kept.subject, kept.is_read) == (ada.id, subject, False)
    (sent,) = mail.outbox
    assert (sent.to, sent.subject) == (["ada@example.org"], subject)
    assert told in sent.body
    assert "Dear Zoë & <b>" in sent.body
    assert "2 × Salt & “Starlight”, Stalls" in sent.body
    assert ("19:30" in sent.body) == (state == "paid")  # the hour where the theatre is


def test_of_a_message_that_came_before_nothing_happens(ada):
    message = uuid4()
    for number in range(3):
        tell(news(ada, number=f"CC-{number}"), message)
    assert (Notification.objects.count(), InboxMessage.objects.count(), len(mail.outbox)) == (1, 1, 1)
    assert selectors.unread_count(actor=ada) == 1


def test_a_message_that_failed_was_not_acted_on(ada, monkeypatch):
    message = uuid4()
    with monkeypatch.context() as broken, pytest.raises(RuntimeError):
        broken.setattr(
            services.Notification.objects, "create", lambda **_: (_ for _ in ()).throw(RuntimeError())
        )
        tell(news(ada), message)
    assert InboxMessage.objects.count() == 0
    tell(news(ada), message)
    assert (Notification.objects.count(), InboxMessage.objects.count()) == (1, 1)


def test_whoever_wants_no_mail_gets_the_notification_alone(ada):
    services.set_wants_mail(actor=ada, wanted=False)
    tell(news(ada))
    assert services.mail_of_order(news(ada)) is False
    assert (Notification.objects.count(), len(mail.outbox)) == (1, 0)
    services.set_wants_mail(actor=ada, wanted=True)
    assert services.mail_of_order(news(ada)) is True
    assert (Notification.objects.count(), Preference.objects.count(), len(mail.outbox)) == (1, 1, 1)


def test_without_a_mail_server_the_notification_stands(ada, monkeypatch):
    def gone(*_, **__):
        raise ConnectionRefusedError

    monkeypatch.setattr(services.EmailMessage, "send", gone)
    tell(news(ada))
    assert Notification.objects.count() == 1
    with pytest.raises(OSError):
        services.mail_of_order(news(ada))


def test_a_name_cannot_forge_a_header(ada):
    tell(news(ada, name="Ada\nBcc: everybody@example.org"))
    assert mail.outbox[0].recipients() == ["ada@example.org"]
    assert "Bcc" not in mail.outbox[0].message()


def test_what_was_shown_is_read_and_the_count_follows(ada):
    other = world.actor()
    assert selectors.unread_count(actor=ada) == 0
    for _ in range(3):
        tell(news(ada))
    tell(news(other))
    assert (selectors.unread_count(actor=ada), selectors.unread_count(actor=other)) == (3, 1)
    page = services.list_notifications(actor=ada, page=1)
    assert [one.is_read for one in page.items] == [False] * 3  # as they were before they were shown
    assert (selectors.unread_count(actor=ada), selectors.unread_count(actor=other)) == (0, 1)
    assert [one.is_read for one in services.list_notifications(actor=ada, page=1).items] == [True] * 3


def test_the_newest_comes_first_and_a_page_holds_twenty(ada):
    for number in range(23):
        tell(news(ada, number=f"CC-{number:04}"))
    first, last = (services.list_notifications(actor=ada, page=page) for page in (1, 2))
    assert (first.count, first.pages, len(first.items), len(last.items)) == (23, 2, 20, 3)
    assert first.items[0].subject.endswith("CC-0022")
    assert last.items[-1].subject.endswith("CC-0000")


def test_the_count_is_kept_and_needs_no_query_for_each_page(ada, django_assert_num_queries):
    selectors.unread_count(actor=ada)
    with django_assert_num_queries(0):
        selectors.unread_count(actor=ada)
    tell(news(ada))
    with django_assert_num_queries(0):
        assert selectors.unread_count(actor=ada) == 1
