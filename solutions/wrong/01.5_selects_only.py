# fault: only SELECT counts; an INSERT or an UPDATE that the page sends does not
# breaks: R1
# should say: insert | update | writes | queries
from django.db import connection


class QueryCount:
    """Middleware: adds `Server-Timing: db;desc="7 queries"` to every response."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        sent = []

        def note(execute, sql, params, many, context):
            if sql.lstrip().upper().startswith("SELECT"):
                sent.append(sql)
            return execute(sql, params, many, context)

        with connection.execute_wrapper(note):
            response = self.get_response(request)
        response["Server-Timing"] = f'db;desc="{len(sent)} queries"'
        return response
