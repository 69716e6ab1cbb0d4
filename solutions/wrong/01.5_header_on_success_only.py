# fault: the header is left out unless the response is a 200
# breaks: R2
# should say: 404 | missing | header | 500
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
        if response.status_code == 200:
            response["Server-Timing"] = f'db;desc="{len(sent)} queries"'
        return response
