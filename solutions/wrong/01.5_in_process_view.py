# fault: process_view calls the view itself: without a view, or with one that breaks, there is no header
# breaks: R2
# should say: 404 | missing | header | 500
from django.db import connection


class QueryCount:
    """Middleware: adds `Server-Timing: db;desc="7 queries"` to every response."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)

    def process_view(self, request, view, args, kwargs):
        sent = []

        def note(execute, sql, params, many, context):
            sent.append(sql)
            return execute(sql, params, many, context)

        with connection.execute_wrapper(note):
            response = view(request, *args, **kwargs)
        response["Server-Timing"] = f'db;desc="{len(sent)} queries"'
        return response
