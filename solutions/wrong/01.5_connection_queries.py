# fault: connection.queries is only written with DEBUG on; with DEBUG off the header always says 0
# breaks: R1
# should say: debug | 0 queries | 0
from django.db import connection


class QueryCount:
    """Middleware: adds `Server-Timing: db;desc="7 queries"` to every response."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        before = len(connection.queries)
        response = self.get_response(request)
        sent = len(connection.queries) - before
        response["Server-Timing"] = f'db;desc="{sent} queries"'
        return response
