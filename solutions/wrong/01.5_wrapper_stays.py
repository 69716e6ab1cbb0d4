# fault: the wrapper is added for every request and never taken away: the second request counts all twice
# breaks: R3
# should say: add up | second | twice | two requests
from django.db import connection


class QueryCount:
    """Middleware: adds `Server-Timing: db;desc="7 queries"` to every response."""

    def __init__(self, get_response):
        self.get_response = get_response
        self.sent = 0

    def __call__(self, request):
        self.sent = 0
        connection.execute_wrappers.append(self.count)
        response = self.get_response(request)
        response["Server-Timing"] = f'db;desc="{self.sent} queries"'
        return response

    def count(self, execute, sql, params, many, context):
        self.sent += 1
        return execute(sql, params, many, context)
