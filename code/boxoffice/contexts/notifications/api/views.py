from rest_framework.response import Response

from boxoffice.chassis.api import View, answer, only
from boxoffice.contexts.notifications import selectors, services
from boxoffice.contexts.notifications.api import serializers
from boxoffice.contexts.notifications.contracts import OrderNewsContract, TicketsContract


class OrderNewsView(View):
    """A view that takes news of an order."""

    permission_classes = [only("orders")]
    reads = serializers.OrderNews

    def news(self) -> OrderNewsContract:
        body = self.body()
        tickets = tuple(TicketsContract(**one) for one in body.pop("tickets"))
        return OrderNewsContract(**body, tickets=tickets)


class OrderNews(OrderNewsView):
    """Tell the buyer."""

    def post(self, request):
        return answer(services.tell_of_order(self.news()))


class OrderMails(OrderNewsView):
    """Send the mail again."""

    def post(self, request):
        return Response({"sent": services.mail_of_order(self.news())})


class Shown(View):
    """A page of my notifications, which are read from now on."""

    reads = serializers.Page

    def post(self, request):
        return answer(services.list_notifications(actor=self.actor, **self.body()))


class Unread(View):
    """How many I have not seen."""

    def get(self, request):
        return Response({"count": selectors.unread_count(actor=self.actor)})


class Preference(View):
    """Whether I want mail."""

    reads = serializers.WantsMail

    def get(self, request):
        return Response({"wants_mail": selectors.wants_mail(actor=self.actor)})

    def post(self, request):
        return answer(services.set_wants_mail(actor=self.actor, wanted=self.body()["wants_mail"]))
