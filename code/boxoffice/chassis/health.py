"""Two questions that whoever runs the service may ask."""

import logging

from django.db import DatabaseError, connections
from django.http import JsonResponse

logger = logging.getLogger(__name__)


def live(request):
    """The process answers."""
    return JsonResponse({"status": "ok"})


def ready(request):
    """The process answers, and so does each of its databases. Other services are not asked: one that is
    down would take all its callers out of service, too."""
    found = {}
    for alias in connections:
        try:
            with connections[alias].cursor() as cursor:
                cursor.execute("SELECT 1")
            found[alias] = "ok"
        except DatabaseError:
            logger.exception("the database %s does not answer", alias)
            found[alias] = "unavailable"
    well = set(found.values()) <= {"ok"}
    body = {"status": "ok" if well else "unavailable", "databases": found}
    return JsonResponse(body, status=200 if well else 503)
