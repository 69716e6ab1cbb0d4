from rest_framework import serializers


class NewCheckout(serializers.Serializer):
    band_id = serializers.IntegerField(min_value=0, max_value=2**63 - 1)
    quantity = serializers.IntegerField(min_value=1, max_value=10)


class Page(serializers.Serializer):
    page = serializers.CharField(max_length=400, default="1")
