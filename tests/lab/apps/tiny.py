"""Small WSGI applications for the lab's tests."""

import json
import os


def application(environ, start_response):
    """Answers with its environment; /health/ready is 200 like everything else."""
    content = json.dumps(dict(os.environ)).encode()
    start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(content)))])
    print("asked for", environ["PATH_INFO"])
    return [content]


def never_ready(environ, start_response):
    print("still waiting for better days")
    start_response("503 Service Unavailable", [("Content-Length", "0")])
    return [b""]
