from boxoffice.chassis.api import Anybody, View, operation
from boxoffice.chassis.throttles import LoginsOfAnAddress
from boxoffice.contexts.accounts import selectors, services
from boxoffice.contexts.accounts.api import serializers
from boxoffice.contexts.accounts.contracts import (
    NotRegistered,
    NotRenewed,
    ServiceTokenContract,
    TokensContract,
    WrongCredentials,
)


class Tokens(View):
    permission_classes = [Anybody]
    throttle_classes = [LoginsOfAnAddress]

    @operation(reads=serializers.Credentials, answers=TokensContract, refuses=(WrongCredentials,))
    def post(self, request):
        """Log in."""
        return self.answer(services.authenticate(**self.body()))


class Renewal(View):
    permission_classes = [Anybody]

    @operation(reads=serializers.Refresh, answers=TokensContract, refuses=(NotRenewed,))
    def post(self, request):
        """A new access token for a refresh token."""
        return self.answer(selectors.renew(**self.body()))


class ServiceTokens(View):
    permission_classes = [Anybody]

    @operation(
        reads=serializers.ServiceCredentials, answers=ServiceTokenContract, refuses=(WrongCredentials,)
    )
    def post(self, request):
        """A token for a service that shows its secret."""
        return self.answer(ServiceTokenContract(selectors.service_token(**self.body())))


class Accounts(View):
    permission_classes = [Anybody]

    @operation(reads=serializers.Registration, answers=TokensContract, status=201, refuses=(NotRegistered,))
    def post(self, request):
        """Register, and be logged in."""
        return self.answer(services.register(**self.body()))
