# fault: the counter is set to 0 in __init__, which runs once for the life of the process
# breaks: R3
# should say: add up | second | reset | two requests
from django.db import connection


class QueryCount:
    """Middleware: adds `Server-Timing: db;desc="7 queries"` to every response."""

    def __init__(self, get_response):
        self.get_response = get_response
        self.sent = 0

    def __call__(self, request):
        with connection.execute_wrapper(self.count):
            response = self.get_response(request)
        response["Server-Timing"] = f'db;desc="{self.sent} queries"'
        return response

    def count(self, execute, sql, params, many, context):
        self.sent += 1
        return execute(sql, params, many, context)
