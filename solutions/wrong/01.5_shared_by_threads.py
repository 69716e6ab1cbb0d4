# fault: the counter is set back for each request, but lives on the one middleware that all threads share
# breaks: R3
# should say: thread | self | same time | shared
from django.db import connection


class QueryCount:
    """Middleware: adds `Server-Timing: db;desc="7 queries"` to every response."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        self.sent = 0
        with connection.execute_wrapper(self.count):
            response = self.get_response(request)
        response["Server-Timing"] = f'db;desc="{self.sent} queries"'
        return response

    def count(self, execute, sql, params, many, context):
        self.sent += 1
        return execute(sql, params, many, context)
