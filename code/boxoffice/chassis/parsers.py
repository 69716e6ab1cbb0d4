"""How an API reads what it is sent. (A module of its own: DRF's views import it, and our views import those.)"""

import io

from rest_framework.exceptions import APIException, ParseError
from rest_framework.parsers import JSONParser

LARGEST_BODY = 256 * 1024  # bytes; the largest honest one is the news of an order of a hundred lines, 60 kB


class TooLarge(APIException):
    status_code = 413
    default_detail = f"More than {LARGEST_BODY // 1024} KiB are read by nobody here."
    default_code = "too-large"


class Json(JSONParser):
    """JSON in UTF-8; what is nested deeper than Python can follow is none, and what is too large is not read.

    Django's DATA_UPLOAD_MAX_MEMORY_SIZE does not help: DRF's parsers read the stream, not `request.body`.
    """

    def parse(self, stream, media_type=None, parser_context=None):
        body = stream.read(LARGEST_BODY + 1)
        if len(body) > LARGEST_BODY:
            raise TooLarge()
        try:
            return super().parse(
                io.BytesIO(body), media_type, {**(parser_context or {}), "encoding": "utf-8"}
            )
        except RecursionError:
            raise ParseError("JSON parse error - nested too deep") from None
