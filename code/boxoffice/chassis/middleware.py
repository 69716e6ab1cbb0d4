"""A number for each request, in its log lines and its response, and the time it took."""

import contextvars
import logging
import re
import time
import uuid

request_id = contextvars.ContextVar("request_id", default="-")

ACCEPTABLE = re.compile(r"[A-Za-z0-9._-]{1,64}")


class RequestIdMiddleware:
    """Takes X-Request-ID from the caller, or makes one; the response carries it too, and so does every call
    that this request leads to.

    An id that could forge a log line (line breaks, blanks, or just very long) is replaced.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        offered = request.headers.get("X-Request-ID", "")
        request.id = offered if ACCEPTABLE.fullmatch(offered) else uuid.uuid4().hex
        # never reset: Django logs a 404 after the middleware, and the thread's next request sets its own
        request_id.set(request.id)
        response = self.get_response(request)
        response["X-Request-ID"] = request.id
        return response


class RequestIdFilter(logging.Filter):
    """Gives every log record the id of the request that it belongs to."""

    def filter(self, record):
        record.request_id = request_id.get()
        return True


class ServerTimingMiddleware:
    """Says in Server-Timing how many milliseconds the response took."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        started = time.perf_counter()
        response = self.get_response(request)
        response["Server-Timing"] = f"total;dur={(time.perf_counter() - started) * 1000:.1f}"
        return response
