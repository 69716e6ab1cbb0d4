from rest_framework import serializers

from boxoffice.chassis.api import PageNumber
from boxoffice.contexts.notifications.services import SUBJECTS


class Tickets(serializers.Serializer):
    title = serializers.CharField(max_length=150)
    starts_at = serializers.DateTimeField()
    venue = serializers.CharField(max_length=210)
    band = serializers.CharField(max_length=60)
    quantity = serializers.IntegerField(min_value=1, max_value=100)
    amount = serializers.DecimalField(max_digits=10, decimal_places=2)


class OrderNews(serializers.Serializer):
    number = serializers.CharField(max_length=20)
    # the text says nothing of what was sent: that may be letters that no answer can be written in
    state = serializers.ChoiceField(
        choices=sorted(SUBJECTS), error_messages={"invalid_choice": "There is no such state."}
    )
    total = serializers.DecimalField(max_digits=10, decimal_places=2)
    buyer_id = serializers.IntegerField(min_value=0, max_value=2**63 - 1)
    buyer_name = serializers.CharField(max_length=310)
    buyer_email = serializers.EmailField(max_length=254)
    tickets = Tickets(many=True, max_length=100)


class Page(serializers.Serializer):
    page = PageNumber()


class WantsMail(serializers.Serializer):
    wants_mail = serializers.BooleanField()
