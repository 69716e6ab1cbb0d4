"""What a visitor sees when a context says no, or does not answer."""

import logging

from django.shortcuts import render
from django.views import defaults

from boxoffice.chassis import api
from boxoffice.chassis.errors import NotAllowed, NotFound, OutcomeUnknown, Unavailable

logger = logging.getLogger(__name__)


class FailureMiddleware:
    """Turns what a view lets through into a page: 404, 403, or 503 with the context's own sentence."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)

    def process_exception(self, request, problem):
        if isinstance(problem, NotFound):
            return render(request, "404.html", status=404)
        if isinstance(problem, NotAllowed):
            return render(request, "403.html", status=403)
        if isinstance(problem, Unavailable | OutcomeUnknown):
            logger.warning("%s: %s", type(problem).__name__, problem, exc_info=True)
            return render(request, "503.html", {"sentence": str(problem)}, status=503)
        return None


def server_error(request):
    """handler500: a page, or to whoever speaks to an API that is embedded here, a problem."""
    answer = api.server_error if request.path.startswith("/api/") else defaults.server_error
    return answer(request)
