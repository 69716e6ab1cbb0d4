from rest_framework import serializers

from boxoffice.chassis.api import Numbers

BIGGEST_ID = 2**63 - 1


class Ids(serializers.Serializer):
    ids = Numbers()


class NewHold(serializers.Serializer):
    band_id = serializers.IntegerField(min_value=0, max_value=BIGGEST_ID)
    quantity = serializers.IntegerField()  # whether it makes sense, the service says


class Attempt(serializers.Serializer):
    attempt = serializers.UUIDField()


class Return(serializers.Serializer):
    attempt = serializers.UUIDField(allow_null=True, default=None)
    keep_hold = serializers.BooleanField(default=False)


class Capacity(serializers.Serializer):
    capacity = serializers.IntegerField(min_value=0, max_value=1_000_000)


class Bands(serializers.Serializer):
    band_ids = serializers.ListField(
        child=serializers.IntegerField(min_value=0, max_value=BIGGEST_ID), max_length=500
    )
