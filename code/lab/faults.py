"""The faults that every service understands in the lab: added latency and an error rate.

A service's own code knows nothing of them: the lab serves `wrap(application)` in its place, so
outside the lab there is no switch to leave on. Freezing and killing are done to the process.

    PUT /_lab/faults {"latency_ms": 200, "error_rate": 0.5}    what the next requests meet
    GET /_lab/faults                                           what is set now
"""

import json
import math
import random
import time

CALM = {"latency_ms": 0, "error_rate": 0.0}
LONGEST_WAIT = 600_000  # milliseconds


def _problem(faults) -> str | None:
    """What is wrong with the faults asked for, or None."""
    if not isinstance(faults, dict) or not faults.keys() <= CALM.keys():
        return f"faults are a JSON object with some of: {', '.join(CALM)}"
    for name, value in faults.items():
        number = isinstance(value, int | float) and not isinstance(value, bool)
        if not number or not math.isfinite(value) or value < 0:
            return f"{name} must be a number, 0 or more"
    if faults.get("latency_ms", 0) > LONGEST_WAIT:
        return f"latency_ms is at most {LONGEST_WAIT}"
    if faults.get("error_rate", 0) > 1:
        return "error_rate is a share: from 0 to 1"
    return None


def wrap(application):
    """The WSGI `application` with the lab's faults in front of it, none set."""
    current = dict(CALM)

    def answer(start_response, status: str, body: dict) -> list[bytes]:
        content = json.dumps(body).encode()
        start_response(status, [("Content-Type", "application/json"), ("Content-Length", str(len(content)))])
        return [content]

    def faulty(environ, start_response):
        if environ["PATH_INFO"] == "/_lab/faults":
            if environ["REQUEST_METHOD"] == "PUT":
                try:
                    wanted = json.loads(environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0)))
                except ValueError:
                    wanted = None
                if problem := _problem(wanted):
                    return answer(start_response, "400 Bad Request", {"error": problem})
                current.update(CALM, **wanted)
            return answer(start_response, "200 OK", current)
        if current["latency_ms"]:
            time.sleep(current["latency_ms"] / 1000)
        if current["error_rate"] and random.random() < current["error_rate"]:
            return answer(start_response, "503 Service Unavailable", {"error": "a fault set in the lab"})
        return application(environ, start_response)

    return faulty
