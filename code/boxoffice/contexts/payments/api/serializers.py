from decimal import Decimal

from rest_framework import serializers

from boxoffice.chassis.api import Numbers


class Key(serializers.Serializer):
    key = serializers.CharField(max_length=80)


class Settlement(Key):
    order_id = serializers.IntegerField(min_value=0, max_value=2**63 - 1)


class Charge(Settlement):
    amount = serializers.DecimalField(max_digits=10, decimal_places=2, min_value=Decimal("0.01"))
    reference = serializers.CharField(max_length=200)


class OrderIds(serializers.Serializer):
    order_ids = Numbers()
