"""What every API of the box office has in common: how it reads, how it answers, and how it says no.

Every failure is a problem+json document (RFC 9457) with a stable `type`: a caller tells "sold out" from
"try again" by it, and never by the text.
"""

from django.http import JsonResponse
from rest_framework import exceptions, serializers, status
from rest_framework.exceptions import APIException
from rest_framework.response import Response
from rest_framework.views import APIView, exception_handler

from boxoffice.chassis import errors
from boxoffice.chassis.callers import Anybody, People, only
from boxoffice.chassis.client import PROBLEM
from boxoffice.chassis.wire import to_wire

__all__ = ["Anybody", "Numbers", "PageNumber", "People", "View", "answer", "only"]

# Problems that HTTP itself has, by the status that DRF gives them
BY_STATUS = {
    status.HTTP_400_BAD_REQUEST: "invalid",
    status.HTTP_401_UNAUTHORIZED: "not-authenticated",
    status.HTTP_403_FORBIDDEN: "not-allowed",
    status.HTTP_404_NOT_FOUND: "not-found",
    status.HTTP_405_METHOD_NOT_ALLOWED: "method-not-allowed",
    status.HTTP_406_NOT_ACCEPTABLE: "not-acceptable",
    status.HTTP_415_UNSUPPORTED_MEDIA_TYPE: "unsupported-media-type",
    status.HTTP_429_TOO_MANY_REQUESTS: "too-many-requests",
}


class View(APIView):
    """A view of a context's API. Which serializer reads its input is said by `reads`."""

    reads = None

    @property
    def actor(self):
        return self.request.user.actor

    def body(self, **more) -> dict:
        """The validated input; a 400 problem names what is wrong with it."""
        serializer = self.reads(data=self.request.data, **more)
        serializer.is_valid(raise_exception=True)
        return serializer.validated_data

    def query(self) -> dict:
        """The validated query parameters."""
        serializer = self.reads(data=self.request.query_params)
        serializer.is_valid(raise_exception=True)
        return serializer.validated_data


def answer(contract, code: int = status.HTTP_200_OK, kind=None) -> Response:
    """A contract as a JSON answer; None as an empty one."""
    if contract is None:
        return Response(status=status.HTTP_204_NO_CONTENT)
    return Response(to_wire(contract, kind), status=code)


def problem(kind: str, code: int, detail: str, headers=None, **details) -> Response:
    body = {"type": f"{PROBLEM}{kind}", "status": code, "detail": detail, **details}
    return Response(body, status=code, headers=headers, content_type="application/problem+json")


def on_error(error: Exception, context) -> Response | None:
    """DRF's EXCEPTION_HANDLER: every refusal and every mistake of the caller as a problem."""
    if isinstance(error, errors.FacadeError):
        return problem(error.problem, error.status, str(error), **error.details)
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


def not_found(request, exception=None) -> JsonResponse:
    """handler404 of a service without pages; also the view of every other address below an API's."""
    body = {"type": f"{PROBLEM}not-found", "status": 404, "detail": "There is nothing here."}
    return JsonResponse(body, status=404, content_type="application/problem+json")


class Numbers(serializers.CharField):
    """Whole numbers between commas, as a list: `1,5,9`; at most 500 of them, each fit for a primary key."""

    MOST, LARGEST = 500, 2**63 - 1

    def to_internal_value(self, data):
        text = super().to_internal_value(data)
        try:
            found = [int(part) for part in text.split(",")] if len(text) <= 20 * self.MOST else None
        except ValueError:
            found = None
        if (
            found is None
            or len(found) > self.MOST
            or not all(0 <= number <= self.LARGEST for number in found)
        ):
            raise serializers.ValidationError(f"Up to {self.MOST} numbers between commas are wanted.")
        return found


class PageNumber(serializers.Field):
    """Which page is wanted, whatever was sent: a number that makes no sense gives the nearest page there is."""

    def __init__(self, **kwargs):
        super().__init__(default="1", allow_null=True, **kwargs)

    def to_internal_value(self, data):
        return str(data)[:20]
