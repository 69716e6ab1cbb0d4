# fault: the wrapper is put on the connection of the thread that starts the server; others count nothing
# breaks: R1
# should say: thread | 0 queries | connection | 0
import threading

from django.db import connection

_local = threading.local()


def _count(execute, sql, params, many, context):
    _local.sent = getattr(_local, "sent", 0) + 1
    return execute(sql, params, many, context)


class QueryCount:
    """Middleware: adds `Server-Timing: db;desc="7 queries"` to every response."""

    def __init__(self, get_response):
        self.get_response = get_response
        connection.execute_wrappers.append(_count)

    def __call__(self, request):
        _local.sent = 0
        response = self.get_response(request)
        response["Server-Timing"] = f'db;desc="{_local.sent} queries"'
        return response
