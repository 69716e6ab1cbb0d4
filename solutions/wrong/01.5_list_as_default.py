# fault: the list of queries is a default argument, and that is one list for all requests
# breaks: R3
# should say: add up | second | reset | two requests
from django.db import connection


class QueryCount:
    """Middleware: adds `Server-Timing: db;desc="7 queries"` to every response."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request, sent=[]):  # noqa: B006
        def note(execute, sql, params, many, context):
            sent.append(sql)
            return execute(sql, params, many, context)

        with connection.execute_wrapper(note):
            response = self.get_response(request)
        response["Server-Timing"] = f'db;desc="{len(sent)} queries"'
        return response
