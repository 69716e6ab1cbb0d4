# fault: the counter is set back after a page that went well; after a missing or a broken one it runs on
# breaks: R3
# should say: start of this request | add up | second | reset | two requests
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

    def __call__(self, request):
        with connection.execute_wrapper(_count):
            response = self.get_response(request)
        response["Server-Timing"] = f'db;desc="{getattr(_local, "sent", 0)} queries"'
        if response.status_code < 400:
            _local.sent = 0
        return response
