"""What every API of the box office has in common: how it reads, how it answers, and how it says no.

Every failure is a problem+json document (RFC 9457) with a stable `type`: a caller tells "sold out" from
"try again" by it, and never by the text.
"""

import re
from dataclasses import dataclass
from functools import partial

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.http import JsonResponse
from django.views.decorators.csrf import csrf_exempt
from rest_framework import exceptions, routers, serializers, status, viewsets
from rest_framework.decorators import action
from rest_framework.exceptions import APIException
from rest_framework.response import Response
from rest_framework.views import APIView, exception_handler

from boxoffice.chassis import errors
from boxoffice.chassis.callers import Anybody, People, only
from boxoffice.chassis.client import PROBLEM
from boxoffice.chassis.wire import to_wire

__all__ = ["Anybody", "People", "Router", "View", "ViewSet", "action", "only", "operation"]

# Problems that HTTP itself has, by the status that DRF gives them
BY_STATUS = {
    status.HTTP_400_BAD_REQUEST: "invalid",
    status.HTTP_401_UNAUTHORIZED: "not-authenticated",
    status.HTTP_403_FORBIDDEN: "not-allowed",
    status.HTTP_404_NOT_FOUND: "not-found",
    status.HTTP_405_METHOD_NOT_ALLOWED: "method-not-allowed",
    status.HTTP_406_NOT_ACCEPTABLE: "not-acceptable",
    status.HTTP_413_REQUEST_ENTITY_TOO_LARGE: "too-large",
    status.HTTP_415_UNSUPPORTED_MEDIA_TYPE: "unsupported-media-type",
    status.HTTP_429_TOO_MANY_REQUESTS: "too-many-requests",
}


@dataclass(frozen=True)
class Operation:
    """What one handler of an API takes and gives.

    `reads` is the serializer of its body (of its query, for a GET). `answers` is the contract that it answers with,
    None for an empty answer. `refuses` are the refusals that it may meet, and `keyed` says that it takes an
    Idempotency-Key. The input is validated by it, and the OpenAPI document is made from it.
    """

    reads: type[serializers.Serializer] | None = None
    answers: object = None
    status: int = status.HTTP_200_OK
    refuses: tuple[type[errors.FacadeError], ...] = ()
    keyed: bool = False


def operation(**what):
    """Say of a handler what it takes and gives: `@operation(reads=NewHold, answers=HoldContract, status=201)`."""
    return partial(_say, said=Operation(**what))


def _say(handler, said: Operation):
    handler.operation = said
    return handler


class Operations:
    """What views and viewsets of the box office have in common. Each handler is an `operation`."""

    KEY = re.compile(r"[\x21-\x7e]{1,80}")

    @property
    def actor(self):
        return self.request.user.actor

    @property
    def handler(self):
        """The method of the view that answers the request."""
        return getattr(self, getattr(self, "action", None) or self.request.method.lower())

    @property
    def key(self) -> str:
        """The request's Idempotency-Key, empty without one; a 400 problem where it is none."""
        key = self.request.headers.get("Idempotency-Key", "")
        if key and not self.KEY.fullmatch(key):
            raise serializers.ValidationError(
                {"Idempotency-Key": ["Up to 80 visible ASCII characters are wanted."]}
            )
        return key

    def body(self) -> dict:
        """The validated input; a 400 problem names what is wrong with it."""
        return self._validated(self.request.data)

    def query(self) -> dict:
        """The validated query parameters."""
        # as a plain dict: of a QueryDict, DRF takes an empty value for none at all, as from a form
        return self._validated(self.request.query_params.dict(), in_address=True)

    def _validated(self, data, **context) -> dict:
        serializer = self.handler.operation.reads(data=data, context=context)
        serializer.is_valid(raise_exception=True)
        return serializer.validated_data

    def answer(self, contract=None) -> Response:
        """A contract as a JSON answer; None as an empty one."""
        said = self.handler.operation
        if said.answers is None:
            return Response(status=status.HTTP_204_NO_CONTENT)
        return Response(to_wire(contract, said.answers), status=said.status)


class View(Operations, APIView):
    """An address that is no collection of things."""


class ViewSet(Operations, viewsets.ViewSet):
    """A collection of things, and what can be done with one: a router makes the addresses."""


class Router(routers.SimpleRouter):
    """Addresses without a slash at their end."""

    def __init__(self):
        super().__init__(trailing_slash=False, use_regex_path=False)


def problem(kind: str, code: int, detail: str, headers=None, **details) -> Response:
    body = {"type": f"{PROBLEM}{kind}", "status": code, "detail": detail, **details}
    return Response(body, status=code, headers=headers, content_type="application/problem+json")


def on_error(error: Exception, context) -> Response | None:
    """DRF's EXCEPTION_HANDLER: every refusal and every mistake of the caller as a problem."""
    if isinstance(error, errors.FacadeError):
        return problem(error.problem, error.status, str(error), **error.details)
    if isinstance(error, RequestDataTooBig):
        most = settings.DATA_UPLOAD_MAX_MEMORY_SIZE // 1024
        return problem(
            "too-large",
            status.HTTP_413_REQUEST_ENTITY_TOO_LARGE,
            f"More than {most} KiB are read by nobody here.",
        )
    if (response := exception_handler(error, context)) is None:
        return None  # a fault of ours: Django logs it, and server_error answers
    kind = BY_STATUS.get(response.status_code, "invalid")
    headers = {
        name: response[name] for name in ("WWW-Authenticate", "Retry-After", "Allow") if name in response
    }
    if isinstance(error, exceptions.ValidationError):
        return problem(
            kind, response.status_code, "What was sent makes no sense.", headers, fields=response.data
        )
    detail = str(error.detail) if isinstance(error, APIException) else "There is nothing here."
    return problem(kind, response.status_code, detail, headers)


def server_error(request) -> JsonResponse:
    """handler500 of a service without pages."""
    body = {"type": f"{PROBLEM}error", "status": 500, "detail": "Something went wrong here."}
    return JsonResponse(body, status=500, content_type="application/problem+json")


@csrf_exempt  # nothing is done here, so nobody can be made to do it
def not_found(request, exception=None) -> JsonResponse:
    """handler404 of a service without pages; also the view of every other address below an API's."""
    body = {"type": f"{PROBLEM}not-found", "status": 404, "detail": "There is nothing here."}
    return JsonResponse(body, status=404, content_type="application/problem+json")
