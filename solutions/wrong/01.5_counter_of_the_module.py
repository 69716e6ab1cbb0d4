# fault: the counter belongs to the module and is never set back
# breaks: R3
# should say: add up | second | reset | two requests
from django.db import connection

_sent = 0


def _count(execute, sql, params, many, context):
    global _sent
    _sent += 1
    return execute(sql, params, many, context)


class QueryCount:
    """Middleware: adds `Server-Timing: db;desc="7 queries"` to every response."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        with connection.execute_wrapper(_count):
            response = self.get_response(request)
        response["Server-Timing"] = f'db;desc="{_sent} queries"'
        return response
