# fault: the header is worded inside the wrapper's with, but the number was taken before the page was made
# breaks: R1
# should say: 0 queries | 0 | how many
from django.db import connection


class QueryCount:
    """Middleware: adds `Server-Timing: db;desc="7 queries"` to every response."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        sent = 0
        header = f'db;desc="{sent} queries"'

        def count(execute, sql, params, many, context):
            nonlocal sent
            sent += 1
            return execute(sql, params, many, context)

        with connection.execute_wrapper(count):
            response = self.get_response(request)
            response["Server-Timing"] = header
        return response
