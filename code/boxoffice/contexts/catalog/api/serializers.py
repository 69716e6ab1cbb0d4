from rest_framework import serializers

from boxoffice.chassis.api import Numbers, PageNumber


class Search(serializers.Serializer):
    title = serializers.CharField(max_length=100, allow_blank=True, default="")
    page = PageNumber()


class Ids(serializers.Serializer):
    ids = Numbers()
