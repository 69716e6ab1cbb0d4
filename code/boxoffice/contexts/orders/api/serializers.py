from rest_framework import serializers

from boxoffice.chassis.api import PageNumber


class NewCheckout(serializers.Serializer):
    band_id = serializers.IntegerField(min_value=0, max_value=2**63 - 1)
    quantity = serializers.IntegerField(min_value=1, max_value=10)


class Page(serializers.Serializer):
    page = PageNumber()
