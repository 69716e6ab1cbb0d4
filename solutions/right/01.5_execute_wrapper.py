# idea: an execute_wrapper for the time of the request, with a counter that belongs to that request alone
from django.db import connection


class QueryCount:
    """Middleware: adds `Server-Timing: db;desc="7 queries"` to every response."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        sent = 0

        def count(execute, sql, params, many, context):
            nonlocal sent
            sent += 1
            return execute(sql, params, many, context)

        with connection.execute_wrapper(count):
            response = self.get_response(request)
        response["Server-Timing"] = f'db;desc="{sent} queries"'
        return response
