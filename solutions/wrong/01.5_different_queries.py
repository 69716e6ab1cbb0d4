# fault: it collects the SQL in a set, so one statement sent twenty times counts once
# breaks: R1
# should say: queries | same | repeated | how many
from django.db import connection


class QueryCount:
    """Middleware: adds `Server-Timing: db;desc="7 queries"` to every response."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        sent = set()

        def note(execute, sql, params, many, context):
            sent.add(sql)
            return execute(sql, params, many, context)

        with connection.execute_wrapper(note):
            response = self.get_response(request)
        response["Server-Timing"] = f'db;desc="{len(sent)} queries"'
        return response
