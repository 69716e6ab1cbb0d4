from boxoffice.chassis.api import View, only, operation
from boxoffice.chassis.contracts import PageContract
from boxoffice.contexts.notifications import selectors, services
from boxoffice.contexts.notifications.api import serializers
from boxoffice.contexts.notifications.contracts import (
    NotificationContract,
    OrderNewsContract,
    PreferenceContract,
    SentContract,
    TicketsContract,
    UnreadContract,
)


class OrderNewsView(View):
    """A view that takes news of an order."""

    permission_classes = [only("orders")]

    def news(self, body: dict) -> OrderNewsContract:
        tickets = tuple(TicketsContract(**one) for one in body.pop("tickets"))
        return OrderNewsContract(**body, tickets=tickets)


class OrderNews(OrderNewsView):
    @operation(reads=serializers.OrderMessage)
    def post(self, request):
        """Tell the buyer: a notification, and mail if it is wanted. Of a message that came before, nothing happens."""
        body = self.body()
        message_id = body.pop("message_id")
        return self.answer(services.tell_of_order(self.news(body), message_id=message_id))


class OrderMails(OrderNewsView):
    @operation(reads=serializers.OrderNews, answers=SentContract)
    def post(self, request):
        """Send the mail again; not sent, if the buyer wants none."""
        return self.answer(SentContract(services.mail_of_order(self.news(self.body()))))


class Shown(View):
    @operation(reads=serializers.Page, answers=PageContract[NotificationContract])
    def post(self, request):
        """A page of my notifications, which are read from now on."""
        return self.answer(services.list_notifications(actor=self.actor, **self.body()))


class Unread(View):
    @operation(answers=UnreadContract)
    def get(self, request):
        """How many I have not seen."""
        return self.answer(UnreadContract(selectors.unread_count(actor=self.actor)))


class Preference(View):
    @operation(answers=PreferenceContract)
    def get(self, request):
        """Whether I want mail."""
        return self.answer(PreferenceContract(selectors.wants_mail(actor=self.actor)))

    @operation(reads=serializers.WantsMail)
    def put(self, request):
        """Want mail from now on, or none."""
        return self.answer(services.set_wants_mail(actor=self.actor, wanted=self.body()["wants_mail"]))
