from rest_framework import serializers


class Credentials(serializers.Serializer):
    email = serializers.CharField(max_length=254)
    password = serializers.CharField(max_length=4096, trim_whitespace=False)


class Registration(serializers.Serializer):
    """The form's own validation says what is wrong, so that it says the same on every way in."""

    email = serializers.CharField(max_length=254, allow_blank=True)
    first_name = serializers.CharField(max_length=150, allow_blank=True)
    last_name = serializers.CharField(max_length=150, allow_blank=True)
    password1 = serializers.CharField(max_length=4096, allow_blank=True, trim_whitespace=False)
    password2 = serializers.CharField(max_length=4096, allow_blank=True, trim_whitespace=False)


class Refresh(serializers.Serializer):
    refresh = serializers.CharField(max_length=4096)


class ServiceCredentials(serializers.Serializer):
    name = serializers.CharField(max_length=40)
    secret = serializers.CharField(max_length=200)
