# fault: it logs the name of the view, which a missing page does not have: the 404 becomes a 500
# breaks: R2
# should say: 404 | missing | header | 500
import logging

from django.db import connection

logger = logging.getLogger(__name__)


class QueryCount:
    """Middleware: adds `Server-Timing: db;desc="7 queries"` to every response."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        sent = []

        def note(execute, sql, params, many, context):
            sent.append(sql)
            return execute(sql, params, many, context)

        with connection.execute_wrapper(note):
            response = self.get_response(request)
        logger.debug("%s: %d queries", request.resolver_match.view_name, len(sent))
        response["Server-Timing"] = f'db;desc="{len(sent)} queries"'
        return response
