"""How an API reads what it is sent. (A module of its own: DRF's views import it, and our views import those.)"""

from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser


class Json(JSONParser):
    """JSON in UTF-8, as it must be between machines; what is nested deeper than Python can follow is none."""

    def parse(self, stream, media_type=None, parser_context=None):
        try:
            return super().parse(stream, media_type, {**(parser_context or {}), "encoding": "utf-8"})
        except RecursionError:
            raise ParseError("JSON parse error - nested too deep") from None
