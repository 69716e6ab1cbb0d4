from rest_framework.response import Response

from boxoffice.chassis.api import Anybody, View, answer
from boxoffice.contexts.accounts import selectors, services
from boxoffice.contexts.accounts.api import serializers


class Tokens(View):
    """Log in."""

    permission_classes = [Anybody]
    reads = serializers.Credentials

    def post(self, request):
        return answer(services.authenticate(**self.body()))


class Renewal(View):
    """A new access token for a refresh token."""

    permission_classes = [Anybody]
    reads = serializers.Refresh

    def post(self, request):
        return answer(selectors.renew(**self.body()))


class ServiceTokens(View):
    """A token for a service that shows its secret."""

    permission_classes = [Anybody]
    reads = serializers.ServiceCredentials

    def post(self, request):
        return Response({"token": selectors.service_token(**self.body())})


class Accounts(View):
    """Register."""

    permission_classes = [Anybody]
    reads = serializers.Registration

    def post(self, request):
        return answer(services.register(**self.body()), 201)
