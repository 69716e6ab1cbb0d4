from uuid import uuid4

from rest_framework import serializers

from boxoffice.chassis.fields import Amount, Flag, Input, Moment, PageNumber, Reference, Text, Whole
from boxoffice.contexts.notifications.services import SUBJECTS


class Tickets(Input):
    title = Text(max_length=150)
    starts_at = Moment()
    venue = Text(max_length=210)
    band = Text(max_length=60)
    quantity = Whole(min_value=1, max_value=100)
    amount = Amount()


class OrderNews(Input):
    number = Text(max_length=20)
    # the text says nothing of what was sent: that may be letters that no answer can be written in
    state = serializers.ChoiceField(
        choices=sorted(SUBJECTS), error_messages={"invalid_choice": "There is no such state."}
    )
    total = Amount()
    buyer_id = Whole()
    buyer_name = Text(max_length=310)
    buyer_email = serializers.EmailField(max_length=254)
    tickets = Tickets(many=True, max_length=100)


class OrderMessage(OrderNews):
    # a caller who sends none has sent it once
    message_id = Reference(default=uuid4)


class Page(Input):
    page = PageNumber()


class WantsMail(Input):
    wants_mail = Flag()
