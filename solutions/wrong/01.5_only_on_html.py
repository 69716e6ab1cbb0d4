# fault: only HTML gets the header; a JSON response or a file goes without
# breaks: R1
# should say: header | every | json
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
        if response.get("Content-Type", "").startswith("text/html"):
            response["Server-Timing"] = f'db;desc="{len(sent)} queries"'
        return response
