# idea: empty the log, force the debug cursor for the time of the request, and count the log
from django.db import connection, reset_queries


class QueryCount:
    """Middleware: adds `Server-Timing: db;desc="7 queries"` to every response."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        forced = connection.force_debug_cursor
        connection.force_debug_cursor = True
        reset_queries()
        try:
            response = self.get_response(request)
            response["Server-Timing"] = f'db;desc="{len(connection.queries)} queries"'
        finally:
            connection.force_debug_cursor = forced
        return response
