from rest_framework import serializers

from boxoffice.chassis.api import Numbers


class Search(serializers.Serializer):
    title = serializers.CharField(max_length=100, allow_blank=True, default="")
    page = serializers.CharField(max_length=400, default="1")


class Ids(serializers.Serializer):
    ids = Numbers()
