# fault: the number is given as dur, and the browser shows it as milliseconds
# breaks: R1
# should say: desc | header | server-timing | dur
from django.db import connection


class QueryCount:
    """Middleware: adds `Server-Timing: db;desc="7 queries"` to every response."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        sent = []

        def note(execute, sql, params, many, context):
            sent.append(sql)
            return execute(sql, params, many, context)

        with connection.execute_wrapper(note):
            response = self.get_response(request)
        response["Server-Timing"] = f"db;dur={len(sent)}"
        return response
